import type { Command } from "commander";
import { BACKUP_AT, BACKUP_ROWS } from "../../contract/backup.ts";
import { examples } from "../arguments.ts";
import type { Run, Session } from "../session.ts";
import { tell } from "../terminal.ts";
import { sizeText, writeWhole } from "../whole-file.ts";

export function backup(command: Command, run: Run): void {
  command
    .argument("<file>", "where to; one that is there is replaced once the new one is whole")
    .addHelpText(
      "after",
      `${examples("slipway backup slipway-2026-11-29.backup")}\n\nIt comes back with \`slipway restore\`. The key is not in it: keep a copy of that elsewhere.`,
    )
    .action((file: string) => run((session) => backUp(session, file)));
}

async function backUp({ client: open_, terminal }: Session, path: string): Promise<void> {
  const client = await open_();
  const { written, value: headers } = await writeWhole(
    { path, lack: "no backup was made" },
    async () => {
      const { headers: given, body } = await client.download("/v1/backup");
      return { body, value: given };
    },
    ({ digest }, given) =>
      given.get("repr-digest") === `sha-256=:${digest}:` ? null : "it did not arrive as it was sent",
  );
  const rows = headers.get(BACKUP_ROWS) ?? "";
  tell(terminal, `${path} holds ${rows} rows as of ${headers.get(BACKUP_AT) ?? ""}, in ${sizeText(written.bytes)}.`);
  tell(terminal, "The key is not in it, and without that its credentials cannot be opened: keep a copy elsewhere.");
}
