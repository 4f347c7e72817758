// A reboot is asked of a cloud once for each wish at the most, ends no member that comes back in its time, and is over some day.

import type { CheckerOf } from "./checker.ts";

/** No drawn cloud takes longer to boot a machine again, whenever its request takes effect. */
const BACK_MS = 30_000;

export const reboots: CheckerOf = (facts, find) => {
  /** By machine, how often it was wished for and how often it was sent. */
  const wishes = new Map<string, number>();
  const sent = new Map<string, number>();
  /** By machine, when its cloud has answered, or nobody knows whether it has. */
  const answered = new Map<string, number>();
  /** Machines whose reboot is told of and has no end in what is told. */
  const untold = new Set<string>();
  const countUp = (counts: Map<string, number>, key: string): number => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts.get(key) ?? 0;
  };
  return {
    name: "reboots",
    commit({ events }) {
      for (const { deployment, at, body } of events) {
        if (body.kind === "reboot_asked") {
          countUp(wishes, body.machine);
          untold.add(body.machine);
        }
        if (body.kind === "reboot_over" || (body.kind === "reboot_answered" && body.outcome === "refused")) {
          untold.delete(body.machine);
        }
        if (body.kind === "reboot_answered" && body.outcome !== "refused") answered.set(body.machine, at);
        // One that is given up for stopped too early is over as well.
        const runs = body.kind === "reboot_over" && body.reason === null;
        if (runs || body.kind === "undo_asked") answered.delete(body.machine);
        if (body.kind !== "instance_moved" || body.move !== "seen_stopped") continue;
        const machine = facts.instances.get(`${deployment}/${body.instance}`)?.machine ?? "";
        if (at < (answered.get(machine) ?? -Infinity) + BACK_MS) {
          find(`${deployment}/${body.instance} counts as stopped, and its machine is just being rebooted`);
        }
      }
    },
    called({ call, name }) {
      if (call !== "reboot") return () => {};
      const row = facts.ledger.values().find(({ externalId }) => externalId === name);
      const times = countUp(sent, name);
      const wished = wishes.get(row?.id ?? "") ?? 0;
      if (times > wished) find(`${name} is rebooted ${times} times, and was to be ${wished} times`);
      return () => {};
    },
    calm() {
      for (const { id, rebootUntil, state, undoAskedAt } of facts.ledger.values()) {
        if (rebootUntil !== null) find(`the reboot of ${id} has no end`);
        else if (untold.has(id) && state === "made" && undoAskedAt === null)
          find(`the end of the reboot of ${id} is not told`);
      }
    },
  };
};
