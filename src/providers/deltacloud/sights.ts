// What is seen of machines: by name, by id, in lists. Deltacloud's lists are whole, and cannot be narrowed to names. An instance is absent
// where Deltacloud itself says so of it, and its own list, of the right cloud, does not have it either.

import { orNull } from "../../cloud-http/faults.ts";
import type { KnownMachine, MachineRef, Observed } from "../../core/machine.ts";
import { findEach, lookEach } from "../../ports/look-each.ts";
import { type Found, type Listing, type Look, ProviderFault } from "../../ports/provider.ts";
import type { Desk } from "./desk.ts";
import { endsWhenStopped, statesOf } from "./entry.ts";
import { untoldFault } from "./faults.ts";
import { cloudName, ownerIn, whoseIs } from "./names.ts";
import { isAmbiguous, isGone, NO_REALM, observe } from "./observe.ts";
import { realmsOf } from "./offers.ts";
import { type Instance, readInstance, readInstances } from "./schema.ts";
import { instancePath } from "./session.ts";

export const instancesOf = ({ session }: Desk, signal: AbortSignal): Promise<readonly Instance[]> =>
  session.ask({ path: "/instances", read: readInstances }, signal);

/** Null where Deltacloud says that it is not there. Throws a ProviderFault for an answer about another one. */
export async function instanceOf({ session }: Desk, id: string, signal: AbortSignal): Promise<Instance | null> {
  const path = instancePath(id);
  const found = await orNull(session.ask({ path, instance: path, read: readInstance }, signal));
  if (found === null || found.id === id) return found;
  // vSphere's driver, while anything is being cloned.
  throw new ProviderFault(
    untoldFault("another_instance", `Deltacloud at ${session.name}: asked about ${id}, it tells of ${found.id}`),
  );
}

/** All instances of exactly this name, those that have ended left out. */
export async function instancesNamed(
  desk: Desk,
  whose: { readonly owner: string; readonly name: string },
  signal: AbortSignal,
): Promise<readonly Instance[]> {
  return ofThem(await instancesOf(desk, signal), whose);
}

function ofThem(instances: readonly Instance[], whose: Parameters<typeof cloudName>[0]): readonly Instance[] {
  const wanted = cloudName(whose);
  return instances.filter((one) => one.name === wanted && !isGone(one));
}

/** One list for all. */
export async function lookup(
  desk: Desk,
  { installation: owner, machines }: { readonly installation: string; readonly machines: readonly MachineRef[] },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Found>> {
  const all = await instancesOf(desk, signal);
  return findEach(machines, ({ name }) => observedAll(desk, ofThem(all, { owner, name }), signal));
}

export async function list(desk: Desk, installation: string, signal: AbortSignal): Promise<Listing> {
  const ours = (await instancesOf(desk, signal)).filter(({ name }) => whoseIs(name)?.owner === installation);
  return { machines: await observedAll(desk, ours, signal), next: null, unlisted: [] };
}

async function observedAll(
  desk: Desk,
  instances: readonly Instance[],
  signal: AbortSignal,
): Promise<readonly Observed[]> {
  const ends = await endsOf(desk, instances, signal);
  const isUntold = instances.some(({ realm }) => realm === null);
  if (isUntold && desk.onlyRealm === null) await realmsOf(desk, signal);
  const realm = desk.onlyRealm ?? NO_REALM;
  return instances.map((instance) => observe(instance, { endsWhenStopped: ends, realm }));
}

/** Asked only where it makes a difference. */
async function endsOf(desk: Desk, instances: readonly Instance[], signal: AbortSignal): Promise<boolean> {
  return instances.some(isAmbiguous) && endsWhenStopped(await statesOf(desk, signal));
}

/** One list for several, and a direct look at those that it lacks; of one alone a direct look, and the list where that finds nothing. */
export async function look(
  desk: Desk,
  machines: readonly KnownMachine[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Look>> {
  signal.throwIfAborted();
  const isTogether = machines.length > 1;
  const listed = onlyOnce(() => instancesOf(desk, signal));
  const byId = new Map(isTogether ? (await orUnreadable(listed())).map((one) => [one.id, one]) : []);
  return lookEach(machines, (machine) => {
    const looked = lookAt(desk, { machine, found: byId.get(machine.externalId), listed }, signal);
    return isTogether ? ofItAlone(looked) : looked;
  });
}

type Listed = () => Promise<readonly Instance[]>;

function onlyOnce(ask: Listed): Listed {
  let answer: ReturnType<Listed> | null = null;
  return () => (answer ??= ask());
}

/** A list that cannot be read, for the name of any instance in it, is no reason not to look at each. */
async function orUnreadable(listed: ReturnType<Listed>): ReturnType<Listed> {
  try {
    return await listed;
  } catch (error) {
    if (error instanceof ProviderFault && error.fault.code === "unreadable_answer") return [];
    throw error;
  }
}

/** Where the list was answered, what goes wrong now is about this one. */
async function ofItAlone(looked: Promise<Observed | null>): Promise<Observed | null> {
  try {
    return await looked;
  } catch (error) {
    if (!(error instanceof ProviderFault) || error.fault.class === "auth") throw error;
    throw new ProviderFault({ ...error.fault, scope: "offer" }, { cause: error });
  }
}

interface Looking {
  readonly machine: KnownMachine;
  readonly found: Instance | undefined;
  readonly listed: Listed;
}

async function lookAt(desk: Desk, { machine, found, listed }: Looking, signal: AbortSignal): Promise<Observed | null> {
  const { externalId: id } = machine;
  const instance = found ?? (await instanceOf(desk, id, signal));
  if (instance !== null) return seen(desk, { instance, machine }, signal);
  if (!(await listed()).some((one) => one.id === id)) return null;
  throw new ProviderFault(
    untoldFault(
      "at_odds",
      `Deltacloud at ${desk.session.name} does not know the instance ${id}, and has it in its list`,
    ),
  );
}

interface Sight {
  readonly instance: Instance;
  readonly machine: KnownMachine;
}

async function seen(desk: Desk, { instance, machine }: Sight, signal: AbortSignal): Promise<Observed | null> {
  if (!isOurs(instance, machine)) {
    // Some clouds give an id again that has become free: then the machine that had it is gone.
    if (whoseIs(instance.name) !== null) return null;
    throw new ProviderFault(anotherName(desk, { instance, machine }));
  }
  const ends = await endsOf(desk, [instance], signal);
  return observe(instance, { endsWhenStopped: ends, realm: machine.realm, machine: claimed(instance, machine) });
}

/** By an id alone, as a database that was restored knows it, an instance is whatever its name says. */
const claimed = ({ name }: Instance, machine: KnownMachine): KnownMachine => {
  const whose = whoseIs(name);
  return machine.handle === null && whose !== null ? { ...machine, name: whose.name } : machine;
};

/** False where the id is another's by now, or somebody has given the instance another name. */
export function isOurs({ name }: Instance, machine: KnownMachine): boolean {
  const owner = ownerIn(machine.handle);
  return owner === null || name === "" || name === cloudName({ owner, name: machine.name });
}

export const anotherName = ({ session }: Desk, { instance, machine }: Sight) =>
  untoldFault(
    "another_name",
    `Deltacloud at ${session.name}: the instance ${instance.id} is called ${instance.name} now, and not as ${machine.name} was: it is another's, or somebody has renamed it; it is left alone until it has its name again or is gone`,
  );
