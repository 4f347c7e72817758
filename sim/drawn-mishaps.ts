// Everything that goes wrong, drawn from a seed.

import type { Fault, FaultRule } from "../datacentre/src/fault.ts";
import type { CloudErrorCode, Operation } from "../datacentre/src/cloud-api.ts";
import { plainCloud } from "../datacentre/src/presets.ts";
import type { CloudSettings } from "../datacentre/src/settings.ts";
import { STEP_MS } from "../src/core/world/clock-step.ts";
import { DEPLOYMENT_STATES, type DeploymentState } from "../src/core/states.ts";
import { HIDDEN_MOST_MS, isOfParts, LATE_OF_PARTS_MS, LATENCY_MOST_MS, TRAITS } from "./drawn-clouds.ts";
import type { Draws } from "./draws.ts";
import { type Ask, ASKS, type CloudPlan, type Launch, type Mishap, MISHAPS, POINTS } from "./scenario.ts";

/** Mishaps begin within this time, or within so long of a launch. */
const SPAN_MS = 60_000;
const BUSY_MS = 15_000;

/** What Slipway asks of a cloud; what is here more than once is hit more often. */
export const OPERATIONS = [
  "create",
  "create",
  "create",
  "remove",
  "remove",
  "list",
  "list",
  "get",
  "getMany",
  "getMany",
  "findByName",
  "start",
  "reboot",
  "reboot",
  "console",
  "describe",
  "probe",
  "probe",
  "probe",
] as const satisfies readonly Operation[];
/** And where machines are made of several parts. */
export const PART_OPERATIONS = [
  "createPart",
  "createPart",
  "createPart",
  "removePart",
  "removePart",
  "getPart",
  "listParts",
  "detachPart",
] as const satisfies readonly Operation[];
type Called = (typeof OPERATIONS)[number] | (typeof PART_OPERATIONS)[number];

const REFUSALS: Readonly<Record<Called, readonly [CloudErrorCode, ...CloudErrorCode[]]>> = {
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
  getMany: ["internal_error", "throttled", "unexplained", "wrong_key"],
  findByName: ["internal_error", "throttled", "unexplained"],
  list: ["internal_error", "throttled", "wrong_key", "unexplained"],
  start: ["insufficient_capacity", "locked", "wrong_state", "internal_error", "throttled"],
  reboot: ["wrong_state", "locked", "not_found", "internal_error", "throttled", "wrong_key", "unexplained"],
  remove: ["protected", "locked", "wrong_state", "internal_error", "throttled", "forbidden", "unexplained"],
  console: ["internal_error", "throttled", "not_found"],
  probe: ["internal_error", "unavailable"],
  createPart: [
    "quota_exceeded",
    "quota_zero",
    "no_free_address",
    "throttled",
    "internal_error",
    "unavailable",
    "account_suspended",
    "invalid_reference",
    "unexplained",
  ],
  removePart: ["in_use", "locked", "protected", "internal_error", "throttled", "unexplained"],
  getPart: ["internal_error", "throttled", "unexplained", "wrong_key"],
  listParts: ["internal_error", "throttled", "unexplained", "wrong_key"],
  detachPart: ["internal_error", "throttled", "wrong_state"],
};

interface Drawn {
  readonly clouds: readonly CloudPlan[];
  readonly launches: readonly Launch[];
}

export function drawnMishaps(draws: Draws, of: Drawn): Mishap[] {
  const { between, chance } = draws;
  const count = chance(0.08) ? 0 : chance(0.15) ? between(25, 60) : between(4, 24);
  const mishaps = draws.times(count, () => drawnMishap(draws, of));
  const reboots = chance(0.4) ? draws.times(between(1, 6), () => drawnReboot(draws, of)).flat() : [];
  const updates = chance(0.6) ? draws.times(between(1, 8), () => drawnUpdate(draws, of)).flat() : [];
  return [...mishaps, ...reboots, ...updates].toSorted((a, b) => a.atMs - b.atMs);
}

/** A member of what is up is booted again, and often its cloud or somebody else has something against it in the midst of that. */
function drawnReboot(draws: Draws, { clouds, launches }: Drawn): Mishap[] {
  const { between, chance, pick, times } = draws;
  const launch = between(0, launches.length - 1);
  const atMs = (launches[launch]?.atMs ?? 0) + between(0, BUSY_MS);
  const act = { kind: "act", atMs, launch } as const;
  const settings = clouds[between(0, clouds.length - 1)]?.settings ?? plainCloud({ name: "east" });
  const rule = { on: "reboot", do: drawnFault(draws, { on: "reboot", ofParts: false }), times: between(1, 3) } as const;
  const fault: Mishap = { kind: "fault", atMs, forMs: between(1_000, 40_000), cloud: settings.name, rule };
  const others = times(between(0, 2), (): Mishap => {
    const ask = pick<(typeof ASKS)[number]>(["stop", "update", "repair", "reboot", "reboot", "delete_with_stop"]);
    return { ...act, atMs: atMs + between(0, BUSY_MS), ask, inState: "running", pick: between(0, 9) };
  });
  const reboot = { ...act, ask: "reboot", inState: "running", pick: between(0, 9) } as const;
  return [reboot, ...(chance(0.5) ? [fault] : []), ...others];
}

/** An update of what is up, and often somebody who interferes, or a machine that dies, while it is under way. */
function drawnUpdate({ between, chance, pick, times }: Draws, { clouds, launches }: Drawn): Mishap[] {
  const launch = between(0, launches.length - 1);
  const atMs = (launches[launch]?.atMs ?? 0) + between(0, BUSY_MS);
  const act = { kind: "act", atMs, launch } as const;
  const update = { ...act, ask: "update", inState: "running", pick: between(0, 9) } as const;
  const others = times(between(0, 2), (): Mishap => {
    if (chance(0.3)) {
      const cloud = clouds[between(0, clouds.length - 1)]?.settings.name ?? "east";
      const to = pick<"stopped" | "error" | "terminated" | "vanished">(["stopped", "error", "terminated", "vanished"]);
      return { kind: "accident", atMs: atMs + between(0, 2 * BUSY_MS), cloud, pick: between(0, 9), to };
    }
    const ask = pick<(typeof ASKS)[number]>(["cancel", "cancel", "stop", "update", "delete_with_stop", "repair"]);
    return { ...act, ask, inState: pick<DeploymentState>(["updating", "updating", "reverting"]), pick: between(0, 9) };
  });
  return [update, ...others];
}

/** How often, of 100, each kind is drawn. */
const WEIGHTS = {
  fault: 41,
  crash: 12,
  pause: 8,
  cut: 7,
  deaf: 2,
  act: 14,
  outage: 2,
  suspension: 2,
  quota: 2,
  switched_off: 2,
  host_down: 2,
  accident: 4,
  blindness: 1,
  foreign: 1,
  clock: 4,
  pruning: 4,
} as const satisfies Readonly<Record<Mishap["kind"], number>>;

function drawnKind({ fraction }: Draws): Mishap["kind"] {
  let left = fraction() * Object.values(WEIGHTS).reduce((sum, weight) => sum + weight, 0);
  for (const kind of MISHAPS) {
    left -= WEIGHTS[kind];
    if (left < 0) return kind;
  }
  return "fault";
}

function drawnMishap(draws: Draws, { clouds, launches }: Drawn): Mishap {
  const { between, chance, pick } = draws;
  const kind = drawnKind(draws);
  const launch = between(0, launches.length - 1);
  // Most strike while somebody is being launched; the others find what has long been up.
  const atMs = chance(0.6) ? (launches[launch]?.atMs ?? 0) + between(0, BUSY_MS) : between(0, SPAN_MS);
  const forMs = between(1_000, 40_000);
  const settings = clouds[between(0, clouds.length - 1)]?.settings ?? plainCloud({ name: "east" });
  const { name: cloud } = settings;
  const hit = { atMs, worker: between(0, 1), skip: between(0, 12) };
  switch (kind) {
    case "fault":
      return { kind, atMs, forMs, cloud, rule: drawnRule(draws, settings) };
    case "crash":
    case "pause":
      return { kind, ...hit, forMs, point: pick(POINTS) };
    case "cut":
      return { kind, ...hit, point: pick(["statement", "committed"]) };
    case "deaf":
      return { kind, atMs, forMs, probability: pick([0.3, 1]) };
    case "act":
      return { kind, atMs, launch, pick: between(0, 9), ...drawnWish(draws) };
    case "outage":
    case "suspension":
    case "switched_off":
    case "host_down":
      return { kind, atMs, forMs, cloud };
    case "quota":
      return { kind, atMs, forMs, cloud, instances: between(0, 3) };
    case "accident":
      return { kind, atMs, cloud, pick: between(0, 9), to: pick(["stopped", "error", "terminated", "vanished"]) };
    case "blindness":
      return { kind, atMs, forMs, cloud, lists: between(1, 12) };
    case "clock": {
      const { worker, skip } = hit;
      const byMs = (chance(0.5) ? -1 : 1) * drawnStep(draws);
      return { kind, atMs, byMs, hit: chance(0.5) ? { worker, skip, point: pick(POINTS) } : null };
    }
    case "pruning":
      return { kind, atMs: atMs + forMs, keepMs: chance(0.5) ? 0 : between(0, 30_000) };
    case "foreign":
      return { kind, atMs, cloud, name: `sw-dep${String(between(1, 9)).padStart(9, "0")}-a1-i1-t1` };
  }
}

const HOUR_MS = 3_600_000;

/** What is too little to be a step, and steps from seconds to hours. */
function drawnStep({ between, pick }: Draws): number {
  const [least, most] = pick<readonly [number, number]>([
    [100, STEP_MS],
    [STEP_MS + 1, 60_000],
    [60_000, HOUR_MS],
    [HOUR_MS, 12 * HOUR_MS],
  ]);
  return between(least, most);
}

/** Where a wish is granted, so that it is not only ever refused. */
const GRANTED_IN: Readonly<Record<(typeof ASKS)[number], readonly [DeploymentState, ...DeploymentState[]]>> = {
  cancel: ["new", "pending", "updating", "rollback_in_progress", "rollback_complete", "rollback_failed"],
  stop: ["running", "incomplete", "updating", "reverting"],
  delete: ["stopped", "failed"],
  delete_with_stop: ["pending", "running", "updating", "rollback_in_progress", "shutting_down"],
  delete_with_debt: ["rollback_in_progress", "rollback_failed", "shutting_down", "stopped", "failed"],
  retry_rollback: ["rollback_failed"],
  skip: ["rollback_failed"],
  release: ["pending"],
  retry_instance: ["incomplete"],
  repair: ["running", "incomplete"],
  reboot: ["running", "running", "incomplete"],
  update: ["running", "running", "incomplete", "updating"],
  extend: ["running", "incomplete"],
};

/** Whoever updates makes the most of everything else. */
const UPDATES = ["update", "update", "update", "update", "cancel"] as const;

const REPAIRS = ["retry_instance", "retry_instance", "repair", "repair"] as const satisfies readonly Ask[];

function drawnWish({ fraction, pick }: Draws): { ask: Ask; inState: DeploymentState | null } {
  // Retries are granted in few states only, so they are tried more often.
  const ask = pick<(typeof ASKS)[number]>([
    ...ASKS,
    "retry_rollback",
    "skip",
    "skip",
    "release",
    "release",
    ...REPAIRS,
    "extend",
    "reboot",
    "reboot",
    ...UPDATES,
  ]);
  const how = fraction();
  if (how < 0.7) return { ask, inState: pick(GRANTED_IN[ask]) };
  return { ask, inState: how < 0.85 ? pick(DEPLOYMENT_STATES) : null };
}

function drawnRule(draws: Draws, cloud: CloudSettings): FaultRule {
  const { chance, pick, between } = draws;
  const ofParts = isOfParts(cloud);
  const drawn = ofParts && chance(0.4) ? pick(PART_OPERATIONS) : pick(OPERATIONS);
  // Elsewhere nobody asks for starts.
  const on = drawn === "start" && cloud.twoStep !== true ? "create" : drawn;
  // What will not go becomes debt: rollbacks get stuck, and people come to retry them.
  if ((on === "remove" || on === "removePart") && chance(0.4)) return { on, do: pick(STUBBORN), times: "always" };
  const fault = drawnFault(draws, { on, ofParts });
  if (chance(0.3)) return { on, do: fault, times: "always", probability: pick([0.05, 0.2, 0.5]) };
  return { on, do: fault, times: between(1, 5), ...(chance(0.3) ? { when: { nth: between(1, 4) } } : {}) };
}

const STUBBORN: readonly [Fault, ...Fault[]] = [
  { kind: "remove_ignored" },
  { kind: "remove_slow", ms: 110_000 },
  { kind: "refuse", code: "protected" },
];

function drawnFault(draws: Draws, { on, ofParts }: { on: Called; ofParts: boolean }): Fault {
  const { chance, pick, between } = draws;
  if (chance(0.45)) return drawnTurn(draws, on) ?? { kind: "lose_answer" };
  const limitMs = on === "create" || on === "createPart" ? TRAITS.callTimeoutMs.create : TRAITS.callTimeoutMs.other;
  // An effect that comes later than the time-out of its call would be one that nobody can wait for.
  const isOneOfSeveral = ofParts && (on === "create" || on === "createPart");
  const lateMostMs = isOneOfSeveral ? LATE_OF_PARTS_MS : limitMs - LATENCY_MOST_MS;
  const inTimeMs = between(0, lateMostMs);
  return pick<Fault>([
    { kind: "refuse", code: pick(REFUSALS[on]), ...(chance(0.3) ? { retryAfterMs: between(100, 8_000) } : {}) },
    { kind: "refuse", code: pick(REFUSALS[on]) },
    { kind: "lose_request" },
    { kind: "lose_answer" },
    { kind: "error_but_done", code: pick(["unavailable", "internal_error", "unexplained"]) },
    { kind: "delay", ms: between(0, 2 * limitMs) },
    { kind: "delay", ms: inTimeMs, effectToo: true },
    { kind: "late_effect", ms: inTimeMs },
    { kind: "duplicate", gapMs: between(0, Math.min(3_000, lateMostMs)) },
    { kind: "realm_down", ms: between(1_000, 30_000) },
    { kind: "expire_session" },
    { kind: "cut_answer" },
  ]);
}

/** Accepted, and comes to nothing some time after: the machine may show it, or be gone. */
function drawnLateFailure({ pick, between }: Draws, on: "create" | "start"): Fault {
  const left = ["error", on === "start" ? "stopped" : "terminated", on === "start" ? "error" : "nothing"] as const;
  const code = pick<CloudErrorCode>(["insufficient_capacity", "quota_exceeded", "internal_error"]);
  const reason = pick<"machine" | "operation">(["machine", "operation"]);
  return { kind: "operation_fails", code, afterMs: between(0, 5_000), shown: pick(left), reason };
}

/** Null where nothing of the kind goes with the operation. */
function drawnTurn(draws: Draws, on: Called): Fault | null {
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
        drawnLateFailure(draws, on),
        { kind: "answers", status: pick([401, 404, 503]) },
        ...(on === "create" ? [{ kind: "part_fails", part: "port" } as const] : []),
      ]);
    case "reboot":
      return pick<Fault>([
        { kind: "never_boot" },
        { kind: "not_listening" },
        { kind: "operation_fails", afterMs: between(0, 5_000) },
      ]);
    case "remove":
      return pick<Fault>([
        { kind: "remove_ignored" },
        { kind: "remove_slow", ms: between(1_000, 120_000) },
        { kind: "parts_left" },
        { kind: "operation_fails", afterMs: between(0, 20_000) },
      ]);
    case "createPart":
      return pick<Fault>([
        { kind: "make_error" },
        { kind: "make_error", code: "quota_exceeded", text: "Too many of them" },
        {
          kind: "operation_fails",
          afterMs: between(0, 2_000),
          shown: pick(["error", "nothing"]),
          reason: pick(["machine", "operation"]),
        },
      ]);
    case "removePart":
      return pick<Fault>([
        { kind: "remove_ignored" },
        { kind: "remove_slow", ms: between(1_000, 60_000) },
        { kind: "operation_fails", afterMs: between(0, 5_000) },
      ]);
    case "listParts":
      return { kind: "list_partial", realms: ["east-1", "west-1", "north-1", "south-1"] };
    case "list":
      return pick<Fault>([
        { kind: "list_partial", realms: ["east-1", "west-1", "north-1", "south-1"] },
        { kind: "list_empty" },
        { kind: "list_stale", ms: between(1_000, 60_000) },
      ]);
    case "findByName":
      return { kind: "list_stale", ms: between(0, TRAITS.visibilityMs - HIDDEN_MOST_MS) };
    case "probe":
      return pick<Fault>([{ kind: "not_listening" }, { kind: "answers", status: pick([401, 404, 503]) }]);
    case "console":
      return { kind: "console_text", text: pick(["", "\u001b[31mPanik\u0000", "x".repeat(80_000)]) };
    case "describe":
    case "get":
    case "getMany":
    case "getPart":
    case "detachPart":
      return null;
  }
}
