// Disks of machines that are not there any more. The engine forgets a machine first and removes its disks afterwards; one that it cannot
// remove stays behind as `illegal`. A disk that is well belongs to whoever has detached it.

import { orNull } from "../../cloud-http/faults.ts";
import type { KnownMachine, Observed } from "../../core/machine.ts";
import type { Desk } from "./desk.ts";
import { deleteDisk, diskStatus } from "./engine.ts";
import { diskFault } from "./faults.ts";
import { disksIn } from "./names.ts";

interface LeftDisk {
  readonly id: string;
  readonly status: "locked" | "illegal";
}

export async function leftDisks(
  desk: Desk,
  { externalId, handle }: KnownMachine,
  signal: AbortSignal,
): Promise<readonly LeftDisk[]> {
  const ids = new Set([...disksIn(handle), ...(desk.leaving.get(externalId) ?? [])]);
  const left: LeftDisk[] = [];
  for (const id of ids) {
    const status = await orNull(diskStatus(desk.session, id, signal));
    if (status === "locked" || status === "illegal") left.push({ id, status });
  }
  if (left.length === 0) desk.leaving.delete(externalId);
  return left;
}

/** A machine of which only disks are there. */
export function observeLeft({ externalId, name, realm }: KnownMachine, disks: readonly LeftDisk[]): Observed {
  const isGoing = disks.every(({ status }) => status === "locked");
  const ids = disks.map(({ id }) => id).join(", ");
  const fault = diskFault("disks_left", `the machine is gone, and of its disks there is still ${ids}`);
  return {
    externalId,
    name,
    realm,
    state: isGoing ? "stopping" : "error",
    fault: isGoing ? null : fault,
    privateAddress: null,
    publicAddress: null,
    handle: null,
  };
}

export async function removeLeft(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<void> {
  for (const { id, status } of await leftDisks(desk, machine, signal)) {
    if (status === "illegal") await orNull(deleteDisk(desk.session, id, signal));
  }
}
