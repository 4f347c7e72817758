// Last step of `npm run build`: the database that a first start unpacks.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepare } from "../src/store/prepared.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-prepare-"));
try {
  await prepare(folder, join(import.meta.dirname, "../dist/src/store/prepared-database"));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
