// Boot volumes. Nova makes one from the image while it builds a server whose flavor has no disk, and takes it along when the server goes; what it leaves behind is removed
// here. https://docs.openstack.org/api-ref/block-storage/v3/

import type { Part } from "./names.ts";
import { readVolume, readVolumeLimits } from "./schema.ts";
import type { Session } from "./session.ts";

const volume = { service: "volume" } as const;

/** Cinder's own rule: in any other state a removal is refused, since something is being done to it. */
const REMOVABLE = ["available", "error", "error_restoring", "error_extending", "error_managing"];
/** Not bootable yet, or never: its image has not come whole. */
const UNFINISHED = ["creating", "downloading", "error"];

/**
 * Null for one that no server boots from: somebody has attached it to our machine, and it is theirs. Throws a fault of class not_found where Cinder
 * says that there is no such volume.
 */
export async function getVolume(session: Session, id: string, signal: AbortSignal): Promise<Part | null> {
  return (await readOne(session, id, signal)).isBoot ? { kind: "volume", id } : null;
}

/** One that is in use, or going already, is left alone. Throws a fault of class not_found where it is not there. */
export async function deleteVolume(session: Session, id: string, signal: AbortSignal): Promise<void> {
  const { status, isBoot } = await readOne(session, id, signal);
  if (!isBoot || !REMOVABLE.includes(status)) return;
  const path = await pathOf(session, `/volumes/${encodeURIComponent(id)}`, signal);
  await session.ask({ ...volume, method: "DELETE", path, read: () => undefined }, signal);
}

async function readOne(
  session: Session,
  id: string,
  signal: AbortSignal,
): Promise<{ readonly status: string; readonly isBoot: boolean }> {
  const path = await pathOf(session, `/volumes/${encodeURIComponent(id)}`, signal);
  const { status, bootable } = (await session.ask({ ...volume, method: "GET", path, read: readVolume }, signal)).volume;
  return { status, isBoot: bootable === "true" || UNFINISHED.includes(status) };
}

export async function volumeLimits(session: Session, signal: AbortSignal) {
  const path = await pathOf(session, "/limits", signal);
  return (await session.ask({ ...volume, method: "GET", path, read: readVolumeLimits }, signal)).limits.absolute;
}

const pathOf = async (session: Session, path: string, signal: AbortSignal): Promise<string> =>
  `/v3/${encodeURIComponent(await session.projectId(signal))}${path}`;
