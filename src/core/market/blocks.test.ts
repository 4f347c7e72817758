import { describe, expect, test } from "vitest";
import { sampleBlock, sampleFault, samplePlacement, SAMPLE_TIME } from "../../ports/store.samples.ts";
import { blockFor, blockOf, expiries, probes } from "./blocks.ts";
import type { Amount } from "./amount.ts";
import type { Fault } from "../fault.ts";
import { accountId, deploymentId } from "../ids.ts";

const NOW = SAMPLE_TIME + 3_600_000;
const after = (fault: Partial<Fault>, known = [sampleBlock()].slice(1)) =>
  blockFor(sampleFault(fault), { placement: samplePlacement(), now: NOW }, known);

describe("a refusal", () => {
  test("blocks as wide as its scope", () => {
    expect(after({ scope: "offer" })).toMatchObject({
      realm: "east-1",
      size: "s1",
      strikes: 1,
      until: NOW + 180_000,
      probe: null,
    });
    expect(after({ scope: "realm" })).toMatchObject({ realm: "east-1", size: "*" });
    expect(after({ scope: "account", class: "quota" })).toMatchObject({ realm: "*", size: "*", until: NOW + 600_000 });
    expect(after({ scope: "provider" })).toMatchObject({ realm: "*", size: "*" });
  });

  test("of a quota of the cloud's blocks all that takes of it, whatever the realm; of one among several nobody knows which", () => {
    const own = { instances: 1, cpu: 2, memoryMib: 2048, hourlyMicros: 10_000 };
    const blocked = (takes: Amount) =>
      blockFor(
        sampleFault({ class: "quota", scope: "quota" }),
        { placement: samplePlacement({ takes: { ...own, ...takes } }), now: NOW },
        [],
      );
    expect(blocked({ "cpu/standard": 2 })).toMatchObject({ realm: "*", size: "* of cpu/standard", reason: "quota" });
    expect(blocked({ ports: 1, addresses: 1 })).toMatchObject({ realm: "*", size: "*" });
    expect(blocked({})).toMatchObject({ realm: "*", size: "*" });
  });

  test("blocks twice as long each time, up to a bound, and at least as long as the cloud asks", () => {
    const again = (strikes: number) => after({}, [sampleBlock({ strikes })])?.until;
    expect([1, 2, 9].map(again)).toEqual([NOW + 360_000, NOW + 720_000, NOW + 1_800_000]);
    expect(after({ retryAfterMs: 2_700_000 })?.until).toBe(NOW + 2_700_000);
    expect(after({ retryAfterMs: 1e300 })?.until).toBe(NOW + 3_600_000);
    expect(after({ retryAfterMs: -1 })?.until).toBe(NOW + 180_000);
  });

  test("of a quota is left alone for longer, an hour at most", () => {
    const again = (strikes: number) => after({ class: "quota" }, [sampleBlock({ strikes, reason: "quota" })])?.until;
    expect([1, 3, 9].map(again)).toEqual([NOW + 1_200_000, NOW + 3_600_000, NOW + 3_600_000]);
  });

  test("adds nothing to a block that stands", () => {
    expect(after({}, [sampleBlock({ until: NOW + 1 })])).toBeNull();
    expect(after({ class: "quota" }, [sampleBlock({ until: NOW + 1 })])).toMatchObject({ reason: "quota" });
  });

  test("that says nothing about the offer blocks nothing", () => {
    for (const cls of ["auth", "config", "transient", "throttle"] as const) expect(after({ class: cls })).toBeNull();
  });
});

test("a block is in the way until its time and its probe's have come, and at that time no more", () => {
  const probe = { deployment: deploymentId("dep000000001"), until: NOW + 5 };
  const blocks = [sampleBlock({ until: NOW }), sampleBlock({ until: NOW + 1 }), sampleBlock({ until: NOW - 9, probe })];
  expect(expiries(blocks, NOW)).toEqual([NOW + 1, NOW + 1, NOW + 5]);
});

const OFFER = { account: sampleBlock().account, realm: sampleBlock().realm, size: sampleBlock().size, takes: {} };
const OTHERS = [
  { ...OFFER, account: accountId("acc-west") },
  { ...OFFER, realm: "west-1" },
  { ...OFFER, size: "s2" },
];

test("a block counts for its own offer alone: strikes, bars and probes of others are their own", () => {
  expect(after({}, [sampleBlock({ strikes: 4 })])?.strikes).toBe(5);
  for (const other of OTHERS) expect(after({}, [sampleBlock({ ...other, strikes: 4 })])?.strikes).toBe(1);
  const asker = { deployment: deploymentId("dep000000001"), now: NOW };
  const standing = sampleBlock({ until: NOW + 1 });
  expect(blockOf([standing], OFFER, asker)).toBe(standing);
  for (const other of OTHERS) expect(blockOf([standing], other, asker)).toBeUndefined();
});

test("a block of a quota is in the way of what takes of it alone, by whatever name and in whatever realm", () => {
  const asker = { deployment: deploymentId("dep000000001"), now: NOW };
  const block = sampleBlock({ realm: "*", size: "* of cpu/standard", until: NOW + 1, reason: "quota" });
  const bars = (takes: Amount, offer: Partial<typeof OFFER> = {}) =>
    blockOf([block], { ...OFFER, ...offer, takes }, asker) === block;
  expect(bars({ cpu: 2, "cpu/standard": 2 })).toBe(true);
  expect(bars({ cpu: 4, "cpu/standard": 4 }, { realm: "west-1", size: "s2" })).toBe(true);
  expect(bars({ cpu: 2, "cpu/g": 2 })).toBe(false);
  expect(bars({ cpu: 2, "cpu/spot-standard": 2 })).toBe(false);
  expect(bars({ "cpu/standard": 0 })).toBe(false);
  expect(bars({ "cpu/standard": 2 }, { account: accountId("acc-west") })).toBe(false);
  expect(bars({})).toBe(false);
});

test("who tries an offer marks the blocks on it that have expired, and no others", () => {
  const asker = { deployment: deploymentId("dep000000001"), now: NOW };
  const expired = sampleBlock({ until: NOW });
  const elsewhere = OTHERS.map((other) => sampleBlock({ ...other, until: NOW }));
  const blocks = [expired, ...elsewhere, sampleBlock({ until: NOW + 1, reason: "quota" })];
  const probe = { deployment: asker.deployment, until: NOW + 600_000 };
  expect(probes(blocks, [OFFER], asker)).toEqual([{ ...expired, probe }]);
  expect(probes(blocks, [OFFER, { ...OFFER, realm: "nowhere" }], asker)).toEqual([{ ...expired, probe }]);
});
