// What the fixtures cannot show: values that are read well, and limits.
import { expect, test } from "vitest";
import { readBlueprint } from "../../http/blueprint/yaml.ts";
import { type Located, placeWithin } from "./located.ts";
import type { Mistake } from "./mistake.ts";
import { nearest } from "./nearest.ts";
import { parseBlueprint } from "./parse.ts";
import { scanTemplate } from "./template.ts";

const head = "slipway: 1\nname: shop\n";
const web = (more: string): string => `${head}instances:\n  web: { image: debian-12, profile: small, ${more} }\n`;

function mistakes(source: string): readonly Mistake[] {
  const read = readBlueprint(source);
  return "ok" in read ? [] : read.mistakes;
}

test("everything that can be written is read", () => {
  const read = readBlueprint(`${head}
parameters:
  a: { type: number, min: -1, max: 1.5, default: 0, description: How much, required: true, choices: [0, 1] }
instances:
  one: { image: x, profile: { cpu: 0.5, memory: 1.5GiB, storage: 1TiB, architecture: arm64, accelerators: 1, acceleratorKind: a100 } }
  two: { image: [x, z], profile: [y, { cpu: 1, memory: 1GiB }], placement: { spot: { maxHourly: 0.25 } }, count: 3, dependsOn: [one], ready: { http: { port: 8080 } } }
launch:
  maxAttempts: 1
  onRollbackFailure: continue
  rollbackOrder: reverse
  deadlines: { create: 500ms, boot: 1.5s, start: 2m, ready: 1h, undo: 1d, launch: 7d }
  realms: spread
  onRefusal: replace
  maxReplacements: 0
  maxHourly: 12.5
  refusals: { sizes: 1, realms: 9 }
`);
  expect(read).toMatchObject({
    ok: {
      name: "shop",
      parameters: [
        {
          name: "a",
          type: "number",
          min: { text: "-1" },
          max: { text: "1.5" },
          default: { text: "0" },
          description: "How much",
          choices: [{ text: "0" }, { text: "1" }],
        },
      ],
      parametersAt: { line: 4, column: 1 },
      groups: [
        {
          name: "one",
          count: null,
          spot: null,
          where: { networks: null, hosts: null },
          profiles: [
            {
              kind: "custom",
              cpu: { value: 0.5 },
              memoryMib: { value: 1536 },
              storageGib: { value: 1024 },
              architecture: { value: "arm64" },
              accelerators: { value: 1 },
              acceleratorKind: { value: "a100" },
            },
          ],
          ready: { kind: "provider" },
        },
        {
          name: "two",
          images: [{ value: "x" }, { value: "z" }],
          profiles: [{ kind: "named", name: { value: "y" } }, { kind: "custom" }],
          spot: { maxHourlyMicros: 250_000 },
          count: { value: 3 },
          dependsOn: [{ group: "one" }],
          ready: { kind: "http", port: { value: 8080 }, path: { value: "/" } },
        },
      ],
      policy: {
        maxAttempts: 1,
        onRollbackFailure: "continue",
        rollbackOrder: "reverse",
        deadlines: {
          createMs: 500,
          bootMs: 1500,
          startMs: 120_000,
          readyMs: 3_600_000,
          undoMs: 86_400_000,
          launchMs: 604_800_000,
        },
        realms: "spread",
        onRefusal: "replace",
        maxReplacements: 0,
        maxHourlyMicros: 12_500_000,
        refusals: { sizes: 1, realms: 9 },
      },
    },
  });
});

test.each([
  ["bytes of user data", `userData: ${"x".repeat(65_536)}`, 0],
  ["bytes of user data", `userData: ${"x".repeat(65_537)}`, 1],
  ["bytes of user data", `userData: ${"日".repeat(21_845)}x`, 0],
  ["bytes of user data", `userData: ${"日".repeat(21_846)}`, 1],
  ["references", `userData: "${"${{ self.name }}".repeat(500)}"`, 0],
  ["references", `userData: "${"${{ self.name }}".repeat(501)}"`, 1],
  ["members", "count: 50", 0],
  ["a port", "ready: { tcp: 65535 }", 0],
])("a limit on %s (%.30s…)", (_, more, count) => {
  expect(mistakes(web(more))).toHaveLength(count);
});

test("user data that is too long is told with its size", () => {
  const [mistake] = mistakes(web(`userData: ${"日".repeat(30_000)}`));
  expect(mistake).toMatchObject({ code: "bad_value", hint: "It has 90000." });
  expect(mistake?.text).toBe("instances.web.userData must be text of at most 65536 bytes.");
});

test("names as long as they may be", () => {
  const name = (length: number): string => "a".repeat(length);
  const source = `${head.replace("shop", name(63))}instances:
  ${name(32)}: { image: x, profile: y }
  ${name(29)}: { image: x, profile: y, count: 50 }
  b-51: { image: x, profile: y }
  c-1: { image: x, profile: y, dependsOn: [c] }
  c: { image: x, profile: y }
`;
  expect(mistakes(source)).toEqual([]);
  expect(mistakes(source.replace(name(63), name(64))).map(({ code }) => code)).toEqual(["bad_value"]);
});

const times = (count: number, of: (no: number) => string): string =>
  Array.from({ length: count }, (_, no) => of(no)).join("");

test.each([
  ["groups", `${head}instances:\n${times(800, (no) => `  w${no}: {}\n`)}`],
  ["keys", web(times(1200, (no) => `k${no}: 1, `))],
  [
    "references in user data",
    `${head}instances:\n${times(3, (no) => `  w${no}: { image: x, profile: y, userData: "${"${{".repeat(490)}" }\n`)}`,
  ],
  ["references elsewhere", web(`ready: { http: { port: 80, path: "${"${{".repeat(1200)}" } }`)],
  ["dependencies", web(`dependsOn: [${"'', ".repeat(1200)}]`)],
])("very many mistakes in %s are cut, and the last one says so", (_, source) => {
  const found = mistakes(source);
  expect(found).toHaveLength(101);
  expect(found.at(-1)).toMatchObject({
    code: "more",
    text: "The blueprint has more mistakes than these: mend them first, then check again.",
    pointer: "",
  });
});

test("of very many circles some are told", () => {
  const names = Array.from({ length: 30 }, (_, no) => `w${no}`);
  const all = names.map((name) => {
    const others = names.filter((other) => other !== name).join(", ");
    return `  ${name}: { image: x, profile: y, dependsOn: [${others}] }\n`;
  });
  expect(mistakes(`${head}instances:\n${all.join("")}`)).toHaveLength(20);
});

test("a hint lists some names of very many", () => {
  const [found] = mistakes(
    `${head}instances:\n${times(25, (no) => `  w${no}: { image: x, profile: y }\n`)}  z: { image: x, profile: y, dependsOn: [a] }`,
  );
  expect(found?.hint).toBe(`Instances: ${times(19, (no) => `w${no}, `)}w19, ….`);
});

test("places within a text of several lines, of one line, and of none that is known", () => {
  const at = { line: 3, column: 5 };
  const scalar = { kind: "scalar", value: "ab\ncd", at } as const;
  expect(placeWithin({ ...scalar, textAt: { line: 4, column: 7 } }, 1)).toEqual({ line: 4, column: 8 });
  expect(placeWithin({ ...scalar, textAt: { line: 4, column: 7 } }, 4)).toEqual({ line: 5, column: 8 });
  expect(placeWithin({ ...scalar, textAt: null }, 4)).toEqual(at);
  expect(placeWithin({ ...scalar, value: true, textAt: at }, 1)).toEqual(at);
});

test("a tree without keys says what is missing", () => {
  const empty: Located = { kind: "map", entries: [], at: { line: 1, column: 1 } };
  const parsed = parseBlueprint(empty);
  expect("mistakes" in parsed && parsed.mistakes.map(({ pointer }) => pointer)).toEqual([
    "/slipway",
    "/name",
    "/instances",
  ]);
});

test.each([
  ["dependson", "dependsOn"],
  ["depends_on", "dependsOn"],
  ["imgae", "image"],
  ["prfile", "profile"],
  ["im", null],
  ["env", null],
  ["", null],
])("%s means %s", (word, meant) => {
  expect(nearest(word, ["image", "profile", "dependsOn"])).toBe(meant);
});

test("the nearest of several is meant", () => {
  expect(nearest("web2", ["webs", "web", "web-2"])).toBe("web-2");
});

test.each([
  ["on the same line", "${{ self.name }}", true],
  ["on the next line", "${{ self.name\n}}", false],
  ["after another begins", "${{ self.name ${{ self.name }}", false],
  ["within 200 characters", `\${{ ${" ".repeat(180)}self.name }}`, true],
  ["further away", `\${{ ${" ".repeat(200)}self.name }}`, false],
  ["nowhere", "${{ self.name }", false],
])("a reference that ends %s", (_, text, isClosed) => {
  expect(scanTemplate(text).some(({ kind }) => kind === "unterminated")).toBe(!isClosed);
});

test("spot offers are asked for with and without a highest price", () => {
  const spotOf = (spot: string) => {
    const read = readBlueprint(web(`placement: { spot: ${spot} }`));
    return "ok" in read ? read.ok.groups[0]?.spot : read;
  };
  expect(["true", "{}", "{ maxHourly: 1 }", "false"].map(spotOf)).toEqual([
    { maxHourlyMicros: null },
    { maxHourlyMicros: null },
    { maxHourlyMicros: 1_000_000 },
    null,
  ]);
  expect(readBlueprint(web("placement: {}"))).toMatchObject({ ok: { groups: [{ spot: null }] } });
});
