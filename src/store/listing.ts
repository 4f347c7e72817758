// What a cloud's listing says about the ledger, compared where the ledger is.

import { sql } from "kysely";
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
    left join lateral (select * from machines where id = p.name offset 0) m on m.account = ${id} and ${openMachine(sql`m.state`)}
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

function countMissing(db: Sql, id: AccountId, { listed, before }: Count): Promise<CountedMissing> {
  return "names" in listed
    ? countAmongAll(db, id, { ...listed, before })
    : countAmongAbsent(db, id, { ...listed, before });
}

interface Counting {
  readonly unlisted: readonly string[];
  readonly before: number;
}

/** Goes through all machines of the account. */
async function countAmongAll(
  db: Sql,
  id: AccountId,
  { names, unlisted, before }: Counting & { readonly names: readonly string[] },
): Promise<CountedMissing> {
  const made = sql`account = ${id} and state = 'made'`;
  const held = sql`${made} and realm <> all(${texts(unlisted)})`;
  // A list of names is looked up by its hash only as rows; as a list it would be gone through for each machine.
  const named = sql`id in (select unnest(${texts(names)}))`;
  const recount = sql`case when made_at < ${date(before)} and not ${named} then missing + 1 else 0 end`;
  const stale = sql`${held} and missing <> ${recount}`;
  // Locked first, in order of id: an advance that holds some of them waits for the others in the same order.
  await sql`select 1 from machines where ${stale} order by id for no key update`.execute(db);
  await sql`update machines set missing = ${recount} where ${stale}`.execute(db);
  const missing = await sql<MachineRow>`
    select * from machines where ${held} and missing > 0 order by intent_at, id`.execute(db);
  const absent = await sql<{ id: MachineId }>`
    select id from machines where ${made} and (not ${named} or missing > 0)`.execute(db);
  const young = await sql<{ at: Date | null }>`
    select min(made_at) as at from machines
    where ${held} and undo_asked_at is null and not ${named} and made_at >= ${date(before)}`.execute(db);
  const { rows: tallies } = await sql<Tally>`
    select realm, (count(*) filter (where ${named}))::int as shown, (count(*) filter (where missing > 0))::int as missing
    from machines where ${held} and undo_asked_at is null group by realm order by realm`.execute(db);
  return {
    missing: missing.rows.map(toMachine),
    tallies: tallies.filter(({ shown, missing: some }) => shown + some > 0),
    absent: absent.rows.map((row) => row.id),
    youngAt: msOrNull(only(young.rows).at),
  };
}

type Concerned = Pick<MachineRow, "id" | "realm" | "missing" | "undo_asked_at"> & { readonly made_at: Date };

/** Goes through no more than those, and those that were missing: whoever is neither was named and is as it was. */
async function countAmongAbsent(
  db: Sql,
  id: AccountId,
  { absent, unlisted, before }: Counting & { readonly absent: readonly string[] },
): Promise<CountedMissing> {
  // Each by its key: there are many of the account, whatever is expected of a table that has just grown.
  const { rows } = await sql<Concerned>`
    select m.id, m.realm, m.missing, m.made_at, m.undo_asked_at from (
      select unnest(${texts(absent)}) as id union
      select id from machines where account = ${id} and state = 'made' and missing > 0
    ) c cross join lateral (select * from machines where id = c.id offset 0) m
    where m.account = ${id} and m.state = 'made' order by m.id`.execute(db);
  const isAbsent = setOf(absent);
  const isUnlisted = setOf(unlisted);
  const recounted = ({ id: name, made_at: madeAt, missing }: Concerned): number =>
    isAbsent(name) && ms(madeAt) < before ? missing + 1 : 0;
  const found = rows.map((row) => ({ ...row, isHeld: !isUnlisted(row.realm), was: row.missing }));
  const now = found.map((row) => (row.isHeld ? { ...row, missing: recounted(row) } : row));
  await setMissing(
    db,
    now.filter(({ was, missing }) => was !== missing),
  );
  const held = now.filter((row) => row.isHeld && (isAbsent(row.id) || row.missing > 0));
  const missing = held.filter((row) => row.missing > 0).map(({ id: name }) => name);
  const young = held.filter((row) => isAbsent(row.id) && row.undo_asked_at === null && ms(row.made_at) >= before);
  return {
    missing: await missingMachines(db, missing),
    tallies: await lackingIn(db, id, { held, absent, unlisted }),
    absent: now.filter((row) => isAbsent(row.id) || row.missing > 0).map(({ id: name }) => name),
    youngAt: young.length === 0 ? null : Math.min(...young.map(({ made_at: madeAt }) => ms(madeAt))),
  };
}

function setOf(texts: readonly string[]): (text: string) => boolean {
  const all = new Set(texts);
  return (text) => all.has(text);
}

/** In order of id. Whoever was written meanwhile stays as that has it. */
async function setMissing(
  db: Sql,
  counted: readonly { readonly id: MachineId; readonly was: number; readonly missing: number }[],
): Promise<void> {
  if (counted.length === 0) return;
  const ids = texts(counted.map(({ id }) => id));
  // Locked first, in order of id: an advance that holds some of them waits for the others in the same order.
  await sql`select 1 from machines where id = any(${ids}) order by id for no key update`.execute(db);
  const given = json(counted.map(({ id, was, missing }) => ({ id, was, missing })));
  await sql`update machines m set missing = given.missing
    from jsonb_to_recordset(${given}) as given(id text, was int, missing int)
    where m.id = given.id and m.state = 'made' and m.missing = given.was`.execute(db);
}

async function missingMachines(db: Sql, ids: readonly MachineId[]): Promise<Machine[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<MachineRow>`
    select * from machines where id = any(${texts(ids)}) and state = 'made' and missing > 0 order by intent_at, id`.execute(
    db,
  );
  return rows.map(toMachine);
}

/** Per realm of those that are concerned, and of one other where none of these shows anything. */
async function lackingIn(
  db: Sql,
  id: AccountId,
  of: { readonly held: readonly Concerned[]; readonly absent: readonly string[]; readonly unlisted: readonly string[] },
): Promise<readonly Tally[]> {
  const shows = sql`account = ${id} and state = 'made' and undo_asked_at is null and not id in (select unnest(${texts(of.absent)}))`;
  const realms = texts([...new Set(of.held.map(({ realm }) => realm))]);
  const shown = await sql<{ realm: string; shown: number }>`
    select realm, (exists (select 1 from machines m where m.realm = r.realm and ${shows}))::int as shown
    from unnest(${realms}) as r(realm) order by realm`.execute(db);
  const counted = shown.rows.map((row) => ({
    ...row,
    missing: of.held.filter((one) => one.realm === row.realm && one.missing > 0 && one.undo_asked_at === null).length,
  }));
  const found = counted.filter((one) => one.shown + one.missing > 0);
  if (found.some((one) => one.shown > 0)) return found;
  const elsewhere = await sql<Tally>`
    select realm, 1 as shown, 0 as missing from machines
    where ${shows} and realm <> all(${texts(of.unlisted)}) and realm <> all(${realms}) limit 1`.execute(db);
  return [...found, ...elsewhere.rows];
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
