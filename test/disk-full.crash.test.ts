// The embedded database on a disk that is full for a while in the middle of three launches: who asks is told so, nobody is given up, and
// when there is room again all goes on by itself. The datacentre lives in a process of its own; its billing log is the judge.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
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

describe.skipIf(why !== null)("a disk that is full", () => {
  let datacentre: DatacentreStage;
  let disk: SmallDisk;
  let server: ServerStage;

  beforeAll(async () => {
    datacentre = await startRoomy();
  });

  beforeEach(async () => {
    disk = mountSmallDisk(DISK_MB);
    server = await startServer({ home: disk.path });
    await server.addAccounts(datacentre, ["roomy"]);
  });

  afterEach(async () => {
    disk.clear();
    await server.child.end("SIGTERM");
    disk.unmount();
  });

  afterAll(() => datacentre?.stop());

  test("for seconds within three launches holds them up and no longer", async () => {
    const launched = await launchThree(server);
    await wait(FULL_AFTER_MS);
    disk.fill();
    await wait(FULL_MS / 2);
    expect(await launchLate(server, "late")).toBeNull();
    await expectRefusal(await server.ask("GET /readyz"));
    await wait(FULL_MS / 2);
    disk.clear();
    await expectAllUp({ server, datacentre }, launched);
  });

  test("when the server is killed and started again keeps it from starting, in one line, and harms nothing", async () => {
    const launched = await launchThree(server);
    await wait(FULL_AFTER_MS);
    disk.fill();
    await wait(1_000);
    await server.child.end("SIGKILL");
    disk.fill();
    const { code, err } = await slipway(["serve"], { ...server.env, SLIPWAY_LOG: "silent" });
    expect(code).toBe(2);
    expect(err).toMatch(/^slipway: [^\n]*no room left on its disk[^\n]*\n$/);
    disk.clear();
    server = await startServer({ home: disk.path, port: Number(new URL(server.url).port) });
    await expectAllUp({ server, datacentre }, launched);
  });

  test("from the first start on leaves nothing that keeps a later one from being the first", async () => {
    const env = { ...server.env, SLIPWAY_DATA: join(disk.path, "other"), SLIPWAY_LOG: "silent" };
    for (const leftMb of [0, 1, 10]) {
      disk.clear();
      disk.fill(leftMb);
      const { code, err } = await slipway(["migrate"], env);
      expect(code).toBe(2);
      expect(err).toMatch(/^slipway: [^\n]*no room left on its disk[^\n]*\n$/);
    }
    await server.child.end("SIGTERM");
    rmSync(join(disk.path, "data"), { recursive: true });
    disk.clear();
    expect((await slipway(["migrate"], env)).code).toBe(0);
  });
});
