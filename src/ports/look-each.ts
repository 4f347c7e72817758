// Looks for clouds that show one machine at a time.

import type { KnownMachine, Observed } from "../core/machine.ts";
import { type Look, ProviderFault } from "./provider.ts";

/** `one` is asked for each of them at the same time and gives null for what does not exist. Throws what is a fault of the whole account. */
export async function lookEach(
  machines: readonly KnownMachine[],
  one: (machine: KnownMachine) => Promise<Observed | null>,
): Promise<ReadonlyMap<string, Look>> {
  return new Map(
    await Promise.all(machines.map(async (machine) => [machine.name, await looked(machine, one)] as const)),
  );
}

async function looked(machine: KnownMachine, one: (machine: KnownMachine) => Promise<Observed | null>): Promise<Look> {
  try {
    const observed = await one(machine);
    return observed === null ? { kind: "absent" } : { kind: "seen", observed };
  } catch (error) {
    if (!(error instanceof ProviderFault) || error.fault.scope === "account") throw error;
    return { kind: "unknown", fault: error.fault };
  }
}
