// One process per data folder. PGlite does not notice a second one, and both would destroy what the other writes.
//
// The lock is a file that names its holder. Whether that process lives can be seen from the same machine and the same container
// only; from elsewhere (a volume shared by containers or hosts) it is told by the file's time, which the holder keeps moving.

import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, readlink, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as realSleep } from "node:timers/promises";
import { awayReason, StoreUnavailable } from "./errors.ts";

/** A pid alone is given anew after a wrap-around; with its start time and its place it names one process. */
interface Holder {
  readonly pid: number;
  /** Ticks since boot; null where there is no /proc. */
  readonly startedAt: string | null;
  /** Where the pid counts: this boot of this machine, this container. */
  readonly place: string;
}

export interface FolderLock {
  release(): Promise<void>;
}

const HEARTBEAT_MS = 2_000;
/** A holder elsewhere that does not move its file for so long is dead. */
const SILENCE_MS = 3 * HEARTBEAT_MS;

/**
 * Makes the folder if needed and locks it for this process until `release` or the process's death. Throws StoreUnavailable when
 * another process has it, or when it cannot be written. Takes seconds only when the lock comes from elsewhere.
 */
export async function lockFolder(
  folder: string,
  sleep: (ms: number) => Promise<void> = (ms) => realSleep(ms),
): Promise<FolderLock> {
  const path = join(folder, "lock");
  const draft = `${path}.${randomUUID()}`;
  try {
    await makeFolder(folder);
    await writeFile(draft, JSON.stringify(await holderOf(process.pid)), { mode: 0o600 });
  } catch (error) {
    // A full disk takes the file and not its text.
    await rm(draft, { force: true }).catch(() => undefined);
    throw notWritable(folder, error);
  }
  try {
    for (let round = 0; round < 3; round += 1) {
      if (await placed(draft, path)) return held(path);
      await removeStale(folder, path, sleep);
    }
  } catch (error) {
    throw error instanceof StoreUnavailable ? error : notWritable(folder, error);
  } finally {
    await rm(draft, { force: true });
  }
  throw inUse(folder, "another process");
}

/** With the folders above it. Node's own way of doing that never ends below /proc, where a folder is missing and none can be made. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    const above = dirname(folder);
    if (codeOf(error) !== "ENOENT" || above === folder) throw error;
    await makeFolder(above);
    await mkdir(folder, { mode: 0o700 });
  }
}

/** Puts the draft in the lock's place unless there is one: both steps in one, and never a lock with half a text. */
async function placed(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

function held(path: string): FolderLock {
  let released = false;
  const beat = () => {
    const now = new Date();
    // Gone with its folder: then there is nothing left to hold.
    utimes(path, now, now).catch(() => undefined);
  };
  const heartbeat = setInterval(beat, HEARTBEAT_MS).unref();
  return {
    async release() {
      // A second release must not take away the lock of whoever came after.
      if (released) return;
      released = true;
      clearInterval(heartbeat);
      await rm(path, { force: true });
    },
  };
}

/** Removes a dead process's lock; throws when its process lives. */
async function removeStale(folder: string, path: string, sleep: (ms: number) => Promise<void>): Promise<void> {
  const text = await orNull(readFile(path, "utf8"));
  if (text === null) return;
  const holder = parseHolder(text);
  if (holder !== null && (await isAlive(holder, path, sleep))) throw inUse(folder, `pid ${holder.pid}`);
  const aside = `${path}.${randomUUID()}`;
  if ((await orNull(rename(path, aside))) === null) return;
  // Another process may have put its own lock in place of the stale one in between: that one goes back.
  if ((await orNull(readFile(aside, "utf8"))) !== text) await placed(aside, path);
  await rm(aside, { force: true });
}

function inUse(folder: string, who: string): StoreUnavailable {
  return new StoreUnavailable("in_use", `${folder} is in use by ${who}; set DATABASE_URL for several processes`);
}

function notWritable(folder: string, cause: unknown): StoreUnavailable {
  const why = cause instanceof Error ? awayReason(cause) : null;
  const text = why === "no_space" ? "there is no room left on its disk" : (codeOf(cause) ?? "no reason known");
  return new StoreUnavailable("not_writable", `${folder} cannot be written (${text})`, { cause });
}

/** Null for a text that no process of ours wrote. */
function parseHolder(text: string): Holder | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    if (!("pid" in value) || typeof value.pid !== "number") return null;
    if (!("place" in value) || typeof value.place !== "string") return null;
    const startedAt = "startedAt" in value && typeof value.startedAt === "string" ? value.startedAt : null;
    return { pid: value.pid, startedAt, place: value.place };
  } catch {
    return null;
  }
}

async function isAlive(holder: Holder, path: string, sleep: (ms: number) => Promise<void>): Promise<boolean> {
  const here = await holderOf(holder.pid);
  if (holder.place !== here.place) {
    const before = (await orNull(stat(path)))?.mtimeMs;
    await sleep(SILENCE_MS);
    return (await orNull(stat(path)))?.mtimeMs !== before;
  }
  if (holder.startedAt !== null) return holder.startedAt === here.startedAt;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

async function holderOf(pid: number): Promise<Holder> {
  const status = await orNull(readFile(`/proc/${pid}/stat`, "utf8"));
  // The second field is the program's name, which may hold blanks and parentheses; the start time is the 20th after it.
  const startedAt = status === null ? null : (status.slice(status.lastIndexOf(")") + 2).split(" ")[19] ?? null);
  const boot = await orNull(readFile("/proc/sys/kernel/random/boot_id", "utf8"));
  const container = await orNull(readlink("/proc/self/ns/pid"));
  return { pid, startedAt, place: `${boot?.trim() ?? hostname()} ${container ?? ""}` };
}

/** What is not there, or gone by now. */
async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
