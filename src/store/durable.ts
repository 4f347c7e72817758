// What must be on the disk before anything else may rest on it: the embedded database itself does not wait for that.

import { open, readdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Known to the disk when it resolves. */
export async function renameForGood(from: string, to: string): Promise<void> {
  await rename(from, to);
  await sync(dirname(to));
}

/** A file, or the names in a folder. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** All files below it, and it. */
export async function syncBelow(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncBelow(path);
    else if (entry.isFile()) await sync(path);
  }
  await sync(folder);
}
