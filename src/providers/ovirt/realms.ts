// The account's data center and its clusters, which are the realms.

import type { Desk } from "./desk.ts";
import { faultOf } from "./faults.ts";
import { type Cluster, readClusters, readDataCenters } from "./schema.ts";

interface DataCenter {
  readonly id: string;
  readonly name: string;
  /** Machines can be made in one that is `up`. */
  readonly status: string;
  readonly clusters: readonly Cluster[];
}

/** Throws a fault of the account where settings and engine do not fit. */
export async function dataCenter(desk: Desk, signal: AbortSignal): Promise<DataCenter> {
  const { session, settings, clusters: known } = desk;
  const [{ data_center: centers }, { cluster: clusters }] = await Promise.all([
    session.ask({ method: "GET", path: "/datacenters", read: readDataCenters }, signal),
    session.ask({ method: "GET", path: "/clusters", read: readClusters }, signal),
  ]);
  const {
    id,
    name,
    status = "up",
  } = chosen(centers, settings.dataCenter, {
    what: "data center",
    where: "",
    field: "dataCenter",
    user: settings.user,
  });
  const there = clusters.filter((cluster) => cluster.data_center?.id === id);
  const one = settings.cluster;
  const counted =
    one === null
      ? there
      : [chosen(there, one, { what: "cluster", where: ` in ${name}`, field: "cluster", user: settings.user })];
  known.clear();
  for (const cluster of counted) known.set(cluster.name, cluster.id);
  return { id, name, status, clusters: counted };
}

interface Wording {
  readonly what: string;
  /** Behind it. */
  readonly where: string;
  readonly field: string;
  readonly user: string;
}

function chosen<T extends { readonly id: string; readonly name: string }>(
  all: readonly T[],
  called: string | null,
  { what, where, field, user }: Wording,
): T {
  const found = all.filter(({ id, name }) => called === null || id === called || name === called);
  const [one] = found;
  if (one !== undefined && found.length === 1) return one;
  const names = all.map(({ name }) => name).toSorted();
  const there = names.length === 0 ? "none" : names.join(", ");
  if (one === undefined) {
    const which = `no ${what}${called === null ? "" : ` ${called}`}${where}`;
    throw faultOf("account", `no_${field}`, `${user} sees ${which}; there is ${there}`);
  }
  throw faultOf("account", `no_${field}`, `${user} sees more than one ${what}${where}; give one as ${field}: ${there}`);
}

export async function realms(desk: Desk, signal: AbortSignal): Promise<readonly string[]> {
  return (await dataCenter(desk, signal)).clusters.map(({ name }) => name);
}

/** Throws a fault where there is no such cluster any more. */
export async function clusterId(desk: Desk, realm: string, signal: AbortSignal): Promise<string> {
  if (!desk.clusters.has(realm)) await dataCenter(desk, signal);
  const id = desk.clusters.get(realm);
  if (id === undefined) throw faultOf("account", "no_cluster", `there is no cluster ${realm}`);
  return id;
}

/** Null: none of the account's. */
export async function clusterName(desk: Desk, id: string, signal: AbortSignal): Promise<string | null> {
  if (desk.clusters.size === 0) await dataCenter(desk, signal);
  return [...desk.clusters].find(([, known]) => known === id)?.[0] ?? null;
}
