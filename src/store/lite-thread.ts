// The thread in which the embedded database lives: it opens one folder and answers one statement at a time.
//
// A thread of its own, because PGlite does not end where PostgreSQL would. After a PANIC, as when the disk is full in the wrong moment,
// it answers wrongly or runs in a circle for ever, and only the end of the thread ends that.

import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import { createStatements } from "./lite-statements.ts";

/** What the thread is started with. */
export interface LiteFolder {
  readonly folder: string;
  /** Lines of its configuration; only for a folder in which the database is to be made. */
  readonly settings?: readonly string[];
  /** Channels to hear of. */
  readonly channels: readonly string[];
}

export interface Statement {
  /** Go before it: the beginning of its transaction. */
  readonly first: readonly string[];
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** A statement, or the wish to close. */
export type Asked = { readonly no: number } & (Statement | { readonly sql: null });

/** As much of a database error as is used; an error itself loses these fields on its way. */
export interface LiteFault {
  readonly message: string;
  readonly code: string;
  readonly severity: string;
  readonly constraint: string;
}

export type Told =
  | { readonly kind: "opened" }
  | { readonly kind: "answer"; readonly no: number; readonly rows: unknown[]; readonly affected: number | null }
  | { readonly kind: "fault"; readonly no: number; readonly fault: LiteFault }
  | { readonly kind: "notice"; readonly channel: string; readonly payload: string }
  /** Nothing that it says from now on counts. */
  | { readonly kind: "dying"; readonly fault: LiteFault };

const DYING = /\b(?:FATAL|PANIC): .*$|^Aborted\(.*$/;

function tell(told: Told): void {
  parentPort?.postMessage(told);
}

/** What the database writes beside its answers; it arrives even when the thread never comes to anything else again. */
function hear(line: string): boolean {
  const [words] = DYING.exec(line) ?? [];
  if (words !== undefined)
    tell({ kind: "dying", fault: { message: words, code: "", severity: "PANIC", constraint: "" } });
  return false;
}

/** Its files are told apart by the numbers of WASI, without a word. */
const ERRNOS: Readonly<Record<number, string>> = {
  2: "EACCES",
  19: "EDQUOT",
  29: "EIO",
  33: "EMFILE",
  48: "ENOMEM",
  51: "ENOSPC",
  69: "EROFS",
};

function faultOf(error: unknown): LiteFault {
  if (typeof error === "object" && error !== null && "errno" in error && typeof error.errno === "number") {
    const code = ERRNOS[error.errno] ?? `file system error ${error.errno}`;
    return { message: code, code, severity: "PANIC", constraint: "" };
  }
  const field = (name: string): string => {
    const value: unknown = error instanceof Error ? Reflect.get(error, name) : undefined;
    return typeof value === "string" ? value : "";
  };
  const message = error instanceof Error ? error.message : String(error);
  // What is no error of the database is one of the program that it was compiled to.
  return { message, code: field("code"), severity: field("severity") || "PANIC", constraint: field("constraint") };
}

/** All of it is in the memory of the machine as a rule; by PostgreSQL's own measure, that of a turning disk, plans go through whole tables. */
const RANDOM_PAGE_COST = 1.1;

async function open({ folder, settings, channels }: LiteFolder): Promise<PGlite> {
  const lite = await PGlite.create({
    dataDir: folder,
    onStderr: hear,
    ...(settings === undefined ? {} : { postgresqlconf: [...settings] }),
  });
  await lite.exec(`set random_page_cost = ${RANDOM_PAGE_COST}`);
  for (const channel of channels) {
    await lite.listen(channel, (payload) => tell({ kind: "notice", channel, payload }));
  }
  return lite;
}

type Query = ReturnType<typeof createStatements>;

async function answer(lite: PGlite, query: Query, asked: Asked): Promise<void> {
  const { no } = asked;
  try {
    if (asked.sql === null) {
      await lite.close();
      return tell({ kind: "answer", no, rows: [], affected: null });
    }
    for (const first of asked.first) await query(first, []);
    const { rows, affectedRows } = await query(asked.sql, asked.parameters);
    tell({ kind: "answer", no, rows, affected: affectedRows ?? null });
  } catch (error) {
    tell({ kind: "fault", no, fault: faultOf(error) });
  }
}

if (parentPort !== null) {
  try {
    // Given by lite.ts alone, which is compiled with this file.
    const given: LiteFolder = workerData;
    const lite = await open(given);
    const query = createStatements(lite);
    // What was asked together is answered in that order.
    let last: Promise<void> = Promise.resolve();
    parentPort.on("message", (asked: Asked) => {
      last = last.then(() => answer(lite, query, asked));
    });
    tell({ kind: "opened" });
  } catch (error) {
    tell({ kind: "dying", fault: faultOf(error) });
  }
}
