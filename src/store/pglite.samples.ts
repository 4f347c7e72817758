// A data folder for each test: making a database takes seconds, and unpacking one does not.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { makeDatabase } from "./open.ts";

/** Makes `folder` a data folder as the first start leaves it, but for the name that it draws. */
export async function preparedFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await makeDatabase(join(folder, "database"));
}
