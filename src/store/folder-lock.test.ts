import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockFolder } from "./folder-lock.ts";

let folder: string;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "slipway-lock-")), "data");
});

afterEach(async () => {
  await rm(join(folder, ".."), { recursive: true, force: true });
});

const noSleep = () => Promise.reject(new Error("slept"));

/** Another process that locks the folder: what it says, and a way to end it. */
function otherProcess() {
  const script = `
    import { lockFolder } from ${JSON.stringify(new URL("folder-lock.ts", import.meta.url).href)};
    try {
      await lockFolder(${JSON.stringify(folder)});
      console.log("locked");
      setInterval(() => {}, 1000);
    } catch (error) {
      console.log(error.code + ": " + error.message);
    }`;
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", script]);
  const said = once(child.stdout, "data").then(([chunk]) => String(chunk).trim());
  const kill = async () => {
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
  };
  return { said, kill };
}

test("a second process is told who has the folder, and what to do", async () => {
  const lock = await lockFolder(folder, noSleep);
  const text = `in_use: ${folder} is in use by pid ${process.pid}; set DATABASE_URL for several processes`;
  expect(await otherProcess().said).toBe(text);
  await lock.release();
  const other = otherProcess();
  expect(await other.said).toBe("locked");
  await other.kill();
});

test("the lock of a process that was killed is taken over", async () => {
  const other = otherProcess();
  expect(await other.said).toBe("locked");
  await expect(lockFolder(folder, noSleep)).rejects.toThrow(/is in use by pid \d+; set DATABASE_URL/);
  await other.kill();
  const lock = await lockFolder(folder, noSleep);
  expect(await readdir(folder)).toEqual(["lock"]);
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
});

test("a pid that was given to another process since does not hold the lock", async () => {
  const lock = await lockFolder(folder, noSleep);
  const text = await readFile(join(folder, "lock"), "utf8");
  await lock.release();
  await writeFile(join(folder, "lock"), text.replace(/"startedAt":"\d+"/, '"startedAt":"1"'));
  await (await lockFolder(folder, noSleep)).release();
});

test("of two that start at once in one process, one gets the folder", async () => {
  const both = await Promise.allSettled([lockFolder(folder, noSleep), lockFolder(folder, noSleep)]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
});

test("a second release leaves the lock of whoever came after", async () => {
  const first = await lockFolder(folder, noSleep);
  await first.release();
  const second = await lockFolder(folder, noSleep);
  await first.release();
  await expect(lockFolder(folder, noSleep)).rejects.toThrow("in use");
  await second.release();
});

test("a holder in another container lives as long as it moves its file", async () => {
  const elsewhere = { pid: 1, startedAt: "1", place: "another" };
  const path = join(folder, "lock");
  await (await lockFolder(folder, noSleep)).release();
  await writeFile(path, JSON.stringify(elsewhere));
  let naps = 0;
  const beaten = async () => {
    naps += 1;
    await utimes(path, naps, naps);
  };
  await expect(lockFolder(folder, beaten)).rejects.toThrow("is in use by pid 1;");
  const lock = await lockFolder(folder, async () => undefined);
  await lock.release();
});

test("what is no lock of ours is replaced", async () => {
  await (await lockFolder(folder, noSleep)).release();
  await writeFile(join(folder, "lock"), "");
  await (await lockFolder(folder, noSleep)).release();
});

test("a folder that cannot be written is named in one line", async () => {
  await (await lockFolder(folder, noSleep)).release();
  await writeFile(join(folder, "file"), "");
  const below = join(folder, "file", "data");
  await expect(lockFolder(below, noSleep)).rejects.toMatchObject({
    name: "StoreUnavailable",
    code: "not_writable",
    message: `${below} cannot be written (ENOTDIR)`,
  });
});

test("folders above it are made as well, for their owner alone", async () => {
  const below = join(folder, "deep", "down");
  await (await lockFolder(below)).release();
  expect((await stat(join(folder, "deep"))).mode & 0o777).toBe(0o700);
});

test.runIf(existsSync("/proc/self"))("a folder where none can be made ends at once", async () => {
  await expect(lockFolder("/proc/nothing/here")).rejects.toMatchObject({
    code: "not_writable",
    message: "/proc/nothing/here cannot be written (ENOENT)",
  });
});
