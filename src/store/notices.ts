// Notifications that go out with the commit. They only save waiting: who misses one looks again within a second.

import { sql } from "kysely";
import type { DeploymentId } from "../core/ids.ts";
import type { Sql } from "./rows.ts";
import { texts } from "./rows.ts";

export const DUE_CHANNEL = "slipway_due";
export const EVENTS_CHANNEL = "slipway_events";

/** `due`: rows became due. `told`: deployments with new events. */
export async function notify(db: Sql, { due, told }: { due: boolean; told: readonly DeploymentId[] }): Promise<void> {
  const each = [...new Set(told)];
  if (!due && each.length === 0) return;
  await sql`select pg_notify(${DUE_CHANNEL}, '') where ${due}::boolean
    union all select pg_notify(${EVENTS_CHANNEL}, told) from unnest(${texts(each)}) told`.execute(db);
}
