import { expect, test } from "vitest";
import { sampleFault } from "./store.samples.ts";
import { findEach } from "./look-each.ts";
import { ProviderFault } from "./provider.ts";

const MACHINES = ["a", "b", "c"].map((name) => ({
  name,
  realm: "east-1",
  externalId: null,
  handle: null,
  isLeaving: false,
}));
const refused = (given: Parameters<typeof sampleFault>[0]) => new ProviderFault(sampleFault(given));
const THROTTLED = refused({ class: "throttle", scope: "account" });

/** Each is found, but for those who are refused. */
const find = (refusals: Readonly<Record<string, ProviderFault>>) =>
  findEach(MACHINES, async ({ name }) => {
    const refusal = refusals[name];
    if (refusal !== undefined) throw refusal;
    return [];
  });

test("what was told of some is kept when others are throttled, or in trouble of their own", async () => {
  const broken = refused({ class: "transient", scope: "realm" });
  expect([...(await find({ b: THROTTLED, c: broken }))]).toEqual([
    ["a", { kind: "found", observed: [] }],
    ["b", { kind: "unknown", fault: THROTTLED.fault }],
    ["c", { kind: "unknown", fault: broken.fault }],
  ]);
});

test("a throttle of all of them is the account's, and so is what refuses it whole", async () => {
  await expect(find({ a: THROTTLED, b: THROTTLED, c: THROTTLED })).rejects.toBe(THROTTLED);
  const suspended = refused({ class: "account", scope: "account" });
  await expect(find({ b: THROTTLED, c: suspended })).rejects.toBe(suspended);
});
