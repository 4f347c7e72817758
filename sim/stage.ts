// What a scenario is played on: one database in memory, the clouds, and the accounts at them.

import { createDatacentre, type Datacentre } from "../datacentre/src/datacentre.ts";
import type { BillingEntry } from "../datacentre/src/billing.ts";
import { VirtualClock } from "../datacentre/src/virtual-clock.ts";
import { accountId } from "../src/core/ids.ts";
import type { Provider } from "../src/ports/provider.ts";
import type { Secrets } from "../src/ports/secrets.ts";
import type { Store } from "../src/ports/store.ts";
import { SAMPLE_TIME, sampleAccount, samplePool } from "../src/ports/store.samples.ts";
import { simProvider } from "../src/providers/sim/index.ts";
import { type MemoryStore, openMemory } from "../src/store/memory/open.ts";
import type { Committed } from "../src/store/memory/rows.ts";
import { patient } from "./patience.ts";
import { TRAITS } from "./drawn-clouds.ts";
import type { CloudPlan } from "./scenario.ts";

export const INSTALLATION = "simulated0";

export interface Stage {
  /** How time goes: that of processes and clouds. */
  readonly clock: VirtualClock;
  /** The database's, which may be set. */
  readonly database: SettableClock;
  readonly datacentre: Datacentre;
  /** A connection of nobody; processes join. */
  readonly store: MemoryStore;
  /** The same, as people use it. */
  readonly people: Store;
  readonly provider: Provider;
}

export interface SettableClock {
  now(): number;
  set(byMs: number): void;
}

function settable(clock: VirtualClock): SettableClock {
  let setBy = 0;
  return { now: () => clock.now() + setBy, set: (byMs) => void (setBy += byMs) };
}

export interface Watchers {
  readonly onCommit: (changed: Committed) => void;
  readonly onBilling: (entry: BillingEntry) => void;
  /** Asked for each notification: true loses it. */
  readonly drop: () => boolean;
}

export function openStage(
  seed: string,
  clouds: readonly CloudPlan[],
  watchers: (clock: VirtualClock, database: SettableClock) => Watchers,
): Stage {
  const clock = new VirtualClock(SAMPLE_TIME);
  const database = settable(clock);
  const { onCommit, onBilling, drop } = watchers(clock, database);
  const datacentre = createDatacentre({ clouds: clouds.map(({ settings }) => settings), clock, seed, onBilling });
  const sleep = (ms: number): Promise<void> => clock.sleep(ms);
  const monotonic = (): number => clock.now();
  const store = openMemory({ clock: database, monotonic, installation: INSTALLATION, sleep, onCommit, drop });
  const provider = simProvider({
    connect: ({ tenant, key }) => datacentre.connect({ tenant, key, lostAnswers: "hang" }),
    traits: TRAITS,
    sleep: (ms, signal) => clock.sleep(ms, signal),
  });
  return { clock, database, datacentre, store, people: patient(store, clock), provider };
}

/** The accounts, as yet unknown to the tracker, all in one pool. */
export async function stock(store: Store, clouds: readonly CloudPlan[]): Promise<void> {
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
    await tx.putPool(samplePool({ members }));
  });
}

/** What is sealed is not tried here. */
export const openly: Secrets = { seal: (text) => text, open: (sealed) => sealed };
