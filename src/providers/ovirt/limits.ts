// What an account may have and has: the machines that the engine counts, and the limits of the quota that the account names.

import type { CloudQuota } from "../../core/market/market.ts";
import type { Desk } from "./desk.ts";
import { faultOf } from "./faults.ts";
import { dataCenter } from "./realms.ts";
import { type ClusterLimit, readClusterLimits, readQuotas, readRoot } from "./schema.ts";

export async function usage(desk: Desk, signal: AbortSignal): Promise<readonly CloudQuota[]> {
  const { session } = desk;
  const root = await session.ask({ method: "GET", path: "", read: readRoot }, signal);
  const center = await dataCenter(desk, signal);
  const { major } = root.product_info.version ?? {};
  if (major !== undefined && major < 4) {
    throw faultOf("account", "too_old", `the engine is of version ${major}; version 4 is needed`);
  }
  if (center.status !== "up") {
    throw faultOf(
      "away",
      "data_center_down",
      `the data center ${center.name} is ${center.status}: no machine can be made in it`,
    );
  }
  const total = root.summary?.vms?.total;
  // Of the whole engine; users who are no administrators are not told.
  const machines = total === undefined ? [] : [{ realm: null, dimension: "instances", most: null, used: total }];
  return [...machines, ...(await quotas(desk, center, signal))];
}

type Center = Awaited<ReturnType<typeof dataCenter>>;

async function quotas(
  { session, settings }: Desk,
  { id, name, clusters }: Center,
  signal: AbortSignal,
): Promise<readonly CloudQuota[]> {
  const quota = await quotaIn({ session, settings }, { id, name }, signal);
  if (quota === null) return [];
  const path = `/datacenters/${encodeURIComponent(id)}/quotas/${encodeURIComponent(quota)}/quotaclusterlimits`;
  const { quota_cluster_limit: limits } = await session.ask({ method: "GET", path, read: readClusterLimits }, signal);
  return limits.flatMap((limit) => {
    const on = limit.cluster?.id;
    const realm = on === undefined ? null : clusters.find((cluster) => cluster.id === on)?.name;
    // Of a cluster that is none of the account's.
    return realm === undefined ? [] : limitsOf(limit, realm);
  });
}

function limitsOf(of: ClusterLimit, realm: string | null): readonly CloudQuota[] {
  const { vcpu_limit: cpu = -1, vcpu_usage: cpuUsed = 0, memory_limit: gib = -1, memory_usage: gibUsed = 0 } = of;
  return [
    { realm, dimension: "cpu", most: cpu < 0 ? null : cpu, used: cpuUsed },
    { realm, dimension: "memoryMib", most: gib < 0 ? null : gib * 1024, used: Math.round(gibUsed * 1024) },
  ];
}

/** Id of the account's quota; null: it names none. Throws a fault of the account where it is not there. */
export async function quotaIn(
  { session, settings }: Pick<Desk, "session" | "settings">,
  center: Pick<Center, "id" | "name">,
  signal: AbortSignal,
): Promise<string | null> {
  const { quota: wanted, user } = settings;
  if (wanted === null) return null;
  const path = `/datacenters/${encodeURIComponent(center.id)}/quotas`;
  const { quota: all } = await session.ask({ method: "GET", path, read: readQuotas }, signal);
  const found = all.find(({ id, name }) => id === wanted || name === wanted);
  if (found !== undefined) return found.id;
  const names = all.map(({ name }) => name).toSorted();
  const there = names.length === 0 ? "none" : names.join(", ");
  throw faultOf("account", "no_quota", `${user} sees no quota ${wanted} in ${center.name}; there is ${there}`);
}
