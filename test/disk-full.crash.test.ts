// The embedded database on a disk that is full for a while in the middle of three launches: who asks is told so, nobody is given up, and
// when there is room again all goes on by itself. The datacentre lives in a process of its own; its billing log is the judge.

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { slipway } from "./stage/command.ts";
import type { DatacentreStage } from "./stage/datacentre.ts";
import {
  DISK_MB,
  expectAllUp,
  expectRefusal,
  FULL_AFTER_MS,
  FULL_MS,
  launchLate,
  launchThree,
  startRoomy,
  wait,
} from "./stage/full-disk.ts";
import { type ServerStage, startServer } from "./stage/server.ts";
import { mountSmallDisk, type SmallDisk, whyNoSmallDisk } from "./stage/small-disk.ts";

const why = whyNoSmallDisk();
if (why !== null) process.stdout.write(`skipped: ${why}\n`);

/** A disk of its own, with room again when it is left. */
function openDisk(): SmallDisk & Disposable {
  const disk = mountSmallDisk(DISK_MB);
  return { ...disk, [Symbol.dispose]: () => disk.unmount() };
}

/** Ended whoever it is then, when there is room again. */
async function openServer(disk: SmallDisk, datacentre: DatacentreStage) {
  let server = await startServer({ home: disk.path });
  await server.addAccounts(datacentre, ["roomy"]);
  return {
    now: (): ServerStage => server,
    async startAgain() {
      server = await startServer({ home: disk.path, port: Number(new URL(server.url).port) });
    },
    async [Symbol.asyncDispose]() {
      disk.clear();
      await server.child.end("SIGTERM");
    },
  };
}

// Each waits most of its time.
describe.skipIf(why !== null).concurrent("a disk that is full", () => {
  let datacentre: DatacentreStage;

  beforeAll(async () => {
    datacentre = await startRoomy();
  });

  afterAll(() => datacentre?.stop());

  test("for seconds within three launches holds them up and no longer", async () => {
    using disk = openDisk();
    await using running = await openServer(disk, datacentre);
    const server = running.now();
    const launched = await launchThree(server);
    await wait(FULL_AFTER_MS);
    disk.fill();
    await wait(FULL_MS / 2);
    const late = await launchLate(server);
    await expectRefusal(await server.ask("GET /readyz"));
    await wait(FULL_MS / 2);
    disk.clear();
    await expectAllUp({ server, datacentre }, [...launched, ...late]);
  });

  test("when the server is killed and started again keeps it from starting, in one line, and harms nothing", async () => {
    using disk = openDisk();
    await using running = await openServer(disk, datacentre);
    const { child, env } = running.now();
    const launched = await launchThree(running.now());
    await wait(FULL_AFTER_MS);
    disk.fill();
    await wait(1_000);
    await child.end("SIGKILL");
    disk.fill();
    const { code, err } = await slipway(["serve"], { ...env, SLIPWAY_LOG: "silent" });
    expect(code).toBe(2);
    expect(err).toMatch(/^slipway: [^\n]*no room left on its disk[^\n]*\n$/);
    disk.clear();
    await running.startAgain();
    await expectAllUp({ server: running.now(), datacentre }, launched);
  });

  test("from the first start on leaves nothing that keeps a later one from being the first", async () => {
    using disk = openDisk();
    const env = {
      SLIPWAY_DATA: join(disk.path, "data"),
      SLIPWAY_CONFIG: join(disk.path, "config.json"),
      SLIPWAY_LOG: "silent",
    };
    for (const leftMb of [0, 1, 10]) {
      disk.clear();
      disk.fill(leftMb);
      const { code, err } = await slipway(["migrate"], env);
      expect(code).toBe(2);
      expect(err).toMatch(/^slipway: [^\n]*no room left on its disk[^\n]*\n$/);
    }
    disk.clear();
    expect((await slipway(["migrate"], env)).code).toBe(0);
  });
});
