import type { Command } from "commander";
import { EXPORT_FORMATS, EXPORT_TABLES } from "../../contract/export.ts";
import { examples, oneOf } from "../arguments.ts";
import { byFilter, query } from "../client.ts";
import { badInput, Complaint, EXIT } from "../complaint.ts";
import type { Run, Session } from "../session.ts";
import { tell } from "../terminal.ts";
import { LOST, sizeText, writeWhole } from "../whole-file.ts";

interface Options {
  readonly format?: string;
  readonly pool?: string;
  readonly from?: string;
  readonly until?: string;
  readonly output?: string;
}

export function exportTable(command: Command, run: Run): void {
  command
    .argument("<table>", EXPORT_TABLES.join(", "))
    .option("--format <format>", `${EXPORT_FORMATS.join(" or ")} (default: csv)`)
    .option("--pool <pool>", "only deployments of this pool")
    .option("--from <time>", "only what was asked for then or later: a day or a time in UTC")
    .option("--until <time>", "only what was asked for before then")
    .option("-o, --output <file>", "into this file, which is there only once it is whole")
    .addHelpText(
      "after",
      `${examples("slipway export machines --from 2026-11-01 -o machines.csv", "slipway export attempts --format json | jq length")}\n\nDeleted deployments are in it for as long as their rows are kept.`,
    )
    .action((table: string, options: Options) => run((session) => write(session, table, options)));
}

async function write(session: Session, given: string, options: Options): Promise<void> {
  const table = oneOf("TABLE", EXPORT_TABLES)(given);
  const format = oneOf("--format", EXPORT_FORMATS)(options.format ?? "csv");
  const from = timeOf("--from", options.from);
  const until = timeOf("--until", options.until);
  const asked = query({ table, format, pool: options.pool, from, until });
  const client = await session.client();
  const fetched = async () => {
    const { body } = await byFilter(() => client.download(`/v1/export${asked}`));
    return { body, value: null };
  };
  const { output: path } = options;
  if (path === undefined) return print(session, (await fetched()).body);
  const { written } = await writeWhole({ path, lack: "nothing was exported" }, fetched);
  tell(session.terminal, `${path} holds the ${table}, in ${sizeText(written.bytes)}.`);
}

async function print({ terminal, closed }: Session, body: AsyncIterable<Uint8Array>): Promise<void> {
  const pieces = body[Symbol.asyncIterator]();
  for (;;) {
    const piece = await pieces.next().catch((error: unknown) => {
      throw new Complaint(EXIT.failed, `the table is not whole: ${LOST}`, { cause: error });
    });
    if (piece.done === true || closed.aborted) return;
    await new Promise<void>((resolve) => terminal.stdout.write(piece.value, () => resolve()));
  }
}

/** A day begins in UTC. */
function timeOf(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const isMeant = /^\d{4}-\d\d-\d\d(?:T[\d:.]+Z)?$/.test(text);
  const ms = isMeant ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw badInput(`${option} ${text}: must be a day or a time in UTC, as 2026-11-22 or 2026-11-22T10:00:00Z`);
  }
  return new Date(ms).toISOString();
}
