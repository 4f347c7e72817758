import { describe, expect, test } from "vitest";
import { sampleBlock, sampleFault, samplePlacement, SAMPLE_TIME } from "../../ports/store.samples.ts";
import { blockFor, expiries } from "./blocks.ts";
import type { Fault } from "../fault.ts";
import { deploymentId } from "../ids.ts";

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
