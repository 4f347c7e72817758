// What becomes of launches on the embedded database as its folder fills: rounds of chains of three, whose machines stay up, and then the same in a
// folder that holds very many ended ones. What a machine's clock says depends on what else it does, so what to look at is the processor time of
// a launch beside that of a bare transaction of the same moment.
//
//   node --liftoff-only bench/growth.ts [--rounds 20] [--launches 400] [--ended 100000] [--after 5]

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kysely } from "kysely";
import { dropTemplate, fillWithEnded } from "../src/store/ended.samples.ts";
import { listenOnLite } from "../src/store/listen.ts";
import { openLite } from "../src/store/lite.ts";
import { liteDialect } from "../src/store/lite-dialect.ts";
import { openPglite } from "../src/store/open.ts";
import { storeOn } from "../src/store/repositories.ts";
import type { Tables } from "../src/store/schema.ts";
import { loadText, option } from "./crew.ts";
import { launchAll, openStand, print, RAW_TRANSACTIONS, rawPerSecond, type Stand } from "./stand.ts";

const ROUNDS = option("rounds", 20);
const LAUNCHES = option("launches", 400);
const ENDED = option("ended", 100_000);
const AFTER = option("after", 5);

/** Of this process, whose thread the database is. */
async function processorMs(act: () => Promise<unknown>): Promise<number> {
  const began = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1_000;
}

async function round({ store }: Stand, mark: string): Promise<void> {
  let perSecond = 0;
  let raw = 0;
  const rawMs = (await processorMs(async () => (raw = await rawPerSecond(store)))) / RAW_TRANSACTIONS;
  const ms = await processorMs(async () => (perSecond = (LAUNCHES * 1_000) / (await launchAll(store, mark, LAUNCHES))));
  print(
    `${mark}: ${(ms / LAUNCHES).toFixed(1)} ms of processor time a launch, as much as ${(ms / LAUNCHES / rawMs).toFixed(0)} bare transactions; ` +
      `${perSecond.toFixed(0)} launches/s, ${raw.toFixed(0)} bare transactions/s; ${loadText()}`,
  );
}

/** One statement makes rows of one kind for all of them, and may take minutes. */
const SILENCE_MS = 3_600_000;

async function fill(dataDir: string, count: number): Promise<void> {
  await (await openPglite({ dataDir })).close();
  const lite = await openLite(join(dataDir, "database"), [], SILENCE_MS);
  const db = new Kysely<Tables>({ dialect: liteDialect(lite) });
  const store = storeOn(db, { listening: listenOnLite(lite), closing: () => lite.close() });
  await fillWithEnded(store, db, count);
  await dropTemplate(db);
  await store.close();
}

/** Rounds in a folder of their own, in which so many have ended before. */
async function rounds(count: number, ended: number): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), "slipway-growth-"));
  try {
    if (ended > 0) await fill(dataDir, ended);
    const stand = await openStand({ dataDir });
    for (let no = 1; no <= count; no += 1) await round(stand, `round${no}`);
    await stand.close();
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

await rounds(ROUNDS, 0);
print(`with ${ENDED} ended deployments`);
await rounds(AFTER, ENDED);
process.exit();
