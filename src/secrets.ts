// The Secrets port: AES-256-GCM with one key for the installation. A check value in the database proves that the key is the
// one that sealed what is there, so a wrong key stops the start instead of failing launches later.

import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from "node:crypto";
import { link, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Secrets } from "./ports/secrets.ts";
import type { Store } from "./ports/store.ts";

const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Names the form of what follows, so that another one can be told apart. */
const FORM = "v1.";

/** The key is missing, has a wrong form, or is not the installation's. The message is one line and says what to do. */
export class KeyRefused extends Error {
  override readonly name = "KeyRefused";
}

/** The first seals; what any of them has sealed is opened. While a key is changed there are two. */
export type Keys = readonly [Buffer, ...Buffer[]];

/** `v1.` and, in base64url, 12 bytes of nonce, 16 bytes of tag, and the cipher text. */
export function secretsWith(...keys: Keys): Secrets {
  const [key] = keys;
  return {
    seal(text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce);
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return FORM + Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64url");
    },
    open(sealed) {
      if (!sealed.startsWith(FORM)) throw new Error("this was not sealed by Slipway");
      const bytes = Buffer.from(sealed.slice(FORM.length), "base64url");
      for (const other of keys.slice(1)) {
        try {
          return opened(bytes, other);
        } catch {
          // Another key's.
        }
      }
      return opened(bytes, key);
    },
  };
}

function opened(bytes: Buffer, key: Buffer): string {
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  return decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
}

/** As SLIPWAY_KEY and the key file hold keys, each 32 bytes in base64, or in 64 hexadecimal digits, apart by white space; null for anything else. */
export function keysFrom(text: string): Keys | null {
  const [first = null, ...others] = text.trim().split(/\s+/).map(keyFrom);
  if (first === null || others.includes(null)) return null;
  return [first, ...others.filter((key) => key !== null)];
}

function keyFrom(text: string): Buffer | null {
  const key = Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? "hex" : "base64");
  const isWhole = /^[0-9a-f]{64}$/i.test(text) || /^[A-Za-z0-9+/_-]{43}=?$/.test(text);
  return isWhole && key.length === KEY_BYTES ? key : null;
}

/**
 * The key in the data folder, readable by its owner only. Made when there is none, but never beside a database that was used with
 * another: a new one would be of no use, and would look as if it were. Throws KeyRefused for that, and when the file is damaged.
 */
export async function keysInFolder(folder: string, store: Store): Promise<Keys> {
  const path = join(folder, "key");
  const isUsed = (await store.read((tx) => tx.setting(CHECK))) !== null;
  const keys = isUsed ? await keysKept(path) : await madeKey(path);
  if (keys !== null) return keys;
  const remedy = "put it back from a backup, or set SLIPWAY_KEY to that key";
  throw new KeyRefused(`${path} is missing, and the database beside it was begun with a key; ${remedy}`);
}

/** The key, or keys, in a file of somebody's own. Throws KeyRefused. */
export async function keysInFile(path: string): Promise<Keys> {
  const keys = await keysKept(path);
  if (keys !== null) return keys;
  throw new KeyRefused(`SLIPWAY_KEY_FILE leads to ${path}, and there is no such file`);
}

/** Null when there is none. */
export async function keysKept(path: string): Promise<Keys | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw new KeyRefused(`${path} cannot be read (${codeOf(error)}); let the user that runs slipway read it`, {
      cause: error,
    });
  }
  const keys = keysFrom(text);
  if (keys === null) throw new KeyRefused(`${path} holds no key any more; put it back from a backup`);
  return keys;
}

export const freshKey = (): Buffer => randomBytes(KEY_BYTES);

const textOf = (keys: Keys): string => keys.map((key) => `${key.toString("base64")}\n`).join("");

/** Puts these in the place of what the file holds: whole or not at all. Throws KeyRefused. */
export async function writeKeys(path: string, keys: Keys): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, textOf(keys), { mode: 0o600, flag: "wx", flush: true });
    await rename(draft, path);
    const folder = await open(dirname(path), "r");
    await folder.sync();
    await folder.close();
  } catch (error) {
    throw new KeyRefused(`${path} cannot be written (${codeOf(error)}); it holds what it held`, { cause: error });
  } finally {
    await rm(draft, { force: true });
  }
}

async function madeKey(path: string): Promise<Keys | null> {
  const fresh: Keys = [freshKey()];
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, textOf(fresh), { mode: 0o600, flag: "wx", flush: true });
    // Whole or not at all, and never over an existing key: all that was sealed with it would be lost.
    await link(draft, path);
    return fresh;
  } catch (error) {
    if (codeOf(error) !== "EEXIST") {
      throw new KeyRefused(`${path} cannot be written (${codeOf(error)}); make room for it, or set SLIPWAY_KEY`, {
        cause: error,
      });
    }
  } finally {
    await rm(draft, { force: true });
  }
  return keysKept(path);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

const CHECK = "key_check";
const CHECK_TEXT = "slipway";

/** Throws KeyRefused when the database was used with another key. On first use the key becomes the installation's. */
export async function proveKey(store: Store, secrets: Secrets): Promise<void> {
  const sealed = await store.write(async (tx) => {
    const known = await tx.setting(CHECK);
    if (known === null) await tx.setSetting(CHECK, secrets.seal(CHECK_TEXT));
    return known;
  });
  if (sealed === null || opensCheck(secrets, sealed)) return;
  const remedy = "set SLIPWAY_KEY, or put the key file back, to the key that this database was begun with";
  throw new KeyRefused(`the key is not the one that this database's secrets were sealed with; ${remedy}`);
}

/** True when these open what was sealed as the check of a key. */
export function opensCheck(secrets: Secrets, sealed: string): boolean {
  try {
    return secrets.open(sealed) === CHECK_TEXT;
  } catch {
    return false;
  }
}
