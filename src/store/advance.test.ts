import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kysely } from "kysely";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { deploymentId } from "../core/ids.ts";
import {
  sampleAccount,
  sampleAttempt,
  sampleChanges,
  sampleEvent,
  sampleMachine,
  sampleNewDeployment,
  samplePool,
} from "../ports/store.samples.ts";
import type { SealedChanges, Store, Tx } from "../ports/store.ts";
import { listenOnLite } from "./listen.ts";
import { openLite } from "./lite.ts";
import { liteDialect } from "./lite-dialect.ts";
import { CHANNELS } from "./notices.ts";
import { preparedFolder } from "./pglite.samples.ts";
import { storeOn } from "./repositories.ts";
import type { Tables } from "./schema.ts";

// One database for all tests, on a machine that may be busy with other files.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

/** Not due while the tests run. */
const NEVER = Date.UTC(2200, 0);

let folder: string;
let db: Kysely<Tables>;
let store: Store;
let statements = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-advance-"));
  await preparedFolder(folder);
  const lite = await openLite(join(folder, "database"), CHANNELS);
  const log = () => void (statements += 1);
  db = new Kysely<Tables>({ dialect: liteDialect(lite), log });
  store = storeOn(db, { listening: listenOnLite(lite), closing: () => db.destroy() });
});

afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** Launches so many deployments, and counts the statements of the batch that decides all of them. */
async function statementsOfBatch(count: number): Promise<number> {
  const name = (n: number) => deploymentId(`batch${count}x${String(n).padStart(4, "0")}`);
  await store.write(async (tx) => {
    for (let n = 0; n < count; n += 1) await tx.insertDeployment(sampleNewDeployment({ id: name(n) }));
  });
  const before = statements;
  await store.write(async (tx) => {
    const due = await tx.lockDue(count);
    const markets = await tx.markets(["default"]);
    const snapshots = await tx.snapshots(due.ids);
    await tx.secretsOf(due.ids);
    expect([due.ids.length, snapshots.length, markets.size]).toEqual([count, count, 1]);
    await tx.apply(
      snapshots.map(({ deployment, instances }) => {
        const { id, eventNo } = deployment;
        const machine = sampleMachine({ deployment: id });
        return sampleChanges(
          { ...deployment, state: "pending", attemptNo: 1, eventNo: eventNo + 1, wakeAt: due.now + 60_000 },
          {
            attempts: [sampleAttempt({ deployment: id })],
            instances: instances.map((row) => ({ ...row, state: "pending" as const, machine: machine.id })),
            newMachines: [{ machine, request: "sealed" }],
            events: [sampleEvent({ deployment: id, no: eventNo + 1 })],
          },
        );
      }),
    );
  });
  return statements - before;
}

test("a sealed request is kept until its create was answered, and no longer", async () => {
  await store.write(async (tx) => {
    await tx.putAccount(sampleAccount(), null);
    await tx.putPool(samplePool());
  });
  const id = deploymentId("request00001");
  const machine = sampleMachine({ deployment: id });
  const kept = () => db.selectFrom("machines").select("request").where("id", "=", machine.id).executeTakeFirst();
  await store.write(async (tx) => {
    await tx.insertDeployment(sampleNewDeployment({ id }));
    await tx.apply(
      await changesOf(tx, {
        attempts: [sampleAttempt({ deployment: id })],
        newMachines: [{ machine, request: "sealed" }],
      }),
    );
    await tx.apply(await changesOf(tx, { machines: [{ ...machine, failures: 1 }] }));
  });
  expect(await kept()).toEqual({ request: "sealed" });
  await store.write(async (tx) => {
    await tx.apply(await changesOf(tx, { machines: [{ ...machine, state: "in_doubt" }] }));
  });
  expect(await kept()).toEqual({ request: null });

  async function changesOf(tx: Tx, more: Partial<SealedChanges>) {
    const deployment = await tx.deployment(id);
    return deployment === null ? [] : [sampleChanges({ ...deployment, wakeAt: NEVER }, more)];
  }
});

test("a batch of decisions takes the same few statements, whatever its size", async () => {
  await store.write(async (tx) => {
    await tx.putAccount(sampleAccount(), null);
    await tx.putPool(samplePool());
  });
  const forOne = await statementsOfBatch(1);
  // Two of them for the quotas of users.
  expect(forOne).toBeLessThanOrEqual(25);
  expect(await statementsOfBatch(40)).toBe(forOne);
});
