// What is seen of machines: by name, by id, in lists. One is absent only where the engine itself says so, and when no disk is left of it.

import { orNull } from "../../cloud-http/faults.ts";
import type { Fault } from "../../core/fault.ts";
import type { KnownMachine, MachineRef, Observed } from "../../core/machine.ts";
import { findEach, lookEach } from "../../ports/look-each.ts";
import type { Found, Listing, Look } from "../../ports/provider.ts";
import { type Desk, type Detail, remember } from "./desk.ts";
import { getVm, PAGE, vmsNamed, vmsPage } from "./engine.ts";
import { endings, whyNotMade } from "./events.ts";
import { leftDisks, observeLeft } from "./left-disks.ts";
import { readComment } from "./names.ts";
import { addressIn, isDown, observe } from "./observe.ts";
import { clusterName } from "./realms.ts";
import type { Vm } from "./schema.ts";

/** Names of all that Slipway asks for begin so. */
const PREFIX = "sw-";

/** One search for all. */
export async function lookup(
  desk: Desk,
  { installation, machines }: { readonly installation: string; readonly machines: readonly MachineRef[] },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Found>> {
  const names = machines.map(({ name }) => name);
  const ours: Vm[] = [];
  for await (const vm of vmsNamed(desk.session, { names, isWhole: true }, signal)) {
    if (readComment(vm.comment)?.owner === installation) ours.push(vm);
  }
  const oldestFirst = ours.toSorted((a, b) => (a.creation_time ?? 0) - (b.creation_time ?? 0));
  for (const vm of oldestFirst) learn(desk, vm);
  return findEach(machines, ({ name }) =>
    observed(
      desk,
      oldestFirst.filter((vm) => vm.name === name),
      signal,
    ),
  );
}

/** One list for all, and a direct look at those that it lacks: only that is proof. */
export async function look(
  desk: Desk,
  machines: readonly KnownMachine[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Look>> {
  signal.throwIfAborted();
  const listed = machines.length > 1 ? await shown(desk, machines, signal) : new Map<string, Observed>();
  return lookEach(machines, async (machine) => {
    const { externalId: id } = machine;
    const known = listed.get(id);
    if (known !== undefined) return known;
    const vm = await orNull(getVm(desk.session, id, signal));
    if (vm === null) return leftOf(desk, machine, signal);
    learn(desk, vm);
    const [one] = await observed(desk, [vm], signal);
    return one ?? null;
  });
}

async function shown(
  desk: Desk,
  machines: readonly KnownMachine[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Observed>> {
  const names = machines.map(({ name }) => name);
  const wanted = new Set(machines.map(({ externalId }) => externalId));
  const there: Vm[] = [];
  for await (const vm of vmsNamed(desk.session, { names, isWhole: false }, signal)) {
    if (wanted.has(vm.id)) there.push(vm);
  }
  await learnDetails(desk, there, signal);
  const all = await observed(desk, there, signal);
  return new Map(all.map((one) => [one.externalId, one]));
}

/** What is there of a machine that the engine does not know. */
async function leftOf(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<Observed | null> {
  const disks = await leftDisks(desk, machine, signal);
  if (disks.length > 0) return observeLeft(machine, disks);
  desk.details.delete(machine.externalId);
  if (machine.isLeaving) return null;
  const fault = await whyNotMade(desk, machine.name, signal);
  if (fault === null) return null;
  const { externalId, name, realm } = machine;
  return { externalId, name, realm, state: "gone", fault, privateAddress: null, publicAddress: null, handle: null };
}

export async function list(
  desk: Desk,
  { installation, cursor }: { readonly installation: string; readonly cursor: string | null },
  signal: AbortSignal,
): Promise<Listing> {
  const page = Number(cursor ?? "1");
  const vms = await vmsPage(desk.session, { prefix: PREFIX, page }, signal);
  const ours = vms.filter(({ comment }) => readComment(comment)?.owner === installation);
  await learnDetails(desk, ours, signal);
  const machines = await observed(desk, ours, signal);
  return { machines, next: vms.length === PAGE ? String(page + 1) : null, unlisted: [] };
}

/** So often a machine is asked for its address with each list; then, for it may have no guest agent at all, with one in twenty. */
const ASKED_FIRST = 20;
const ASKED_EVERY = 20;

/** Lists do not tell addresses and disks: those of which they are not known are asked for once more, many at once. */
async function learnDetails(desk: Desk, vms: readonly Vm[], signal: AbortSignal): Promise<void> {
  const names = vms.filter((vm) => isDue(desk, vm)).map(({ name }) => name);
  for await (const whole of vmsNamed(desk.session, { names, isWhole: true }, signal)) learn(desk, whole);
}

function isDue({ details }: Desk, vm: Vm): boolean {
  // Its disks are being made.
  if (vm.status === "image_locked") return false;
  const known = details.get(vm.id);
  if (known === undefined || known.startedAt !== (vm.start_time ?? null)) return true;
  if (known.address !== null || vm.status !== "up") return false;
  known.skipped += 1;
  return known.asked < ASKED_FIRST || known.skipped >= ASKED_EVERY;
}

/** From a machine that was told with its interfaces and disks. */
function learn({ details }: Desk, { id, status, start_time: began, nics, disk_attachments: attached }: Vm): void {
  if (status === "image_locked") return;
  const startedAt = began ?? null;
  const known = details.get(id);
  const before = known?.startedAt === startedAt ? known : null;
  const interfaces = nics?.nic ?? [];
  const detail: Detail = {
    startedAt,
    address: addressIn(interfaces),
    hasInterfaces: interfaces.length > 0,
    firstSeenMs: before?.firstSeenMs ?? performance.now(),
    disks: (attached?.disk_attachment ?? []).map((one) => one.id),
    asked: (before?.asked ?? 0) + 1,
    skipped: 0,
  };
  remember(details, id, detail);
}

async function observed(desk: Desk, vms: readonly Vm[], signal: AbortSignal): Promise<readonly Observed[]> {
  const down = vms.filter(isDown);
  const ended: ReadonlyMap<string, Fault> = down.length === 0 ? new Map() : await endings(desk, down, signal);
  const seen: Observed[] = [];
  for (const vm of vms) {
    const realm = readComment(vm.comment)?.realm ?? (await clusterName(desk, vm.cluster?.id ?? "", signal)) ?? "";
    const detail = desk.details.get(vm.id) ?? null;
    seen.push(observe(vm, { realm, detail, ended: ended.get(vm.id) ?? null, nowMs: performance.now() }));
  }
  return seen;
}
