// Clouds drawn from a seed: small ones, so that they are full soon.

import type { CloudSettings } from "../datacentre/src/settings.ts";
import type { Limits } from "../datacentre/src/tenant-api.ts";
import { plainCloud } from "../datacentre/src/presets.ts";
import type { ProviderTraits } from "../src/ports/provider.ts";
import type { Draws } from "./draws.ts";
import type { CloudPlan } from "./scenario.ts";

/** What Slipway is told of these clouds. What they do stays within it, unless a fault says otherwise. */
export const TRAITS: ProviderTraits = {
  visibilityMs: 6_000,
  callTimeoutMs: { create: 10_000, other: 5_000 },
  usualBootMs: 2_000,
  lookMost: 100,
  looksTogether: true,
  userDataBytesMost: 16_384,
};

/** How long new machines may be missing from lists: less than what Slipway is told, so that a list may also be stale. */
export const HIDDEN_MOST_MS = 3_000;
/** The same where machines are made of several parts. */
const HIDDEN_OF_PARTS_MS = 500;
/** There, how long after its request something may take effect. */
export const LATE_OF_PARTS_MS = 2_000;
/** From sending a request to its answer, without faults. */
export const LATENCY_MOST_MS = 400;

const NAMES = ["east", "west", "north", "south"] as const;

export function drawnClouds(draws: Draws): CloudPlan[] {
  return NAMES.slice(0, draws.between(1, NAMES.length)).map((name) => ({
    settings: drawnCloud(draws, name),
    group: draws.between(0, 1),
  }));
}

function drawnCloud(draws: Draws, name: string): CloudSettings {
  const { between, chance, pick } = draws;
  const plain = plainCloud();
  const images = plain.realms[0]?.images ?? [];
  const cpu = pick([2, 4, 8, 64]);
  const host = { cpu, memoryMib: cpu * 2048, storageGib: 2_000 };
  const boot = chance(0.1) ? 15_000 : pick([0, 500, 1_000, 4_000]);
  const throttle = chance(0.1) ? { throttle: { burst: between(3, 20), perSecond: between(2, 20) } } : {};
  const limit = pick<Limits>([{ instances: between(0, 8) }, { "cpu/general": between(1, 12) }]);
  const quota = chance(0.15) ? { quota: limit } : {};
  return {
    ...plain,
    name,
    realms: draws.times(chance(0.3) ? 2 : 1, (index) => ({
      name: `${name}-${index + 1}`,
      images,
      hosts: draws.times(between(1, 3), () => host),
    })),
    tenants: [{ name, key: `${name}-key`, ...throttle, ...quota }],
    twoStep: chance(0.25),
    uniqueNames: chance(0.3),
    tokens: pick(["tenant", "realm", "off"]),
    ...drawnChecks(draws),
    downReads: pick(["refuse", "partial"]),
    rebootsAs: pick(["running", "stopped"]),
    latency: { kind: "uniform", minMs: 10, maxMs: between(20, LATENCY_MOST_MS) },
    boot: { kind: "uniform", minMs: boot / 2, maxMs: boot },
    imageCopy: { kind: "fixed", ms: pick([0, 3_000]) },
    serviceDelay: { kind: "fixed", ms: pick([0, 2_000]) },
    removal: { kind: "uniform", minMs: 0, maxMs: chance(0.1) ? 5_000 : pick([0, 200]) },
    visibilityMs: pick([0, 500, HIDDEN_MOST_MS]),
    idVisibilityMs: pick([0, 500, HIDDEN_MOST_MS]),
    lingerMs: pick([0, 2_000, 60_000]),
    pageSize: pick([2, 7, 100]),
    // Enough of them have what blueprints may ask for, and not all.
    networks: chance(0.7) ? [{ name: "shop" }] : [],
    ...drawnParts(draws),
  };
}

/**
 * In a third of the clouds machines are made of several parts, one request after the other. The last may be sent just before the
 * create's time-out, so that less time is left in which it may take effect and not be seen.
 */
function drawnParts({ chance, pick }: Draws): Partial<CloudSettings> {
  const implied = chance(0.3) ? (["port", "volume"] as const) : (["port"] as const);
  if (!chance(0.35)) return { parts: { implied } };
  const hidden = { visibilityMs: pick([0, HIDDEN_OF_PARTS_MS]), idVisibilityMs: pick([0, HIDDEN_OF_PARTS_MS]) };
  const [needed, publicByPart] = pick<readonly [readonly ["port"] | readonly [], boolean]>([
    [["port"], true],
    [["port"], true],
    [["port"], false],
    [[], true],
  ]);
  return {
    ...hidden,
    parts: {
      implied,
      needed,
      publicByPart,
      leftBehind: chance(0.5) ? ["volume"] : [],
      labelled: chance(0.6),
      keys: chance(0.8),
      making: { kind: "fixed", ms: pick([0, 300, 1_500]) },
      removal: { kind: "fixed", ms: pick([0, 300, 3_000]) },
    },
  };
}

/** True where a machine takes several requests. */
export function isOfParts({ parts }: Pick<CloudSettings, "parts">): boolean {
  return parts?.publicByPart === true || parts?.keys === true || (parts?.needed ?? []).length > 0;
}

/** What is checked late may fail by itself, also machines of others, which are never to be gone: so those stay in error. */
function drawnChecks({ chance, pick }: Draws): Partial<CloudSettings> {
  const reason = pick<"machine" | "operation">(["machine", "operation"]);
  if (chance(0.6)) {
    const shown = pick<"error" | "terminated" | "nothing">(["error", "terminated", "nothing"]);
    return { failures: { shown, reason } };
  }
  const scheduling = { kind: "fixed", ms: pick([0, 800]) } as const;
  const [quotaAt, roomAt] = pick<["create" | "late", "create" | "late"]>([
    ["late", "create"],
    ["create", "late"],
    ["late", "late"],
  ]);
  return { quotaAt, roomAt, scheduling, failures: { shown: "error", reason } };
}
