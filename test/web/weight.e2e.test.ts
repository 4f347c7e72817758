// What a browser has to load: before a page shows the entry, the page's own part and all that they import; in all also what the
// page loads later, which is the graph and the dialogs.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { z } from "zod";
import { buildWeb } from "../../scripts/build-web.ts";
import { ROOT } from "../stage/child.ts";

/** Before the first picture of a page, and once everything on it was used. */
const MOST_KB = { first: 175, all: 250 };
const DIST = join(ROOT, "web/dist");

const Manifest = z.record(
  z.string(),
  z.object({
    file: z.string(),
    isEntry: z.boolean().optional(),
    imports: z.array(z.string()).default([]),
    dynamicImports: z.array(z.string()).default([]),
  }),
);
type Manifest = z.infer<typeof Manifest>;

/** The parts that a page comes with, each once; with `later` also those that it loads when they are needed. */
function partsOf(manifest: Manifest, roots: readonly string[], later: boolean): string[] {
  const [entry] = roots;
  const all = new Set(roots);
  for (const name of all) {
    const { imports = [], dynamicImports = [] } = manifest[name] ?? {};
    // What the entry may load later are the other pages.
    for (const part of later && name !== entry ? [...imports, ...dynamicImports] : imports) all.add(part);
  }
  return [...all];
}

test("no page loads more than 175 kB of compressed script before it shows, and 250 kB in all", () => {
  buildWeb();
  const manifest = Manifest.parse(JSON.parse(readFileSync(join(DIST, "manifest.json"), "utf8")));
  const entry = Object.keys(manifest).find((name) => manifest[name]?.isEntry === true) ?? "";
  const pages = manifest[entry]?.dynamicImports ?? [];
  expect(pages.length).toBeGreaterThan(10);
  const weightKb = (page: string, later: boolean): number => {
    const files = partsOf(manifest, [entry, page], later).map((name) => join(DIST, manifest[name]?.file ?? ""));
    return Math.round(files.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0) / 1_000);
  };
  const weights = pages.map((page) => ({ page, first: weightKb(page, false), all: weightKb(page, true) }));
  expect(weights.filter(({ first, all }) => first > MOST_KB.first || all > MOST_KB.all)).toEqual([]);
});
