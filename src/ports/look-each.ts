// Looks and searches for clouds that show one machine at a time.

import type { KnownMachine, MachineRef, Observed } from "../core/machine.ts";
import { type Found, type Look, ProviderFault } from "./provider.ts";

/** `one` is asked for each of them at the same time and gives null for what does not exist. Throws what is a fault of the whole account, a throttle only where none was told of. */
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

/** Who is throttled for some of them keeps what was said of the others: a cloud that takes fewer at once tells of all in the end. */
async function each<M extends MachineRef, T>(
  machines: readonly M[],
  one: (machine: M) => Promise<T>,
): Promise<ReadonlyMap<string, T | Unknown>> {
  const asked = machines.map(async (machine) => [machine.name, await orFault(() => one(machine))] as const);
  const said = await Promise.all(asked);
  const refusals = said.flatMap(([, answer]) => (answer instanceof ProviderFault ? [answer] : []));
  const [first] = refusals;
  const whole = refusals.find(({ fault }) => fault.scope === "account" && fault.class !== "throttle");
  if (whole !== undefined) throw whole;
  if (first?.fault.class === "throttle" && refusals.length === said.length) throw first;
  return new Map(said.map(([name, answer]) => [name, answer instanceof ProviderFault ? unknownFor(answer) : answer]));
}

const unknownFor = ({ fault }: ProviderFault): Unknown => ({ kind: "unknown", fault });

async function orFault<T>(ask: () => Promise<T>): Promise<T | ProviderFault> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ProviderFault) return error;
    throw error;
  }
}
