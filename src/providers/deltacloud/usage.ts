import type { CloudQuota } from "../../core/market/market.ts";
import type { Desk } from "./desk.ts";
import { enter } from "./entry.ts";
import { isGone } from "./observe.ts";
import { instancesOf } from "./sights.ts";

/** Deltacloud tells no limits. What is counted is what this user sees. */
export async function usage(desk: Desk, signal: AbortSignal): Promise<readonly CloudQuota[]> {
  await enter(desk, signal);
  const instances = await instancesOf(desk, signal);
  return [{ realm: null, dimension: "instances", most: null, used: instances.filter((one) => !isGone(one)).length }];
}
