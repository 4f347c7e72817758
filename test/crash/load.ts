// People: they launch, change their minds, and repeat what was not answered.

import { Deployment } from "../../src/contract/deployment.ts";
import { BlockList } from "../../src/contract/block.ts";
import { type Client, pause } from "./client.ts";
import type { Stack } from "./stack.ts";
import type { Launch } from "./plan.ts";
import { ask, type Granted } from "./wishes.ts";

/** What a server has confirmed. */
export interface Confirmed {
  readonly id: string;
  readonly name: string;
  readonly partial: boolean;
  readonly wishes: readonly Granted[];
}

export interface Load {
  /** Begins a launch; what follows from it goes on by itself. */
  begin(launch: Launch): void;
  /** All launches so far with what was confirmed, when nothing more is asked. Rejects with the first that got no sensible answer. */
  over(): Promise<readonly Confirmed[]>;
}

export function loadOn(on: Pick<Stack, "client" | "datacentre">, prefix: string): Load {
  const running: Promise<Confirmed>[] = [];
  return {
    begin(launch) {
      const run = carryOut(on, { ...launch, name: `${prefix}-${launch.name}` });
      // Looked at in the end.
      run.catch(() => undefined);
      running.push(run);
    },
    over: () => Promise.all(running),
  };
}

async function carryOut(
  { client, datacentre }: Pick<Stack, "client" | "datacentre">,
  { name, inMs, source, partial, wishes }: Launch,
): Promise<Confirmed> {
  await pause(inMs);
  const body = { blueprint: { source }, name, partial };
  const reply = await client.persist("POST /v1/deployments", body, { "idempotency-key": name });
  if (reply.status >= 300) throw new Error(`launch of ${name}: ${reply.status} ${JSON.stringify(reply.body)}`);
  const { id } = Deployment.parse(reply.body);
  const confirmed: Granted[] = [];
  for (const { wish, afterMs } of wishes) {
    await pause(afterMs);
    const granted = await ask({ client, datacentre, id, source }, wish);
    if (granted !== null) confirmed.push(granted);
  }
  return { id, name, partial, wishes: confirmed };
}

/** Forgets remembered refusals, so that launches do not run out of accounts. */
export async function forgetRefusals(client: Client): Promise<void> {
  const { blocks } = await client.read(BlockList, "GET /v1/blocks");
  for (const { account, realm, size, reason } of blocks) {
    const query = new URLSearchParams({ account, realm, size, reason });
    await client.persist(`DELETE /v1/blocks?${query.toString()}`);
  }
}
