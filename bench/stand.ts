// What benches run on: a database of their own, one cloud without bounds that answers at once, and an engine.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir, uptime } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { realClock as cloudClock } from "../datacentre/src/clock.ts";
import { createDatacentre } from "../datacentre/src/datacentre.ts";
import { plainCloud } from "../datacentre/src/presets.ts";
import type { CloudSettings } from "../datacentre/src/settings.ts";
import { openClock } from "../src/clock.ts";
import { type DeploymentId, deploymentId } from "../src/core/ids.ts";
import { DEPLOYMENT_STATES } from "../src/core/states.ts";
import { createEngine, type Engine } from "../src/engine/engine.ts";
import { eventsTo } from "../src/log.ts";
import type { Cloud, Provider } from "../src/ports/provider.ts";
import type { Store } from "../src/ports/store.ts";
import {
  sampleAccount,
  sampleBlueprint,
  sampleNewDeployment,
  samplePool,
  sampleResolvedInstance,
} from "../src/ports/store.samples.ts";
import { simProvider } from "../src/providers/sim/index.ts";
import { openPglite, openPostgres } from "../src/store/open.ts";

export const clock = openClock(uptime);
export const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Three instances, each of which waits for the one before. */
export const CHAIN = sampleBlueprint({
  instances: ["db", "app", "web"].map((name, i, all) =>
    sampleResolvedInstance({ name, images: ["debian-12"], dependsOn: all.slice(Math.max(0, i - 1), i) }),
  ),
});

export interface Stand {
  readonly store: Store;
  readonly engine: Engine;
  /** `postgres`, or `embedded`. */
  readonly database: string;
  close(): Promise<void>;
}

interface StandOptions {
  readonly url?: string | undefined;
  /** That of the embedded database, which stays. */
  readonly dataDir?: string | undefined;
  readonly cloud?: Partial<CloudSettings>;
  /** What the account's cloud does otherwise. */
  readonly otherwise?: (cloud: Cloud) => Partial<Cloud>;
  /** Nothing goes on but the rounds that somebody asks for. */
  readonly isStill?: boolean;
}

/** On the PostgreSQL at `url`, which must be empty; without one embedded, in `dataDir` or a folder that `close` takes away. */
export async function openStand(options: StandOptions = {}): Promise<Stand> {
  const { url, dataDir, cloud = {}, otherwise = () => ({}), isStill = false } = options;
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), "slipway-bench-")));
  const store = url === undefined ? await openPglite({ dataDir: folder }) : await openPostgres({ url });
  const host = { cpu: 1e6, memoryMib: 1e9, storageGib: 1e9 };
  const roomy = plainCloud({ realms: [{ name: "plain-a", images: ["debian-12"], hosts: [host] }], ...cloud });
  const datacentre = createDatacentre({ clouds: [roomy], clock: cloudClock });
  const account = sampleAccount({
    settings: { url: "http://127.0.0.1:1", tenant: "plain" },
    pollAt: Date.now(),
    images: {},
    limiter: { parallel: 32, pausedUntil: null },
  });
  await store.write(async (tx) => {
    await tx.putAccount(account, JSON.stringify({ key: "plain-key" }));
    await tx.putPool(samplePool({ members: [{ account: account.id, group: 0, weight: 0 }] }));
  });
  const sim = simProvider({ connect: () => datacentre.connect({ tenant: "plain", key: "plain-key" }) });
  const open: Provider["open"] = (...of) => {
    const opened = sim.open(...of);
    return { ...opened, ...otherwise(opened) };
  };
  const engine = createEngine({
    store,
    providers: new Map([["sim", { ...sim, open }]]),
    secrets: { seal: (text) => text, open: (text) => text },
    clock,
    reach: { answers: async () => ({ passed: false, answer: "nothing is reached directly" }) },
    events: eventsTo("warn", { write: (line: string) => void process.stdout.write(line) }),
    installation: "bench00000",
    callbackBase: "http://127.0.0.1:1",
    random: Math.random,
    nonce: () => randomBytes(12).toString("base64url"),
  });
  await engine.round("poll");
  if (!isStill) await engine.start();
  return {
    store,
    engine,
    database: url === undefined ? "embedded" : "postgres",
    async close() {
      await engine.stop();
      await store.close();
      if (dataDir === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

export const RAW_TRANSACTIONS = 300;

/** Transactions a second that this database commits, three small statements each, one after the other. */
export async function rawPerSecond(store: Store): Promise<number> {
  const begun = performance.now();
  for (let i = 0; i < RAW_TRANSACTIONS; i += 1) {
    await store.write(async (tx) => {
      await tx.setSetting("bench", String(i));
      await tx.setting("bench");
      await tx.setSetting("bench", "done");
    });
  }
  return (RAW_TRANSACTIONS * 1000) / (performance.now() - begun);
}

/** So many chains at the same moment, and how many milliseconds until all of them run. */
export async function launchAll(store: Store, mark: string, count: number): Promise<number> {
  const ids: DeploymentId[] = Array.from({ length: count }, (_, i) =>
    deploymentId(`${mark}x${String(i).padStart(5, "0")}`),
  );
  const begun = performance.now();
  for (const id of ids) {
    const now = await store.read((tx) => tx.now());
    const row = { id, blueprint: CHAIN, createdAt: now, since: now, wakeAt: now };
    await store.write((tx) => tx.insertDeployment(sampleNewDeployment(row)));
  }
  for (;;) {
    const left = await store.read((tx) => tx.deployments({ states: ON_THE_WAY, search: `${mark}x`, limit: 1 }));
    if (left.rows.length === 0) break;
    await clock.sleep(count === 1 ? 5 : 100);
  }
  const tookMs = performance.now() - begun;
  const most = Math.min(count, 500);
  const up = await store.read((tx) => tx.deployments({ states: ["running"], search: `${mark}x`, limit: most }));
  if (up.rows.length < most) throw new Error(`${up.rows.length} of ${most} launches came up`);
  return tookMs;
}

const ON_THE_WAY = DEPLOYMENT_STATES.filter((state) => state !== "running");
