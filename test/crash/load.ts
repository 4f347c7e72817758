// People: they launch, change their minds, and repeat what was not answered.

import { Deployment } from "../../src/contract/deployment.ts";
import { BlockList } from "../../src/contract/block.ts";
import { type Client, pause } from "./client.ts";
import type { Launch, Wish } from "./plan.ts";

/** What a server has confirmed. */
export interface Confirmed {
  readonly id: string;
  readonly name: string;
  readonly partial: boolean;
  readonly wishes: readonly Wish[];
}

export interface Load {
  /** Begins a launch; what follows from it goes on by itself. */
  begin(launch: Launch): void;
  /** All launches so far with what was confirmed, when nothing more is asked. Rejects with the first that got no sensible answer. */
  over(): Promise<readonly Confirmed[]>;
}

export function loadOn(client: Client, prefix: string): Load {
  const running: Promise<Confirmed>[] = [];
  return {
    begin(launch) {
      const run = carryOut(client, { ...launch, name: `${prefix}-${launch.name}` });
      // Looked at in the end.
      run.catch(() => undefined);
      running.push(run);
    },
    over: () => Promise.all(running),
  };
}

async function carryOut(client: Client, { name, inMs, source, partial, wishes }: Launch): Promise<Confirmed> {
  await pause(inMs);
  const body = { blueprint: { source }, name, partial };
  const reply = await client.persist("POST /v1/deployments", body, { "idempotency-key": name });
  if (reply.status >= 300) throw new Error(`launch of ${name}: ${reply.status} ${JSON.stringify(reply.body)}`);
  const { id } = Deployment.parse(reply.body);
  const confirmed: Wish[] = [];
  for (const { wish, afterMs } of wishes) {
    await pause(afterMs);
    if (await ask(client, id, wish)) confirmed.push(wish);
  }
  return { id, name, partial, wishes: confirmed };
}

/** True when the wish was taken. Refusals that depend on the state are fine. */
async function ask(client: Client, id: string, wish: Wish): Promise<boolean> {
  if (wish === "retry") return retryAll(client, id);
  const route =
    wish === "delete"
      ? (`DELETE /v1/deployments/${id}?stop=true` as const)
      : (`POST /v1/deployments/${id}/${wish}` as const);
  const { status, body } = await client.persist(route);
  if (status >= 300 && status !== 409) throw new Error(`${route}: ${status} ${JSON.stringify(body)}`);
  return status < 300;
}

async function retryAll(client: Client, id: string): Promise<boolean> {
  const { instances, actions } = await client.read(Deployment, `GET /v1/deployments/${id}`);
  if (actions.includes("retry_rollback")) await client.persist(`POST /v1/deployments/${id}/retry-rollback`);
  for (const { name, retryable } of instances) {
    if (retryable) await client.persist(`POST /v1/deployments/${id}/instances/${name}/retry`);
  }
  return true;
}

/** Forgets remembered refusals, so that launches do not run out of accounts. */
export async function forgetRefusals(client: Client): Promise<void> {
  const { blocks } = await client.read(BlockList, "GET /v1/blocks");
  for (const { account, realm, size, reason } of blocks) {
    const query = new URLSearchParams({ account, realm, size, reason });
    await client.persist(`DELETE /v1/blocks?${query.toString()}`);
  }
}
