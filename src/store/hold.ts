// The hold after a return from a backup: see ports/hold.ts.

import { sql } from "kysely";
import { askedFor } from "../core/ids.ts";
import { ON_ITS_WAY } from "../core/decision/decide.ts";
import type { Hold, HoldReads, HoldWrites, Stray } from "../ports/hold.ts";
import { toMachine } from "./machines.ts";
import { date, ms, only, openMachine, type Sql, texts } from "./rows.ts";
import type { MachineRow } from "./schema.ts";
import type { Session } from "./session.ts";

export function readingHold({ run, clock }: Session): HoldReads {
  return {
    hold: () => run(async (db) => hold(db, await clock(db))),
    strays: () => run(strays),
    heldDeployments: () =>
      run(async (db) => {
        const { rows } = await sql<{ count: number }>`
          select count(*)::int as count from deployments
          where resumed_at > ${date(await clock(db))} and state = any(${texts([...ON_ITS_WAY])})`.execute(db);
        return only(rows).count;
      }),
  };
}

async function hold(db: Sql, now: number): Promise<Hold | null> {
  const { rows } = await sql<{ restored_at: Date; until: Date }>`
    select restored_at, until from hold where until > ${date(now)}`.execute(db);
  const [row] = rows;
  return row === undefined ? null : { restoredAt: ms(row.restored_at), until: ms(row.until) };
}

async function strays(db: Sql): Promise<readonly Stray[]> {
  const { rows } = await sql<MachineRow & { account_name: string }>`
    select m.*, a.name as account_name from machines m join accounts a on a.id = m.account
    where m.deployment is null and ${openMachine(sql`m.state`)} order by m.intent_at, m.id`.execute(db);
  const owners = [...new Set(rows.flatMap(({ id }) => askedFor(id)?.deployment ?? []))];
  const { rows: known } = await sql<{ id: string; name: string }>`
    select id, name from deployments where id = any(${texts(owners)})`.execute(db);
  const names = new Map(known.map(({ id, name }) => [id, name]));
  return rows.map((row) => ({
    machine: toMachine(row),
    accountName: row.account_name,
    deploymentName: names.get(askedFor(row.id)?.deployment ?? "") ?? null,
  }));
}

export function holding({ run, clock, notices }: Session): HoldWrites {
  return {
    beginHold: (until) =>
      run(async (db) => {
        await beginHold(db, { until, now: await clock(db) });
        notices.due();
      }),
    setHold: (until) =>
      run(async (db) => {
        if (await setHold(db, { until, now: await clock(db) })) notices.due();
      }),
  };
}

interface Times {
  readonly until: number;
  readonly now: number;
}

/** Nobody else works on the database yet. */
async function beginHold(db: Sql, { until, now }: Times): Promise<void> {
  await sql`update hold set restored_at = ${date(now)}, until = ${date(until)}`.execute(db);
  await sql`update deployments set resumed_at = ${date(until)}, resumes = resumes + 1,
      wake_at = case when wake_at is null then null else ${date(now)}::timestamptz end
    where deleted_at is null`.execute(db);
  await sql`update instances set probe_claimed_until = null where probe_claimed_until is not null`.execute(db);
  // Whether it was sent since is not known: it is searched for first.
  await sql`update machines set claimed_until = null, sent_at = case when state = 'intent' then ${date(now)} else sent_at end,
      reboot_sent_at = case when call = 'reboot' then ${date(now)} else reboot_sent_at end,
      undo_asked_at = case when deployment is null and debt_since is null then ${date(until)} else undo_asked_at end
    where ${openMachine(sql`state`)}`.execute(db);
  await sql`update accounts set poll_claimed_until = null, poll_at = ${date(now)}`.execute(db);
}

/** Locks deployments before machines, as all do. */
async function setHold(db: Sql, { until, now }: Times): Promise<boolean> {
  const { rows } = await sql`select 1 from hold where until > ${date(now)} for no key update`.execute(db);
  if (rows.length === 0) return false;
  await sql`update deployments d set resumed_at = ${date(until)}, 
      wake_at = case when d.wake_at is null then null else least(d.wake_at, ${date(until)}::timestamptz) end
    from (
      select id from deployments where resumed_at > ${date(now)} order by id for no key update
    ) held where d.id = held.id`.execute(db);
  await sql`update machines m set undo_asked_at = ${date(until)},
      call_at = case when m.call = 'look' then ${date(until)}::timestamptz else m.call_at end
    from (
      select id from machines where undo_asked_at > ${date(now)} and ${openMachine(sql`state`)} order by id for no key update
    ) held where m.id = held.id`.execute(db);
  await sql`update hold set until = ${date(until)}`.execute(db);
  return true;
}
