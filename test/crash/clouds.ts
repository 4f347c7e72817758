// The clouds of a crash run and how they misbehave. Call time-outs are short, so that claims run out within a round.

import type { FaultRule } from "../../datacentre/src/fault.ts";
import type { CloudSettings } from "../../datacentre/src/settings.ts";
import type { ProviderTraits } from "../../src/ports/provider.ts";
import { quickCloud } from "../stage/datacentre.ts";
import { IMAGES } from "./plan.ts";

/** What the engine believes of the clouds below; see WITH_SHORT_CLOUDS. */
export const SHORT_TRAITS: Partial<ProviderTraits> = {
  visibilityMs: 3_000,
  callTimeoutMs: { create: 4_000, other: 3_000 },
  usualBootMs: 300,
};

/** Environment in which bin/slipway works with these traits, and is the real program in everything else. */
export const WITH_SHORT_CLOUDS = { NODE_OPTIONS: `--import=${new URL("./short-clouds.ts", import.meta.url).href}` };

const MANNERS: Partial<CloudSettings> = {
  latency: { kind: "uniform", minMs: 20, maxMs: 300 },
  serviceDelay: { kind: "uniform", minMs: 50, maxMs: 800 },
  removal: { kind: "uniform", minMs: 50, maxMs: 1_000 },
  boot: { kind: "uniform", minMs: 100, maxMs: 1_500 },
  visibilityMs: 500,
  lingerMs: 3_000,
  pageSize: 20,
};

export const CLOUDS: readonly CloudSettings[] = [
  quickCloud("steady", {
    ...MANNERS,
    tenants: [{ name: "steady", key: "steady-key", throttle: { burst: 30, perSecond: 25 } }],
  }),
  quickCloud("stepwise", {
    ...MANNERS,
    twoStep: true,
    uniqueNames: true,
    tokens: "off",
    imageCopy: { kind: "uniform", minMs: 50, maxMs: 800 },
  }),
  // Asked twice, it makes two: whoever does not look first is found out here.
  quickCloud("nameless", { ...MANNERS, tokens: "off" }),
  quickCloud("cramped", {
    ...MANNERS,
    realms: ["a", "b"].map((name) => ({
      name: `cramped-${name}`,
      hosts: [{ cpu: 6, memoryMib: 12_288, storageGib: 500 }],
      images: [...IMAGES],
    })),
  }),
];

const always = (on: FaultRule["on"], what: FaultRule["do"], probability: number): FaultRule => ({
  on,
  do: what,
  probability,
  times: "always",
});

/** No effect comes later than the traits allow for: beyond that a cloud breaks its own promise. */
export const MISBEHAVIOUR: readonly FaultRule[] = [
  always("create", { kind: "refuse", code: "insufficient_capacity" }, 0.02),
  always("create", { kind: "refuse", code: "unavailable" }, 0.02),
  always("create", { kind: "error_but_done" }, 0.04),
  always("create", { kind: "lose_answer" }, 0.04),
  always("create", { kind: "lose_request" }, 0.02),
  always("create", { kind: "late_effect", ms: 1_500 }, 0.02),
  always("create", { kind: "delay", ms: 6_000 }, 0.02),
  always("create", { kind: "boot_error" }, 0.02),
  always("create", { kind: "never_boot" }, 0.01),
  always("create", { kind: "die", afterMs: 700, to: "stopped" }, 0.01),
  always("start", { kind: "lose_answer" }, 0.05),
  always("start", { kind: "error_but_done" }, 0.03),
  always("start", { kind: "refuse", code: "unavailable" }, 0.03),
  always("remove", { kind: "lose_answer" }, 0.04),
  always("remove", { kind: "error_but_done" }, 0.04),
  always("remove", { kind: "lose_request" }, 0.03),
  always("remove", { kind: "remove_slow", ms: 4_000 }, 0.05),
  always("list", { kind: "list_stale", ms: 1_500 }, 0.1),
  always("list", { kind: "refuse", code: "internal_error" }, 0.05),
  always("list", { kind: "list_partial", realms: ["steady-a", "nameless-a", "cramped-a"] }, 0.05),
  always("findByName", { kind: "list_stale", ms: 1_500 }, 0.1),
  always("any", { kind: "refuse", code: "throttled", retryAfterMs: 400 }, 0.03),
  always("any", { kind: "delay", ms: 1_500, effectToo: true }, 0.02),
];
