// Looks and searches for clouds that show one machine at a time.

import type { KnownMachine, MachineRef, Observed } from "../core/machine.ts";
import { type Found, type Look, ProviderFault } from "./provider.ts";

/** `one` is asked for each of them at the same time and gives null for what does not exist. Throws what is a fault of the whole account. */
export function lookEach(
  machines: readonly KnownMachine[],
  one: (machine: KnownMachine) => Promise<Observed | null>,
): Promise<ReadonlyMap<string, Look>> {
  return each(machines, async (machine) => {
    const observed = await one(machine);
    return observed === null ? { kind: "absent" } : { kind: "seen", observed };
  });
}

/** The same for what has their names, oldest first. */
export function findEach<M extends MachineRef>(
  machines: readonly M[],
  one: (machine: M) => Promise<readonly Observed[]>,
): Promise<ReadonlyMap<string, Found>> {
  return each(machines, async (machine) => ({ kind: "found", observed: await one(machine) }));
}

interface Unknown {
  readonly kind: "unknown";
  readonly fault: ProviderFault["fault"];
}

async function each<M extends MachineRef, T>(
  machines: readonly M[],
  one: (machine: M) => Promise<T>,
): Promise<ReadonlyMap<string, T | Unknown>> {
  const said = machines.map(async (machine) => [machine.name, await orUnknown(() => one(machine))] as const);
  return new Map(await Promise.all(said));
}

async function orUnknown<T>(ask: () => Promise<T>): Promise<T | Unknown> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ProviderFault) || error.fault.scope === "account") throw error;
    return { kind: "unknown", fault: error.fault };
  }
}
