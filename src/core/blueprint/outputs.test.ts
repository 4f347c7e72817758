import { expect, test } from "vitest";
import { readBlueprint } from "../../http/blueprint/yaml.ts";
import { ok, resolved, told } from "./resolve.testsuite.ts";

const withOutputs = (outputs: string, count = "2"): string => `slipway: 1
name: shop
parameters:
  n: { type: integer, default: 2 }
  password: { type: string, secret: true, default: hunter22 }
instances:
  web: { image: debian-12, profile: small, count: ${count} }
outputs:
${outputs}`;

test("references are bound to instances, names filled in at once, and the order is the document's", () => {
  const source = withOutputs(`  url: http://\${{ web[2].publicAddress }}:\${{ params.n }}/
  all: \${{ web.name }}
  pass: { value: "\${{ params.password }}", description: Of the admin, secret: true }
`);
  expect(ok(source).ok.outputs).toEqual([
    {
      name: "url",
      description: null,
      secret: false,
      value: [
        { kind: "text", text: "http://" },
        { kind: "instance", instances: ["web-2"], attribute: "publicAddress" },
        { kind: "text", text: ":" },
        { kind: "parameter", name: "n" },
        { kind: "text", text: "/" },
      ],
    },
    { name: "all", description: null, secret: false, value: [{ kind: "text", text: "web-1,web-2" }] },
    { name: "pass", description: "Of the admin", secret: true, value: [{ kind: "parameter", name: "password" }] },
  ]);
});

test("a member that a parameter leaves out is told with its place", () => {
  const source = withOutputs("  url: ${{ web[3].id }}\n", `"\${{ params.n }}"`);
  expect(told(resolved(source))).toEqual([
    '9:8 unknown_instance /outputs/url | outputs.url refers to web[3], but "web" has members 1 to 2: mend the number.',
  ]);
  expect(resolved(source, { n: 3 })).toHaveProperty("ok");
});

test("there are bounds to outputs, their length and their references", () => {
  const mistakesOf = (outputs: string): readonly string[] => {
    const read = readBlueprint(withOutputs(outputs));
    return "mistakes" in read ? read.mistakes.map(({ text }) => text) : [];
  };
  const many = (count: number): string => Array.from({ length: count }, (_, at) => `  o${at}: text\n`).join("");
  expect(mistakesOf(many(50))).toEqual([]);
  expect(mistakesOf(many(51))).toEqual([
    "outputs has 51 outputs, and at most 50 are kept: put several values into one.",
  ]);
  expect(mistakesOf(`  a: ${"x".repeat(4_096)}\n`)).toEqual([]);
  expect(mistakesOf(`  a: ${"x".repeat(4_097)}\n`)).toHaveLength(1);
  expect(mistakesOf(`  a: ${"${{ web.name }}".repeat(20)}\n`)).toEqual([]);
  expect(mistakesOf(`  a: ${"${{ web.name }}".repeat(21)}\n`)).toEqual([
    "outputs.a has more than 20 references: make several outputs of it.",
  ]);
});
