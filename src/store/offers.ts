// Offers, usage and answers of accounts as rows, and the indexes that selection reads: made once per read of offers and
// kept by this process under its number.

import { type RawBuilder, sql } from "kysely";
import type { AccountId } from "../core/ids.ts";
import type { Amount } from "../core/market/amount.ts";
import { type Answer, type Enquiry, ENQUIRY_KINDS, type EnquiryKind } from "../core/market/market.ts";
import { type Conditions, type Offer, type OfferBook, offerBook } from "../core/market/offer.ts";
import {
  ANSWER_KEPT,
  type OfferFilter,
  type OfferReads,
  type OffersRead,
  type OfferWrites,
  type Told,
  type Unanswered,
  type WaitingEnquiry,
} from "../ports/offers.ts";
import { cloudCounts } from "./held.ts";
import { date, insertRows, json, ms, type Sql, storable, texts } from "./rows.ts";
import type { EnquiryRow, OfferRow, RealmRow } from "./schema.ts";
import type { Session } from "./session.ts";
import { TIME, type TimeColumns } from "./time.ts";

const NOTHING: ReadonlyMap<string, Amount> = new Map();
const UNREAD: Conditions = { userDataBytesMost: 0, sharesLoopback: false, where: [] };

/** Of enquiries: the answer is there and not over at this time. */
const countsAt = (now: RawBuilder<unknown>): RawBuilder<unknown> => sql`enquiries.answered_at > ${now}
  - case when enquiries.found is null then ${ANSWER_KEPT.absentMs}::float8 else ${ANSWER_KEPT.foundMs}::float8 end
    * interval '1 millisecond'`;

function toOffer(offer: OfferRow): Offer {
  const { memory_mib, storage_gib, accelerator_kind, hourly_micros, account: _, ...row } = offer;
  return {
    ...row,
    memoryMib: memory_mib,
    storageGib: storage_gib,
    acceleratorKind: accelerator_kind,
    hourlyMicros: hourly_micros,
  };
}

function offerRow(account: AccountId, offer: Offer): OfferRow {
  const { memoryMib, storageGib, acceleratorKind, hourlyMicros, ...row } = offer;
  return {
    account,
    ...row,
    memory_mib: memoryMib,
    storage_gib: storageGib,
    accelerator_kind: acceleratorKind,
    hourly_micros: hourlyMicros,
  };
}

/** Of one process: an index of offers per account, made anew when the number of the account's last read has changed. */
export interface OfferBooks {
  /** Null where the account's offers were not read yet. */
  of(db: Sql, accounts: readonly BookedAccount[]): Promise<ReadonlyMap<AccountId, OfferBook>>;
}

interface BookedAccount {
  readonly id: AccountId;
  readonly offers_no: number;
  readonly offers_at: Date | null;
  readonly conditions: Conditions | null;
}

export function createOfferBooks(): OfferBooks {
  const kept = new Map<AccountId, { readonly no: number; readonly book: OfferBook }>();
  return {
    async of(db, accounts) {
      const read = accounts.filter(({ offers_at }) => offers_at !== null);
      const stale = read.filter(({ id, offers_no }) => kept.get(id)?.no !== offers_no);
      if (stale.length > 0) {
        const ids = texts(stale.map(({ id }) => id));
        const offers = await sql<OfferRow>`
          select * from offers where account = any(${ids}) order by account, realm, size`.execute(db);
        const realms = await sql<RealmRow>`select * from realms where account = any(${ids})`.execute(db);
        const offersOf = Map.groupBy(offers.rows, ({ account }) => account);
        const realmsOf = Map.groupBy(realms.rows, ({ account }) => account);
        for (const { id, offers_no: no, conditions } of stale) {
          const names = (realmsOf.get(id) ?? []).map(({ realm }) => realm);
          const about = { ...UNREAD, ...conditions, realms: names };
          kept.set(id, { no, book: offerBook((offersOf.get(id) ?? []).map(toOffer), about) });
        }
      }
      return new Map(
        read.flatMap(({ id }) => {
          const found = kept.get(id);
          return found === undefined ? [] : [[id, found.book] as const];
        }),
      );
    },
  };
}

export function readingOffers({ run, timed }: Session): OfferReads {
  return {
    offers: (id, filter) => run((db) => offers(db, id, filter)),
    realms: (id) =>
      run(async (db) => {
        const { rows } = await sql<RealmRow>`select * from realms where account = ${id} order by realm`.execute(db);
        return rows.map(({ realm }) => realm);
      }),
    usage: (id) =>
      run(async (db) => {
        const { rows } = await sql<{ usage_asked_at: Date | null }>`
          select usage_asked_at from accounts where id = ${id}`.execute(db);
        const askedAt = rows[0]?.usage_asked_at ?? null;
        if (askedAt === null) return null;
        return { askedAt: ms(askedAt), quotas: (await cloudCounts(db, [id], { bounded: true })).quotas.get(id) ?? [] };
      }),
    counts: () =>
      run(async (db) => {
        const { rows } = await sql<{ id: AccountId }>`
          select id from accounts where usage_asked_at is not null`.execute(db);
        const ids = rows.map(({ id }) => id);
        const { quotas, uncounted } = await cloudCounts(db, ids, { bounded: false });
        return new Map(
          ids.map((id) => [id, { quotas: quotas.get(id) ?? [], uncounted: uncounted.get(id) ?? NOTHING }] as const),
        );
      }),
    enquiries: (id) =>
      run(async (db) => {
        const { rows } = await sql<EnquiryRow>`
          select * from enquiries where account = ${id} and answered_at is null order by kind, realm, choice`.execute(
          db,
        );
        return rows.map(waitingOf);
      }),
    unanswered: (pool) =>
      run(async (db) => {
        const { rows } = await sql<EnquiryRow>`
          select e.* from enquiries e join pool_members m on m.account = e.account
          where m.pool = ${pool} and e.answered_at is null
          order by e.account, e.realm, e.kind, e.choice`.execute(db);
        return rows.map(waitingOf);
      }),
    answers: (id, kind) =>
      run(async (db) => {
        const rows = await answersAndFaults(db, { ids: [id], kinds: [kind] }, timed);
        const answers = rows.filter((row) => row.answered_at !== null);
        return answers.map(({ realm, choice, found, text }) => ({ kind, realm, choice, found, text }));
      }),
  };
}

const waitingOf = ({ account, kind, realm, choice, text }: EnquiryRow): WaitingEnquiry => ({
  account,
  kind,
  realm,
  choice,
  text,
});

async function offers(db: Sql, id: AccountId, { limit, after, realm }: OfferFilter): Promise<Offer[]> {
  const from = after === null ? sql`true` : sql`(realm, size) > (${after.realm}, ${after.size})`;
  const within = realm === null ? sql`true` : sql`realm = ${realm}`;
  const { rows } = await sql<OfferRow>`
    select * from offers where account = ${id} and ${from} and ${within}
    order by realm, size limit ${limit}::int`.execute(db);
  return rows.map(toOffer);
}

interface NoAnswer {
  readonly account: null;
}

interface Counting {
  readonly ids: readonly AccountId[];
  readonly kinds: readonly EnquiryKind[];
}

/** What counts, and what came in place of answers. There is a row with the time in any case: answers that are all over may be so by a clock that was set. */
async function answersAndFaults(db: Sql, { ids, kinds }: Counting, timed: Session["timed"]): Promise<EnquiryRow[]> {
  const rows = await timed(
    db,
    sql<(EnquiryRow | NoAnswer) & TimeColumns>`
      with time as materialized (${TIME})
      select time.*, enquiries.*
      from time left join enquiries on account = any(${texts(ids)}) and kind = any(${texts(kinds)})
        and (${countsAt(sql`time.now`)} or answered_at is null and text is not null)
      order by account, kind, realm, choice`,
  );
  return rows.filter((row) => row.account !== null);
}

/** What accounts have answered, as far as it counts. */
export async function answersOf(
  db: Sql,
  ids: readonly AccountId[],
  timed: Session["timed"],
): Promise<(enquiry: Enquiry) => Answer> {
  const rows = await answersAndFaults(db, { ids, kinds: ENQUIRY_KINDS }, timed);
  const keyOf = ({ account, kind, realm, choice }: Enquiry): string => JSON.stringify([account, kind, realm, choice]);
  const known = new Map(rows.map((row) => [keyOf(row), row]));
  return (enquiry) => {
    const row = known.get(keyOf(enquiry));
    if (row === undefined || row.answered_at === null) return { kind: "unread", text: row?.text ?? null };
    return row.found === null ? { kind: "absent", text: row.text } : { kind: "found", found: row.found };
  };
}

export function keepingOffers({ run, clock, notices }: Session): OfferWrites {
  return {
    putOffers: (id, read) => run(async (db) => putOffers(db, id, { ...read, at: date(await clock(db)) })),
    forgetOffers: (id) =>
      run(async (db) => {
        for (const table of ["offers", "realms", "usages", "enquiries"] as const) {
          await db.deleteFrom(table).where("account", "=", id).execute();
        }
        await sql`update accounts set offers_at = null, usage_asked_at = null, offers_no = offers_no + 1
          where id = ${id}`.execute(db);
      }),
    putUsage: (id, { askedAt, quotas }) =>
      run(async (db) => {
        await sql`delete from usages where account = ${id}`.execute(db);
        const rows = quotas.map(({ realm, ...row }) => ({ account: id, realm: realm ?? "", ...row }));
        await insertRows(db, "usages", rows);
        await sql`update accounts set usage_asked_at = ${date(askedAt)} where id = ${id}`.execute(db);
      }),
    enquire: (enquiries) =>
      run(async (db) => {
        if (await enquire(db, enquiries, clock)) notices.due();
      }),
    putAnswers: (id, told) => run((db) => putAnswers(db, id, { told, clock })),
    putUnanswered: (id, unanswered) => run((db) => putUnanswered(db, id, unanswered)),
  };
}

/** Only what differs is written, and only then the number grows: an account whose offers stay costs one comparison. */
async function putOffers(
  db: Sql,
  id: AccountId,
  { realms, offers: sold, unlisted, userDataBytesMost, sharesLoopback, where, at }: OffersRead & { readonly at: Date },
): Promise<void> {
  const given = json(sold.map((offer) => offerRow(id, offer)));
  const rows = sql`jsonb_populate_recordset(null::offers, ${given})`;
  const gone = await sql`
    delete from offers o where o.account = ${id} and not o.realm = any(${texts(unlisted)})
      and not (o.realm, o.size) in (select g.realm, g.size from ${rows} g)`.execute(db);
  const changed = await sql`
    insert into offers select * from ${rows} g
    where not exists (select 1 from offers o where o is not distinct from g and o.account = g.account
      and o.realm = g.realm and o.size = g.size)
    on conflict (account, realm, size) do update set cpu = excluded.cpu, memory_mib = excluded.memory_mib,
      storage_gib = excluded.storage_gib, architecture = excluded.architecture, accelerators = excluded.accelerators,
      accelerator_kind = excluded.accelerator_kind, family = excluded.family, spot = excluded.spot,
      hourly_micros = excluded.hourly_micros, takes = excluded.takes, cut = excluded.cut`.execute(db);
  const left = await sql`
    delete from realms where account = ${id} and not realm = any(${texts(realms)})`.execute(db);
  const opened = await sql`
    insert into realms select ${id}, realm from unnest(${texts(realms)}) as realm on conflict do nothing`.execute(db);
  const writes = [gone, changed, left, opened].map(({ numAffectedRows }) => numAffectedRows ?? 0n);
  const isNew = writes.some((count) => count > 0n);
  const conditions = json({ userDataBytesMost, sharesLoopback, where });
  await sql`update accounts set offers_at = ${at}, conditions = ${conditions},
    offers_no = offers_no + case when ${isNew} or conditions is distinct from ${conditions} then 1 else 0 end
    where id = ${id}`.execute(db);
}

/** True when something is to be asked. Accounts first, as all lock them: whoever looks at one then reads what is asked of it. */
export async function enquire(db: Sql, enquiries: readonly Enquiry[], clock: Session["clock"]): Promise<boolean> {
  if (enquiries.length === 0) return false;
  const byKey = new Map(enquiries.map((one) => [JSON.stringify([one.account, one.kind, one.realm, one.choice]), one]));
  const asked = texts([...new Set(enquiries.map(({ account }) => account))]);
  await sql`select 1 from accounts where id = any(${asked}) order by id for no key update`.execute(db);
  const at = date(await clock(db));
  const { rows } = await sql<{ account: string }>`
    insert into enquiries (account, kind, realm, choice, asked_at)
    select q.account, q.kind, q.realm, q.choice, ${at}::timestamptz
    from jsonb_to_recordset(${json([...byKey.values()])}) as q(account text, kind text, realm text, choice text)
      join accounts a on a.id = q.account
    order by q.account collate "C", q.kind, q.realm collate "C", q.choice collate "C"
    on conflict (account, kind, realm, choice) do update set asked_at = excluded.asked_at, answered_at = null
      where not (${countsAt(sql`${at}::timestamptz`)})
    returning account`.execute(db);
  if (rows.length === 0) return false;
  const ids = texts([...new Set(rows.map(({ account }) => account))]);
  await sql`update accounts set poll_at = least(poll_at, ${at}::timestamptz) where id = any(${ids})`.execute(db);
  return true;
}

async function putAnswers(
  db: Sql,
  id: AccountId,
  { told, clock }: { readonly told: readonly Told[]; readonly clock: Session["clock"] },
): Promise<void> {
  if (told.length === 0) return;
  const at = date(await clock(db));
  const given = json(told.map(({ text, ...row }) => ({ ...row, text: text === null ? null : storable(text) })));
  await sql`
    insert into enquiries (account, kind, realm, choice, asked_at, answered_at, found, text)
    select ${id}, g.kind, g.realm, g.choice, ${at}::timestamptz, ${at}::timestamptz, g.found, g.text
    from jsonb_to_recordset(${given}) as g(kind text, realm text, choice text, found text, text text)
    order by g.kind, g.realm collate "C", g.choice collate "C"
    on conflict (account, kind, realm, choice) do update set answered_at = excluded.answered_at,
      found = excluded.found, text = excluded.text`.execute(db);
}

async function putUnanswered(db: Sql, id: AccountId, unanswered: readonly Unanswered[]): Promise<void> {
  if (unanswered.length === 0) return;
  const given = json(unanswered.map(({ text, ...row }) => ({ ...row, text: storable(text) })));
  await sql`
    update enquiries e set text = g.text
    from (select * from jsonb_to_recordset(${given}) as r(kind text, realm text, choice text, text text)
      order by kind, realm collate "C", choice collate "C") g
    where e.account = ${id} and e.kind = g.kind and e.realm = g.realm and e.choice = g.choice and e.answered_at is null`.execute(
    db,
  );
}
