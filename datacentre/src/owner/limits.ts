// How much there is: for one account, and at all.

import { readAmounts, readLimits } from "../quota-settings.ts";
import type { Capacity } from "../settings.ts";
import type { Amounts, Limits } from "../tenant-api.ts";
import { type HostPlace, hostNamed, realmNamed, type Settled, tenantNamed } from "./named.ts";

export interface LimitHands {
  /** All limits of the account, or of it in one realm: what is not named is not limited. */
  setQuota(tenant: string, limit: Limits, realm?: string): void;
  /** Uses this much besides, of the whole or of one realm, until told otherwise. */
  setUsedByOthers(tenant: string, amounts: Amounts, realm?: string): void;
  /** Machines that are there stay, even where they do not fit any more. */
  setCapacity(place: HostPlace, capacity: Capacity): void;
}

export function limitsAt(settled: Settled): LimitHands {
  return {
    setQuota(tenant, limit, realm) {
      const cloud = settled();
      const { quota } = tenantNamed(cloud, tenant);
      const limits = readLimits(limit, "limit");
      if (realm === undefined) quota.limits = limits;
      else quota.realmLimits.set(realmNamed(cloud, realm).name, limits);
    },
    setUsedByOthers(tenant, amounts, realm) {
      const cloud = settled();
      const { others } = tenantNamed(cloud, tenant).quota;
      const place = realm === undefined ? null : realmNamed(cloud, realm).name;
      others.subtract(place, others.of(place));
      others.add(place, readAmounts(amounts, "amounts"));
    },
    setCapacity(place, capacity) {
      hostNamed(settled(), place).capacity = { accelerators: 0, ...capacity };
    },
  };
}
