// What an account has, counted from its instances, of what it may have.

import type { Instance } from "@aws-sdk/client-ec2";
import type { CloudQuota } from "../../core/market/market.ts";
import type { Desk } from "./desk.ts";
import { dimensionOf } from "./families.ts";
import { limitsOf } from "./quotas.ts";
import { allInstances } from "./instances.ts";

/** vCPUs are counted for as long as a machine runs, or is about to. */
const RUNNING: ReadonlySet<string> = new Set(["pending", "running"]);

export async function usage(desk: Desk, signal: AbortSignal): Promise<readonly CloudQuota[]> {
  const limits = await limitsOf(desk, signal);
  const used = new Map([...limits.keys()].map((dimension) => [dimension, 0]));
  let instances = 0;
  for await (const one of allInstances(desk, signal)) {
    const state = one.State?.Name ?? "";
    if (state !== "terminated") instances += 1;
    if (!RUNNING.has(state)) continue;
    const dimension = dimensionOf(one.InstanceType ?? "", one.InstanceLifecycle === "spot");
    used.set(dimension, (used.get(dimension) ?? 0) + cpusOf(one));
  }
  const byFamily = [...used].map(([dimension, count]) => ({
    realm: null,
    dimension,
    most: limits.get(dimension) ?? null,
    used: count,
  }));
  return [{ realm: null, dimension: "instances", most: null, used: instances }, ...byFamily];
}

const cpusOf = ({ CpuOptions }: Instance): number => (CpuOptions?.CoreCount ?? 0) * (CpuOptions?.ThreadsPerCore ?? 1);
