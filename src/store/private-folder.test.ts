import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { closeToOthers } from "./private-folder.ts";

let folder: string;
let told: string[];
const say = (line: string): void => void told.push(line);

/** A data folder after some use, with everything open to everybody. */
beforeEach(async () => {
  told = [];
  folder = await mkdtemp(join(tmpdir(), "slipway-private-"));
  await mkdir(join(folder, "database/base/5"), { recursive: true });
  for (const file of ["lock", "key", "database/PG_VERSION", "database/base/5/1"])
    await writeFile(join(folder, file), "");
  await setAll("777", "666");
  await chmod(folder, 0o755);
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function setAll(folders: string, files: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    await chmod(join(entry.parentPath, entry.name), Number.parseInt(entry.isDirectory() ? folders : files, 8));
  }
}

const modeOf = async (path = ""): Promise<string> => ((await stat(join(folder, path))).mode & 0o7777).toString(8);

/** What below the folder somebody else could read or write. */
async function openParts(): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const modes = await Promise.all(
    names.map(async (name) => ({ name, mode: (await stat(join(folder, name))).mode & 0o077 })),
  );
  return modes.filter(({ mode }) => mode !== 0).map(({ name }) => name);
}

test("whatever the folder above is, all of its parts are closed, and each is told once", async () => {
  await closeToOthers(folder, say);
  expect(await openParts()).toEqual([]);
  expect(await modeOf("database")).toBe("700");
  expect(await modeOf()).toBe("755");
  expect(told).toEqual(
    ["database", "key", "lock"].map(
      (name) => `${join(folder, name)} could be written by other users of this machine; that has been ended`,
    ),
  );
  told = [];
  await closeToOthers(folder, say);
  expect(told).toEqual([]);
});

test("what could only be read is told as such", async () => {
  await setAll("700", "600");
  await chmod(join(folder, "key"), 0o644);
  await closeToOthers(folder, say);
  expect(told).toEqual([`${join(folder, "key")} could be read by other users of this machine; that has been ended`]);
});

test("files that PGlite leaves open behind a closed folder are closed without a word", async () => {
  await setAll("777", "666");
  for (const [name, mode] of [
    ["database", 0o700],
    ["key", 0o600],
    ["lock", 0o600],
  ] as const) {
    await chmod(join(folder, name), mode);
  }
  await closeToOthers(folder, say);
  expect(await openParts()).toEqual([]);
  expect(told).toEqual([]);
});

test("what this user itself may not read is opened to it", async () => {
  await setAll("700", "600");
  await chmod(join(folder, "key"), 0o000);
  await closeToOthers(folder, say);
  expect(await modeOf("key")).toBe("600");
  expect(told).toEqual([]);
});

describe("a folder that others may write", () => {
  beforeEach(async () => {
    await setAll("700", "600");
    await chmod(folder, 0o777);
  });

  test("is closed for writing and stays readable", async () => {
    await closeToOthers(folder, say);
    expect(await modeOf()).toBe("755");
    expect(told).toEqual([`${folder} could be written by other users of this machine; that has been ended`]);
  });

  test("is refused where somebody else works in it, and left as it is", async () => {
    await writeFile(join(folder, "thesis.tex"), "");
    await expect(closeToOthers(folder, say)).rejects.toMatchObject({
      code: "not_private",
      message: `${folder} is open to other users of this machine, and it is not Slipway's alone (thesis.tex); set SLIPWAY_DATA to a folder of this user's own`,
    });
    expect(await modeOf()).toBe("777");
  });

  test("is fine where nobody may replace what is another's", async () => {
    await chmod(folder, 0o1777);
    await closeToOthers(folder, say);
    expect(await modeOf()).toBe("1777");
    expect(told).toEqual([]);
  });
});

test("a link to another disk is followed, and what it leads to is closed", async () => {
  const disk = await mkdtemp(join(tmpdir(), "slipway-disk-"));
  await chmod(disk, 0o755);
  await rm(join(folder, "database"), { recursive: true });
  await symlink(disk, join(folder, "database"));
  await closeToOthers(folder, say);
  expect((await stat(disk)).mode & 0o777).toBe(0o700);
  await rm(disk, { recursive: true });
});

// Only root can give a file away.
describe.runIf(process.getuid?.() === 0)("what belongs to another user", () => {
  test.each(["key", "database", "database/base/5/1"])("is refused by name: %s", async (name) => {
    await chown(join(folder, name), 65_534, 65_534);
    await expect(closeToOthers(folder, say)).rejects.toMatchObject({
      code: "not_private",
      message: `${join(folder, name)} is user 65534's, and this process is user 0's; start it as that user, or give the whole folder to this one`,
    });
  });

  test("is not refused where the file system shows another owner of all that is made", async () => {
    await setAll("700", "600");
    for (const name of [".", ...(await readdir(folder, { recursive: true }))])
      await chown(join(folder, name), 65_534, 65_534);
    await closeToOthers(folder, say);
    expect(told).toEqual([]);
  });
});
