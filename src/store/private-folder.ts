// What is in the data folder is for the user that the process runs as and for nobody else: whoever may write the database's
// files is the database, and whoever may read the key opens every credential. PGlite makes most of its files writable by everybody,
// whatever the umask, so it is the folder around them that keeps others out. Looked at on each start, for folders are copied, put
// back from backups and prepared by people: what is open is closed and told, and what cannot be closed ends the start.

import { chmod, lstat, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { StoreUnavailable } from "./errors.ts";

/** Permissions of group and others, and those of them that allow writing. */
const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;
/** Of a folder: whoever may write in it may still not replace what is another's. */
const STICKY = 0o1000;
const OWNER_FOLDER = 0o700;
const OWNER_FILE = 0o600;

/** Takes one line for people. */
export type Say = (line: string) => void;

/** What Slipway makes in the data folder. */
const PARTS = ["database", "key", "lock", "backup"] as const;

/**
 * Closes what is ours in the data folder to other users. The folder itself may be read by others, but not written: they would put
 * their own parts in place of ours. Expects this process's lock in it. Throws StoreUnavailable.
 */
export async function closeToOthers(folder: string, say: Say): Promise<void> {
  // Windows has no such permissions; a user's own folders are closed to others there.
  if (process.platform === "win32") return;
  // Not the process's own id: a network file system may show another as the owner of what this process makes.
  const { uid } = await lstat(join(folder, "lock"));
  await closeFolder(folder, say);
  for (const name of PARTS) await closePart(join(folder, name), { uid, say });
}

async function closeFolder(folder: string, say: Say): Promise<void> {
  const { mode } = await stat(folder);
  if ((mode & OTHERS_WRITE) === 0 || (mode & STICKY) !== 0) return;
  const strange = (await readdir(folder)).find(
    (name) => !PARTS.some((part) => name === part || name.startsWith(`${part}.`)),
  );
  // Somebody else works in there, and would be shut out.
  if (strange !== undefined) throw open(folder, `it is not Slipway's alone (${strange})`);
  await setMode(folder, mode & ~OTHERS_WRITE);
  say(`${folder} could be written by other users of this machine; that has been ended`);
}

async function closePart(path: string, { uid, say }: { uid: number; say: Say }): Promise<void> {
  const link = await orNull(lstat(path));
  if (link === null) return;
  const found = await stat(path);
  for (const owner of [link.uid, found.uid]) if (owner !== uid) throw notOurs(path, { owner, uid });
  const wanted = found.isDirectory() ? OWNER_FOLDER : OWNER_FILE;
  if ((found.mode & 0o777) !== wanted) {
    await setMode(path, wanted);
    const what = (found.mode & OTHERS_WRITE) === 0 ? "read" : "written";
    if ((found.mode & OTHERS) !== 0)
      say(`${path} could be ${what} by other users of this machine; that has been ended`);
  }
  if (found.isDirectory()) await closeBelow(path, uid);
}

/** All that is below a folder: its own mode is the barrier, and this keeps its copies closed as well. Throws StoreUnavailable for what is another's. */
export async function closeBelow(folder: string, uid: number): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const { uid: owner, mode } = await lstat(path);
    if (owner !== uid) throw notOurs(path, { owner, uid });
    if (!entry.isSymbolicLink() && (mode & OTHERS) !== 0) await chmod(path, mode & OWNER_FOLDER);
  }
}

async function setMode(path: string, mode: number): Promise<void> {
  let why = "its file system keeps no permissions";
  try {
    await chmod(path, mode);
    if (((await stat(path)).mode & 0o777) === (mode & 0o777)) return;
  } catch (error) {
    why = `this user may not change that (${codeOf(error)})`;
  }
  throw open(path, why);
}

function open(path: string, why: string): StoreUnavailable {
  const remedy = "set SLIPWAY_DATA to a folder of this user's own";
  return new StoreUnavailable("not_private", `${path} is open to other users of this machine, and ${why}; ${remedy}`);
}

function notOurs(path: string, { owner, uid }: { owner: number; uid: number }): StoreUnavailable {
  const remedy = "start it as that user, or give the whole folder to this one";
  return new StoreUnavailable(
    "not_private",
    `${path} is user ${owner}'s, and this process is user ${uid}'s; ${remedy}`,
  );
}

async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "no reason known";
}
