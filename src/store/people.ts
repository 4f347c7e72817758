// What people keep: profiles, blueprints, settings.

import { sql } from "kysely";
import type { Reads, StoredBlueprint, Tx } from "../ports/store.ts";
import { date, ms, type Sql, storable, upsertRows } from "./rows.ts";
import type { BlueprintRow } from "./schema.ts";
import type { Session } from "./session.ts";

type ReadingPeople = Pick<Reads, "profiles" | "blueprints" | "blueprint" | "blueprintVersions" | "setting">;

export function readingPeople({ run }: Session): ReadingPeople {
  return {
    profiles: () =>
      run(async (db) => {
        const rows = await db.selectFrom("profiles").selectAll().orderBy("name").execute();
        return rows.map(
          ({ memory_mib: memoryMib, storage_gib: storageGib, accelerator_kind: acceleratorKind, ...row }) => ({
            ...row,
            memoryMib,
            storageGib,
            acceleratorKind,
          }),
        );
      }),
    blueprints: () =>
      run(async (db) => {
        const { rows } = await sql<BlueprintRow>`
          select distinct on (name) * from blueprints order by name, version desc`.execute(db);
        return rows.map(toBlueprint);
      }),
    blueprint: (name, version) =>
      run(async (db) => {
        const named = db.selectFrom("blueprints").selectAll().where("name", "=", name);
        const found = version === undefined ? named : named.where("version", "=", version);
        const row = await found.orderBy("version", "desc").limit(1).executeTakeFirst();
        return row === undefined ? null : toBlueprint(row);
      }),
    blueprintVersions: (name) =>
      run(async (db) => {
        const named = db.selectFrom("blueprints").selectAll().where("name", "=", name);
        return (await named.orderBy("version", "desc").execute()).map(toBlueprint);
      }),
    setting: (name) =>
      run(async (db) => {
        const row = await db.selectFrom("settings").select("value").where("name", "=", name).executeTakeFirst();
        return row?.value ?? null;
      }),
  };
}

type KeepingPeople = Pick<
  Tx,
  "putProfile" | "deleteProfile" | "addBlueprint" | "deleteBlueprint" | "setSetting" | "tryRoom"
>;

export function keepingPeople({ run, clock }: Session): KeepingPeople {
  return {
    putProfile: ({ memoryMib, storageGib, acceleratorKind, ...profile }) =>
      run((db) =>
        upsertRows(db, { table: "profiles", key: ["name"] }, [
          { ...profile, memory_mib: memoryMib, storage_gib: storageGib, accelerator_kind: acceleratorKind },
        ]),
      ),
    deleteProfile: (name) =>
      run(async (db) => {
        await db.deleteFrom("profiles").where("name", "=", name).execute();
      }),
    addBlueprint: (given) => run(async (db) => addBlueprint(db, { ...given, createdAt: await clock(db) })),
    deleteBlueprint: (name) =>
      run(async (db) => {
        await db.deleteFrom("blueprints").where("name", "=", name).execute();
      }),
    setSetting: (name, value) => run((db) => upsertRows(db, { table: "settings", key: ["name"] }, [{ name, value }])),
    tryRoom: () =>
      run(async (db) => {
        // More than it may sort in memory goes to a file, which is gone with the statement.
        await sql`set local work_mem = '64kB'`.execute(db);
        await sql`select count(*) from (select n from generate_series(1, 4000) n order by -n offset 0) sorted`.execute(
          db,
        );
      }),
  };
}

/** Another may take the number that was next: each time one of those who try gets on. */
const VERSION_TRIES = 100;

async function addBlueprint(
  db: Sql,
  { name, source, createdAt, createdBy }: Omit<StoredBlueprint, "version">,
): Promise<StoredBlueprint> {
  for (let tries = 0; tries < VERSION_TRIES; tries += 1) {
    const { rows } = await sql<BlueprintRow>`
      insert into blueprints (name, version, source, created_at, created_by)
      select ${name}::text, coalesce(max(version), 0) + 1, ${storable(source)}::text, ${date(createdAt)}::timestamptz, ${createdBy}::text
      from blueprints where name = ${name}
      on conflict do nothing returning *`.execute(db);
    if (rows[0] !== undefined) return toBlueprint(rows[0]);
  }
  throw new Error(`no number for the next version of blueprint ${name} after ${VERSION_TRIES} tries`);
}

function toBlueprint({ name, version, source, created_at, created_by }: BlueprintRow): StoredBlueprint {
  return { name, version, source, createdAt: ms(created_at), createdBy: created_by };
}
