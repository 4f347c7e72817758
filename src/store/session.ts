// One transaction. Its statements run one after the other, since there is one connection; after a statement that failed it can
// only roll back; and it ends after a while, whatever it waits for.

import { AsyncLocalStorage } from "node:async_hooks";
import type { RawBuilder } from "kysely";
import { STEP_MS } from "../core/world/clock-step.ts";
import { StoreAway } from "../ports/store.ts";
import { BlockChanges } from "./blocks.ts";
import { ClaimEnds } from "./claim-ends.ts";
import { translate } from "./errors.ts";
import { together } from "./flights.ts";
import { Notices } from "./notices.ts";
import { only, type Sql } from "./rows.ts";
import { askTime, TIME, type TimeColumns, toTimeRow } from "./time.ts";
import { ClockMoved, type Timekeeper } from "./timekeeper.ts";

export interface Session {
  /** Runs one method of the port, after those asked for before it. */
  readonly run: <T>(body: (db: Sql) => Promise<T>) => Promise<T>;
  /** Slipway's time, ms since 1970, within a body of `run`. There is no other way to it … */
  readonly clock: (db: Sql) => Promise<number>;
  /** … but in a statement whose rows have the columns of `TIME`, which says what it went by. */
  readonly timed: <R extends TimeColumns>(db: Sql, statement: RawBuilder<R>) => Promise<readonly R[]>;
  /** Rows of a statement, and the time once they were there. */
  readonly thenTime: <R>(
    db: Sql,
    statement: RawBuilder<R>,
  ) => Promise<{ readonly rows: readonly R[]; readonly now: number }>;
  /** Sent with the commit. */
  readonly notices: Notices;
  /** Written at the end: what the transaction reads of blocks before is without them. */
  readonly blocks: BlockChanges;
  /** Written with the rows of their machines, at the end at the latest. */
  readonly claims: ClaimEnds;
}

const inside = new AsyncLocalStorage<{ open: boolean } | undefined>();

/** Runs `act` as if no transaction were open around it: a notification may arrive in the middle of a commit. */
export function outside(act: () => void): void {
  inside.run(undefined, act);
}

export interface Terms {
  /** Alone: one statement, which sees one moment by itself. */
  readonly mode: "write" | "read" | "alone";
  readonly giveUpMs: number;
  readonly keeper: Timekeeper;
}

/**
 * Runs `act` in one transaction of its own and commits. On PGlite a transaction inside another would wait for ever for the only
 * connection, so it is refused everywhere. Reads see one moment. What `act` throws comes out as it was.
 */
export async function transact<T>(db: Sql, terms: Terms, act: (session: Session) => Promise<T>): Promise<T> {
  if (inside.getStore()?.open === true) throw new Error("a transaction may not be opened inside another");
  const scope = { open: true };
  const failure: Failure = { thrown: null, ofStatement: null };
  let hasBegun = false;
  try {
    return await inside.run(scope, () =>
      begun(db, terms.mode).execute((trx) => {
        hasBegun = true;
        return bounded(trx, { ...terms, failure }, act);
      }),
    );
  } catch (error) {
    // Whatever came of it: the transaction is to run again, and nothing of this try counts.
    if (failure.ofStatement?.cause instanceof ClockMoved) throw failure.ofStatement.cause;
    if (failure.thrown !== null) throw failure.thrown.cause;
    const left = translate(failure.ofStatement?.cause ?? error, terms.mode);
    // There was no connection, or none that begins anything: whatever the system calls it, nobody's statement is at fault.
    if (!hasBegun && !(left instanceof StoreAway)) throw new StoreAway("unreachable", { cause: left });
    throw left;
  } finally {
    scope.open = false;
  }
}

function begun(db: Sql, mode: Terms["mode"]): { execute: <T>(act: (db: Sql) => Promise<T>) => Promise<T> } {
  switch (mode) {
    case "alone":
      return db.connection();
    case "write":
      return db.transaction();
    case "read":
      return db.transaction().setIsolationLevel("repeatable read").setAccessMode("read only");
  }
}

/** What came first, since a rollback on a broken connection fails with an error of its own. */
interface Failure {
  thrown: { readonly cause: unknown } | null;
  ofStatement: { readonly cause: unknown } | null;
}

async function bounded<T>(
  db: Sql,
  { giveUpMs, mode, keeper, failure }: Terms & { readonly failure: Failure },
  act: (session: Session) => Promise<T>,
): Promise<T> {
  let over: Error | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const run: Session["run"] = (body) => {
    const next = last.then(async () => {
      if (over !== null) throw over;
      if (failure.ofStatement !== null) throw failedBefore(failure.ofStatement.cause, mode);
      try {
        return await body(db);
      } catch (error) {
        failure.ofStatement ??= { cause: error };
        throw translate(error, mode);
      }
    });
    last = next.catch(() => undefined);
    return next;
  };
  const clock: Session["clock"] = async (trx) => {
    let askedAt = keeper.monotonic();
    let row = await askTime(trx);
    // What took so long may hide a step as long: once more, which will hardly take as long.
    if (keeper.monotonic() - askedAt > STEP_MS) {
      askedAt = keeper.monotonic();
      row = await askTime(trx);
    }
    return keeper.check(row, askedAt);
  };
  const timed: Session["timed"] = async (trx, statement) => {
    const askedAt = keeper.monotonic();
    const { rows } = await statement.execute(trx);
    const [row] = rows;
    if (keeper.monotonic() - askedAt > STEP_MS) await clock(trx);
    else if (row !== undefined) keeper.check(toTimeRow(row), askedAt);
    return rows;
  };
  const thenTime: Session["thenTime"] = async (trx, statement) => {
    const askedAt = keeper.monotonic();
    const [rows, times] = await together(trx, [statement, TIME]);
    // The statement may have waited for locks, which hides a step.
    if (keeper.monotonic() - askedAt > STEP_MS) return { rows, now: await clock(trx) };
    return { rows, now: keeper.check(toTimeRow(only(times)), askedAt) };
  };
  const notices = new Notices();
  const blocks = new BlockChanges();
  const claims = new ClaimEnds();
  const limit = Promise.withResolvers<never>();
  // Whoever holds it up, it is not the fault of what was to be written: to be tried again, like all else while the database is away.
  const tooLong = () => new StoreAway("busy", { cause: new Error(`the transaction took longer than ${giveUpMs} ms`) });
  const timer = setTimeout(() => limit.reject(tooLong()), giveUpMs);
  try {
    const result = await Promise.race([act({ run, clock, timed, thenTime, notices, blocks, claims }), limit.promise]);
    await Promise.race([run((trx) => claims.write(trx)), limit.promise]);
    await Promise.race([run((trx) => blocks.write(trx)), limit.promise]);
    await Promise.race([run((trx) => notices.send(trx)), limit.promise]);
    await last;
    if (failure.ofStatement !== null) throw failedBefore(failure.ofStatement.cause, mode);
    return result;
  } catch (error) {
    failure.thrown = { cause: error };
    throw error;
  } finally {
    clearTimeout(timer);
    over = new Error("the transaction is over");
    // The connection goes back to the pool: nothing of ours may still be running on it.
    await last;
  }
}

/** Also when whoever asked for that statement did not mind. */
function failedBefore(cause: unknown, mode: Terms["mode"]): Error {
  const left = translate(cause, mode);
  if (left instanceof StoreAway) return left;
  return new Error("a statement before failed: the transaction rolls back", { cause });
}
