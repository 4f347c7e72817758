// What is known at the end of a batch: Slipway's own account of it, and the datacentre's bill.

import type { Life } from "../../datacentre/src/billing.ts";
import { Deployment, DeploymentPage } from "../../src/contract/deployment.ts";
import { type Event, EventPage } from "../../src/contract/event.ts";
import { DebtList } from "../../src/contract/operation.ts";
import { OWNER_LABELS } from "../../src/core/machine.ts";
import type { Client } from "./client.ts";
import type { Confirmed } from "./load.ts";
import type { Stack } from "./stack.ts";

export interface Told {
  readonly deployment: Deployment;
  readonly events: readonly Event[];
}

export interface Evidence {
  readonly confirmed: readonly Confirmed[];
  /** Deleted ones too. */
  readonly told: readonly Told[];
  /** Machines that should be gone and are not proven gone. */
  readonly debts: readonly string[];
  /** Of this installation, every machine that ever lived, by birth. */
  readonly lives: readonly Life[];
}

/** `since`: ms since 1970; machines born before belong to an earlier batch. */
export async function gather(
  { client, installation, datacentre }: Stack,
  of: { readonly confirmed: readonly Confirmed[]; readonly prefix: string; readonly since: number },
): Promise<Evidence> {
  const told: Told[] = [];
  for (const id of await idsOf(client, of.prefix)) {
    // In this order: more events than the deployment knows of would be a finding.
    const { events } = await client.read(EventPage, `GET /v1/deployments/${id}/events?limit=5000`);
    told.push({ deployment: await client.read(Deployment, `GET /v1/deployments/${id}`), events });
  }
  const { debts } = await client.read(DebtList, "GET /v1/debt");
  const lives = (await datacentre.lives()).filter(
    ({ labels, from }) => labels[OWNER_LABELS.installation] === installation && from >= of.since,
  );
  return { confirmed: of.confirmed, told, debts: debts.map(({ machine }) => machine), lives };
}

/** Deployments whose names begin with the prefix, deleted ones too. */
async function idsOf(client: Client, prefix: string): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ deleted: "true", limit: "500", q: `${prefix}-` });
    if (cursor !== null) query.set("cursor", cursor);
    const page: DeploymentPage = await client.read(DeploymentPage, `GET /v1/deployments?${query.toString()}`);
    ids.push(...page.deployments.map(({ id }) => id));
    cursor = page.next;
  } while (cursor !== null);
  return ids;
}
