// The whole: several clouds under one clock, one seed and one billing log. A tenant belongs to one cloud, and its name is
// unique in the datacentre, so that a connection needs nothing but tenant and key.

import { createAgenda } from "./agenda.ts";
import { type Billing, type BillingEntry, createLedger } from "./billing.ts";
import type { Clock } from "./clock.ts";
import { type CloudApi, CloudError } from "./cloud-api.ts";
import { type CloudOperator, operate } from "./cloud-operator.ts";
import { createCloudState } from "./cloud-state.ts";
import { type Access, connectTo } from "./connection.ts";
import { type CloudSettings, readDatacentre } from "./settings.ts";

export interface Datacentre {
  /** Contacts nobody: an unknown tenant or a wrong key is refused with every call. */
  connect(access: Access): CloudApi;
  /** What its owner can do to a cloud by hand. Throws `not_found`. */
  cloud(name: string): CloudOperator;
  readonly cloudNames: readonly string[];
  readonly billing: Billing;
  /** Brings everything up to the clock; reading and calling do so by themselves. */
  settle(): void;
}

export interface DatacentreOptions {
  readonly clouds: readonly CloudSettings[];
  readonly clock: Clock;
  /** Same seed and same calls at the same times: same datacentre. */
  readonly seed?: string;
  /** Called with every entry as it is written. */
  readonly onBilling?: (entry: BillingEntry) => void;
}

/** Throws a ShapeError when the settings make no sense. */
export function createDatacentre({ clouds, clock, seed = "1", onBilling }: DatacentreOptions): Datacentre {
  readDatacentre({ clouds });
  const agenda = createAgenda(clock);
  const ledger = createLedger(onBilling);
  const states = clouds.map((settings) => createCloudState(settings, { seed, agenda, ledger }));
  const settle = (): void => agenda.settle();

  return {
    connect(access) {
      const home = states.find((state) => state.tenants.has(access.tenant)) ?? states[0];
      if (home === undefined) throw new CloudError("not_found", "This datacentre has no cloud");
      return connectTo(home, clock, access);
    },
    cloud(name) {
      const state = states.find(({ settings }) => settings.name === name);
      if (state === undefined) throw new CloudError("not_found", `No cloud ${name}`);
      return operate(state);
    },
    cloudNames: states.map(({ settings }) => settings.name),
    billing: ledger.billing(settle),
    settle,
  };
}
