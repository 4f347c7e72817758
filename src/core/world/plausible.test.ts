import { expect, test } from "vitest";
import { sampleObserved } from "../../ports/store.samples.ts";
import { isHandle, plausible } from "./plausible.ts";

test("a machine that can be found again is taken as it is", () => {
  const observed = sampleObserved({ privateAddress: "10.0.0.1", publicAddress: "fe80::1%eth0" });
  expect(plausible(observed)).toEqual(observed);
  const long = { ...observed, externalId: "x".repeat(1_024), name: "x".repeat(512) };
  expect(plausible(long)).toEqual(long);
});

test.each([
  { externalId: "" },
  { externalId: "x".repeat(1_025) },
  { externalId: "i-\0" },
  { externalId: "i-\ud800" },
  { name: "" },
  { name: "x".repeat(513) },
  { name: "web\0" },
  { realm: "" },
  { handle: { disk: "" } },
  { handle: { disks: ["d-1", "d\0"] } },
  { handle: { "": "d-1" } },
])("a machine that nobody could find again is none: %j", (given) => {
  expect(plausible(sampleObserved(given))).toBeNull();
});

test("a handle holds a few ids, alone or in lists", () => {
  const handle = { operation: "op-1", disks: ["d-1", "d-2"] };
  expect(plausible(sampleObserved({ handle }))).toMatchObject({ handle });
  const many = (count: number) => ({ disks: Array.from({ length: count }, (_, at) => `d-${at}`) });
  expect([isHandle(many(63)), isHandle(many(64))]).toEqual([true, false]);
});

test.each(["", "x".repeat(256), "10.0.0.1; rm -rf /", "10.0.0.1\n", "10.0.0.1\0"])("%j is no address", (address) => {
  const observed = sampleObserved({ privateAddress: address, publicAddress: address });
  expect(plausible(observed)).toMatchObject({ privateAddress: null, publicAddress: null });
});
