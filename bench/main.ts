// How many launches a second one process brings up, embedded, on a cloud that answers at once. Clocks of shared machines lie, so
// the figure to quote is the ratio to a bound measured in the same run: how often a second the same database commits a
// transaction of three small statements.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir, uptime } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { realClock as cloudClock } from "../datacentre/src/clock.ts";
import { createDatacentre } from "../datacentre/src/datacentre.ts";
import { plainCloud } from "../datacentre/src/presets.ts";
import { openClock } from "../src/clock.ts";
import { deploymentId } from "../src/core/ids.ts";
import { createEngine } from "../src/engine/engine.ts";
import { eventsTo } from "../src/log.ts";
import type { Store } from "../src/ports/store.ts";
import {
  sampleAccount,
  sampleBlueprint,
  sampleNewDeployment,
  samplePool,
  sampleResolvedInstance,
} from "../src/ports/store.samples.ts";
import { simProvider } from "../src/providers/sim/index.ts";
import { openPglite } from "../src/store/open.ts";

const realClock = openClock(uptime);
const LAUNCHES = 200;
const ROUNDS = 3;
const RAW_TRANSACTIONS = 300;

const chain = sampleBlueprint({
  instances: ["db", "app", "web"].map((name, i, all) =>
    sampleResolvedInstance({ name, images: ["debian-12"], dependsOn: all.slice(Math.max(0, i - 1), i) }),
  ),
});

/** Transactions a second that this database commits, three small statements each. */
async function rawPerSecond(store: Store): Promise<number> {
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

async function launchesPerSecond(store: Store, round: number): Promise<number> {
  const ids = Array.from({ length: LAUNCHES }, (_, i) => deploymentId(`bench${round}x${String(i).padStart(5, "0")}`));
  for (const id of ids) {
    await store.write((tx) =>
      tx.insertDeployment(sampleNewDeployment({ id, blueprint: chain, createdAt: Date.now() })),
    );
  }
  const begun = performance.now();
  for (;;) {
    const { rows } = await store.read((tx) =>
      tx.deployments({ states: ["running"], search: `bench${round}x`, limit: LAUNCHES }),
    );
    if (rows.length === LAUNCHES) return (LAUNCHES * 1000) / (performance.now() - begun);
    await realClock.sleep(100);
  }
}

const folder = await mkdtemp(join(tmpdir(), "slipway-bench-"));
const store = await openPglite({ dataDir: folder });
const host = { cpu: 1e5, memoryMib: 1e9, storageGib: 1e9 };
const roomy = plainCloud({ realms: [{ name: "plain-a", images: ["debian-12"], hosts: [host] }] });
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
const engine = createEngine({
  store,
  providers: new Map([
    ["sim", simProvider({ connect: () => datacentre.connect({ tenant: "plain", key: "plain-key" }) })],
  ]),
  secrets: { seal: (text) => text, open: (text) => text },
  clock: realClock,
  reach: { answers: async () => ({ passed: false, answer: "nothing is reached directly" }) },
  events: eventsTo("warn", { write: (line: string) => void process.stdout.write(line) }),
  installation: "bench00000",
  callbackBase: "http://127.0.0.1:1",
  random: Math.random,
  nonce: () => randomBytes(12).toString("base64url"),
});
await engine.round("poll");
await engine.start();
try {
  for (let round = 1; round <= ROUNDS; round += 1) {
    const raw = await rawPerSecond(store);
    const launches = await launchesPerSecond(store, round);
    const ratio = (raw / launches).toFixed(1);
    process.stdout.write(
      `round ${round}: ${launches.toFixed(0)} launches/s of 3 instances each; the same database commits ${raw.toFixed(0)} ` +
        `transactions/s of 3 statements; one launch costs as much as ${ratio} of them\n`,
    );
  }
} finally {
  await engine.stop();
  await store.close();
  await rm(folder, { recursive: true, force: true });
}
