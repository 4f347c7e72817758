// The hands of the cloud's owner, over HTTP.

import type { BillingEntry, Life, PartEntry } from "./billing.ts";
import { exchange } from "./client.ts";
import type { CloudOperator } from "./cloud-operator.ts";

/** CloudOperator with every answer as a promise. */
type RemoteOperator = {
  readonly [K in keyof CloudOperator]: (
    ...given: Parameters<CloudOperator[K]>
  ) => Promise<ReturnType<CloudOperator[K]>>;
};

export interface RemoteAdmin {
  cloud(name: string): RemoteOperator;
  cloudNames(): Promise<readonly string[]>;
  billing(): Promise<{
    readonly entries: readonly BillingEntry[];
    readonly alive: readonly Life[];
    readonly partEntries: readonly PartEntry[];
    readonly partsAlive: readonly PartEntry[];
  }>;
}

export function adminOverHttp(url: string): RemoteAdmin {
  return {
    cloudNames: () => exchange({ url: `${url}/admin/clouds`, method: "GET" }),
    billing: () => exchange({ url: `${url}/admin/billing`, method: "GET" }),
    cloud(name) {
      const cloud = `${url}/admin/clouds/${encodeURIComponent(name)}`;
      const act = <T>(action: string, body: unknown): Promise<T> =>
        exchange<T>({ url: `${cloud}/${action}`, method: "POST", body });
      return {
        // JSON has no infinity.
        addFaults: (rules) =>
          act("add-faults", {
            rules: rules.map((rule) => (rule.times === Number.POSITIVE_INFINITY ? { ...rule, times: "always" } : rule)),
          }),
        clearFaults: () => act("clear-faults", {}),
        kill: (id, how) => act("kill", { id, ...how }),
        vanish: (id) => act("vanish", { id }),
        setQuota: (tenant, limit, realm) => act("set-quota", { tenant, limit, realm }),
        setUsedByOthers: (tenant, amounts, realm) => act("set-used-by-others", { tenant, amounts, realm }),
        setCapacity: (place, capacity) => act("set-capacity", { ...place, capacity }),
        setHostDown: (place, isDown) => act("set-host-down", { ...place, isDown }),
        expireSessions: (tenant) => act("expire-sessions", { tenant }),
        setSuspended: (tenant, isSuspended) => act("set-suspended", { tenant, isSuspended }),
        setOffer: (place, change) => act("set-offer", { ...place, ...change }),
        addImage: (realm, image) => act("add-image", { realm, image }),
        removeImage: (realm, id) => act("remove-image", { realm, id }),
        addNetwork: (network) => act("add-network", network),
        removeNetwork: (id) => act("remove-network", { id }),
        addSecurityGroup: (group) => act("add-security-group", group),
        removeSecurityGroup: (id) => act("remove-security-group", { id }),
        setRealmDown: (realm, isDown) => act("set-realm-down", { realm, isDown }),
        setOutage: (isOut) => act("set-outage", { isOut }),
        plant: (tenant, request) => act("plant", { tenant, request }),
        plantPart: (tenant, request) => act("plant-part", { tenant, request }),
        vanishPart: (id) => act("vanish-part", { id }),
        snapshot: () => exchange({ url: cloud, method: "GET" }),
      };
    },
  };
}
