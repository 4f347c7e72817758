// Whatever is wrong in a request is told in this project's words: mistakes made at each place that openapi.json tells of, and none of
// the validator's own phrases in an answer.

import { expect, test } from "vitest";
import { Problem } from "../contract/problem.ts";
import { type Place, placesOf } from "./document-places.samples.ts";
import { createStand } from "./stand.testsuite.ts";

const LIBRARY =
  /invalid|expected|received|unrecogni|too (big|small)|required|nan\b|undefined|\[object|malformed|pattern/i;
/** Each says what would be right, or that there is no such thing. */
const WORDS =
  /\bmust\b|is empty: begin with|is not known here|\bis no\b|would be rounded|send it as text|cannot stand there/;

const WRONG: readonly unknown[] = [
  null,
  true,
  -1,
  0.5,
  1e12,
  "",
  "Not A Name",
  "x".repeat(300),
  [],
  [null],
  {},
  { strange: 1 },
  undefined,
];

/** The body in which this value stands at that place, and nothing else does; `*` is a list's first, or the member `any` of a map. */
function bodyWith(keys: readonly string[], value: unknown, isInList: boolean): unknown {
  const [key, ...inside] = keys;
  if (key === undefined) return value;
  const one = bodyWith(inside, value, isInList);
  return key === "*" && isInList ? [one] : { [key === "*" ? "any" : key]: one };
}

function requestsAt({ method, path, in: where, keys }: Place, value: unknown) {
  const to = (given: string) => path.replaceAll(/\{[^}]*\}/g, given);
  if (where === "body") {
    const bodies = (keys.includes("*") ? [true, false] : [false]).map((isInList) => bodyWith(keys, value, isInList));
    return bodies.map((body) => ({ method, path: to("nothing"), body }));
  }
  if (typeof value === "object" || value === undefined) return [];
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const body = method === "GET" ? undefined : {};
  if (where === "path") return [{ method, path: to(encodeURIComponent(text)), body }];
  const [name = ""] = keys;
  if (where === "header") return [{ method, path: to("nothing"), headers: { [name]: text } }];
  return [{ method, path: `${to("nothing")}?${new URLSearchParams({ [name]: text }).toString()}` }];
}

test("no mistake in a request is told in the validator's words", async () => {
  const stand = await createStand();
  const told = new Set<string>();
  await Promise.all(
    placesOf().map(async (place) => {
      for (const request of WRONG.flatMap((value) => requestsAt(place, value))) {
        const { status, body } = await stand.ask(request);
        if (status !== 400) continue;
        const { detail, errors } = Problem.parse(body);
        for (const one of [detail, ...errors.map((error) => error.detail)]) told.add(one);
      }
    }),
  );
  expect([...told].filter((one) => LIBRARY.test(one))).toEqual([]);
  expect([...told].filter((one) => !WORDS.test(one))).toEqual([]);
  expect(told.size).toBeGreaterThan(100);
});

test.each<[string, object, string]>([
  ["pools", { enabled: true }, "name: is missing: it must be a name of at most 63 characters"],
  ["pools", { name: "a", limit: { cpu: -1 } }, "limit.cpu: must be a number from 0 to 1000000000"],
  [
    "pools",
    { name: "a", retention: { stepsDays: 1.5 } },
    "retention.stepsDays: must be a whole number from 1 to 36500",
  ],
  ["pools", { name: "a", members: {} }, "members: must be a list"],
  ["pools", { name: "a", members: [7] }, "members.0: must be an object with account, group, weight"],
  ["accounts", { name: "a", provider: "sim", images: { a: 7 } }, "images.a: must be text"],
  ["tokens", { name: "a", role: "root" }, 'role: must be "viewer", "launcher", "operator" or "admin"'],
])("%s %j", async (noun, body, told) => {
  const stand = await createStand();
  const answer = await stand.ask({ method: "POST", path: `/v1/${noun}`, body });
  expect(answer.status).toBe(400);
  expect(Problem.parse(answer.body).detail).toContain(told);
});
