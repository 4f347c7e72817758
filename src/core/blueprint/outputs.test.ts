import { expect, test } from "vitest";
import { readBlueprint } from "../../http/blueprint/yaml.ts";
import { strayNumbers } from "./check-instances.ts";
import { resolveBlueprint } from "./resolve.ts";
import { ok, parsed, PROFILES, resolved, told } from "./resolve.testsuite.ts";

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

test("before there are parameters a number is judged by what is counted from 1, as far as it is", () => {
  const strays = (value: string, count = "2") =>
    strayNumbers(parsed(withOutputs(`  url: ${value}\n`, count))).map(({ text }) => text);
  expect(strays("${{ web[3].id }}")).toEqual([
    'outputs.url refers to web[3], but "web" has members 1 to 2: mend the number.',
  ]);
  expect(strays("${{ web[2].id }} ${{ web.id }} ${{ params.n }}")).toEqual([]);
  expect(strays("${{ web[3].id }}", `"\${{ params.n }}"`)).toEqual([]);
});

test("a member that a known count leaves out is told when it is known which numbers there are, and one beyond all counts at once", () => {
  const known = withOutputs("  url: ${{ web[3].id }}\n");
  expect(told(resolved(known))).toEqual([
    '9:8 unknown_instance /outputs/url | outputs.url refers to web[3], but "web" has members 1 to 2: mend the number.',
  ]);
  const present = new Map([["web", [1, 3]]]);
  const later = resolveBlueprint(parsed(known), { parameters: {}, profiles: PROFILES, present });
  expect("ok" in later && later.ok.outputs[0]?.value[0]).toMatchObject({ instances: ["web-3"] });
  for (const no of [0, 51]) {
    const text = `outputs.url refers to web[${no}], but "web" has members 1 to 50 at the most: mend the number.`;
    const read = readBlueprint(withOutputs(`  url: \${{ web[${no}].id }}\n`));
    expect(read).toMatchObject({ mistakes: [{ code: "unknown_instance", text }] });
  }
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
