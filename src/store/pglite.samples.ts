// A database in a folder that is made once and copied for each test: making one takes seconds.

import { createHash } from "node:crypto";
import { cp, mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { openPglite } from "./open.ts";
import { readMigrations } from "./migrate.ts";

/** Makes `folder` a data folder as the first start leaves it. */
export async function preparedFolder(folder: string): Promise<void> {
  const source = await prepared();
  await mkdir(folder, { recursive: true });
  await cp(join(source, "database"), join(folder, "database"), { recursive: true });
}

/** Kept between runs, under a name that changes with PGlite, the settings and the schema. Several test files may make it at once: the first one counts. */
async function prepared(): Promise<string> {
  const digest = createHash("sha256");
  const lite = createRequire(import.meta.url).resolve("@electric-sql/pglite");
  for (const path of [join(lite, "../../package.json"), join(import.meta.dirname, "open.ts")]) {
    digest.update(await readFile(path));
  }
  for (const { name, text } of await readMigrations()) digest.update(`${name}\n${text}\n`);
  const folder = join(tmpdir(), `slipway-prepared-${userInfo().uid}-${digest.digest("hex").slice(0, 12)}`);
  if (await exists(folder)) return folder;
  const draft = `${folder}.${process.pid}`;
  await (await openPglite({ dataDir: draft })).close();
  await rename(draft, folder).catch(async () => {
    await rm(draft, { recursive: true, force: true });
  });
  return folder;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
