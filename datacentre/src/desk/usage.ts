// What is limited, and what is used of it, whoever uses it.

import { livingAt } from "../state/cloud-state.ts";
import { summed, usedOf } from "../state/quota.ts";
import type { Amounts, Limits, Usage, UsageRow } from "../tenant-api.ts";
import type { Asked } from "./asked.ts";

export function usage(asked: Asked): Usage {
  const { cloud, tenant } = asked;
  const { quota } = tenant;
  const at = cloud.agenda.now() - cloud.settings.usageLagMs;
  const rows = [...rowsOf(null, quota.limits, usedAt(asked, at, null))];
  for (const [realm, limits] of quota.realmLimits) rows.push(...rowsOf(realm, limits, usedAt(asked, at, realm)));
  return { at, rows };
}

function* rowsOf(realm: string | null, limits: Limits, used: Amounts): Generator<UsageRow> {
  for (const dimension of new Set([...Object.keys(limits), ...Object.keys(used)])) {
    yield { dimension, realm, limit: limits[dimension] ?? null, used: used[dimension] ?? 0 };
  }
}

function usedAt({ cloud, tenant }: Asked, at: number, realm: string | null): Amounts {
  if (at === cloud.agenda.now()) return usedOf(tenant.quota, realm);
  const machines = livingAt(cloud, tenant.name, at).filter(({ request }) => realm === null || request.realm === realm);
  return summed([...machines.map(({ takes }) => takes), tenant.quota.others.of(realm)]);
}
