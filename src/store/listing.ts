// What a cloud's listing says about the ledger, compared where the ledger is.

import { type RawBuilder, sql } from "kysely";
import type { AccountId, MachineId } from "../core/ids.ts";
import type { Machine, Observed } from "../core/machine.ts";
import type { Tally, Transit } from "../core/world/tracking.ts";
import {
  type CountedMissing,
  type LedgerNews,
  type LedgerReads,
  type Listed,
  type ListingDifference,
  WRITTEN_MOST,
} from "../ports/claims.ts";
import type { Tx } from "../ports/store.ts";
import { toMachine } from "./machines.ts";
import { date, json, ms, msOrNull, only, openMachine, type Sql, texts } from "./rows.ts";
import type { MachineRow } from "./schema.ts";
import type { Session } from "./session.ts";

export function listing({
  run,
}: Session): Pick<Tx, "compareListing" | "countMissing" | "inTransit" | "machinesInTransit"> {
  return {
    compareListing: (id, page) => run((db) => compareListing(db, id, page)),
    countMissing: (id, listed, before) => run((db) => countMissing(db, id, { listed, before })),
    inTransit: (id) => run((db) => inTransit(db, id)),
    machinesInTransit: (id, limit) => run((db) => machinesInTransit(db, id, limit)),
  };
}

/** `losses`: how often this process has lost the server. */
export function readingLedger({ run }: Session, losses: () => number): LedgerReads {
  return {
    writtenSince: (id, since) =>
      run(async (db) => {
        // After a crash of the server, which says nothing of it, numbers of transactions that came to nothing are given again.
        const life = `${losses()} `;
        const { horizon, written } = await writtenSince(
          db,
          id,
          since?.startsWith(life) ? since.slice(life.length) : null,
        );
        return { horizon: `${life}${horizon}`, written };
      }),
  };
}

/** On its way up: neither kept in quarantine nor in error, where nothing comes by itself. */
const moving = (id: AccountId) => sql`
  account = ${id} and state in ('in_doubt', 'made') and debt_since is null and undo_asked_at is null and quarantined_until is null
    and (state <> 'made' or start_asked_at is not null or observed not in ('running', 'stopped', 'error'))`;

async function inTransit(db: Sql, id: AccountId): Promise<readonly Transit[]> {
  const { rows } = await sql<{ step: Transit["step"]; size: string; oldest: Date; newest: Date }>`
    select m.step, m.size, min(m.since) as oldest, max(m.since) as newest from (
      select case when start_asked_at is null then 'boot' else 'start' end as step, size,
        greatest(start_asked_at, reboot_sent_at, made_at, intent_at) as since
      from machines
      where ${moving(id)}
    ) m
    group by m.step, m.size order by m.step, m.size`.execute(db);
  return rows.map(({ step, size, oldest, newest }) => ({ step, size, oldestAt: ms(oldest), newestAt: ms(newest) }));
}

async function machinesInTransit(db: Sql, id: AccountId, limit: number): Promise<readonly Machine[]> {
  const { rows } = await sql<MachineRow>`
    select * from machines where ${moving(id)} order by id limit ${limit}::int`.execute(db);
  return rows.map(toMachine);
}

async function compareListing(db: Sql, id: AccountId, page: readonly Observed[]): Promise<ListingDifference> {
  if (page.length === 0) return { changed: [], strays: [] };
  const { rows } = await sql<{ place: number; id: string | null } & MachineRow>`
    select p.place, m.*
    from jsonb_to_recordset(${json(page.map(({ fault, ...observed }, place) => ({ ...observed, failed: fault !== null, place })))})
      as p(place int, "externalId" text, name text, state text, failed bool, "privateAddress" text, "publicAddress" text, handle jsonb)
    left join machines m on m.id = p.name and m.account = ${id} and ${openMachine(sql`m.state`)}
    where m.id is null or m.observed <> p.state or m.external_id is distinct from p."externalId"
      or m.private_address is distinct from coalesce(p."privateAddress", m.private_address)
      or m.public_address is distinct from coalesce(p."publicAddress", m.public_address)
      or (p.handle is not null and m.handle is distinct from p.handle)
      or (m.start_asked_at is not null and p.failed)
    order by p.place`.execute(db);
  const changed: { machine: Machine; observed: Observed }[] = [];
  const strays: Observed[] = [];
  for (const row of rows) {
    const observed = page[row.place];
    if (observed === undefined) continue;
    if (row.id === null) strays.push(observed);
    else changed.push({ machine: toMachine(row), observed });
  }
  return { changed, strays };
}

interface Count {
  readonly listed: Listed;
  /** Of those made later nothing is said. */
  readonly before: number;
}

async function countMissing(db: Sql, id: AccountId, { listed, before }: Count): Promise<CountedMissing> {
  const made = sql`account = ${id} and state = 'made'`;
  const held = sql`${made} and realm <> all(${texts(listed.unlisted)})`;
  const whom = "names" in listed ? amongAll(listed.names) : amongAbsent(listed.absent, made);
  const { isAbsent, isConcerned } = whom;
  const recount = sql`case when made_at < ${date(before)} and ${isAbsent} then missing + 1 else 0 end`;
  const stale = sql`${held} and ${isConcerned} and missing <> ${recount}`;
  // Locked first, in order of id: an advance that holds some of them waits for the others in the same order.
  await sql`select 1 from machines where ${stale} order by id for no key update`.execute(db);
  await sql`update machines set missing = ${recount} where ${stale}`.execute(db);
  const missing = await sql<MachineRow>`
    select * from machines where ${held} and missing > 0 order by intent_at, id`.execute(db);
  const absent = await sql<{ id: MachineId }>`
    select id from machines where ${made} and ${isConcerned} and (${isAbsent} or missing > 0)`.execute(db);
  const young = await sql<{ at: Date | null }>`
    select min(made_at) as at from machines
    where ${held} and ${isConcerned} and undo_asked_at is null and ${isAbsent} and made_at >= ${date(before)}`.execute(
    db,
  );
  return {
    missing: missing.rows.map(toMachine),
    tallies: await whom.tallies(db, held),
    absent: absent.rows.map((row) => row.id),
    youngAt: msOrNull(only(young.rows).at),
  };
}

interface Whom {
  /** No page named it. */
  readonly isAbsent: RawBuilder<unknown>;
  /** Something may have to be written or told of it. */
  readonly isConcerned: RawBuilder<unknown>;
  /** `held`: machines that the list says something of. */
  readonly tallies: (db: Sql, held: RawBuilder<unknown>) => Promise<readonly Tally[]>;
}

// A list of names is looked up by its hash only as rows; as a list it would be gone through for each machine.
const inRows = (names: readonly string[]): RawBuilder<unknown> => sql`id in (select unnest(${texts(names)}))`;

function amongAll(names: readonly string[]): Whom {
  const named = inRows(names);
  const tallies: Whom["tallies"] = async (db, held) => {
    const { rows } = await sql<Tally>`
      select realm, (count(*) filter (where ${named}))::int as shown, (count(*) filter (where missing > 0))::int as missing
      from machines where ${held} and undo_asked_at is null group by realm order by realm`.execute(db);
    return rows.filter(({ shown, missing }) => shown + missing > 0);
  };
  return { isAbsent: sql`not ${named}`, isConcerned: sql`true`, tallies };
}

/** Goes through no more than those, and those that were missing: whoever is neither was named and is as it was. */
function amongAbsent(absent: readonly string[], made: RawBuilder<unknown>): Whom {
  const isAbsent = inRows(absent);
  const isConcerned = sql`id in (
    select unnest(${texts(absent)}) union all select id from machines where ${made} and missing > 0)`;
  const shows = sql`undo_asked_at is null and not ${isAbsent}`;
  const tallies: Whom["tallies"] = async (db, held) => {
    const lacking = await sql<Tally>`
      select r.realm, r.missing, (exists (select 1 from machines where ${held} and realm = r.realm and ${shows}))::int as shown
      from (
        select realm, (count(*) filter (where missing > 0 and undo_asked_at is null))::int as missing
        from machines where ${held} and ${isConcerned} group by realm
      ) r order by r.realm`.execute(db);
    const found = lacking.rows.filter(({ shown, missing }) => shown + missing > 0);
    if (found.some(({ shown }) => shown > 0)) return found;
    const realms = texts(lacking.rows.map(({ realm }) => realm));
    const elsewhere = await sql<Tally>`
      select realm, 1 as shown, 0 as missing from machines
      where ${held} and realm <> all(${realms}) and undo_asked_at is null limit 1`.execute(db);
    return [...found, ...elsewhere.rows];
  };
  return { isAbsent, isConcerned, tallies };
}

/**
 * A transaction that the statement of an earlier mark did not see had ended neither, so its number is at least the oldest that was under way then:
 * whatever it wrote carries a number from there on. Numbers that this server has not given yet came with rows of another one.
 */
async function writtenSince(db: Sql, id: AccountId, since: string | null): Promise<LedgerNews> {
  const [server, from] = since?.split(" ") ?? [];
  const { rows } = await sql<{ server: string; oldest: string; is_ours: boolean; written: MachineId[] }>`
    with mark as (
      select pg_snapshot_xmin(pg_current_snapshot()) as oldest, extract(epoch from pg_postmaster_start_time())::text as server
    ), known as (
      select ${server ?? null}::text = server and ${from ?? null}::xid8 <= oldest as is_ours from mark
    )
    select mark.server, mark.oldest::text as oldest, coalesce(known.is_ours, false) as is_ours, array(
      select id from machines
      where known.is_ours and account = ${id} and written >= ${from ?? null}::xid8 and written < pg_snapshot_xmax(pg_current_snapshot())
      limit ${WRITTEN_MOST + 1}::int
    ) as written
    from mark, known`.execute(db);
  const { server: here, oldest, is_ours: isOurs, written } = only(rows);
  return { horizon: `${here} ${oldest}`, written: isOurs && written.length <= WRITTEN_MOST ? written : null };
}
