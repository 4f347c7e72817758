// Webhooks: see ports/webhooks.ts. Lanes are written by a trigger of the table of events (migrations/0020_webhooks.sql).

import { type RawBuilder, sql } from "kysely";
import { invariant } from "../core/invariant.ts";
import { afterFailure, type Lane, type Webhook } from "../core/story/delivery.ts";
import type { DeploymentId } from "../core/ids.ts";
import {
  type Answer,
  type Claim,
  EACH_MOST,
  type Keeping,
  type Letter,
  type Settled,
  type WebhookReads,
  type WebhookWrites,
} from "../ports/webhooks.ts";
import { date, dateOrNull, json, ms, msOrNull, only, type Sql } from "./rows.ts";
import type { EventRow } from "./schema.ts";
import type { Session } from "./session.ts";
import type { WebhookDeliveryRow, WebhookLaneRow, WebhookRow } from "./webhook-rows.ts";

export function readingWebhooks({ run, clock }: Session): WebhookReads {
  return {
    webhooks: () => run(standings),
    webhookSecret: (name) =>
      run(async (db) => {
        const row = await db.selectFrom("webhooks").select("secret").where("name", "=", name).executeTakeFirst();
        return row?.secret ?? null;
      }),
    lanes: (webhook, limit) =>
      run(async (db) => {
        const { rows } = await sql<WebhookLaneRow & { name: string }>`
          select l.*, d.name from webhook_lanes l join deployments d on d.id = l.deployment
          where l.webhook = ${webhook} order by l.due_at, l.deployment limit ${limit}::int`.execute(db);
        return rows.map(({ name, ...row }) => ({ ...toLane(row), deploymentName: name }));
      }),
    deliveries: (webhook, { state, limit }) =>
      run(async (db) => {
        const { rows } = await sql<WebhookDeliveryRow & { name: string }>`
          select w.*, d.name from webhook_deliveries w join deployments d on d.id = w.deployment
          where w.webhook = ${webhook} and (${state}::text is null or w.state = ${state}::text)
          order by w.ended_at desc, w.deployment, w.no desc limit ${limit}::int`.execute(db);
        return rows.map(({ name, deployment, no, kind, state: ended, ended_at, tries, text, again }) => ({
          deployment,
          deploymentName: name,
          no,
          kind,
          state: ended,
          endedAt: ms(ended_at),
          tries,
          text,
          again,
        }));
      }),
    nextDelivery: () =>
      run(async (db) => {
        const { rows } = await sql<{ at: Date | null }>`
          select min(l.due_at) as at from webhooks w cross join lateral (
            select due_at from webhook_lanes where webhook = w.name order by due_at limit 1) l`.execute(db);
        return { now: await clock(db), at: msOrNull(only(rows).at) };
      }),
  };
}

async function standings(db: Sql) {
  const { rows } = await sql<
    WebhookRow & { waiting: number; failing_since: Date | null; failing: string | null; dead: number }
  >`
    select w.*, l.waiting, l.failing_since, l.failing, d.dead from webhooks w
    cross join lateral (
      select count(*)::int as waiting, min(failing_since) as failing_since,
        (array_agg(text order by due_at desc) filter (where text is not null))[1] as failing
      from webhook_lanes where webhook = w.name) l
    cross join lateral (
      select count(*)::int as dead from webhook_deliveries where webhook = w.name and state = 'dead') d
    order by w.name`.execute(db);
  return rows.map((row) => ({
    webhook: toWebhook(row),
    waiting: row.waiting,
    failing:
      row.failing_since === null || row.failing === null ? null : { since: ms(row.failing_since), text: row.failing },
    dead: row.dead,
  }));
}

export function keepingWebhooks(session: Session): WebhookWrites {
  const { run, clock } = session;
  return {
    addWebhook: ({ name, url, pool, kinds, createdAt, createdBy }, secret) =>
      run(async (db) => {
        const { numAffectedRows } = await sql`
          insert into webhooks (name, url, pool, kinds, secret, created_at, created_by)
          values (${name}, ${url}, ${pool}, ${kinds === null ? null : json(kinds)}, ${secret}, ${date(createdAt)}, ${createdBy})
          on conflict do nothing`.execute(db);
        if (numAffectedRows !== 1n) return false;
        // Of one that had the name, for an event that was on its way when it was removed.
        await removeLanes(db, sql`webhook = ${name}`);
        return true;
      }),
    changeWebhook: (name, kinds) =>
      run(async (db) => {
        const { numAffectedRows } = await sql`update webhooks set kinds = ${kinds === null ? null : json(kinds)}
          where name = ${name}`.execute(db);
        return numAffectedRows === 1n;
      }),
    deleteWebhook: (name) =>
      run(async (db) => {
        const { numDeletedRows } = await db.deleteFrom("webhooks").where("name", "=", name).executeTakeFirst();
        // In the order in which a replay locks them, and once more what was written by whoever had a lane until now.
        await removeDeliveries(db, name);
        await removeLanes(db, sql`webhook = ${name}`);
        await removeDeliveries(db, name);
        return numDeletedRows === 1n;
      }),
    claimLetters: (limit, claim) => run(async (db) => claimLetters(db, { limit, claim, now: await clock(db) })),
    settleLetter: (letter, answer, chain) =>
      run(async (db) => settle(db, letter, { answer, chain, now: await clock(db) })),
    replay: (webhook, deployment) => run(async (db) => replay(db, { webhook, deployment, now: await clock(db) })),
    pruneDeliveries: (of) => run(async (db) => prune(db, of, await clock(db))),
  };
}

async function removeDeliveries(db: Sql, webhook: string): Promise<void> {
  await sql`delete from webhook_deliveries where webhook = ${webhook}`.execute(db);
}

/** In the order in which all lock them. */
async function removeLanes(db: Sql, where: RawBuilder<unknown>): Promise<void> {
  await sql`select 1 from webhook_lanes where ${where} order by deployment, webhook for update`.execute(db);
  await sql`delete from webhook_lanes where ${where}`.execute(db);
}

interface Claiming {
  readonly limit: number;
  readonly claim: Claim;
  readonly now: number;
}

/** A webhook's first try comes before the second of any other; which of several is first is drawn anew each time, so that none waits for ever. */
async function claimLetters(db: Sql, { limit, claim: { claim, claimMs }, now }: Claiming): Promise<readonly Letter[]> {
  const at = sql`${date(now)}::timestamptz`;
  const { rows } = await sql<WebhookLaneRow & { hook: WebhookRow }>`
    with taken as (
      select l.deployment, l.webhook from (
        select w.name, f.deployment, b.busy + row_number() over (partition by w.name order by f.due_at) as place
        from webhooks w cross join lateral (
          select count(*) as busy from webhook_lanes where webhook = w.name and claim is not null and due_at > ${at}
        ) b cross join lateral (
          select deployment, due_at from webhook_lanes where webhook = w.name and due_at <= ${at} order by due_at
          limit greatest(0, ${EACH_MOST}::int - b.busy)
        ) f
      ) due join webhook_lanes l on l.webhook = due.name and l.deployment = due.deployment
      where l.due_at <= ${at} order by due.place, md5(${claim}::text || due.name) limit ${limit}::int
      for update of l skip locked
    )
    update webhook_lanes l set claim = ${claim}, due_at = ${date(now + claimMs)} from taken t
    where l.deployment = t.deployment and l.webhook = t.webhook returning l.*`.execute(db);
  const letters: Letter[] = [];
  for (const row of rows) {
    const letter = await letterOf(db, toLane(row));
    if (letter === null) await removeLanes(db, ofLane(row));
    else letters.push(letter);
  }
  return letters;
}

const ofLane = ({ deployment, webhook }: Pick<Lane, "deployment" | "webhook">): RawBuilder<unknown> =>
  sql`deployment = ${deployment} and webhook = ${webhook}`;

type NextRow = WebhookRow & {
  readonly deployment_name: string;
  readonly deployment_pool: string;
  readonly blueprint_name: string;
  readonly no: number | null;
  readonly revision: number;
  readonly at: Date;
  readonly body: EventRow["body"];
  readonly again: boolean;
};

/** What is next in a lane that is claimed; null: nothing is, or the webhook is gone. */
async function letterOf(db: Sql, lane: Lane): Promise<Letter | null> {
  const { rows } = await sql<NextRow>`
    select w.*, d.name as deployment_name, d.pool as deployment_pool, d.blueprint_name, n.no, n.revision, n.at, n.body, n.again
    from webhooks w join deployments d on d.id = ${lane.deployment} cross join lateral (
      (select no, revision, at, body, true as again from webhook_deliveries
        where webhook = w.name and deployment = d.id and state = 'dead' and again order by no limit 1)
      union all
      (select no, revision, at, body, false as again from events
        where deployment = d.id and no >= ${lane.nextNo}::int and (w.kinds is null or w.kinds @> (body->'kind'))
        order by no limit 1)
      order by again desc limit 1
    ) n where w.name = ${lane.webhook}`.execute(db);
  const [row] = rows;
  if (row === undefined) return null;
  const { no, revision, at, body, again } = row;
  invariant(no !== null && lane.claim !== null, "a letter of a lane that nobody has claimed");
  return {
    webhook: toWebhook(row),
    sealedSecret: row.secret,
    deployment: {
      id: lane.deployment,
      name: row.deployment_name,
      pool: row.deployment_pool,
      blueprint: row.blueprint_name,
    },
    event: { deployment: lane.deployment, no, revision, at: ms(at), body },
    claim: lane.claim,
    again,
  };
}

interface Ending {
  readonly answer: Answer;
  readonly chain: { readonly claimMs: number } | null;
  readonly now: number;
}

async function settle(db: Sql, letter: Letter, { answer, chain, now }: Ending): Promise<Settled | null> {
  const { claim, event, again } = letter;
  const webhook = letter.webhook.name;
  // Locked first: only the next statement surely sees the events of whoever has just filled it.
  const { rows } = await sql<WebhookLaneRow>`
    select * from webhook_lanes where ${ofLane({ deployment: event.deployment, webhook })} and claim = ${claim}
    for update`.execute(db);
  const [row] = rows;
  if (row === undefined) return null;
  const lane = toLane(row);
  const failed = answer.isTaken ? null : afterFailure(lane, { ...answer, now, at: event.at, again });
  if (failed !== null && !failed.isDead) {
    await putLane(db, { ...lane, ...failed, claim: null, tries: lane.tries + 1, text: answer.text });
    return { isDead: false, next: null };
  }
  await putDelivery(db, letter, { answer, tries: lane.tries + 1, now });
  const past: Lane = {
    ...lane,
    nextNo: again ? lane.nextNo : event.no + 1,
    tries: 0,
    ...(failed === null
      ? { failures: 0, failingSince: null, text: null }
      : { failures: failed.failures, failingSince: failed.failingSince, text: answer.text }),
  };
  const next = await letterOf(db, past);
  if (next === null) await removeLanes(db, ofLane(past));
  else if (chain === null || failed !== null) await putLane(db, { ...past, claim: null, dueAt: now });
  else await putLane(db, { ...past, dueAt: now + chain.claimMs });
  return { isDead: failed !== null, next: chain === null || failed !== null ? null : next };
}

async function putLane(db: Sql, lane: Lane): Promise<void> {
  await sql`update webhook_lanes set next_no = ${lane.nextNo}::int, due_at = ${date(lane.dueAt)}, claim = ${lane.claim},
    tries = ${lane.tries}::int, failures = ${lane.failures}::int, failing_since = ${dateOrNull(lane.failingSince)}, text = ${lane.text}
    where ${ofLane(lane)}`.execute(db);
}

interface Ended {
  readonly answer: Answer;
  readonly tries: number;
  readonly now: number;
}

async function putDelivery(db: Sql, { webhook, event }: Letter, { answer, tries, now }: Ended): Promise<void> {
  const state = answer.isTaken ? "delivered" : "dead";
  await sql`
    insert into webhook_deliveries (webhook, deployment, no, revision, kind, state, at, ended_at, tries, text, body)
    values (${webhook.name}, ${event.deployment}, ${event.no}::int, ${event.revision}::int, ${event.body.kind}, ${state}, ${date(event.at)}, ${date(now)},
      ${tries}::int, ${answer.text}, ${answer.isTaken ? null : json(event.body)})
    on conflict (webhook, deployment, no) do update set state = excluded.state, ended_at = excluded.ended_at,
      tries = webhook_deliveries.tries + excluded.tries, text = excluded.text, body = excluded.body, again = false`.execute(
    db,
  );
}

interface Replaying {
  readonly webhook: string;
  readonly deployment: DeploymentId | null;
  readonly now: number;
}

async function replay(db: Sql, { webhook, deployment, now }: Replaying): Promise<number> {
  const of = sql`webhook = ${webhook} and (${deployment}::text is null or deployment = ${deployment}::text)`;
  // No event of theirs is written meanwhile, so that a lane begins behind the last one.
  await sql`select 1 from deployments where id in (select deployment from webhook_deliveries where ${of} and state = 'dead')
    order by id for no key update`.execute(db);
  const { numAffectedRows } = await sql`
    update webhook_deliveries set again = true where ${of} and state = 'dead'`.execute(db);
  await sql`
    insert into webhook_lanes (deployment, webhook, next_no, due_at)
    select distinct w.deployment, w.webhook, d.event_no + 1, ${date(now)}::timestamptz
    from webhook_deliveries w join deployments d on d.id = w.deployment where w.webhook = ${webhook} and w.again
    order by 1, 2 on conflict (deployment, webhook) do update set due_at = excluded.due_at where webhook_lanes.claim is null`.execute(
    db,
  );
  await sql`
    update webhook_lanes l set due_at = ${date(now)} from (
      select l.deployment from webhook_lanes l where ${of} and claim is null and due_at > ${date(now)}
      order by deployment for update
    ) waiting where l.deployment = waiting.deployment and l.webhook = ${webhook}`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

async function prune(db: Sql, { limit, keptMs }: Keeping, now: number): Promise<number> {
  const over = (state: keyof Keeping["keptMs"]): RawBuilder<unknown> => sql`
    delete from webhook_deliveries where ctid in (
      select ctid from webhook_deliveries where state = ${state} and ended_at <= ${date(now - keptMs[state])} and not again
      limit ${limit}::int for update skip locked)`;
  const delivered = await over("delivered").execute(db);
  const dead = await over("dead").execute(db);
  await removeLanes(db, sql`not exists (select 1 from webhooks w where w.name = webhook_lanes.webhook)`);
  return Number(delivered.numAffectedRows ?? 0n) + Number(dead.numAffectedRows ?? 0n);
}

function toWebhook({ name, url, pool, kinds, created_at, created_by }: WebhookRow): Webhook {
  return { name, url, pool, kinds, createdAt: ms(created_at), createdBy: created_by };
}

function toLane({ next_no, due_at, failing_since, ...row }: WebhookLaneRow): Lane {
  return { ...row, nextNo: next_no, dueAt: ms(due_at), failingSince: msOrNull(failing_since) };
}
