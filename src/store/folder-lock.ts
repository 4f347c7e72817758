// One process per data folder. PGlite does not notice a second one, and both would destroy what the other writes.

import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StoreUnavailable } from "./errors.ts";

/** Who holds the folder. A pid alone is given anew after a reboot or a wrap-around; with its start time it names one process. */
interface Holder {
  readonly pid: number;
  /** Ticks since boot, from /proc; null where there is no /proc. */
  readonly startedAt: string | null;
  readonly boot: string | null;
}

export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Makes the folder if needed and locks it for this process until `release` or the process's death. Throws StoreUnavailable when
 * another process has it, or when it cannot be written.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, "lock");
  const own = await holderOf(process.pid);
  const text = JSON.stringify(own);
  const draft = `${path}.${randomUUID()}`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(draft, text, { mode: 0o600 });
  } catch (error) {
    throw notWritable(folder, error);
  }
  try {
    for (let round = 0; round < 3; round += 1) {
      if (await placed(draft, path)) return { release: releaseOnce(path) };
      await removeStale(folder, path);
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw inUse(folder, "another process");
}

/** A second release must not take away the lock of whoever came after. */
function releaseOnce(path: string): () => Promise<void> {
  let held = true;
  return async () => {
    if (!held) return;
    held = false;
    await rm(path, { force: true });
  };
}

/** Puts the draft in the lock's place unless there is one: both steps in one, and never a lock with half a text. */
async function placed(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw notWritable(path, error);
  }
}

/** Removes a dead process's lock; throws when its process lives. */
async function removeStale(folder: string, path: string): Promise<void> {
  const text = await readText(path);
  if (text === null) return;
  const holder = parseHolder(text);
  if (holder !== null && (await isAlive(holder))) throw inUse(folder, `pid ${holder.pid}`);
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw notWritable(folder, error);
  }
  // Another process may have taken the stale lock's place in between: then this one is alive, and goes back.
  if ((await readText(aside)) !== text) await placed(aside, path);
  await rm(aside, { force: true });
}

function inUse(folder: string, who: string): StoreUnavailable {
  return new StoreUnavailable("in_use", `${folder} is in use by ${who}; set DATABASE_URL for several processes`);
}

function notWritable(folder: string, cause: unknown): StoreUnavailable {
  const why = codeOf(cause) ?? String(cause);
  return new StoreUnavailable("not_writable", `${folder} cannot be written (${why})`, { cause });
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

/** Null for a text that no process of ours wrote. */
function parseHolder(text: string): Holder | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("pid" in value) || typeof value.pid !== "number") return null;
    const startedAt = "startedAt" in value && typeof value.startedAt === "string" ? value.startedAt : null;
    const boot = "boot" in value && typeof value.boot === "string" ? value.boot : null;
    return { pid: value.pid, startedAt, boot };
  } catch {
    return null;
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  const now = await holderOf(holder.pid);
  if (holder.boot !== now.boot) return false;
  if (holder.startedAt !== null) return holder.startedAt === now.startedAt;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

async function holderOf(pid: number): Promise<Holder> {
  const stat = await readProc(`/proc/${pid}/stat`);
  // The second field is the program's name, which may hold blanks and parentheses; the start time is the 20th after it.
  const startedAt = stat === null ? null : (stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null);
  return { pid, startedAt, boot: (await readProc("/proc/sys/kernel/random/boot_id"))?.trim() ?? null };
}

async function readProc(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return null;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
