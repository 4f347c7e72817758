// Where the server is and what it is told: from the environment, else from a file that `serve` and `login` write.

import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { badInput, Complaint, EXIT } from "./complaint.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Connection {
  /** Without a slash at the end. */
  readonly url: string;
  readonly token: string;
}

export function connectionPath(env: Environment): string {
  const named = env["SLIPWAY_CONFIG"];
  if (named !== undefined && named !== "") return named;
  const folder = env["XDG_CONFIG_HOME"];
  return join(folder === undefined || folder === "" ? join(homedir(), ".config") : folder, "slipway", "config.json");
}

/**
 * SLIPWAY_URL and SLIPWAY_TOKEN win over the file. The file's token is sent to the file's server only: with another SLIPWAY_URL it
 * does not count. Throws a Complaint that says how to get a connection.
 */
export async function readConnection(env: Environment): Promise<Connection> {
  const kept = await readFileConnection(connectionPath(env));
  const url = env["SLIPWAY_URL"] ? serverUrl(env["SLIPWAY_URL"], "SLIPWAY_URL") : kept?.url;
  if (url === undefined) {
    throw new Complaint(
      EXIT.noAccess,
      "no server is known: start one here with `slipway serve`, or run `slipway login URL`, or set SLIPWAY_URL and SLIPWAY_TOKEN",
    );
  }
  const token = env["SLIPWAY_TOKEN"] || (kept?.url === url ? kept.token : undefined);
  if (token === undefined)
    throw new Complaint(
      EXIT.noAccess,
      `no token for ${url} is known: run \`slipway login ${url}\`, or set SLIPWAY_TOKEN`,
    );
  return { url, token };
}

/** Writes the file, readable by its owner only; returns its path. Throws a Complaint that names the path. */
export async function writeConnection(env: Environment, connection: Connection): Promise<string> {
  const path = connectionPath(env);
  const fresh = `${path}.${process.pid}`;
  try {
    await makeFolder(dirname(path));
    await writeFile(fresh, `${JSON.stringify(connection, null, 2)}\n`, { mode: 0o600 });
    await chmod(fresh, 0o600);
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => undefined);
    const text = error instanceof Error ? error.message : String(error);
    throw new Complaint(EXIT.badInput, `cannot write ${path}: ${text}`, {
      details: ["name a file that can be written: SLIPWAY_CONFIG=FILE"],
      cause: error,
    });
  }
  return path;
}

/**
 * The file holds a token: one that this user has left open to others is closed, and a line for people says so. A file of somebody
 * else's stays as it is, for that may be on purpose. Null when there is nothing to tell.
 */
export async function closeConnectionFile(env: Environment): Promise<string | null> {
  const path = connectionPath(env);
  try {
    const { mode, uid } = await stat(path);
    if (process.platform === "win32" || (mode & 0o077) === 0 || uid !== process.getuid?.()) return null;
    await chmod(path, 0o600);
  } catch (error) {
    const code = codeOf(error);
    return code === "ENOENT" || code === "ENOTDIR"
      ? null
      : `${path} may be open to other users of this machine (${String(code)})`;
  }
  return `${path} was open to other users of this machine; that has been ended, and who read it still knows its token`;
}

/** Not `mkdir` with `recursive`: Node tries for ever where a file system takes no folders and says that nothing is there, as /proc does. */
async function makeFolder(folder: string): Promise<void> {
  const above = dirname(folder);
  if (above === folder || (await isThere(folder))) return;
  await makeFolder(above);
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    if (codeOf(error) !== "EEXIST") throw error;
  });
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === "ENOENT") return false;
      throw error;
    },
  );
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** The address of a server as it is kept. `place` names where it was written, for the complaint. */
export function serverUrl(text: string, place: string): string {
  // It is kept in a file and shown; what was meant to be a secret is not repeated.
  if (text.includes("@"))
    throw badInput(`${place}: an address may not hold a user name or a password: leave them out, a token lets you in`);
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw badInput(`${place}: ${text} is no server address; it must look like http://127.0.0.1:7070`);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

async function readFileConnection(path: string): Promise<Connection | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw badInput(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const wrong = badInput(
    `${path} is damaged: it must hold {"url": …, "token": …}; write it again with \`slipway login URL\``,
  );
  let parsed: unknown;
  try {
    // Some editors put a mark before the text.
    parsed = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw wrong;
  }
  if (typeof parsed !== "object" || parsed === null || !("url" in parsed) || !("token" in parsed)) throw wrong;
  if (typeof parsed.url !== "string" || typeof parsed.token !== "string") throw wrong;
  return { url: serverUrl(parsed.url, path), token: parsed.token };
}
