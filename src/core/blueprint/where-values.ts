// Readers of what is said of where a machine is put, in a blueprint and in an account alike.

import { utf8Bytes } from "../secrecy/utf8.ts";
import type { Complaint } from "./mistake.ts";
import { type Reader, text } from "./reader.ts";

/** Names in one list. */
export const NAMES_MOST = 8;
/** Bytes of one list: what is asked of a cloud is the key of a row. */
const NAMES_BYTES_MOST = 600;

/** Clouds take blanks within names, and nothing that is not shown. */
const NAME = /^[^\s\p{C}](?:[^\p{C}]{0,126}[^\s\p{C}])?$/u;

export const PLACE_NAME = text("must be the cloud's name or id of it, at most 128 characters, such as shop", NAME);
export const KEY_NAME = text("must be the name of an ssh key at the cloud, at most 128 characters, such as ops", NAME);

const MOUNT = /^(?<name>[a-zA-Z0-9][\w.-]{0,127}):(?<path>\/[^:\p{C}]{0,254})(?<readOnly>:ro)?$/u;

export const VOLUME = text(
  "must be a volume and its place in the machine, such as data:/var/lib/data or data:/etc/data:ro",
  MOUNT,
);

export interface Mount {
  readonly name: string;
  readonly path: string;
  readonly isReadOnly: boolean;
}

/** What VOLUME has read. */
export function mountOf(volume: string): Mount {
  const { name = "", path = "", readOnly } = MOUNT.exec(volume)?.groups ?? {};
  return { name, path, isReadOnly: readOnly !== undefined };
}

const PUBLIC_KEY_MOST = 4_096;
const PUBLIC_KEY_FORM = /^(?:ssh-|ecdsa-|sk-)[\w.@-]+ [A-Za-z0-9+/]{16,}={0,2}(?: [^\p{C}]*)?$/u;

/** Never quoted: who confuses the two halves of a pair has written down a secret. */
export const PUBLIC_KEY: Reader<string> = {
  must: "must be a public key in one line as OpenSSH writes it, such as ssh-ed25519 AAAA… ops@example.org",
  accepts: ["string"],
  fallback: "",
  isHidden: true,
  read: (value) => {
    if (typeof value !== "string") return { wrong: "wrong_type" };
    const key = value.trim();
    if (key.includes("PRIVATE KEY")) {
      return { wrong: "bad_value", hint: "This is a private key: take the file that ends in .pub, and a new pair." };
    }
    return key.length <= PUBLIC_KEY_MOST && PUBLIC_KEY_FORM.test(key) ? { ok: key } : { wrong: "bad_value" };
  },
};

/** Null when the names of one list are short enough together. */
export function tooLong(names: readonly string[]): Complaint | null {
  const bytes = utf8Bytes(JSON.stringify(names));
  if (bytes <= NAMES_BYTES_MOST) return null;
  const says = `has names of ${bytes} bytes together, and at most ${NAMES_BYTES_MOST} are asked for: name fewer, or by shorter ids`;
  return { code: "too_large", says };
}
