// README.md, "What is in it", as a test: each room uses those before it, never those after it.

import { globSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { expect, test } from "vitest";

const ROOMS = ["time", "state", "life", "desk", "owner", "wire", "faces"];

test("no room uses a later one", () => {
  const wrong = globSync("*/**/*.ts", { cwd: import.meta.dirname })
    .filter((path) => !path.endsWith(".test.ts"))
    .flatMap((path) => {
      const written = readFileSync(join(import.meta.dirname, path), "utf8");
      const imported = [...written.matchAll(/from "(\.[^"]+)"/g)].map(([, spec = ""]) => join(dirname(path), spec));
      return imported.filter((target) => rank(target) > rank(path)).map((target) => `${path} uses ${target}`);
    });
  expect(wrong).toEqual([]);
});

/** What lies at the top is for everybody. */
function rank(path: string): number {
  const [room = ""] = path.split(sep);
  if (room.endsWith(".ts")) return -1;
  if (!ROOMS.includes(room)) throw new Error(`README.md and this test do not know the room ${room}`);
  return ROOMS.indexOf(room);
}
