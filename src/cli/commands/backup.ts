import { createHash, randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import type { Command } from "commander";
import { BACKUP_AT, BACKUP_ROWS } from "../../contract/backup.ts";
import { examples } from "../arguments.ts";
import { Complaint, EXIT } from "../complaint.ts";
import type { Run, Session } from "../session.ts";
import { tell } from "../terminal.ts";

export function backup(program: Command, run: Run): void {
  program
    .command("backup")
    .description("write all that the server's embedded database holds into a file, while it goes on")
    .argument("<file>", "where to; one that is there is replaced once the new one is whole")
    .addHelpText(
      "after",
      `${examples("slipway backup slipway-2026-11-29.backup")}\n\nIt comes back with \`slipway restore\`. The key is not in it: keep a copy of that elsewhere.`,
    )
    .action((file: string) => run((session) => backUp(session, file)));
}

async function backUp({ client: open_, terminal }: Session, path: string): Promise<void> {
  const client = await open_();
  const draft = `${path}.${randomUUID().slice(0, 8)}`;
  const file = await made(draft, path);
  let isWhole = false;
  try {
    const { headers, body } = await client.download("/v1/backup");
    const { bytes, digest } = await written(file, body, path);
    if (headers.get("repr-digest") !== `sha-256=:${digest}:`) throw failed(path, "it did not arrive as it was sent");
    await file.sync();
    await rename(draft, path);
    isWhole = true;
    const rows = headers.get(BACKUP_ROWS) ?? "";
    tell(terminal, `${path} holds ${rows} rows as of ${headers.get(BACKUP_AT) ?? ""}, in ${sizeText(bytes)}.`);
    tell(terminal, "The key is not in it, and without that its credentials cannot be opened: keep a copy elsewhere.");
  } finally {
    await file.close();
    if (!isWhole) await rm(draft, { force: true });
  }
}

async function made(draft: string, path: string): Promise<FileHandle> {
  try {
    return await open(draft, "wx", 0o600);
  } catch (error) {
    throw failed(path, reason(error), error);
  }
}

async function written(
  file: FileHandle,
  body: AsyncIterable<Uint8Array>,
  path: string,
): Promise<{ bytes: number; digest: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const piece of body) {
      hash.update(piece);
      bytes += piece.length;
      await file.writeFile(piece);
    }
  } catch (error) {
    throw failed(path, reason(error), error);
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
  return REASONS[code] ?? (code === "" ? "the connection was lost on the way" : code);
}

function failed(path: string, why: string, cause?: unknown): Complaint {
  return new Complaint(EXIT.failed, `no backup was made: ${path}: ${why}`, { cause });
}

function sizeText(bytes: number): string {
  return bytes < 1024 ** 2 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
