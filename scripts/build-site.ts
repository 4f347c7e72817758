// `npm run site`: docs/ as a site, into site/dist or a folder that is named. Pages that documents name and that stand elsewhere come along; states are told as
// tables, and the API is told from openapi.json. It asks no network, and neither do the pages.

import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { build } from "vitepress";
import { apiPages } from "./site/api-pages.ts";
import { documentPages } from "./site/document-pages.ts";

const SITE = join(import.meta.dirname, "../site");
const PAGES = join(SITE, "pages");

rmSync(PAGES, { recursive: true, force: true });
// Shown by pages, and, as files of their own, linked to.
for (const to of ["images", "public/images"]) {
  cpSync(join(import.meta.dirname, "../docs/images"), join(PAGES, to), { recursive: true });
}
for (const [path, text] of [...documentPages(), ...apiPages()]) {
  mkdirSync(dirname(join(PAGES, path)), { recursive: true });
  writeFileSync(join(PAGES, path), text);
}
const [, , outDir = join(SITE, "dist")] = process.argv;
await build(SITE, { outDir: resolve(outDir) });
