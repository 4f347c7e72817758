// What a project may have and has, in Nova's own counts; and of Neutron's, where it tells, ports and floating addresses.

import type { CloudQuota } from "../../core/market/market.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { volumeLimits } from "./cinder.ts";
import type { Desk } from "./desk.ts";
import { accountFault } from "./faults.ts";
import { readPortQuota } from "./neutron.ts";
import { readLimits } from "./schema.ts";

export async function usage(desk: Desk, signal: AbortSignal): Promise<readonly CloudQuota[]> {
  const { session } = desk;
  const asked = { service: "compute", method: "GET", path: "/limits", read: readLimits } as const;
  const [answer, ports, volumes] = await Promise.all([
    session.ask(asked, signal),
    portQuotas(desk, signal),
    volumeQuotas(desk, signal),
  ]);
  const { absolute: of } = answer.limits;
  const quotas = [
    { dimension: "instances", most: of.maxTotalInstances, used: of.totalInstancesUsed },
    { dimension: "cpu", most: of.maxTotalCores, used: of.totalCoresUsed },
    { dimension: "memoryMib", most: of.maxTotalRAMSize, used: of.totalRAMUsed },
    ...ports,
    ...volumes,
  ];
  return quotas.map(({ dimension, most, used }) => ({ realm: null, dimension, most: limited(most), used }));
}

const limited = (most: number): number | null => (most < 0 ? null : most);

type Counted = Omit<CloudQuota, "realm" | "most"> & { readonly most: number };

/** Asked only where machines may have volumes: not every cloud has them. */
async function volumeQuotas({ session, settings }: Desk, signal: AbortSignal): Promise<readonly Counted[]> {
  if (settings.volumeGib === null) return [];
  const of = await whereWanted(volumeLimits(session, signal));
  return [
    { dimension: "volumes", most: of.maxTotalVolumes, used: of.totalVolumesUsed },
    { dimension: "volumeGib", most: of.maxTotalVolumeGigabytes, used: of.totalGigabytesUsed },
  ];
}

async function whereWanted<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof ProviderFault) || error.fault.code !== "no_service") throw error;
    throw accountFault("no_service", `volumeGib is set, and ${error.fault.text}`);
  }
}

/** Not every Neutron tells, nor everybody: then only its refusal shows that one is used up. */
async function portQuotas({ session }: Desk, signal: AbortSignal): Promise<readonly Counted[]> {
  try {
    const { port, floatingip } = await readPortQuota(session, signal);
    const named = [
      { dimension: "ports", of: port },
      { dimension: "addresses", of: floatingip },
    ];
    return named.flatMap(({ dimension, of }) =>
      of === undefined ? [] : { dimension, most: of.limit, used: of.used + (of.reserved ?? 0) },
    );
  } catch (error) {
    if (!(error instanceof ProviderFault) || error.fault.class === "transient" || error.fault.class === "throttle")
      throw error;
    return [];
  }
}
