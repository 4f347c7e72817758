// An instance of Deltacloud's in Slipway's words.

import { isIP } from "node:net";
import type { Handle, KnownMachine, Observed, ObservedState } from "../../core/machine.ts";
import { FAILED } from "./faults.ts";
import { handleOf, whoseIs } from "./names.ts";
import type { Instance } from "./schema.ts";

/**
 * What is not here is unknown, which proves neither life nor death: drivers pass on words of their own (PAUSED, UNKNOWN, and whatever their
 * cloud says).
 */
const STATES: ReadonlyMap<string, ObservedState> = new Map([
  ["START", "pending"],
  ["PENDING", "pending"],
  ["RUNNING", "running"],
  ["STOPPING", "stopping"],
  ["SHUTTING_DOWN", "stopping"],
  ["FINISH", "gone"],
  ["FINISHED", "gone"],
  ["ERROR", "error"],
]);

export const isGone = ({ state }: Pick<Instance, "state">): boolean => STATES.get(state) === "gone";

/** Where a cloud has no realms, or an instance does not tell its own. */
export const NO_REALM = "default";

interface As {
  /** What its driver does with what is stopped and has no start. */
  readonly endsWhenStopped: boolean;
  readonly realm: string;
  /** What is known of it already. */
  readonly machine?: Pick<KnownMachine, "name" | "realm" | "handle">;
}

export function observe(instance: Instance, { endsWhenStopped, realm, machine }: As): Observed {
  const { id, name, state } = instance;
  const whose = whoseIs(name);
  return {
    externalId: id,
    name: whose?.name ?? (name === "" ? (machine?.name ?? NAMELESS) : name),
    realm: machine?.realm ?? instance.realm ?? realm,
    state: stateOf(instance, endsWhenStopped),
    fault: STATES.get(state) === "error" ? FAILED : null,
    privateAddress: addressIn(instance.privateAddresses),
    publicAddress: addressIn(instance.publicAddresses),
    handle: handleFor(whose, machine),
  };
}

const NAMELESS = "nameless";

function handleFor(whose: ReturnType<typeof whoseIs>, machine: As["machine"]): Handle | null {
  return whose === null ? (machine?.handle ?? null) : handleOf(whose);
}

/** Stopped, for the engine, is what can be started: what its own actions say counts, for the driver's states are said of all its instances. */
function stateOf({ state, actions }: Instance, endsWhenStopped: boolean): ObservedState {
  if (state !== "STOPPED") return STATES.get(state) ?? "unknown";
  if (actions.includes("start")) return "stopped";
  return endsWhenStopped ? "stopping" : "unknown";
}

/** Stopped, with nothing to be done about it: what it means, only the driver's states tell. */
export const isAmbiguous = ({ state, actions }: Instance): boolean => state === "STOPPED" && !actions.includes("start");

/** Some clouds put hardware addresses and consoles among them, and older servers tell no kind. */
const KINDS: readonly (string | null)[] = ["ipv4", "ipv6", null];

function addressIn(addresses: Instance["publicAddresses"]): string | null {
  const usable = addresses.filter(({ text, type }) => KINDS.includes(type) && isIP(text) !== 0);
  const [first] = usable.toSorted((a, b) => isIP(a.text) - isIP(b.text));
  return first?.text ?? null;
}
