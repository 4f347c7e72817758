// What is seen of machines: by name, by id, in lists. Each is one list that LXD itself filters; addresses, which cost LXD a look into each guest,
// are asked for once a run. One is absent only where LXD lists without it in a project that is there.

import { pause } from "../../cloud-http/pause.ts";
import { orNull } from "../../cloud-http/faults.ts";
import { chunks } from "../../cloud-http/pages.ts";
import type { KnownMachine, MachineRef, Observed } from "../../core/machine.ts";
import { findEach, lookEach } from "../../ports/look-each.ts";
import { type Found, type Listing, type Look, ProviderFault } from "../../ports/provider.ts";
import { type Desk, rememberRun, type Run } from "./desk.ts";
import { refusalFault } from "./faults.ts";
import { idOf, ID_KEY, isOf, ownedBy } from "./names.ts";
import { addressIn, hasInterfaces, isUp, observe } from "./observe.ts";
import { REALM } from "./offers.ts";
import { type Instance, readInstance, readInstances, readOperations, readProject, readState } from "./schema.ts";
import { isUnderWay } from "./session.ts";

/** So many machines are named by one filter. */
const NAMED_MOST = 50;
const STATES_AT_ONCE = 8;

/** Machines that a filter of LXD's lets through. LXD answers for a project that is not there with an empty list. */
async function listed({ session }: Desk, filter: string, signal: AbortSignal): Promise<readonly Instance[]> {
  const query = { recursion: "1", filter };
  return session.ask({ method: "GET", path: "/instances", query, read: readInstances }, signal);
}

/** Throws a fault of the account when the project is not there: nothing that was not found in it is absent. */
export async function expectProject({ session, settings }: Desk, signal: AbortSignal): Promise<void> {
  const path = `/projects/${encodeURIComponent(settings.project)}`;
  await session.ask({ method: "GET", path, read: readProject }, signal);
}

/** By its id, whatever it is called now. Null: it is not there. */
export async function find(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<Instance | null> {
  const [found] = await listed(desk, `config.${ID_KEY} eq ${machine.externalId}`, signal);
  return found ?? (await unlisted(desk, machine, signal));
}

/** A list leaves out what LXD cannot read at the moment, and of a project that is not there it is empty. Null: LXD itself says that it is not there. */
async function unlisted(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<Instance | null> {
  const path = `/instances/${encodeURIComponent(machine.name)}`;
  const named = await orNull(desk.session.ask({ method: "GET", path, read: readInstance }, signal));
  if (named !== null && idOf(named) === machine.externalId) return named;
  await expectProject(desk, signal);
  return null;
}

export async function list(desk: Desk, installation: string, signal: AbortSignal): Promise<Listing> {
  const found = await listed(desk, ownedBy(installation), signal);
  if (found.length === 0) await expectProject(desk, signal);
  const ours = found.filter((instance) => isOf(instance, installation));
  return { machines: await observed(desk, ours, signal), next: null, unlisted: [] };
}

/** A create that reached LXD while it stood still is carried out some ms after the first question that it answers again. */
const LATE_MS = 400;

/** Once more for those that are missing; the operations that make some of them are asked for once. */
export async function lookup(
  desk: Desk,
  { installation, machines }: { readonly installation: string; readonly machines: readonly MachineRef[] },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Found>> {
  const names = machines.map(({ name }) => name);
  let there = await instancesNamed(desk, names, signal);
  if (names.some((name) => !there.has(name))) {
    await expectProject(desk, signal);
    await pause(LATE_MS, signal);
    there = await instancesNamed(desk, names, signal);
  }
  let underWay: Promise<ReadonlyMap<string, string>> | null = null;
  return findEach(machines, async ({ name }) => {
    const instance = there.get(name);
    if (instance === undefined || !isOf(instance, installation)) return [];
    const making = (await (underWay ??= createsUnderWay(desk, signal))).get(name);
    const seen = await observed(desk, [instance], signal);
    return making === undefined
      ? seen
      : seen.map((one) => ({ ...one, state: "pending", fault: null, handle: { operation: making } }));
  });
}

/** LXD has one of a name at most in a project. */
async function instancesNamed(
  desk: Desk,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Instance>> {
  const found: Instance[] = [];
  for (const some of chunks(names, NAMED_MOST)) {
    const filter = some.map((name) => `name eq ${name}`).join(" or ");
    found.push(...(await listed(desk, filter, signal)));
  }
  return new Map(found.map((instance) => [instance.name, instance]));
}

/** By name of the machine the ids of operations that make one. LXD shows such a machine as stopped meanwhile. */
async function createsUnderWay({ session }: Desk, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const asked = { method: "GET", path: "/operations", query: { recursion: "1" }, read: readOperations } as const;
  const { running } = await session.ask(asked, signal);
  const making = (running ?? []).filter(({ description }) => description === "Creating instance");
  return new Map(
    making.flatMap(({ id, resources }) => (resources?.["instances"] ?? []).map((path) => [nameIn(path), id] as const)),
  );
}

const nameIn = (path: string): string => path.split("?")[0]?.split("/").at(-1) ?? "";

export async function look(
  desk: Desk,
  machines: readonly KnownMachine[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Look>> {
  signal.throwIfAborted();
  const there = new Map<string, Instance>();
  for (const some of chunks(machines, NAMED_MOST)) {
    const filter = some.map(({ externalId }) => `config.${ID_KEY} eq ${externalId}`).join(" or ");
    for (const instance of await listed(desk, filter, signal)) there.set(idOf(instance), instance);
  }
  for (const machine of machines) {
    const found = there.has(machine.externalId) ? null : await unlisted(desk, machine, signal);
    if (found !== null) there.set(idOf(found), found);
  }
  await learnAddresses(desk, [...there.values()], signal);
  return lookEach(machines, (machine) =>
    lookedAt(desk, { machine, instance: there.get(machine.externalId) ?? null }, signal),
  );
}

async function lookedAt(
  desk: Desk,
  { machine, instance }: { readonly machine: KnownMachine; readonly instance: Instance | null },
  signal: AbortSignal,
): Promise<Observed | null> {
  const id = machine.handle?.["operation"];
  // Of one that is leaving nobody asks why it never came to be.
  const isTold = typeof id === "string" && !(instance === null && machine.isLeaving);
  const operation = isTold ? await desk.session.await(id, 0, signal) : null;
  const isBeingMade = operation !== null && isUnderWay(operation);
  if (instance !== null) {
    // Nothing more is to be asked of an operation that is over.
    const handle = typeof id === "string" && !isBeingMade ? {} : null;
    return { ...seen(desk, instance, isBeingMade), handle };
  }
  desk.runs.delete(machine.externalId);
  if (operation === null || operation.err === "") return null;
  const { externalId, name } = machine;
  const fault = refusalFault({
    status: operation.status_code,
    message: operation.err,
    isLxd: true,
    retryAfterMs: null,
  });
  const nothing = { privateAddress: null, publicAddress: null, handle: null };
  return { externalId, name, realm: REALM, state: "gone", fault: { ...fault, effect: "made" }, ...nothing };
}

/** What is seen of these, each with its address. */
async function observed(desk: Desk, instances: readonly Instance[], signal: AbortSignal): Promise<readonly Observed[]> {
  await learnAddresses(desk, instances, signal);
  return instances.map((instance) => seen(desk, instance, false));
}

function seen({ runs }: Desk, instance: Instance, isBeingMade: boolean): Observed {
  const run = isUp(instance) ? (runs.get(idOf(instance)) ?? null) : null;
  return observe(instance, { run, nowMs: performance.now(), isBeingMade, handle: null });
}

async function learnAddresses(desk: Desk, instances: readonly Instance[], signal: AbortSignal): Promise<void> {
  const asked = instances.filter((instance) => isUp(instance) && hasInterfaces(instance) && isUnknown(desk, instance));
  for (const some of chunks(asked, STATES_AT_ONCE)) {
    await Promise.all(some.map((instance) => learnAddress(desk, instance, signal)));
  }
}

const isUnknown = ({ runs }: Desk, instance: Instance): boolean => {
  const run = runs.get(idOf(instance));
  return run === undefined || run.startedAt !== instance.last_used_at || run.address === null;
};

async function learnAddress(desk: Desk, instance: Instance, signal: AbortSignal): Promise<void> {
  const path = `/instances/${encodeURIComponent(instance.name)}/state`;
  const state = await orNull(toldOrNothing(desk.session.ask({ method: "GET", path, read: readState }, signal)));
  const known = desk.runs.get(idOf(instance));
  const startedAt = instance.last_used_at;
  const run: Run = {
    startedAt,
    firstSeenMs: known?.startedAt === startedAt ? known.firstSeenMs : performance.now(),
    address: addressIn(state?.network ?? {}),
  };
  rememberRun(desk, idOf(instance), run);
}

/** One guest that LXD cannot look into must not spoil the others: its address is not known yet. */
async function toldOrNothing<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ProviderFault && error.fault.class === "unknown") return null;
    throw error;
  }
}
