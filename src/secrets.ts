// The Secrets port: AES-256-GCM with one key for the installation. A check value in the database proves that the key is the
// one that sealed what is there, so a wrong key stops the start instead of failing launches later.

import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
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

/** `v1.` and, in base64url, 12 bytes of nonce, 16 bytes of tag, and the cipher text. */
export function secretsWith(key: Buffer): Secrets {
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
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      return decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
    },
  };
}

/** A key as SLIPWAY_KEY and the key file hold it: 32 bytes in base64, or in 64 hexadecimal digits; null for anything else. */
export function keyFrom(text: string): Buffer | null {
  const trimmed = text.trim();
  const key = Buffer.from(trimmed, /^[0-9a-f]{64}$/i.test(trimmed) ? "hex" : "base64");
  const isWhole = /^[0-9a-f]{64}$/i.test(trimmed) || /^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed);
  return isWhole && key.length === KEY_BYTES ? key : null;
}

/**
 * The key in the data folder, readable by its owner only. Made when there is none, but never beside a database that was used with
 * another: a new one would be of no use, and would look as if it were. Throws KeyRefused for that, and when the file is damaged.
 */
export async function keyInFolder(folder: string, store: Store): Promise<Buffer> {
  const path = join(folder, "key");
  const isUsed = (await store.read((tx) => tx.setting(CHECK))) !== null;
  const key = isUsed ? await keyKept(path) : await madeKey(path);
  if (key !== null) return key;
  const remedy = "put it back from a backup, or set SLIPWAY_KEY to that key";
  throw new KeyRefused(`${path} is missing, and the database beside it was begun with a key; ${remedy}`);
}

/** The key in a file of somebody's own. Throws KeyRefused. */
export async function keyInFile(path: string): Promise<Buffer> {
  const key = await keyKept(path);
  if (key !== null) return key;
  throw new KeyRefused(`SLIPWAY_KEY_FILE leads to ${path}, and there is no such file`);
}

/** Null when there is none. */
export async function keyKept(path: string): Promise<Buffer | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw new KeyRefused(`${path} cannot be read (${codeOf(error)}); let the user that runs slipway read it`, {
      cause: error,
    });
  }
  const key = keyFrom(text);
  if (key === null) throw new KeyRefused(`${path} holds no key any more; put it back from a backup`);
  return key;
}

async function madeKey(path: string): Promise<Buffer | null> {
  const fresh = randomBytes(KEY_BYTES);
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, `${fresh.toString("base64")}\n`, { mode: 0o600, flag: "wx", flush: true });
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
  return keyKept(path);
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
