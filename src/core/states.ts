// The three tables of transitions: the only place that says what is legal. Final states, allowed actions, the diagram
// in docs/architecture.md, the database's trigger and the property tests are all made from them.

export type Table<S extends string, E extends string> = Readonly<Record<S, Readonly<Partial<Record<E, S>>>>>;

export const DEPLOYMENT_STATES = [
  "new",
  "pending",
  "running",
  "incomplete",
  "updating",
  "reverting",
  "rollback_in_progress",
  "rollback_complete",
  "rollback_failed",
  "shutting_down",
  "stopped",
  "failed",
] as const;
export type DeploymentState = (typeof DEPLOYMENT_STATES)[number];

export const DEPLOYMENT_MOVES = [
  "launch_begun",
  "all_ready",
  "settled_in_part",
  "part_lost",
  "rollback_begun",
  "rolled_back",
  "rollback_stuck",
  "rollback_retried",
  "relaunched",
  "gave_up",
  "cancelled",
  "update_begun",
  "updated",
  "revert_begun",
  "reverted",
  "stop_asked",
  "all_stopped",
] as const;
export type DeploymentMove = (typeof DEPLOYMENT_MOVES)[number];

export const DEPLOYMENT: Table<DeploymentState, DeploymentMove> = {
  new: { launch_begun: "pending" },
  pending: {
    all_ready: "running",
    settled_in_part: "incomplete",
    rollback_begun: "rollback_in_progress",
    gave_up: "failed",
    cancelled: "failed",
  },
  running: {
    part_lost: "incomplete",
    update_begun: "updating",
    stop_asked: "shutting_down",
    all_stopped: "stopped",
  },
  incomplete: {
    all_ready: "running",
    update_begun: "updating",
    stop_asked: "shutting_down",
    all_stopped: "stopped",
  },
  updating: {
    updated: "running",
    part_lost: "incomplete",
    revert_begun: "reverting",
    stop_asked: "shutting_down",
  },
  reverting: { reverted: "running", part_lost: "incomplete", stop_asked: "shutting_down" },
  rollback_in_progress: { rolled_back: "rollback_complete", rollback_stuck: "rollback_failed" },
  rollback_complete: { relaunched: "pending", gave_up: "failed", cancelled: "failed" },
  rollback_failed: { rollback_retried: "rollback_in_progress", relaunched: "pending" },
  shutting_down: { all_stopped: "stopped" },
  stopped: {},
  failed: {},
};

export const INSTANCE_STATES = [
  "new",
  "pending",
  "running",
  "stopped",
  "shutting_down",
  "create_failed",
  "error",
  "vanished",
] as const;
export type InstanceState = (typeof INSTANCE_STATES)[number];

export const INSTANCE_MOVES = [
  "launch_asked",
  "seen_running",
  "seen_stopped",
  "seen_error",
  "create_refused",
  "step_failed",
  "found_missing",
  "undo_asked",
  "proven_gone",
  "undo_stuck",
  "reset",
] as const;
export type InstanceMove = (typeof INSTANCE_MOVES)[number];

/** `step_failed`: a step's deadline passed or its retries are used up. `proven_gone`: the cloud shows that it is gone. */
export const INSTANCE: Table<InstanceState, InstanceMove> = {
  new: { launch_asked: "pending" },
  pending: {
    seen_running: "running",
    seen_stopped: "stopped",
    seen_error: "error",
    create_refused: "create_failed",
    step_failed: "error",
    found_missing: "vanished",
    undo_asked: "shutting_down",
  },
  stopped: {
    seen_running: "running",
    seen_error: "error",
    step_failed: "error",
    found_missing: "vanished",
    undo_asked: "shutting_down",
    reset: "new",
  },
  running: {
    seen_stopped: "stopped",
    seen_error: "error",
    step_failed: "error",
    found_missing: "vanished",
    undo_asked: "shutting_down",
  },
  shutting_down: { proven_gone: "stopped", undo_stuck: "error", found_missing: "vanished" },
  create_failed: { reset: "new" },
  error: { undo_asked: "shutting_down", reset: "new" },
  vanished: { reset: "new" },
};

export const MACHINE_STATES = ["intent", "in_doubt", "made", "refused", "absent", "gone"] as const;
export type MachineState = (typeof MACHINE_STATES)[number];

export const MACHINE_MOVES = [
  "create_answered",
  "create_refused",
  "answer_lost",
  "withdrawn",
  "found",
  "proven_absent",
  "proven_gone",
  "found_late",
] as const;
export type MachineMove = (typeof MACHINE_MOVES)[number];

/**
 * The ledger. `refused`: the cloud said no before accepting, nothing exists. `absent`: never came to be (withdrawn
 * before it was sent, or proven after a doubt). `gone`: it was there and the cloud shows that it is no more. A closed row
 * is opened again only by the sweeper, when the cloud shows the machine after all.
 */
export const MACHINE: Table<MachineState, MachineMove> = {
  intent: { create_answered: "made", create_refused: "refused", answer_lost: "in_doubt", withdrawn: "absent" },
  in_doubt: { found: "made", proven_absent: "absent" },
  made: { proven_gone: "gone" },
  refused: { found_late: "made" },
  absent: { found_late: "made" },
  gone: { found_late: "made" },
};

/** Where `move` leads from `state`, or undefined when the table forbids it. */
export function next<S extends string, E extends string>(table: Table<S, E>, state: S, move: E): S | undefined {
  return table[state][move];
}

/** All arcs of a table as [from, to], each once, in the table's order. */
export function arcs<S extends string, E extends string>(table: Table<S, E>): [S, S][] {
  const seen = new Set<string>();
  const all: [S, S][] = [];
  for (const from in table) {
    for (const move in table[from]) {
      const to = table[from][move];
      if (to === undefined || seen.has(`${from}>${to}`)) continue;
      seen.add(`${from}>${to}`);
      all.push([from, to]);
    }
  }
  return all;
}

/** States that no move leaves. */
export function finalStates<S extends string, E extends string>(table: Table<S, E>): S[] {
  const final: S[] = [];
  for (const state in table) if (Object.keys(table[state]).length === 0) final.push(state);
  return final;
}

/** A machine row that the cloud may still hold something for. Closed rows are facts and change no more. */
export const OPEN_MACHINE_STATES = ["intent", "in_doubt", "made"] as const satisfies readonly MachineState[];

export function isOpen(machine: { state: MachineState }): boolean {
  return machine.state === "intent" || machine.state === "in_doubt" || machine.state === "made";
}
