// The whole: several clouds under one clock, one seed and one billing log. A tenant belongs to one cloud, and its name is
// unique in the datacentre, so that a connection needs nothing but tenant and key.

import { createAgenda } from "./time/agenda.ts";
import { type Billing, type BillingWatch, createLedger } from "./billing.ts";
import type { Clock } from "./clock.ts";
import { CloudError } from "./cloud-api.ts";
import { type CloudOperator, operate } from "./cloud-operator.ts";
import { type CloudState, createCloudState } from "./state/cloud-state.ts";
import type { Door, FaceGround } from "./faces/face.ts";
import type { TenantApi } from "./tenant-api.ts";
import { type Access, call, type Credentials, type Line, pass } from "./wire/call.ts";
import { watch } from "./wire/watch.ts";
import { connectBy } from "./wire/connection.ts";
import { type CloudSettings, readDatacentre } from "./settings.ts";

export interface Datacentre extends FaceGround {
  /** Contacts nobody: an unknown tenant or a wrong key is refused with every call. */
  connect(access: Access): TenantApi;
  /** For one request of a face. */
  door(request: DoorOptions): Door;
  /** What its owner can do to a cloud by hand. Throws `not_found`. */
  cloud(name: string): CloudOperator;
  readonly billing: Billing;
  /** Brings everything up to the clock; reading and calling do so by themselves. */
  settle(): void;
}

interface DoorOptions {
  readonly lostAnswers: "hang" | "reject";
  readonly signal: AbortSignal;
  /** Called when the answer is to break off in its middle. */
  readonly onCut?: () => void;
}

export interface DatacentreOptions extends BillingWatch {
  readonly clouds: readonly CloudSettings[];
  readonly clock: Clock;
  /** Same seed and same calls at the same times: same datacentre. */
  readonly seed?: string;
  /** Stands in the ids of machines, parts and operations: two runs that share none of them have different ones here. */
  readonly run?: string;
}

/** Throws a ShapeError when the settings make no sense. */
export function createDatacentre({ clouds, clock, seed = "1", run = "", ...watchers }: DatacentreOptions): Datacentre {
  readDatacentre({ clouds });
  const agenda = createAgenda(clock);
  const ledger = createLedger(watchers);
  const states = clouds.map((settings) => createCloudState(settings, { seed, run, agenda, ledger }));
  const settle = (): void => agenda.settle();

  const isHome = ({ tenants, sessions }: CloudState, access: Credentials): boolean =>
    "session" in access ? sessions.has(access.session) : tenants.has(access.tenant);
  type Ends = Pick<Line, "lostAnswers" | "onCut">;
  const lineTo = (cloud: CloudState | undefined, ends: Ends): Line => {
    const home = cloud ?? states[0];
    if (home === undefined) throw new CloudError("not_found", "This datacentre has no cloud");
    return { cloud: home, clock, ...ends };
  };
  const lineOf = (access: Credentials, ends: Ends): Line =>
    lineTo(
      states.find((state) => isHome(state, access)),
      ends,
    );

  return {
    clock,
    connect({ lostAnswers, ...access }) {
      const line = (): Line => lineOf(access, { lostAnswers });
      return connectBy(
        (subject, effect, signal) => call(line(), { access, subject, effect, signal }),
        (query, signal) => watch(line(), { access, query, signal }),
      );
    },
    door: ({ signal, ...ends }) => ({
      ask: (access, subject, effect) => call(lineOf(access, ends), { access, subject, effect, signal }),
      watch: (access, query) => watch(lineOf(access, ends), { access, query, signal }),
      pass: (subject) => pass(lineTo(undefined, ends), subject, signal),
    }),
    keyOf: (tenant) => states.find((state) => state.tenants.has(tenant))?.tenants.get(tenant)?.key ?? null,
    cloud(name) {
      const state = states.find(({ settings }) => settings.name === name);
      if (state === undefined) throw new CloudError("not_found", `No cloud ${name}`);
      return operate(state);
    },
    realmNames: states.flatMap(({ realms }) => [...realms.keys()]),
    cloudNames: states.map(({ settings }) => settings.name),
    billing: ledger.billing(settle),
    settle,
  };
}
