// What a cloud's listing says about the ledger, compared where the ledger is.

import { sql } from "kysely";
import type { AccountId } from "../core/ids.ts";
import type { Machine, Observed } from "../core/machine.ts";
import type { Tally, Transit } from "../core/world/tracking.ts";
import type { CountedMissing, Listed, ListingDifference } from "../ports/claims.ts";
import type { Tx } from "../ports/store.ts";
import { toMachine } from "./machines.ts";
import { date, json, ms, type Sql, texts, openMachine } from "./rows.ts";
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

async function countMissing(
  db: Sql,
  id: AccountId,
  { listed, before }: { listed: Listed; before: number },
): Promise<CountedMissing> {
  // A list of names is looked up by its hash only as rows; as a list it would be gone through for each machine.
  const named = sql`id in (select unnest(${texts(listed.names)}))`;
  const held = sql`account = ${id} and state = 'made' and realm <> all(${texts(listed.unlisted)})`;
  const recount = sql`case when made_at < ${date(before)} and not ${named} then missing + 1 else 0 end`;
  const stale = sql`${held} and missing <> ${recount}`;
  // Locked first, in order of id: an advance that holds some of them waits for the others in the same order.
  await sql`select 1 from machines where ${stale} order by id for no key update`.execute(db);
  await sql`update machines set missing = ${recount} where ${stale}`.execute(db);
  const missing = await sql<MachineRow>`
    select * from machines where ${held} and missing > 0 order by intent_at, id`.execute(db);
  const tallies = await sql<Tally & { young_at: Date | null }>`
    select realm, (count(*) filter (where ${named}))::int as shown, (count(*) filter (where missing > 0))::int as missing,
      min(made_at) filter (where not ${named} and made_at >= ${date(before)}) as young_at
    from machines where ${held} and undo_asked_at is null group by realm order by realm`.execute(db);
  const young = tallies.rows.flatMap(({ young_at: at }) => (at === null ? [] : [ms(at)]));
  return {
    missing: missing.rows.map(toMachine),
    tallies: tallies.rows
      .map(({ realm, shown, missing: lost }) => ({ realm, shown, missing: lost }))
      .filter((one) => one.shown + one.missing > 0),
    youngAt: young.length === 0 ? null : Math.min(...young),
  };
}
