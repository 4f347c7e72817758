// One database for many tests: emptied to what a first start leaves, since opening another takes longer than a test.

import { sql } from "kysely";
import { migrationSeeds } from "./migrate.ts";
import { nameInstallation } from "./open.ts";
import type { Sql } from "./rows.ts";

/** Empties all tables, and seeds them as the migrations do. */
export async function emptyDatabase(db: Sql): Promise<void> {
  await sql`truncate deployments, instances, attempts, machines, evidence, events, accounts, pools, pool_members, blocks,
    blueprints, profiles, tokens, settings`.execute(db);
  for (const seed of await migrationSeeds()) await sql.raw(seed).execute(db);
  await nameInstallation(db);
}
