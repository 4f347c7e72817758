import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { keysFrom, keysInFile, keysInFolder, proveKey, secretsWith } from "./secrets.ts";
import { openMemory } from "./store/memory/open.ts";

const KEY = Buffer.alloc(32, 7);
const OTHER = Buffer.alloc(32, 8);

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "slipway-secrets-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

test("what is sealed is opened again, whatever it holds", () => {
  const secrets = secretsWith(KEY);
  for (const text of ["", "hunter2", "ключ 鍵 🔑", "x".repeat(100_000)])
    expect(secrets.open(secrets.seal(text))).toBe(text);
});

test("the same text seals differently each time, and does not show", () => {
  const secrets = secretsWith(KEY);
  const sealed = Array.from({ length: 50 }, () => secrets.seal("hunter2"));
  expect(new Set(sealed).size).toBe(50);
  expect(sealed.join()).not.toContain("hunter2");
});

test("what was sealed with another key, cut or changed is not opened", () => {
  const secrets = secretsWith(KEY);
  const sealed = secrets.seal("hunter2");
  expect(() => secretsWith(OTHER).open(sealed)).toThrow();
  for (let place = 3; place < sealed.length; place += 1) {
    const other = sealed[place] === "A" ? "z" : "A";
    expect(() => secrets.open(sealed.slice(0, place) + other + sealed.slice(place + 1))).toThrow();
    expect(() => secrets.open(sealed.slice(0, place))).toThrow();
  }
  expect(() => secrets.open("hunter2")).toThrow("not sealed by Slipway");
});

test("a key is 32 bytes in base64 or hexadecimal digits, and nothing else", () => {
  expect(keysFrom(`${KEY.toString("base64")}\n`)).toEqual([KEY]);
  expect(keysFrom(KEY.toString("base64url"))).toEqual([KEY]);
  expect(keysFrom(KEY.toString("hex"))).toEqual([KEY]);
  for (const text of [
    "",
    "secret",
    KEY.toString("hex").slice(2),
    Buffer.alloc(31).toString("base64"),
    Buffer.alloc(33).toString("base64"),
  ]) {
    expect(keysFrom(text)).toBeNull();
  }
});

test("the key in the folder is made once, and its owner alone may read it", async () => {
  const path = await folder();
  const store = openMemory({ clock: { now: () => 0 } });
  const key = await keysInFolder(path, store);
  expect(await keysInFolder(path, store)).toEqual(key);
  expect((await stat(join(path, "key"))).mode & 0o777).toBe(0o600);
  expect(keysFrom(await readFile(join(path, "key"), "utf8"))).toEqual(key);
  await writeFile(join(path, "key"), "");
  await expect(keysInFolder(path, store)).rejects.toThrow("put it back from a backup");
});

test("no key is made beside a database that was used with another one", async () => {
  const path = await folder();
  const store = openMemory({ clock: { now: () => 0 } });
  await proveKey(store, secretsWith(...(await keysInFolder(path, store))));
  const key = await readFile(join(path, "key"));
  await rm(join(path, "key"));
  await expect(keysInFolder(path, store)).rejects.toThrow(/key is missing, .*SLIPWAY_KEY/);
  expect(await readdir(path)).toEqual([]);
  await writeFile(join(path, "key"), key);
  await proveKey(store, secretsWith(...(await keysInFolder(path, store))));
});

test("the first key becomes the installation's, and any other is refused", async () => {
  const store = openMemory({ clock: { now: () => 0 } });
  await proveKey(store, secretsWith(KEY));
  await proveKey(store, secretsWith(KEY));
  await expect(proveKey(store, secretsWith(OTHER))).rejects.toThrow("set SLIPWAY_KEY");
});

test("a key in a file of somebody's own is read as it is, and none is made there", async () => {
  const path = await folder();
  const file = join(path, "credential");
  await expect(keysInFile(file)).rejects.toThrow(`SLIPWAY_KEY_FILE leads to ${file}, and there is no such file`);
  await writeFile(file, `${KEY.toString("base64")}\n`);
  expect(await keysInFile(file)).toEqual([KEY]);
  await writeFile(file, "secret");
  await expect(keysInFile(file)).rejects.toThrow("holds no key any more");
  await expect(keysInFile(path)).rejects.toThrow(`${path} cannot be read (EISDIR)`);
});
