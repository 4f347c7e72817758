// What a server of Deltacloud is and can: its entry point, with the driver's collections and features, and the driver's machine of states.

import type { Desk } from "./desk.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { accountFault } from "./faults.ts";
import { type Entry, readDrivers, readEntry, readStates, type States } from "./schema.ts";

/** As the session knows it. */
export async function entryOf(desk: Desk, signal: AbortSignal): Promise<Entry> {
  signal.throwIfAborted();
  desk.entry ??= await askEntry(desk, signal);
  return desk.entry;
}

/** Asked anew, as long as nobody knows whether it still is what it was. Of the credentials it tells nothing: it lets everybody see itself. */
export async function enter(desk: Desk, signal: AbortSignal): Promise<void> {
  desk.entry = await askEntry(desk, signal);
}

async function askEntry(desk: Desk, signal: AbortSignal): Promise<Entry> {
  const { session } = desk;
  const entry = await known(desk, signal);
  if (!entry.collections.has("instances")) {
    throw accountFault(
      "no_instances",
      `Deltacloud at ${session.name}: its driver ${entry.driver} has no instances; give one that has as driver`,
    );
  }
  if (featureOf(entry, "user_name") === null) {
    throw accountFault(
      "no_names",
      `Deltacloud at ${session.name}: its driver ${entry.driver} gives instances no names, so that machines could not be told from those of others nor found after a lost answer; use a provider of that cloud's own`,
    );
  }
  return entry;
}

async function known(desk: Desk, signal: AbortSignal): Promise<Entry> {
  const { session, settings } = desk;
  try {
    return await session.ask({ path: "", read: readEntry }, signal);
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    const { code, text } = error.fault;
    if (code === "unreadable_answer") {
      throw accountFault(
        "no_deltacloud",
        `${session.name} does not answer as Deltacloud's entry point does: correct url`,
      );
    }
    // The entry point asks no cloud: what breaks there is the choice of the driver.
    if (code !== "unavailable" || settings.driver === null) throw error;
    const names = await session
      .ask({ path: "/drivers", ofServer: true, read: readDrivers }, signal)
      .catch((): readonly string[] => []);
    if (names.length === 0 || names.includes(settings.driver.toLowerCase())) throw error;
    const begin = `Deltacloud at ${session.name}`;
    const said = text.startsWith(`${begin}: `) ? text.slice(begin.length + 2) : text;
    throw accountFault("no_driver", `${begin} has no driver ${settings.driver}; it has ${names.join(", ")}: ${said}`);
  }
}

/** Constraints of what instances may be given when they are made; null: not told. */
export function featureOf({ collections }: Entry, name: string): ReadonlyMap<string, string> | null {
  const feature = collections.get("instances")?.find((one) => one.name === name);
  return feature?.constraints ?? null;
}

export async function statesOf(desk: Desk, signal: AbortSignal): Promise<States> {
  signal.throwIfAborted();
  desk.states ??= await desk.session.ask({ path: "/instance_states", read: readStates }, signal);
  return desk.states;
}

/** Whether what has been stopped is on its way out: its driver starts nothing, or lets it end by itself. */
export function endsWhenStopped(states: States): boolean {
  const from = states.get("stopped") ?? [];
  const endsAlone = from.some(({ to, action }) => action === null && ["finish", "finished"].includes(to));
  return endsAlone || !from.some(({ action }) => action === "start");
}
