import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { sampleNewDeployment } from "../ports/store.samples.ts";
import { StoreAway } from "../ports/store.ts";
import { openPglite, openPostgres } from "./open.ts";
import { preparedFolder } from "./pglite.samples.ts";

// Making a database takes seconds, more on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let dataDir: string;

beforeEach(async () => {
  dataDir = join(await mkdtemp(join(tmpdir(), "slipway-open-")), "data");
});

afterEach(async () => {
  await rm(join(dataDir, ".."), { recursive: true, force: true });
});

/** What in a folder others may read or write. */
async function openToOthers(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(folder)) {
    const { mode } = await stat(join(folder, name));
    if ((mode & 0o077) !== 0) found.push(name);
  }
  return found;
}

test("the first start makes a sparing database, seeded, and goes on from one that was killed while at it", async () => {
  await preparedFolder(join(dataDir, "database.new", "half"));
  await chmod(dataDir, 0o755);
  const umask = process.umask(0);
  onTestFinished(() => void process.umask(umask));
  const store = await openPglite({ dataDir });
  expect(await openToOthers(dataDir)).toEqual([]);
  expect(await openToOthers(join(dataDir, "database"))).toEqual([]);
  const { installation, profiles, pools } = await store.read(async (tx) => ({
    installation: await tx.setting("installation"),
    profiles: await tx.profiles(),
    pools: await tx.pools(),
  }));
  expect(installation).toMatch(/^[a-z0-9]{10}$/);
  expect(profiles.map(({ name, cpu, memoryMib, storageGib }) => [name, cpu, memoryMib, storageGib])).toEqual([
    ["large", 4, 8192, 40],
    ["medium", 2, 4096, 20],
    ["small", 1, 2048, 10],
    ["xlarge", 8, 16_384, 80],
  ]);
  expect(pools.map(({ name }) => name)).toEqual(["default"]);
  await store.close();
  await expect(access(join(dataDir, "database.new"))).rejects.toThrow("ENOENT");
  const settings = await readFile(join(dataDir, "database", "postgresql.conf"), "utf8");
  expect(settings).toMatch(/^shared_buffers = 16MB$/m);
});

test("what was committed is there at the next start, under the same name of the installation", async () => {
  await preparedFolder(dataDir);
  const first = await openPglite({ dataDir });
  const row = sampleNewDeployment();
  await first.write((tx) => tx.insertDeployment(row));
  const name = await first.read((tx) => tx.setting("installation"));
  await first.close();
  const second = await openPglite({ dataDir });
  const found = await second.read(async (tx) => [
    await tx.deployment(row.deployment.id),
    await tx.setting("installation"),
  ]);
  expect(found).toEqual([row.deployment, name]);
  await second.close();
});

test("a start drops what was being written or put back when a process was killed, and nothing else", async () => {
  await preparedFolder(dataDir);
  for (const name of ["database.restored", "database.restored.new", "database.before-1"]) {
    await mkdir(join(dataDir, name, "base"), { recursive: true, mode: 0o700 });
  }
  await writeFile(join(dataDir, "backup.1"), "half of one");
  const store = await openPglite({ dataDir });
  await store.close();
  expect((await readdir(dataDir)).toSorted()).toEqual(["database", "database.before-1"]);
});

test("a folder is open once, and free again after the close", async () => {
  await preparedFolder(dataDir);
  const store = await openPglite({ dataDir });
  await expect(openPglite({ dataDir })).rejects.toMatchObject({ name: "StoreUnavailable", code: "in_use" });
  await store.close();
  await expect(store.read((tx) => tx.now())).rejects.toBeInstanceOf(StoreAway);
  await (await openPglite({ dataDir })).close();
});

test("a folder that holds no database of ours is refused, and left unlocked", async () => {
  await preparedFolder(dataDir);
  await writeFile(join(dataDir, "database", "PG_VERSION"), "9.6\n");
  await expect(openPglite({ dataDir })).rejects.toMatchObject({
    code: "cannot_open",
    message: expect.stringContaining(`${join(dataDir, "database")} cannot be opened as a database`),
  });
  await expect(access(join(dataDir, "lock"))).rejects.toThrow("ENOENT");
});

test("a server that does not answer is away", async () => {
  await expect(openPostgres({ url: "postgres://slipway@127.0.0.1:1/slipway" })).rejects.toBeInstanceOf(StoreAway);
});
