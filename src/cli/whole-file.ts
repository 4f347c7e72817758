// A file that is written under another name first and put in its place once it is whole.

import { createHash, randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { Complaint, EXIT } from "./complaint.ts";

export interface Written {
  readonly bytes: number;
  /** SHA-256, base64. */
  readonly digest: string;
}

interface WholeFile {
  readonly path: string;
  /** What there is not, when it could not be written: "no backup was made". */
  readonly lack: string;
}

/**
 * `fetched` is asked once the file can be written, and `refused` of what was written: a text keeps it from its place. Of a failure nothing is
 * left but a Complaint, and what was at `path` before is as it was.
 */
export async function writeWhole<T>(
  file: WholeFile,
  fetched: () => Promise<{ readonly body: AsyncIterable<Uint8Array>; readonly value: T }>,
  refused: (written: Written, value: T) => string | null = () => null,
): Promise<{ readonly written: Written; readonly value: T }> {
  const { path, lack } = file;
  const failed = (why: string, cause?: unknown): Complaint =>
    new Complaint(EXIT.failed, `${lack}: ${path}: ${why}`, { cause });
  const draft = `${path}.${randomUUID().slice(0, 8)}`;
  const handle = await open(draft, "wx", 0o600).catch((error: unknown) => {
    throw failed(reason(error), error);
  });
  let isWhole = false;
  try {
    const { body, value } = await fetched();
    const written = await pour(body, (piece) => handle.writeFile(piece)).catch((error: unknown) => {
      throw failed(reason(error), error);
    });
    const why = refused(written, value);
    if (why !== null) throw failed(why);
    await handle.sync();
    await rename(draft, path);
    isWhole = true;
    return { written, value };
  } finally {
    await handle.close();
    if (!isWhole) await rm(draft, { force: true });
  }
}

async function pour(body: AsyncIterable<Uint8Array>, write: (piece: Uint8Array) => Promise<void>): Promise<Written> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const piece of body) {
    hash.update(piece);
    bytes += piece.length;
    await write(piece);
  }
  return { bytes, digest: hash.digest("base64") };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "there is no room left on its disk",
  ENOENT: "there is no such folder",
  EACCES: "its folder may not be written by this user",
};

function reason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return REASONS[code] ?? (code === "" ? LOST : code);
}

export const LOST = "the connection was lost on the way";

export function sizeText(bytes: number): string {
  return bytes < 1024 ** 2 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
