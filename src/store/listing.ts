// What a cloud's listing says about the ledger, compared where the ledger is.

import { sql } from "kysely";
import type { AccountId } from "../core/ids.ts";
import type { Machine, Observed } from "../core/machine.ts";
import type { CountedMissing, ListingDifference, Tx } from "../ports/store.ts";
import { toMachine } from "./machines.ts";
import { date, json, ms, msOrNull, only, type Sql, texts } from "./rows.ts";
import type { MachineRow } from "./schema.ts";
import type { Session } from "./session.ts";

export function listing({ run }: Session): Pick<Tx, "compareListing" | "countMissing" | "inTransit"> {
  return {
    compareListing: (id, page) => run((db) => compareListing(db, id, page)),
    countMissing: (id, seen, before) => run((db) => countMissing(db, id, { seen, before })),
    inTransit: (id) => run((db) => inTransit(db, id)),
  };
}

async function inTransit(db: Sql, id: AccountId): Promise<{ oldestAt: number; newestAt: number } | null> {
  const { rows } = await sql<{ oldest: Date | null; newest: Date | null }>`
    select min(m.since) as oldest, max(m.since) as newest from (
      select greatest(undo_asked_at, start_asked_at, made_at, intent_at) as since from machines
      where account = ${id} and state in ('intent', 'in_doubt', 'made') and debt_since is null
        and (state <> 'made' or undo_asked_at is not null or start_asked_at is not null
          or observed not in ('running', 'stopped'))
    ) m`.execute(db);
  const { oldest, newest } = only(rows);
  return oldest === null || newest === null ? null : { oldestAt: ms(oldest), newestAt: ms(newest) };
}

async function compareListing(db: Sql, id: AccountId, page: readonly Observed[]): Promise<ListingDifference> {
  if (page.length === 0) return { changed: [], strays: [] };
  const { rows } = await sql<{ place: number; id: string | null } & MachineRow>`
    select p.place, m.*
    from jsonb_to_recordset(${json(page.map(({ fault, ...observed }, place) => ({ ...observed, failed: fault !== null, place })))})
      as p(place int, "externalId" text, name text, state text, failed bool, "privateAddress" text, "publicAddress" text)
    left join machines m on m.id = p.name and m.account = ${id} and m.state in ('intent', 'in_doubt', 'made')
    where m.id is null or m.observed <> p.state or m.external_id is distinct from p."externalId"
      or m.private_address is distinct from coalesce(p."privateAddress", m.private_address)
      or m.public_address is distinct from coalesce(p."publicAddress", m.public_address)
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
  { seen, before }: { seen: readonly string[]; before: number },
): Promise<CountedMissing> {
  const recount = sql`case when made_at < ${date(before)} and id <> all(${texts(seen)}) then missing + 1 else 0 end`;
  const stale = sql`account = ${id} and state = 'made' and missing <> ${recount}`;
  // Locked first, in order of id: an advance that holds some of them waits for the others in the same order.
  await sql`select 1 from machines where ${stale} order by id for no key update`.execute(db);
  await sql`update machines set missing = ${recount} where ${stale}`.execute(db);
  const { rows } = await sql<MachineRow & { shown: number; young_at: Date | null }>`
    select m.*, h.shown, h.young_at from (
      select (count(*) filter (where id = any(${texts(seen)})))::int as shown,
        min(made_at) filter (where id <> all(${texts(seen)}) and made_at >= ${date(before)}) as young_at
      from machines where account = ${id} and state = 'made' and undo_asked_at is null
    ) h left join machines m on m.account = ${id} and m.state = 'made' and m.missing > 0
    order by m.intent_at, m.id`.execute(db);
  const [first] = rows;
  return {
    missing: rows.filter((row) => row.id !== null).map(toMachine),
    shown: first?.shown ?? 0,
    youngAt: msOrNull(first?.young_at ?? null),
  };
}
