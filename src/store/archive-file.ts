// A backup as a file: gzip of lines of JSON. The first says what it is; a line `["table", NAME]` begins a table, whose rows follow, one a line;
// the last says how many lines there were. Tables come in the order in which they can be filled.

import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";

/** What a backup says of itself. */
export interface ArchiveHead {
  /** Of this form; another one is told apart by it. */
  readonly slipwayBackup: 1;
  /** The version that made it. */
  readonly version: string;
  /** When, in Slipway's time, ms since 1970. */
  readonly at: number;
  readonly installation: string;
  /** The migrations that its database had, in their order. */
  readonly schema: readonly { readonly name: string; readonly checksum: string }[];
  /** Sealed with the key that opens its secrets; null: nothing was sealed yet. */
  readonly keyCheck: string | null;
}

export type ArchiveLine =
  | { readonly kind: "table"; readonly name: string }
  /** A row, as JSON. */
  | { readonly kind: "row"; readonly json: string };

/** The file is no whole backup. The message is one line for people. */
export class ArchiveRefused extends Error {
  override readonly name = "ArchiveRefused";
}

export const tableLine = (name: string): string => JSON.stringify(["table", name]);
export const endLine = (lines: number): string => JSON.stringify(["end", lines]);

/** What it says of itself. Reads all of it: throws ArchiveRefused for one that is cut off, damaged, or of another kind. */
export async function checkArchive(path: string): Promise<ArchiveHead> {
  for await (const line of readArchive(path)) void line;
  const lines = linesOf(path);
  try {
    const { value } = await lines.next();
    return headOf(path, String(value));
  } finally {
    await lines.return(undefined);
  }
}

/** All behind its head. Throws ArchiveRefused where it turns out not to be whole: what was read by then is not to be kept. */
export async function* readArchive(path: string): AsyncGenerator<ArchiveLine, void> {
  let count = 0;
  let told: number | null = null;
  for await (const line of linesOf(path)) {
    if (told !== null) throw damaged(path);
    if (count === 0) headOf(path, line);
    else if (line.startsWith("[")) {
      const marked = markOf(path, line);
      if (typeof marked === "number") told = marked;
      else yield { kind: "table", name: marked };
    } else yield { kind: "row", json: line };
    count += 1;
  }
  if (told === null) throw cutOff(path);
  if (told !== count - 2) throw damaged(path);
}

async function* linesOf(path: string): AsyncGenerator<string, void> {
  const plain = createGunzip();
  // An error of the file is one of what is read from it.
  const file = pipeline(createReadStream(path), plain, () => undefined);
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const piece of plain) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } catch (error) {
    throw refusedBy(path, error);
  } finally {
    file.destroy();
  }
}

function headOf(path: string, line: string): ArchiveHead {
  const value = parsed(line);
  if (typeof value !== "object" || value === null || !("slipwayBackup" in value)) throw noBackup(path);
  if (value.slipwayBackup !== 1) throw new ArchiveRefused(`${path} is a backup of a newer slipway; update this one`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what carries this mark was written by `writeArchive`, and its checksum has been checked
  return value as ArchiveHead;
}

/** The table that begins, or the number of lines that went before. */
function markOf(path: string, line: string): string | number {
  const value = parsed(line);
  const [kind, what]: unknown[] = Array.isArray(value) ? value : [];
  if (kind === "table" && typeof what === "string") return what;
  if (kind === "end" && typeof what === "number") return what;
  throw damaged(path);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function refusedBy(path: string, cause: unknown): Error {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code === "Z_BUF_ERROR") return cutOff(path);
  if (code.startsWith("Z_")) {
    const isOther = cause instanceof Error && cause.message === "incorrect header check";
    return isOther ? noBackup(path) : damaged(path);
  }
  const why = code === "ENOENT" ? "there is no such file" : code;
  return new ArchiveRefused(`${path} cannot be read: ${why}`, { cause });
}

const noBackup = (path: string): ArchiveRefused => new ArchiveRefused(`${path} is no backup of slipway`);
const cutOff = (path: string): ArchiveRefused =>
  new ArchiveRefused(`${path} is cut off: it ends before its end; take another copy of it, or another backup`);
const damaged = (path: string): ArchiveRefused =>
  new ArchiveRefused(`${path} is damaged; take another copy of it, or another backup`);
