import { expect, test } from "vitest";
import { readBlueprint } from "../../http/blueprint/yaml.ts";
import { resolveBlueprint } from "./resolve.ts";
import { PROFILES } from "./resolve.testsuite.ts";

const SOURCE = `
slipway: 1
name: shop
parameters:
  password: { type: string, secret: true }
  flavour: { type: string, secret: true, choices: [hot, mild], default: hot }
  hint: { type: string, secret: true, required: false }
instances: { web: { image: debian-12, profile: small, userData: "\${{ params.password }}" } }
`;

function resolved(password: string) {
  const read = readBlueprint(SOURCE);
  if ("mistakes" in read) throw new Error(read.mistakes.map(({ text }) => text).join("\n"));
  return resolveBlueprint(read.ok, { parameters: { password }, profiles: PROFILES });
}

test("a secret that is long enough is taken; choices, which everybody sees, and none at all may be shorter", () => {
  expect(resolved("a1b2c3")).toMatchObject({ secrets: { password: "a1b2c3", flavour: "hot", hint: "" } });
});

test.each(["a1b2c", "   a1b2c   "])("a secret that could not be kept out of texts is refused: %j", (password) => {
  const answer = resolved(password);
  const says = "parameters.password must be text of 6 to 16384 characters.";
  const hint = "A shorter secret cannot be kept out of what clouds and machines write.";
  expect(answer).toMatchObject({ mistakes: [{ code: "out_of_range", text: says, hint }] });
  expect(JSON.stringify(answer)).not.toContain("a1b2c");
});
