// What a scenario is played on: a database, the clouds, and the accounts at them.

import { createDatacentre, type Datacentre } from "../datacentre/src/datacentre.ts";
import type { BillingEntry, PartEntry } from "../datacentre/src/billing.ts";
import { VirtualClock } from "../datacentre/src/virtual-clock.ts";
import { accountId } from "../src/core/ids.ts";
import { type QuotaLimit, UNLIMITED } from "../src/core/market/amount.ts";
import type { User } from "../src/core/people/grants.ts";
import { DAY_MS } from "../src/core/people/retention.ts";
import type { Provider } from "../src/ports/provider.ts";
import type { Secrets } from "../src/ports/secrets.ts";
import type { Store } from "../src/ports/store.ts";
import { SAMPLE_TIME, sampleAccount, samplePool } from "../src/ports/store.samples.ts";
import { simProvider } from "../src/providers/sim/index.ts";
import type { Changed, Database, DatabaseKind, SettableClock } from "./database.ts";
import { patient } from "./patience.ts";
import { TRAITS } from "./drawn-clouds.ts";
import { MOST_QUARANTINE_MS, POOLS, type Scenario } from "./scenario.ts";

export const INSTALLATION = "simulated0";

export interface Stage {
  /** How time goes: that of processes and clouds. */
  readonly clock: VirtualClock;
  /** The database's, which may be set. */
  readonly databaseClock: SettableClock;
  /** Processes join it. */
  readonly database: Database;
  readonly datacentre: Datacentre;
  /** Nobody's connection to it, as people use it. */
  readonly people: Store;
  readonly provider: Provider;
}

function settable(clock: VirtualClock): SettableClock {
  let setBy = 0;
  return { now: () => clock.now() + setBy, set: (byMs) => void (setBy += byMs) };
}

export interface Watchers {
  readonly onCommit: (changed: Changed) => void;
  readonly onBilling: (entry: BillingEntry) => void;
  readonly onPartBilling: (entry: PartEntry) => void;
  /** Asked for each notification: true loses it. */
  readonly drop: () => boolean;
}

export async function openStage(
  { seed, clouds }: Pick<Scenario, "seed" | "clouds">,
  kind: DatabaseKind,
  watchers: (clock: VirtualClock, databaseClock: SettableClock) => Watchers,
): Promise<Stage> {
  const clock = new VirtualClock(SAMPLE_TIME, kind.followers);
  const databaseClock = settable(clock);
  const { onCommit, onBilling, onPartBilling, drop } = watchers(clock, databaseClock);
  const datacentre = createDatacentre({
    clouds: clouds.map(({ settings }) => settings),
    clock,
    seed,
    onBilling,
    onPartBilling,
  });
  const database = await kind.open({ clock, databaseClock, installation: INSTALLATION, onCommit, drop });
  const provider = simProvider({
    connect: ({ tenant, key }) => datacentre.connect({ tenant, key, lostAnswers: "hang" }),
    traits: TRAITS,
    sleep: (ms, signal) => clock.sleep(ms, signal),
  });
  return { clock, databaseClock, database, datacentre, people: patient(database.store, clock), provider };
}

/** The accounts, as yet unknown to the tracker, all in each pool; and who is limited. */
export async function stock(store: Store, { clouds, quotas }: Pick<Scenario, "clouds" | "quotas">): Promise<void> {
  await store.write(async (tx) => {
    for (const { settings } of clouds) {
      const { name } = settings;
      const fresh = { health: "unknown", images: {}, realms: {}, healthAt: null } as const;
      const where = { url: "http://127.0.0.1:1", tenant: name };
      const account = sampleAccount({ ...fresh, id: accountId(`acc-${name}`), settings: where });
      await tx.putAccount(account, openly.seal(JSON.stringify({ key: `${name}-key` })));
    }
    const members = clouds.map(({ settings, group }) => ({
      account: accountId(`acc-${settings.name}`),
      group,
      weight: 0,
    }));
    for (const name of POOLS) {
      const maxQuarantineMs = MOST_QUARANTINE_MS.get(name) ?? null;
      await tx.putPool(samplePool({ name, members, maxQuarantineMs, ...quotas?.pools[name] }));
    }
    for (const [name, limit] of Object.entries(quotas?.users ?? {})) await tx.putUser(userOf(name, limit));
  });
}

/** From now on nobody is limited, and no pool is. */
export async function liftQuotas(store: Store): Promise<void> {
  await store.write(async (tx) => {
    for (const pool of await tx.pools()) await tx.putPool({ ...pool, limit: UNLIMITED, userLimit: UNLIMITED });
    for (const user of (await tx.access()).users) await tx.putUser({ ...user, limit: UNLIMITED });
  });
}

const userOf = (name: string, limit: QuotaLimit): User => ({
  name,
  enabled: true,
  groups: [],
  subject: null,
  claims: [],
  grants: [],
  limit,
  createdAt: SAMPLE_TIME - DAY_MS,
});

/** What is sealed is not tried here. */
export const openly: Secrets = { seal: (text) => text, open: (sealed) => sealed };
