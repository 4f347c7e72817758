import { existsSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { madeOnce } from "./once.ts";

const home = (): string => mkdtempSync(join(tmpdir(), "slipway-once-"));

test("whoever makes a folder at the same time sees all of it or none, and nothing else is left", async () => {
  const parent = home();
  const folder = join(parent, "deep/browser");
  const whole = ["first", "second"];
  const make = async (draft: string): Promise<void> => {
    for (const name of whole) {
      if (existsSync(folder)) expect(readdirSync(folder)).toEqual(whole);
      writeFileSync(join(draft, name), name);
      await Promise.resolve();
    }
  };
  await Promise.all(Array.from({ length: 5 }, () => madeOnce(folder, make)));
  expect(readdirSync(folder)).toEqual(whole);
  expect(readdirSync(join(parent, "deep"))).toEqual(["browser"]);
  await madeOnce(folder, () => Promise.reject(new Error("it is there")));
});

test("what could not be made leaves nothing, and is made by the next one", async () => {
  const parent = home();
  const folder = join(parent, "browser");
  const full = new Error("no space left");
  await expect(madeOnce(folder, () => Promise.reject(full))).rejects.toBe(full);
  expect(readdirSync(parent)).toEqual([]);
  await madeOnce(folder, async (draft) => writeFileSync(join(draft, "first"), ""));
  expect(readdirSync(folder)).toEqual(["first"]);
});
