// Slipway's time in SQL: the one place where the database's clock is asked, the row of its offset, and what is told of it.

import { sql } from "kysely";
import { TOLD_OF_STEPS } from "../core/world/clock-step.ts";
import type { DeploymentId } from "../core/ids.ts";
import type { Reads, Tx } from "../ports/store.ts";
import { translate } from "./errors.ts";
import { eventRow } from "./events.ts";
import { date, insertRows, ms, msOrNull, only, type Sql, texts } from "./rows.ts";
import type { Session } from "./session.ts";
import type { TimeRow, TimeRows } from "./timekeeper.ts";

/** Cut to what a number of ms holds: what is due by it here is due in the database as well. */
const NOW = sql`date_trunc('milliseconds', clock_timestamp() + clock.offset_ms * interval '1 millisecond')`;

export interface TimeColumns {
  readonly now: Date;
  readonly offset_ms: number;
  readonly told_offset_ms: number;
  readonly steps: number;
  readonly seen_at: Date;
}

/** The columns, for a statement of its own or as part of another. */
export const TIME = sql<TimeColumns>`
  select ${NOW} as now, clock.offset_ms, clock_told.offset_ms as told_offset_ms, steps, seen_at from clock, clock_told`;

export function toTimeRow({ now, offset_ms, told_offset_ms, steps, seen_at }: TimeColumns): TimeRow {
  return { now: ms(now), offsetMs: offset_ms, toldOffsetMs: told_offset_ms, steps, seenAt: ms(seen_at) };
}

export async function askTime(db: Sql): Promise<TimeRow> {
  const { rows } = await sql<TimeColumns>`${TIME}`.execute(db);
  return toTimeRow(only(rows));
}

/** On connections of its own, outside of any transaction. */
export function timeRowsOn(db: Sql): TimeRows {
  const translated = async <T>(asked: Promise<T>): Promise<T> => {
    try {
      return await asked;
    } catch (error) {
      throw translate(error);
    }
  };
  return {
    read: () => translated(askTime(db)),
    async move(steps, { byMs, at }) {
      const { numAffectedRows } = await translated(
        sql`update clock set offset_ms = offset_ms - ${byMs}::float8, steps = steps + 1, seen_at = ${date(at)}, stepped_at = ${date(at)},
          stepped_by_ms = ${byMs}::float8 where steps = ${steps}::int`.execute(db),
      );
      return numAffectedRows === 1n;
    },
    async see(steps, at) {
      await translated(
        sql`update clock set seen_at = ${date(at)} where steps = ${steps}::int and seen_at < ${date(at)}`.execute(db),
      );
    },
  };
}

export function readingTime({ run, clock }: Session): Pick<Reads, "now" | "clock"> {
  return {
    now: () => run((db) => clock(db)),
    clock: () =>
      run(async (db) => {
        const { rows } = await sql<{ offset: number; steps: number; at: Date | null; by: number | null }>`
          select offset_ms as offset, steps, stepped_at as at, stepped_by_ms as by from clock`.execute(db);
        const { offset, steps, at, by } = only(rows);
        return { offsetMs: offset, steps, lastAt: msOrNull(at), lastByMs: by };
      }),
  };
}

export function tellingTime({ run, clock, notices }: Session): Pick<Tx, "tellClock"> {
  return {
    tellClock: () =>
      run(async (db) => {
        const { rows: locked } = await sql<{ id: DeploymentId }>`
          select id from deployments where state = any(${texts(TOLD_OF_STEPS)}) order by id for no key update`.execute(
          db,
        );
        await sql`select 1 from clock_told for no key update`.execute(db);
        const { rows } = await sql<{ offset: number; told: number }>`
          select clock.offset_ms as offset, clock_told.offset_ms as told from clock, clock_told`.execute(db);
        const { offset, told } = only(rows);
        const byMs = told - offset;
        if (byMs === 0) return;
        const at = await clock(db);
        const { rows: numbered } = await sql<{ deployment: DeploymentId; no: number; revision: number }>`
          update deployments set event_no = event_no + 1 where id = any(${texts(locked.map(({ id }) => id))})
          returning id as deployment, event_no as no, revision_no as revision`.execute(db);
        const events = numbered.map((one) => ({ ...one, at, body: { kind: "clock_moved", byMs } as const }));
        await insertRows(db, "events", events.map(eventRow));
        await sql`update clock_told set offset_ms = ${offset}::float8`.execute(db);
        notices.events(events);
      }),
  };
}

/**
 * Before anybody works on a database that comes from elsewhere: where its rows were written the clock may have been wrong. What it has seen still keeps
 * this one from being behind. And transactions had other numbers there: what seems to be written by one to come would be compared with each list.
 */
export async function forgetElsewhere(db: Sql): Promise<void> {
  await sql`update clock set offset_ms = 0`.execute(db);
  await sql`update clock_told set offset_ms = 0`.execute(db);
  await sql`update machines set written = '0' where written <> '0'`.execute(db);
}
