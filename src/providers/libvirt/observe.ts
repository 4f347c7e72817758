// A domain in Slipway's words.

import type { Fault } from "../../core/fault.ts";
import type { Observed, ObservedState } from "../../core/machine.ts";
import type { Domain, DomainState } from "./calls.ts";
import { REALM } from "./desk.ts";
import type { Marks } from "./domain-xml.ts";
import { madeFault } from "./faults.ts";
import { handleOf } from "./names.ts";

/** virDomainState. */
const STATES = { running: 1, blocked: 2, paused: 3, shutdown: 4, shutoff: 5, crashed: 6 } as const;

/** virDomainPausedReason. */
const PAUSED = { ioError: 5, watchdog: 6, crashed: 10, startingUp: 11 } as const;

/** virDomainShutoffReason. */
const SHUTOFF = { shutdown: 1, destroyed: 2, crashed: 3, migrated: 4, saved: 5 } as const;

interface Seen {
  readonly state: ObservedState;
  readonly fault: Fault | null;
}

const down = (state: ObservedState, code: string, text: string): Seen => ({
  state,
  fault: madeFault({ class: "unknown", code, text }),
});

/** Of one that stands still. What is not here has never run, or could not be started: the next start tells why. */
const ENDINGS: ReadonlyMap<number, Seen> = new Map([
  [SHUTOFF.shutdown, down("stopped", "powered_off", "the guest has powered its machine off")],
  [SHUTOFF.destroyed, down("stopped", "destroyed", "somebody has cut the machine's power")],
  [SHUTOFF.crashed, down("stopped", "crashed", "the machine's emulator has ended by itself")],
  [SHUTOFF.migrated, down("stopped", "migrated", "somebody has moved the machine to another host")],
  [SHUTOFF.saved, down("stopped", "saved", "somebody has saved the machine's state and stopped it")],
]);

/** Of one that is halted in its run. Of what is not here only who has halted it knows why. */
const PAUSES: ReadonlyMap<number, Seen> = new Map([
  [PAUSED.startingUp, { state: "pending", fault: null }],
  [PAUSED.crashed, down("error", "guest_crashed", "the guest has crashed")],
  [PAUSED.watchdog, down("error", "watchdog", "the guest's watchdog has halted the machine")],
  [
    PAUSED.ioError,
    {
      state: "error",
      fault: madeFault({
        class: "capacity",
        code: "disk_failed",
        text: "the machine is halted, since its disk could not be written: the storage pool is full, or fails",
      }),
    },
  ],
]);

function seenAs({ state, reason }: DomainState): Seen {
  switch (state) {
    case STATES.running:
    case STATES.blocked:
      return { state: "running", fault: null };
    case STATES.paused:
      return PAUSES.get(reason) ?? { state: "unknown", fault: null };
    case STATES.shutdown:
      return { state: "stopping", fault: null };
    case STATES.shutoff:
      return ENDINGS.get(reason) ?? { state: "stopped", fault: null };
    case STATES.crashed:
      return down("error", "guest_crashed", "the guest has crashed");
    default:
      return { state: "unknown", fault: null };
  }
}

export function isActive({ state }: Pick<DomainState, "state">): boolean {
  return state !== STATES.shutoff;
}

/** Addresses can be asked for. */
export function hasAddresses({ state }: Pick<DomainState, "state">): boolean {
  return state === STATES.running || state === STATES.blocked;
}

export function observe(
  { name, uuid }: Domain,
  of: { readonly state: DomainState; readonly marks: Marks | null; readonly address: string | null },
): Observed {
  const { marks, address } = of;
  return {
    externalId: uuid,
    name,
    realm: REALM,
    ...seenAs(of.state),
    privateAddress: address,
    publicAddress: null,
    handle: marks === null || marks.pool === null ? null : handleOf({ owner: marks.owner, pool: marks.pool }),
  };
}
