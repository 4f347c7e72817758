// The embedded database on a disk that is full for a while in the middle of three launches: who asks is told so, nobody is given up, and
// when there is room again all goes on by itself. The datacentre lives in a process of its own; its billing log is the judge.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Deployment } from "../src/contract/deployment.ts";
import { Problem } from "../src/contract/problem.ts";
import { slipway } from "./stage/command.ts";
import { type DatacentreStage, quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { until } from "./stage/poll.ts";
import { type ServerStage, startServer } from "./stage/server.ts";
import { mountSmallDisk, type SmallDisk, whyNoSmallDisk } from "./stage/small-disk.ts";

const SHOP = `
slipway: 1
name: shop
instances:
  db: { image: postgres-16, profile: small }
  app: { count: 2, image: debian-12, profile: small, userData: "DB=\${{ db.privateAddress }}" }
  web: { image: nginx-1, profile: small, dependsOn: [app] }
`;

/** The database takes 40 of them. */
const DISK_MB = 75;
const FULL_AFTER_MS = 1_000;
const FULL_MS = 14_000;

const why = whyNoSmallDisk();
if (why !== null) process.stdout.write(`skipped: ${why}\n`);

describe.skipIf(why !== null)("a disk that is full", () => {
  let datacentre: DatacentreStage;
  let disk: SmallDisk;
  let server: ServerStage;

  beforeAll(async () => {
    datacentre = await startDatacentre([
      quickCloud("roomy", {
        latency: { kind: "uniform", minMs: 60, maxMs: 200 },
        boot: { kind: "uniform", minMs: 1_000, maxMs: 3_000 },
      }),
    ]);
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

  const launchThree = (): Promise<Deployment[]> =>
    Promise.all([1, 2, 3].map((no) => server.launch(SHOP, { name: `shop-${no}` })));

  async function expectAllUp(launched: readonly Deployment[]): Promise<void> {
    for (const { id } of launched) {
      const { state, failure, parked, machines } = await server.reaches(id, ["running", "failed"], 120_000);
      expect({ state, failure, parked }).toEqual({ state: "running", failure: null, parked: null });
      const alive = (await datacentre.alive()).filter(({ labels }) => labels["slipway-deployment"] === id);
      const open = machines.filter((machine) => machine.open).map(({ externalId }) => externalId ?? "");
      expect(alive.map(({ machineId }) => machineId).toSorted()).toEqual(open.toSorted());
      expect(alive).toHaveLength(4);
      await server.ask(`POST /v1/deployments/${id}/stop`);
      await server.reaches(id, ["stopped"], 60_000);
    }
    await until(async () => ((await server.ask("GET /readyz")).ok ? true : null));
    expect(await datacentre.alive()).toEqual([]);
  }

  /** What a server on a full disk says when it is asked to change something, and when it is asked whether it is ready. */
  async function expectRefusals(): Promise<void> {
    const bodies = { launch: { blueprint: { source: SHOP }, name: "late" } };
    const refusals = [await server.ask("POST /v1/deployments", bodies.launch), await server.ask("GET /readyz")];
    for (const reply of refusals) {
      expect([reply.status, reply.headers.get("content-type")]).toEqual([503, "application/problem+json"]);
      expect(reply.headers.get("retry-after")).toBe("5");
      const { code, detail } = Problem.parse(await reply.json());
      expect(code).toBe("unavailable");
      expect(detail).toMatch(/^The database (has no room left on its disk|is starting or stopping); /);
      expect(detail).not.toContain(disk.path);
    }
  }

  test("for seconds within three launches holds them up and no longer", async () => {
    const launched = await launchThree();
    await wait(FULL_AFTER_MS);
    disk.fill();
    await wait(FULL_MS / 2);
    await expectRefusals();
    await wait(FULL_MS / 2);
    disk.clear();
    await expectAllUp(launched);
  });

  test("when the server is killed and started again keeps it from starting, in one line, and harms nothing", async () => {
    const launched = await launchThree();
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
    await expectAllUp(launched);
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

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
