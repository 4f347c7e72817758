// One database for many tests: emptied to what a first start leaves, since opening another takes longer than a test.

import { sql } from "kysely";
import { migrationSeeds } from "./migrate.ts";
import { nameInstallation } from "./open.ts";
import type { Sql } from "./rows.ts";

const TABLES = [
  "webhook_lanes",
  "webhook_deliveries",
  "webhooks",
  "audit",
  "evidence",
  "events",
  "machines",
  "placements",
  // What was removed there has been taken away here.
  "holdings",
  "attempts",
  "instances",
  "revisions",
  "deployments",
  "blocks",
  "pool_members",
  "grants",
  "tokens",
  "users",
  "groups",
  "pools",
  "offers",
  "realms",
  "usages",
  "enquiries",
  "accounts",
  "blueprints",
  "profiles",
  "ended_sessions",
  "plans",
  "settings",
] as const;

/** Empties all tables, and seeds them as the migrations do. Truncating a few rows would take ten times as long. */
export async function emptyDatabase(db: Sql): Promise<void> {
  for (const table of TABLES) await db.deleteFrom(table).execute();
  await sql`update clock_told set offset_ms = 0`.execute(db);
  await sql`update clock set offset_ms = 0, steps = 0, stepped_at = null, stepped_by_ms = null,
    seen_at = clock_timestamp()`.execute(db);
  for (const seed of await migrationSeeds()) await sql.raw(seed).execute(db);
  await nameInstallation(db);
}
