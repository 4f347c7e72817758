// PostgreSQL on a disk that is full for a while in the middle of three launches: whoever asks is told so, nobody is given up, and when the
// server, which its log on a full disk ends, has come back, all goes on by itself.

import { Client } from "pg";
import { afterEach, beforeEach, describe, test, vi } from "vitest";
import { type Cluster, startCluster } from "./crash/cluster.ts";
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
import { until } from "./stage/poll.ts";
import { type ServerStage, startServer } from "./stage/server.ts";
import { mountSmallDisk, type SmallDisk, whyNoSmallDisk } from "./stage/small-disk.ts";

// A database server is made, and recovers from its end.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

/** So that it has to grow within seconds; as the server has it, log files of 16 MB are half of this disk. */
const LOG = { segmentMb: 1, settings: ["min_wal_size=2MB", "max_wal_size=4MB"] };

const why = whyNoSmallDisk();
if (why !== null) process.stdout.write(`skipped: ${why}\n`);

describe.skipIf(why !== null)("PostgreSQL on a disk that is full", () => {
  let disk: SmallDisk;
  let cluster: Cluster;
  let datacentre: DatacentreStage;
  let server: ServerStage;
  let url: string;

  beforeEach(async () => {
    disk = mountSmallDisk(DISK_MB);
    cluster = await startCluster({ folder: disk.path, isService: true, ...LOG });
    datacentre = await startRoomy();
    url = await cluster.freshDatabase("slipway");
    server = await startServer({ env: { DATABASE_URL: url, SLIPWAY_KEY: Buffer.alloc(32, 1).toString("base64") } });
    await server.addAccounts(datacentre, ["roomy"]);
  });

  afterEach(async () => {
    disk?.clear();
    await server?.child.end("SIGTERM");
    await datacentre?.stop();
    await cluster?.dispose();
    disk?.unmount();
  });

  /** Until it finds no room, and the server ends. */
  async function growLog(): Promise<void> {
    const client = new Client({ connectionString: url });
    client.on("error", () => undefined);
    try {
      await client.connect();
      for (;;) await client.query("select pg_logical_emit_message(true, 'filler', repeat('x', 100000))");
    } catch {
      // As its log tells.
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  test("for seconds within three launches, so that the server ends over its log, holds them up and no longer", async () => {
    const launched = await launchThree(server);
    await wait(FULL_AFTER_MS);
    disk.fill();
    await wait(FULL_MS / 2);
    await growLog();
    await until(async () => (/PANIC: .*No space left on device/.test(cluster.output()) ? true : null));
    await wait(FULL_MS / 2);
    const late = await launchLate(server);
    await expectRefusal(await server.ask("GET /readyz"));
    disk.clear();
    await expectAllUp({ server, datacentre }, [...launched, ...late]);
  });
});
