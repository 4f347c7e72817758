// Everything that goes wrong, drawn from a seed.

import type { Fault, FaultRule } from "../datacentre/src/fault.ts";
import type { CloudErrorCode, Operation } from "../datacentre/src/cloud-api.ts";
import { DEPLOYMENT_STATES } from "../src/core/states.ts";
import { HIDDEN_MOST_MS, LATENCY_MOST_MS, TRAITS } from "./drawn-clouds.ts";
import type { Draws } from "./draws.ts";
import { ASKS, type CloudPlan, type Launch, type Mishap, POINTS } from "./scenario.ts";

/** Mishaps begin within this time. */
const SPAN_MS = 60_000;

const OPERATIONS: readonly [Operation, ...Operation[]] = [
  "create",
  "create",
  "create",
  "remove",
  "remove",
  "list",
  "list",
  "get",
  "findByName",
  "start",
  "console",
  "describe",
  "probe",
];

const REFUSALS: Readonly<Record<Operation, readonly [CloudErrorCode, ...CloudErrorCode[]]>> = {
  describe: ["internal_error", "throttled", "wrong_key", "unexplained"],
  create: [
    "insufficient_capacity",
    "quota_exceeded",
    "throttled",
    "internal_error",
    "unavailable",
    "wrong_key",
    "account_suspended",
    "invalid_size",
    "invalid_user_data",
    "image_not_found",
    "locked",
    "unexplained",
  ],
  get: ["internal_error", "throttled", "unexplained", "wrong_key"],
  findByName: ["internal_error", "throttled", "unexplained"],
  list: ["internal_error", "throttled", "wrong_key", "unexplained"],
  start: ["insufficient_capacity", "locked", "wrong_state", "internal_error", "throttled"],
  stop: ["internal_error"],
  remove: ["protected", "locked", "wrong_state", "internal_error", "throttled", "forbidden", "unexplained"],
  console: ["internal_error", "throttled", "not_found"],
  probe: ["internal_error", "unavailable"],
};

export function drawnMishaps(
  draws: Draws,
  of: { readonly clouds: readonly CloudPlan[]; readonly launches: readonly Launch[] },
): Mishap[] {
  const count = draws.chance(0.1) ? 0 : draws.between(2, 24);
  return draws.times(count, () => drawnMishap(draws, of)).toSorted((a, b) => a.atMs - b.atMs);
}

function drawnMishap(
  draws: Draws,
  { clouds, launches }: { readonly clouds: readonly CloudPlan[]; readonly launches: readonly Launch[] },
): Mishap {
  const { between, chance, pick } = draws;
  const atMs = between(0, SPAN_MS);
  const forMs = between(1_000, 40_000);
  const { name: cloud } = clouds[between(0, clouds.length - 1)]?.settings ?? { name: "east" };
  const hit = { atMs, forMs, worker: between(0, 1), point: pick(POINTS), skip: between(0, 6) };
  const what = draws.fraction();
  if (what < 0.45) return { kind: "fault", atMs, forMs, cloud, rule: drawnRule(draws) };
  if (what < 0.6) return { kind: "crash", ...hit };
  if (what < 0.7) return { kind: "pause", ...hit };
  if (what < 0.74) return { kind: "deaf", atMs, forMs, probability: pick([0.3, 1]) };
  if (what < 0.86) {
    const inState = chance(0.6) ? pick(DEPLOYMENT_STATES) : null;
    return {
      kind: "act",
      atMs,
      launch: between(0, launches.length - 1),
      ask: pick(ASKS),
      inState,
      pick: between(0, 9),
    };
  }
  if (what < 0.88) return { kind: "outage", atMs, forMs, cloud };
  if (what < 0.9) return { kind: "suspension", atMs, forMs, cloud };
  if (what < 0.92) return { kind: "quota", atMs, forMs, cloud, instances: between(0, 3) };
  if (what < 0.94) return { kind: "host_down", atMs, forMs, cloud };
  if (what < 0.97) {
    return {
      kind: "accident",
      atMs,
      cloud,
      pick: between(0, 9),
      to: pick(["stopped", "error", "terminated", "vanished"]),
    };
  }
  if (what < 0.985) return { kind: "blindness", atMs, cloud, lists: between(1, 6) };
  return { kind: "foreign", atMs, cloud, name: `sw-dep${String(between(1, 9)).padStart(9, "0")}-a1-i1-t1` };
}

function drawnRule(draws: Draws): FaultRule {
  const { chance, pick, between } = draws;
  const on = pick(OPERATIONS);
  const often = chance(0.2)
    ? { times: "always" as const, probability: pick([0.05, 0.2, 0.5]) }
    : { times: between(1, 3), when: { nth: between(1, 4) } };
  return {
    on,
    do: drawnFault(draws, on),
    ...(often.times === "always" ? often : chance(0.5) ? often : { times: often.times }),
  };
}

function drawnFault(draws: Draws, on: Operation): Fault {
  const { chance, pick, between } = draws;
  if (chance(0.35)) return drawnTurn(draws, on) ?? { kind: "lose_answer" };
  const limitMs = on === "create" ? TRAITS.callTimeoutMs.create : TRAITS.callTimeoutMs.other;
  // An effect that comes later than the time-out of its call would be one that nobody can wait for.
  const inTimeMs = between(0, limitMs - LATENCY_MOST_MS);
  return pick<Fault>([
    { kind: "refuse", code: pick(REFUSALS[on]), ...(chance(0.3) ? { retryAfterMs: between(100, 8_000) } : {}) },
    { kind: "refuse", code: pick(REFUSALS[on]) },
    { kind: "lose_request" },
    { kind: "lose_answer" },
    { kind: "error_but_done", code: pick(["unavailable", "internal_error", "unexplained"]) },
    { kind: "delay", ms: between(0, 2 * limitMs) },
    { kind: "delay", ms: inTimeMs, effectToo: true },
    { kind: "late_effect", ms: inTimeMs },
    { kind: "duplicate", gapMs: between(0, 3_000) },
  ]);
}

/** Null where nothing of the kind goes with the operation. */
function drawnTurn(draws: Draws, on: Operation): Fault | null {
  const { pick, between } = draws;
  switch (on) {
    case "create":
    case "start":
      return pick<Fault>([
        { kind: "never_boot" },
        { kind: "boot_error" },
        { kind: "boot_error", code: "internal_error", text: "It broke" },
        { kind: "die", afterMs: between(0, 30_000), to: pick(["stopped", "error", "terminated"]) },
        { kind: "vanish", afterMs: between(0, 20_000) },
        { kind: "not_listening" },
      ]);
    case "remove":
      return pick<Fault>([{ kind: "remove_ignored" }, { kind: "remove_slow", ms: between(1_000, 120_000) }]);
    case "list":
      return pick<Fault>([
        { kind: "list_partial", realms: ["east-1", "west-1", "north-1", "south-1"] },
        { kind: "list_empty" },
        { kind: "list_stale", ms: between(1_000, 60_000) },
      ]);
    case "findByName":
      return { kind: "list_stale", ms: between(0, TRAITS.visibilityMs - HIDDEN_MOST_MS) };
    case "probe":
      return { kind: "not_listening" };
    case "describe":
    case "get":
    case "stop":
    case "console":
      return null;
  }
}
