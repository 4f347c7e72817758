// What ends a life of the embedded database for real: a circle without an end, which takes a processor while it lasts, and a full disk.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kysely, sql } from "kysely";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { mountSmallDisk, whyNoSmallDisk } from "../../test/stage/small-disk.ts";
import { StoreAway } from "../ports/store.ts";
import { listenOnLite } from "./listen.ts";
import { liteDialect } from "./lite-dialect.ts";
import { openLite } from "./lite.ts";
import { CHANNELS } from "./notices.ts";
import { preparedFolder } from "./pglite.samples.ts";
import { storeOn } from "./repositories.ts";
import type { Tables } from "./schema.ts";

/** Longer than any statement here takes on a busy machine, but the one that never ends. */
const SILENCE_MS = 10_000;

async function openIn(folder: string) {
  await preparedFolder(folder);
  const lite = await openLite(join(folder, "database"), CHANNELS, SILENCE_MS);
  const db = new Kysely<Tables>({ dialect: liteDialect(lite) });
  const store = storeOn(db, { listening: listenOnLite(lite), closing: () => db.destroy() });
  return { db, store };
}

test("a statement that never ends is given up with its life, and the next transaction has another", async () => {
  const folder = await mkdtemp(join(tmpdir(), "slipway-lite-"));
  const { db, store } = await openIn(folder);
  await store.write((tx) => tx.setSetting("colour", "red"));
  const endless = db.transaction().execute((trx) => sql`select count(*) from generate_series(1, 1e15)`.execute(trx));
  await expect(endless).rejects.toThrow(`the database has not answered for ${SILENCE_MS} ms`);
  expect(await store.read((tx) => tx.setting("colour"))).toBe("red");
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const why = whyNoSmallDisk();
if (why !== null) process.stdout.write(`skipped: ${why}\n`);

describe.skipIf(why !== null)("a full disk", () => {
  test("in which the log has to grow ends one life after the other, and the first that finds room has all that was committed", async () => {
    const disk = mountSmallDisk(75);
    const { db, store } = await openIn(disk.path);
    onTestFinished(async () => {
      await store.close();
      disk.unmount();
    });
    const reason = async (): Promise<string | null> =>
      db
        .transaction()
        .execute((trx) => sql`update numbers set number = number + 1`.execute(trx))
        .then(
          () => null,
          (error: unknown) => (error instanceof Error ? error.message : String(error)),
        );
    await sql`create table numbers as select 0 as number from generate_series(1, 50)`.execute(db);
    disk.fill();
    let committed = 0;
    let said: string | null = null;
    while (!/xlogtemp/.test(said ?? "")) {
      said = await reason();
      if (said === null) committed += 1;
    }
    expect(said).toMatch(/^PANIC: .*No space left on device$/);
    const away = await store.write((tx) => tx.setSetting("colour", "red")).catch((error: unknown) => error);
    expect(away).toMatchObject({
      name: "StoreAway",
      reason: "no_space",
      cause: { message: expect.stringMatching("FATAL") },
    });
    expect(away).toBeInstanceOf(StoreAway);
    disk.clear();
    await vi.waitFor(() => store.write((tx) => tx.setSetting("colour", "red")), { interval: 100, timeout: 20_000 });
    const { rows } = await sql<{ sum: number }>`select sum(number)::int as sum from numbers`.execute(db);
    // Whether the one in which the life ended was committed, nobody can know.
    expect([committed * 50, (committed + 1) * 50]).toContain(rows[0]?.sum);
  });
});
