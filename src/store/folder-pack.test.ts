import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { packFolder, unpackFolder } from "./folder-pack.ts";

let home: string;
let file: string;
let there: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "slipway-pack-"));
  const folder = join(home, "folder");
  file = join(home, "packed");
  there = join(home, "there");
  await mkdir(there);
  await mkdir(join(folder, "a", "deep one"), { recursive: true });
  await mkdir(join(folder, "empty"));
  await writeFile(join(folder, "a", "deep one", "large"), Buffer.alloc(3_000_001, "slipway "));
  for (const name of ["a/nothing", "b", "z"]) await writeFile(join(folder, name), name === "b" ? "of b\n\n" : "");
  await chmod(join(folder, "b"), 0o666);
  await packFolder(folder, "key", file);
});

afterEach(() => rm(home, { recursive: true, force: true }));

test("a folder is unpacked as it was, for its owner alone", async () => {
  expect(await unpackFolder(file, "key", there)).toBe(true);
  const names = ["a", "a/deep one", "a/deep one/large", "a/nothing", "b", "empty", "z"];
  expect((await readdir(there, { recursive: true })).toSorted()).toEqual(names);
  expect(await readFile(join(there, "a/deep one/large"))).toEqual(Buffer.alloc(3_000_001, "slipway "));
  expect(await readFile(join(there, "b"), "utf8")).toBe("of b\n\n");
  const modes = await Promise.all(names.map(async (name) => (await stat(join(there, name))).mode & 0o777));
  expect(modes).toEqual([0o700, 0o700, 0o600, 0o600, 0o600, 0o700, 0o600]);
});

async function damaged(change: (bytes: Buffer) => Buffer): Promise<void> {
  await writeFile(file, change(await readFile(file)));
}

test.each<[string, (bytes: Buffer) => Buffer]>([
  [
    "one byte is another",
    (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([~(bytes.at(-1) ?? 0) & 0xff])]),
  ],
  ["a file has another name", (bytes) => Buffer.from(bytes.toString("latin1").replace("nothing", "..thing"), "latin1")],
  ["the end is missing", (bytes) => bytes.subarray(0, -1)],
  ["there is nothing in it", () => Buffer.alloc(0)],
])("a file of which %s is not touched", async (_, change) => {
  await damaged(change);
  expect(await unpackFolder(file, "key", there)).toBe(false);
  expect(await readdir(there)).toEqual([]);
});

test("nor is one that was made of something else", async () => {
  expect(await unpackFolder(file, "keys", there)).toBe(false);
  expect(await readdir(there)).toEqual([]);
});
