// What a browser has to load before a page shows: the entry, the page's own part, and all that they import.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { z } from "zod";
import { buildWeb } from "../../scripts/build-web.ts";
import { ROOT } from "../stage/child.ts";

const MOST_KB = 250;
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

/** The parts that a page comes with, each once; what the entry may load later are the other pages. */
function partsOf(manifest: Manifest, entry: string, page: string): string[] {
  const all = new Set([entry, page]);
  for (const name of all) {
    const { imports = [], dynamicImports = [] } = manifest[name] ?? {};
    for (const part of name === entry ? imports : [...imports, ...dynamicImports]) all.add(part);
  }
  return [...all];
}

test("no page loads more than 250 kB of compressed script", () => {
  buildWeb();
  const manifest = Manifest.parse(JSON.parse(readFileSync(join(DIST, "manifest.json"), "utf8")));
  const entry = Object.keys(manifest).find((name) => manifest[name]?.isEntry === true) ?? "";
  const pages = manifest[entry]?.dynamicImports ?? [];
  expect(pages.length).toBeGreaterThan(10);
  const weights = pages.map((page) => {
    const bytes = partsOf(manifest, entry, page).map(
      (name) => gzipSync(readFileSync(join(DIST, manifest[name]?.file ?? ""))).length,
    );
    return [page, Math.round(bytes.reduce((sum, one) => sum + one, 0) / 1_000)] as const;
  });
  expect(weights.filter(([, weightKb]) => weightKb > MOST_KB)).toEqual([]);
});
