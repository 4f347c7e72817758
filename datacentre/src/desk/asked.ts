// Who asks, where, and what turn the thing asked for is to take. Everything at the desk is a plain function of it.

import type { Turn } from "../fault.ts";
import type { CloudState } from "../state/cloud-state.ts";
import type { Tenant } from "../state/tenant.ts";

export interface Asked {
  readonly cloud: CloudState;
  readonly tenant: Tenant;
  /** Null: the usual one. */
  readonly turn: Turn | null;
  /** What the caller calls this request, for operations. */
  readonly correlation: string | null;
}

/** What happens when a request has reached the cloud. Refuses by a CloudError. */
export type Effect<T> = (asked: Asked) => T;
