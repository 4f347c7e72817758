// Every bound where it stands: what is just within it, and what is just beyond.

import { describe, expect, test } from "vitest";
import { readBlueprint } from "../../http/blueprint/yaml.ts";
import { namesHint, quoted } from "./mistake.ts";
import { DEFAULT_POLICY } from "./model.ts";
import { nearest } from "./nearest.ts";
import { decimalFrom, writtenFrom } from "./number.ts";
import { head, ok, resolved, told, web, withParameter } from "./resolve.testsuite.ts";

/** Codes of the mistakes that reading or resolving a blueprint comes to. */
function codes(source: string, parameters: Record<string, unknown> = {}): readonly string[] {
  const read = readBlueprint(source);
  if ("mistakes" in read) return read.mistakes.map(({ code }) => code);
  const outcome = resolved(source, parameters);
  return "ok" in outcome ? [] : outcome.mistakes.map(({ code }) => code);
}

test("a launch policy of which nothing is written is the documented one", () => {
  const minutes = 60_000;
  const policy = {
    maxAttempts: 10,
    onRollbackFailure: "stop",
    rollbackOrder: "parallel",
    deadlines: {
      createMs: 5 * minutes,
      bootMs: 10 * minutes,
      startMs: 5 * minutes,
      readyMs: 10 * minutes,
      undoMs: 10 * minutes,
      launchMs: 60 * minutes,
    },
    realms: "same",
    onRefusal: "rollback",
    maxReplacements: 10,
    maxHourlyMicros: null,
    leaseMs: null,
    studyMs: null,
    quarantineMs: null,
    refusals: { sizes: 3, realms: 2 },
  };
  expect(DEFAULT_POLICY).toEqual(policy);
  expect(ok(web("")).ok.policy).toEqual(policy);
  expect(ok(`${web("")}launch: { onFailure: rollback }\n`).ok.policy).toEqual(policy);
  expect(ok(`${web("")}launch: { onFailure: { hold: 30m } }\n`).ok.policy.studyMs).toBe(30 * minutes);
  expect(ok(`${web("")}launch: { quarantine: 4h }\n`).ok.policy.quarantineMs).toBe(240 * minutes);
  expect(ok(`${web("")}launch: { deadlines: {}, refusals: {} }\n`).ok.policy).toEqual(policy);
});

test("a profile that is written out has no more than is written", () => {
  const source = `${head}instances:\n  web: { image: x, profile: { cpu: 1, memory: 1GiB } }\n`;
  expect(ok(source).ok.instances[0]?.profiles).toEqual([
    {
      name: "custom",
      cpu: 1,
      memoryMib: 1024,
      storageGib: 0,
      architecture: "x86_64",
      accelerators: 0,
      acceleratorKind: null,
    },
  ]);
});

const profile = (written: string) => `${head}instances:\n  web: { image: x, profile: { ${written} } }\n`;
const launch = (written: string) => `${web("")}launch: { ${written} }\n`;

test.each<[within: string, beyond: string]>([
  [profile("cpu: 0.01, memory: 1GiB"), profile("cpu: 0.009, memory: 1GiB")],
  [profile("cpu: 1024, memory: 1GiB"), profile("cpu: 1024.01, memory: 1GiB")],
  [profile("cpu: 1, memory: 1MiB"), profile("cpu: 1, memory: 0MiB")],
  [profile("cpu: 1, memory: 8TiB"), profile("cpu: 1, memory: 8388609MiB")],
  [profile("cpu: 1, memory: 1GiB, storage: 1GiB"), profile("cpu: 1, memory: 1GiB, storage: 0GiB")],
  [profile("cpu: 1, memory: 1GiB, storage: 64TiB"), profile("cpu: 1, memory: 1GiB, storage: 65537GiB")],
  [profile("cpu: 1, memory: 1GiB, accelerators: 64"), profile("cpu: 1, memory: 1GiB, accelerators: 65")],
  [launch("deadlines: { create: 100ms }"), launch("deadlines: { create: 99ms }")],
  [launch("deadlines: { launch: 7d }"), launch("deadlines: { launch: 169h }")],
  [launch("lease: 1s"), launch("lease: 999ms")],
  [launch("lease: 366d"), launch("lease: 8785h")],
  [launch("onFailure: { hold: 1s }"), launch("onFailure: { hold: 999ms }")],
  [launch("onFailure: { hold: 7d }"), launch("onFailure: { hold: 169h }")],
  // Whatever its unit: none is advised.
  [launch("quarantine: 1s"), launch('quarantine: "0"')],
  [launch("maxHourly: 0.000001"), launch("maxHourly: 0.0000009")],
  [launch("maxHourly: 1000000"), launch("maxHourly: 1000000.1")],
  [launch("maxAttempts: 99"), launch("maxAttempts: 100")],
  [launch("maxReplacements: 1000"), launch("maxReplacements: 1001")],
  [launch("refusals: { sizes: 1000 }"), launch("refusals: { sizes: 1001 }")],
])("%j is within its bounds, and %j is not", (within, beyond) => {
  expect([codes(within), codes(beyond)]).toEqual([[], ["out_of_range"]]);
});

test("a number that is within its bounds counts as it is written", () => {
  expect(ok(launch("lease: 8h")).ok.policy.leaseMs).toBe(28_800_000);
  expect(ok(launch("maxHourly: 0.000001")).ok.policy.maxHourlyMicros).toBe(1);
  expect(ok(launch("maxHourly: 1000000")).ok.policy.maxHourlyMicros).toBe(1_000_000_000_000);
  expect(ok(launch("deadlines: { create: 100ms }")).ok.policy.deadlines.createMs).toBe(100);
});

const list = (count: number, letters = 2) =>
  `[${Array.from({ length: count }, (_, i) => `n${i}`.padEnd(letters, "x")).join(", ")}]`;
/** A public key of so many characters. */
const key = (letters: number) => `ssh-ed25519 ${"A".repeat(40)} `.padEnd(letters, "x");

test.each<[what: string, sources: readonly [within: string, beyond: string], code: string]>([
  [
    "networks",
    [web(`placement: { networks: ${list(8)} }`), web(`placement: { networks: ${list(9)} }`)],
    "out_of_range",
  ],
  // In JSON: two brackets, and for each name its quotes and a comma behind all but the last.
  [
    "bytes of names",
    [
      web(`placement: { networks: ${list(5, 116).replace("n4", "n4xxxx")} }`),
      web(`placement: { networks: ${list(5, 116).replace("n4", "n4xxxxx")} }`),
    ],
    "too_large",
  ],
  [
    "alternatives",
    [
      `${head}instances:\n  web: { image: ${list(8)}, profile: small }\n`,
      `${head}instances:\n  web: { image: ${list(9)}, profile: small }\n`,
    ],
    "out_of_range",
  ],
  [
    "a public key",
    [web(`placement: { publicKey: "${key(4_096)}" }`), web(`placement: { publicKey: "${key(4_097)}" }`)],
    "bad_value",
  ],
  [
    "a parameter's range",
    [
      withParameter("type: integer, min: 3, max: 3, default: 3"),
      withParameter("type: integer, min: 4, max: 3, default: 3"),
    ],
    "out_of_range",
  ],
])("%s: as many as may be, and one more", (_, [within, beyond], code) => {
  expect(codes(within)).toEqual([]);
  expect(codes(beyond)).toContain(code);
});

describe("how many instances there may be", () => {
  const groups = (count: number, each: string) =>
    `${head}parameters: { n: { type: integer, default: 1 } }\ninstances:\n${Array.from({ length: count }, (_, i) => `  g${i}: { image: x, profile: small, count: ${each} }\n`).join("")}`;

  test("together, of which each counts for one as long as its count is not known", () => {
    expect([codes(groups(4, "50")), codes(groups(5, "50"))]).toEqual([[], ["too_many"]]);
    expect(codes(groups(100, '"${{ params.n }}"'))).toEqual([]);
    const open = readBlueprint(groups(200, '"${{ params.n }}"'));
    expect("ok" in open).toBe(true);
    expect(codes(groups(201, '"${{ params.n }}"'))).toEqual(["too_many"]);
    expect(codes(groups(100, '"${{ params.n }}"'), { n: 2 })).toEqual([]);
    expect(codes(groups(100, '"${{ params.n }}"'), { n: 3 })).toEqual(["too_many"]);
  });

  test("and how much user data they may have", () => {
    const source = (bytes: number) =>
      `${head}instances:\n  a: { image: x, profile: small, count: 40, userData: "${"x".repeat(bytes)}" }\n`;
    expect([codes(source(50_000)), codes(source(50_001))]).toEqual([[], ["too_large"]]);
    const alone = (bytes: number) => web(`userData: "${"x".repeat(bytes)}"`);
    expect([codes(alone(65_536)), codes(alone(65_537))]).toEqual([[], ["bad_value"]]);
  });
});

test("a circle that is written and implied is told once", () => {
  const source = `${head}instances:
  a: { image: x, profile: small, dependsOn: [b], userData: "\${{ b.privateAddress }}" }
  b: { image: x, profile: small, dependsOn: [a], userData: "\${{ a.privateAddress }}" }
`;
  expect(codes(source)).toEqual(["cycle"]);
});

test("texts and choices of parameters", () => {
  const long = (letters: number) => codes(withParameter("type: string"), { a: "x".repeat(letters) });
  expect([long(16_384), long(16_385)]).toEqual([[], ["out_of_range"]]);
  const choices = (count: number) => {
    const names = Array.from({ length: count }, (_, i) => `c${i}`);
    return told(resolved(withParameter(`type: string, default: c0, choices: [${names.join(", ")}]`), { a: "no" }))[0];
  };
  expect(choices(10)).toContain('"c8" or "c9"');
  expect(choices(11)).toContain('"c9" or …');
});

test("numbers in other bases, and small ones", () => {
  expect(decimalFrom({ text: `0x${"F".repeat(58)}` })?.text).toBe((16n ** 58n - 1n).toString());
  expect(decimalFrom({ text: `0x${"F".repeat(59)}` })).toBeNull();
  expect(writtenFrom(1e-20)).toEqual({ text: "0.00000000000000000001" });
  expect(writtenFrom(1e-21)).toEqual({ text: "1e-21" });
});

test("what a mistake quotes", () => {
  expect(quoted("x".repeat(60))).toBe(`"${"x".repeat(60)}"`);
  expect(quoted("x".repeat(61))).toBe(`"${"x".repeat(60)}…"`);
  const names = (count: number) =>
    namesHint(
      "Names",
      Array.from({ length: count }, () => "a"),
    );
  expect(names(20)).toBe(`Names: ${Array.from({ length: 20 }, () => "a").join(", ")}.`);
  expect(names(21)).toBe(`Names: ${Array.from({ length: 20 }, () => "a").join(", ")}, ….`);
});

test.each<[word: string, known: readonly string[], meant: string | null]>([
  ["abc", ["abd"], "abd"],
  ["abc", ["axd"], null],
  ["abcd", ["abxy"], "abxy"],
  ["abcd", ["axyz"], null],
  ["abcd", ["abcdef"], "abcdef"],
  ["abcdef", ["abcd"], "abcd"],
  ["abcd", ["abcdefg"], null],
  ["abcd", ["badc"], "badc"],
  ["abcd", ["abce", "abcf"], "abce"],
  ["abcd", ["abef", "abcf"], "abcf"],
])("%s, where %j are known, stands for %s", (word, known, meant) => {
  expect(nearest(word, known)).toBe(meant);
});
