// What people ask for of one deployment, and what was confirmed of it.

import { Deployment } from "../../src/contract/deployment.ts";
import { RepairRequest } from "../../src/contract/repair.ts";
import type { DatacentreStage } from "../stage/datacentre.ts";
import { type Client, pause } from "./client.ts";
import { IMAGES, UPDATE_WISHES, type UpdateWish, type Wish } from "./plan.ts";

/** A wish that a server has said it recorded. `revision`: the one that the deployment was in, or on its way to, in that reply; null: it was not asked. */
export interface Granted {
  readonly wish: Wish;
  readonly revision: number | null;
}

export interface Asking {
  readonly client: Client;
  readonly datacentre: DatacentreStage;
  readonly id: string;
  /** The blueprint that it was launched with. */
  readonly source: string;
}

/** Until a launch, or an update before, has settled: with its deadline, and a process that is down meanwhile. */
const SETTLE_MS = 60_000;
const LOOK_MS = 500;
const UP = ["running", "incomplete"];
const ENDED = ["stopped", "failed"];
/** What depends on when it is asked. */
const REFUSED = 409;

/** Null when it was refused, or is nothing that is recorded. */
export async function ask(asking: Asking, wish: Wish): Promise<Granted | null> {
  if (wish === "retry") return (await retryAll(asking), null);
  if (wish === "strike") return (await strike(asking), null);
  const at = `/v1/deployments/${asking.id}` as const;
  switch (wish) {
    case "delete":
      return granted(wish, await persist(asking, `DELETE ${at}?stop=true`));
    case "repair":
      return granted(wish, await persist(asking, `POST ${at}/repair`, RepairRequest.parse({})));
    case "cancel_update":
      // One that is over by then is no update, and a launch is not meant.
      if ((await shown(asking)).state !== "updating") return null;
      return granted(wish, await persist(asking, `POST ${at}/cancel`));
    case "cancel":
    case "stop":
      return granted(wish, await persist(asking, `POST ${at}/${wish}`));
    case "grow":
    case "shrink":
    case "change": {
      const body = updateOf(wish, asking.source, await settled(asking));
      return body === null ? null : granted(wish, await persist(asking, `POST ${at}/update`, body));
    }
  }
}

type Route = Parameters<Client["persist"]>[0];

const shown = ({ client, id }: Asking): Promise<Deployment> => client.read(Deployment, `GET /v1/deployments/${id}`);

async function persist({ client }: Asking, route: Route, body?: unknown): Promise<unknown> {
  const reply = await client.persist(route, body);
  if (reply.status === REFUSED) return null;
  if (reply.status >= 300) throw new Error(`${route}: ${reply.status} ${JSON.stringify(reply.body)}`);
  return reply.body;
}

function granted(wish: Wish, body: unknown): Granted | null {
  if (body === null) return null;
  const isUpdate = UPDATE_WISHES.some((one) => one === wish);
  return { wish, revision: isUpdate ? Deployment.parse(body).revision : null };
}

/** When it is up, or has ended; as it is when it takes longer. */
async function settled(asking: Asking): Promise<Deployment> {
  const end = performance.now() + SETTLE_MS;
  for (;;) {
    const deployment = await shown(asking);
    if ([...UP, ...ENDED].includes(deployment.state) || performance.now() > end) return deployment;
    await pause(LOOK_MS);
  }
}

function updateOf(wish: UpdateWish, source: string, { state, instances }: Deployment): object | null {
  const [first] = instances;
  if (!UP.includes(state) || first === undefined) return null;
  const { group } = first;
  const members = instances.filter((one) => one.group === group).length;
  switch (wish) {
    case "grow":
      return { counts: { [group]: members + 1 } };
    case "shrink":
      return { counts: { [group]: Math.max(1, members - 1) } };
    case "change": {
      const other = IMAGES[(IMAGES.findIndex((image) => image === first.image) + 1) % IMAGES.length];
      return { blueprint: { source: source.replace(/image: [\w-]+/, `image: ${other}`) } };
    }
  }
}

async function retryAll(asking: Asking): Promise<void> {
  const { client, id } = asking;
  const { instances, actions } = await shown(asking);
  if (actions.includes("retry_rollback")) await client.persist(`POST /v1/deployments/${id}/retry-rollback`);
  for (const { name, retryable } of instances) {
    if (retryable) await client.persist(`POST /v1/deployments/${id}/instances/${name}/retry`);
  }
}

/** The machine of one member, by the deployment's own id: stopped, in error, or gone without a trace. */
async function strike(asking: Asking): Promise<void> {
  const { instances } = await settled(asking);
  const up = instances.filter(({ state, externalId }) => state === "running" && externalId !== null);
  const dice = Number.parseInt(asking.id.slice(-4), 36);
  const struck = up[dice % Math.max(1, up.length)];
  if (struck?.externalId == null || struck.account === null) return;
  const cloud = asking.datacentre.admin.cloud(struck.account);
  const how = ["stopped", "error", "vanished"] as const;
  const to = how[dice % how.length] ?? "error";
  // One that is gone by then cannot be struck.
  const stroke = to === "vanished" ? cloud.vanish(struck.externalId) : cloud.kill(struck.externalId, { to });
  await Promise.resolve(stroke).catch(() => undefined);
}
