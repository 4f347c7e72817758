// Webhooks, as in SQL.

import type { DeploymentEvent } from "../../core/story/event.ts";
import { fractionOf } from "../../core/random.ts";
import { afterFailure, type Lane, tells } from "../../core/story/delivery.ts";
import {
  type Answer,
  EACH_MOST,
  type Letter,
  type Settled,
  type WebhookReads,
  type WebhookWrites,
} from "../../ports/webhooks.ts";
import { compare, deliveryKey, type DeliveryRow, laneKey, numberedKey, type Views } from "./rows.ts";
import type { Transaction } from "./transaction.ts";

/** Before events of these are written: whoever takes a lane away at that moment is waited for. */
export async function lockLanes(tx: Transaction, deployments: readonly string[]): Promise<void> {
  const { views } = tx;
  const webhooks = views.webhooks.all().map(({ row }) => row.name);
  const keys = deployments.flatMap((deployment) => webhooks.map((webhook) => laneKey({ deployment, webhook })));
  await tx.lockAll(views.lanes, keys);
}

/** Writes an event, and what waits with it. */
export function addEvent(tx: Transaction, event: DeploymentEvent): void {
  const { views } = tx;
  const { deployment, no, at, body } = event;
  views.events.put(numberedKey(event), event);
  tx.told.add(deployment);
  for (const { row } of views.webhooks.each()) {
    const lane = { ...FRESH, webhook: row.name, deployment, nextNo: no, dueAt: at };
    const pool = views.deployments.get(deployment)?.row.pool ?? "";
    if (!tells(row, { pool, kind: body.kind }) || views.lanes.get(laneKey(lane)) !== undefined) continue;
    views.lanes.put(laneKey(lane), lane);
  }
}

const FRESH = { claim: null, tries: 0, failures: 0, failingSince: null, text: null } as const;

export function readingWebhooks(tx: Transaction): WebhookReads {
  const { views } = tx;
  const nameOf = (id: string): string => views.deployments.get(id)?.row.name ?? "";
  return {
    webhooks: () =>
      tx.statement(() =>
        views.webhooks
          .all()
          .sort((a, b) => compare(a.row.name, b.row.name))
          .map(({ row }) => {
            const lanes = lanesOf(views, row.name);
            const failed = lanes.filter(({ text }) => text !== null).sort((a, b) => b.dueAt - a.dueAt);
            const since = Math.min(...lanes.map(({ failingSince }) => failingSince ?? Infinity));
            const text = failed[0]?.text ?? null;
            return {
              webhook: row,
              waiting: lanes.length,
              failing: text === null || since === Infinity ? null : { since, text },
              dead: deliveriesOf(views, row.name).filter(({ state }) => state === "dead").length,
            };
          }),
      ),
    webhookSecret: (name) => tx.statement(() => views.webhooks.get(name)?.secret ?? null),
    lanes: (webhook, limit) =>
      tx.statement(() =>
        lanesOf(views, webhook)
          .sort((a, b) => a.dueAt - b.dueAt || compare(a.deployment, b.deployment))
          .slice(0, limit)
          .map((lane) => ({ ...lane, deploymentName: nameOf(lane.deployment) })),
      ),
    deliveries: (webhook, { state, limit }) =>
      tx.statement(() =>
        deliveriesOf(views, webhook)
          .filter((one) => state === null || one.state === state)
          .sort((a, b) => b.endedAt - a.endedAt || compare(a.deployment, b.deployment) || b.no - a.no)
          .slice(0, limit)
          .map(({ deployment, no, kind, endedAt, tries, text, again, ...row }) => {
            const deploymentName = nameOf(deployment);
            return { deployment, deploymentName, no, kind, state: row.state, endedAt, tries, text, again };
          }),
      ),
    nextDelivery: () =>
      tx.statement(() => {
        const times = views.lanes.all().filter(({ webhook }) => views.webhooks.get(webhook) !== undefined);
        const at = Math.min(...times.map(({ dueAt }) => dueAt));
        return { now: tx.now(), at: at === Infinity ? null : at };
      }),
  };
}

export function keepingWebhooks(tx: Transaction): WebhookWrites {
  const { views } = tx;
  return {
    addWebhook: (row, secret) =>
      tx.statement(async () => {
        await tx.lock(views.webhooks, row.name);
        if (views.webhooks.get(row.name) !== undefined) return false;
        views.webhooks.put(row.name, { row, secret });
        await removeLanes(tx, row.name);
        return true;
      }),
    changeWebhook: (name, kinds) =>
      tx.statement(async () => {
        await tx.lock(views.webhooks, name);
        const was = views.webhooks.get(name);
        if (was === undefined) return false;
        views.webhooks.put(name, { ...was, row: { ...was.row, kinds } });
        return true;
      }),
    deleteWebhook: (name) =>
      tx.statement(async () => {
        await tx.lock(views.webhooks, name);
        const isThere = views.webhooks.get(name) !== undefined;
        views.webhooks.delete(name);
        await removeLanes(tx, name);
        for (const one of deliveriesOf(views, name)) views.deliveries.delete(deliveryKey(one));
        return isThere;
      }),
    claimLetters: (limit, { claim, claimMs }) =>
      tx.statement(() => {
        const letters: Letter[] = [];
        for (const lane of dueLanes(tx, limit, claim)) {
          const claimed = { ...lane, claim, dueAt: tx.now() + claimMs };
          const letter = letterOf(views, claimed, claim);
          if (letter === null) views.lanes.delete(laneKey(lane));
          else views.lanes.put(laneKey(lane), claimed);
          if (letter !== null) letters.push(letter);
        }
        return letters;
      }),
    settleLetter: (letter, answer, chain) =>
      tx.statement(async () => {
        const key = laneKey({ deployment: letter.deployment.id, webhook: letter.webhook.name });
        await tx.lock(views.lanes, key);
        const lane = views.lanes.get(key);
        return lane?.claim === letter.claim ? settle(tx, letter, { lane, answer, chain }) : null;
      }),
    replay: (webhook, deployment) => tx.statement(() => replay(tx, webhook, deployment)),
    pruneDeliveries: ({ limit, keptMs }) =>
      tx.statement(() => {
        const isOver = ({ state, endedAt, again }: DeliveryRow): boolean =>
          !again && endedAt <= tx.now() - keptMs[state];
        const all = views.deliveries.all().filter(isOver);
        const over = (["delivered", "dead"] as const).flatMap((state) =>
          all.filter((one) => one.state === state).slice(0, limit),
        );
        for (const one of over) views.deliveries.delete(deliveryKey(one));
        for (const lane of views.lanes.all()) {
          if (views.webhooks.get(lane.webhook) === undefined) views.lanes.delete(laneKey(lane));
        }
        return over.length;
      }),
  };
}

async function removeLanes(tx: Transaction, webhook: string): Promise<void> {
  const { lanes } = tx.views;
  await tx.lockAll(lanes, lanesOf(tx.views, webhook).map(laneKey));
  for (const lane of lanesOf(tx.views, webhook)) lanes.delete(laneKey(lane));
}

export function voidLetters(tx: Transaction): void {
  const { lanes } = tx.views;
  for (const lane of lanes.all()) {
    if (lane.claim !== null) lanes.put(laneKey(lane), { ...lane, claim: null, dueAt: tx.now() });
  }
}

function dueLanes(tx: Transaction, limit: number, claim: string): readonly Lane[] {
  const { views } = tx;
  const now = tx.now();
  return views.webhooks
    .all()
    .flatMap(({ row }) => {
      const lanes = lanesOf(views, row.name);
      const busy = lanes.filter(({ claim: by, dueAt }) => by !== null && dueAt > now).length;
      const drawn = fractionOf(`${claim}/${row.name}`);
      return lanes
        .filter(({ dueAt }) => dueAt <= now)
        .sort((a, b) => a.dueAt - b.dueAt)
        .slice(0, Math.max(0, EACH_MOST - busy))
        .map((lane, n) => ({ lane, place: busy + n, drawn }));
    })
    .sort((a, b) => a.place - b.place || a.drawn - b.drawn)
    .values()
    .map(({ lane }) => lane)
    .filter((lane) => tx.lockFree(views.lanes, laneKey(lane)))
    .take(limit)
    .toArray();
}

function letterOf(views: Views, lane: Lane, claim: string): Letter | null {
  const webhook = views.webhooks.get(lane.webhook);
  const found = views.deployments.get(lane.deployment);
  if (webhook === undefined || found === undefined) return null;
  const [again] = deliveriesOf(views, lane.webhook)
    .filter((one) => one.deployment === lane.deployment && one.again)
    .sort((a, b) => a.no - b.no);
  const [fresh] = views.events
    .group(lane.deployment)
    .filter(({ no, body }) => no >= lane.nextNo && tells(webhook.row, { pool: found.row.pool, kind: body.kind }))
    .sort((a, b) => a.no - b.no);
  const event = again?.event ?? fresh;
  if (event === undefined) return null;
  const { id, name, pool, blueprint } = found.row;
  return {
    webhook: webhook.row,
    sealedSecret: webhook.secret,
    deployment: { id, name, pool, blueprint: blueprint.name },
    event,
    claim,
    again: again !== undefined,
  };
}

async function replay(tx: Transaction, webhook: string, deployment: string | null): Promise<number> {
  const { views } = tx;
  const isMeant = (one: { readonly deployment: string }) => deployment === null || one.deployment === deployment;
  const dead = deliveriesOf(views, webhook).filter((one) => one.state === "dead" && isMeant(one));
  await tx.lockAll(
    views.deployments,
    dead.map((one) => one.deployment),
  );
  const waiting = lanesOf(views, webhook).filter(isMeant);
  await tx.lockAll(views.lanes, [...dead.map(laneKey), ...waiting.map(laneKey)]);
  for (const one of dead) {
    views.deliveries.put(deliveryKey(one), { ...one, again: true });
    if (views.lanes.get(laneKey(one)) !== undefined) continue;
    const nextNo = (views.deployments.get(one.deployment)?.row.eventNo ?? 0) + 1;
    views.lanes.put(laneKey(one), { webhook, deployment: one.deployment, nextNo, dueAt: tx.now(), ...FRESH });
  }
  for (const lane of lanesOf(views, webhook).filter((one) => isMeant(one) && one.claim === null)) {
    views.lanes.put(laneKey(lane), { ...lane, dueAt: Math.min(lane.dueAt, tx.now()) });
  }
  return dead.length;
}

interface Ending {
  readonly lane: Lane;
  readonly answer: Answer;
  readonly chain: { readonly claimMs: number } | null;
}

function settle(tx: Transaction, letter: Letter, { lane, answer, chain }: Ending): Settled {
  const { views } = tx;
  const { event, again, claim } = letter;
  const key = laneKey(lane);
  const tries = lane.tries + 1;
  const failed = answer.isTaken ? null : afterFailure(lane, { ...answer, now: tx.now(), at: event.at, again });
  if (failed !== null && !failed.isDead) {
    const { failures, failingSince, dueAt } = failed;
    views.lanes.put(key, { ...lane, failures, failingSince, dueAt, claim: null, tries, text: answer.text });
    return { isDead: false, next: null };
  }
  const { kind } = event.body;
  const of = { webhook: lane.webhook, deployment: lane.deployment, no: event.no, kind, text: answer.text };
  const before = views.deliveries.get(deliveryKey(of))?.tries ?? 0;
  const state = answer.isTaken ? "delivered" : "dead";
  const ended = { ...of, state, endedAt: tx.now(), tries: before + tries, again: false, event } as const;
  views.deliveries.put(deliveryKey(of), ended);
  const { failures = 0, failingSince = null } = failed ?? {};
  const text = failed === null ? null : answer.text;
  const past = { ...lane, nextNo: again ? lane.nextNo : event.no + 1, tries: 0, failures, failingSince, text };
  const next = letterOf(views, past, claim);
  const goesOn = chain !== null && failed === null;
  if (next === null) views.lanes.delete(key);
  else if (goesOn) views.lanes.put(key, { ...past, dueAt: tx.now() + chain.claimMs });
  else views.lanes.put(key, { ...past, claim: null, dueAt: tx.now() });
  return { isDead: failed !== null, next: goesOn ? next : null };
}

const lanesOf = (views: Views, webhook: string): Lane[] => views.lanes.all().filter((lane) => lane.webhook === webhook);

const deliveriesOf = (views: Views, webhook: string): DeliveryRow[] =>
  views.deliveries.all().filter((one) => one.webhook === webhook);
