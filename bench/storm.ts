// Forty launches of fifty instances at once, over ten accounts that sell 900 sizes in 20 realms each: how long until all of it is asked for, and how
// long until all of it runs. Embedded, or on PostgreSQL where SLIPWAY_DATABASE_URL names one. The bound of the same run: how long the same
// engine takes for them where each account sells one size in one realm.

import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir, uptime } from "node:os";
import { join } from "node:path";
import { realClock as cloudClock } from "../datacentre/src/clock.ts";
import { createDatacentre, type Datacentre } from "../datacentre/src/datacentre.ts";
import { plainCloud } from "../datacentre/src/presets.ts";
import type { CloudSettings } from "../datacentre/src/settings.ts";
import { openClock } from "../src/clock.ts";
import { accountId, deploymentId } from "../src/core/ids.ts";
import { createEngine } from "../src/engine/engine.ts";
import { eventsTo } from "../src/log.ts";
import {
  sampleAccount,
  sampleBlueprint,
  sampleNewDeployment,
  samplePool,
  sampleResolvedInstance,
} from "../src/ports/store.samples.ts";
import { simProvider } from "../src/providers/sim/index.ts";
import { openPglite, openPostgres } from "../src/store/open.ts";

const LAUNCHES = 40;
const INSTANCES = 50;
const ACCOUNTS = 10;
const PATIENCE_MS = 10 * 60_000;
const clock = openClock(uptime);

const blueprint = sampleBlueprint({
  instances: Array.from({ length: INSTANCES }, (_, at) =>
    sampleResolvedInstance({ name: `member-${at}`, group: `group-${at % 5}`, index: at, images: ["debian-12"] }),
  ),
});

/** An account's cloud that sells so much. */
function cloudOf(name: string, at: number, { realms, sizes }: { realms: number; sizes: number }): CloudSettings {
  const host = { cpu: 1e6, memoryMib: 1e9, storageGib: 1e9 };
  return plainCloud({
    name,
    tenants: [{ name, key: "key" }],
    pageSize: 1_000,
    realms: Array.from({ length: realms }, (_, no) => ({ name: `r${no}`, images: ["debian-12"], hosts: [host] })),
    sizes: Array.from({ length: sizes }, (_, no) => ({
      name: `size-${no}`,
      cpu: 1 + (no % 64),
      memoryMib: 2_048 * (1 + ((no * 7) % 64)),
      storageGib: 20,
      hourlyPrice: 0.001 * (1 + ((no * 31 + at * 17) % 5_000)),
    })),
  });
}

/** Of all storms: a database may still know the accounts of the one before. */
const datacentres = new Map<string, Datacentre>();

function datacentreOf(cloud: string): Datacentre {
  const datacentre = datacentres.get(cloud);
  if (datacentre === undefined) throw new Error(`there is no ${cloud}`);
  return datacentre;
}

async function storm(realms: number, sizes: number): Promise<{ askedMs: number; runsMs: number }> {
  const url = process.env["SLIPWAY_DATABASE_URL"];
  const folder = await mkdtemp(join(tmpdir(), "slipway-storm-"));
  const store = url === undefined ? await openPglite({ dataDir: folder }) : await openPostgres({ url });
  const mark = randomBytes(3).toString("hex");
  const clouds = Array.from({ length: ACCOUNTS }, (_, at) => cloudOf(`cloud-${at}-${mark}`, at, { realms, sizes }));
  const datacentre = createDatacentre({ clouds, clock: cloudClock });
  for (const { name } of clouds) datacentres.set(name, datacentre);
  const ids = clouds.map(({ name }) => accountId(`acc-${name}`));
  await store.write(async (tx) => {
    for (const [at, { name }] of clouds.entries()) {
      const id = accountId(`acc-${name}`);
      const settings = { url: "http://127.0.0.1:1", tenant: name };
      const limiter = { parallel: 32, pausedUntil: null };
      const row = { id, name, settings, images: {}, realms: {}, limiter, pollAt: Date.now() + at };
      await tx.putAccount(sampleAccount(row), JSON.stringify({ key: "key" }));
    }
    await tx.putPool(samplePool({ name: mark, members: ids.map((account) => ({ account, group: 0, weight: 0 })) }));
  });
  const engine = createEngine({
    store,
    providers: new Map([
      ["sim", simProvider({ connect: ({ tenant, key }) => datacentreOf(tenant).connect({ tenant, key }) })],
    ]),
    secrets: { seal: (text) => text, open: (text) => text },
    clock,
    reach: { answers: async () => ({ passed: false, answer: "nothing is reached directly" }) },
    events: eventsTo("error", { write: (line: string) => void process.stdout.write(line) }),
    installation: "bench00000",
    callbackBase: "http://127.0.0.1:1",
    random: Math.random,
    nonce: () => randomBytes(12).toString("base64url"),
  });
  await engine.start();
  try {
    const until = async (isSo: () => Promise<boolean>): Promise<number> => {
      const begun = performance.now();
      while (!(await isSo())) {
        if (performance.now() - begun > PATIENCE_MS) throw new Error("it takes too long");
        await clock.sleep(100);
      }
      return performance.now() - begun;
    };
    await until(async () =>
      (await store.read((tx) => tx.accounts())).every(({ id, offersAt }) => offersAt !== null || !ids.includes(id)),
    );
    for (let no = 0; no < LAUNCHES; no += 1) {
      const now = await store.read((tx) => tx.now());
      const id = deploymentId(`${mark}x${no}`);
      const row = { id, name: id, pool: mark, blueprint, createdAt: now, since: now, wakeAt: now };
      await store.write((tx) => tx.insertDeployment(sampleNewDeployment(row)));
    }
    const listed = async () => (await store.read((tx) => tx.deployments({ search: `${mark}x`, limit: LAUNCHES }))).rows;
    const begun = performance.now();
    await until(async () => (await listed()).every(({ attempt }) => attempt !== null));
    const askedMs = performance.now() - begun;
    await until(async () => (await listed()).every(({ deployment }) => deployment.state === "running"));
    return { askedMs, runsMs: performance.now() - begun };
  } finally {
    await engine.stop();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const bound = await storm(1, 1);
const full = await storm(20, 900);
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
process.stdout.write(
  `${LAUNCHES} launches of ${INSTANCES} instances, ${ACCOUNTS} accounts: all placed after ${seconds(full.askedMs)}, all up after ${seconds(full.runsMs)}; ` +
    `where each account sells one size, after ${seconds(bound.askedMs)} and ${seconds(bound.runsMs)} (${(full.runsMs / bound.runsMs).toFixed(2)} times as long)
`,
);
