// Notifications that go out with the commit. They only save waiting: who misses one looks again within a second.

import { sql } from "kysely";
import type { DeploymentId } from "../core/ids.ts";
import { withCommit } from "./flights.ts";
import type { Sql } from "./rows.ts";
import { texts } from "./rows.ts";

export const DUE_CHANNEL = "slipway_due";
export const EVENTS_CHANNEL = "slipway_events";
export const CHANNELS = [DUE_CHANNEL, EVENTS_CHANNEL] as const;

/** What one transaction has to tell, collected until its end: one statement tells it, however many methods ask for it. */
export class Notices {
  #due = false;
  readonly #told = new Set<DeploymentId>();

  /** Rows became due. */
  due(): void {
    this.#due = true;
  }

  /** Deployments have new events. */
  events(told: readonly { readonly deployment: DeploymentId }[]): void {
    for (const { deployment } of told) this.#told.add(deployment);
  }

  /** With the commit. */
  async send(db: Sql): Promise<void> {
    if (!this.#due && this.#told.size === 0) return;
    const told = sql`select pg_notify(${DUE_CHANNEL}, '') where ${this.#due}::boolean
      union all select pg_notify(${EVENTS_CHANNEL}, told) from unnest(${texts([...this.#told])}) told`;
    await withCommit(db, told);
  }
}
