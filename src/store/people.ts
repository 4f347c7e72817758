// What people keep: profiles, blueprints, tokens, ended sessions, settings.

import { type RawBuilder, sql } from "kysely";
import type { Reads, StoredBlueprint, Token, Tx } from "../ports/store.ts";
import { date, ms, only, type Sql, storable, upsertRows } from "./rows.ts";
import type { BlueprintRow } from "./schema.ts";
import type { Session } from "./session.ts";
import { TIME, type TimeColumns } from "./time.ts";

type ReadingPeople = Pick<
  Reads,
  "profiles" | "blueprints" | "blueprint" | "blueprintVersions" | "tokens" | "access" | "setting"
>;

export function readingPeople({ run, timed }: Session): ReadingPeople {
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
    tokens: () => run(tokens),
    access: () =>
      run(async (db) => {
        const { now, tokens: named, ended } = only(await timed(db, ACCESS));
        return { tokens: named, endedSessions: new Set(ended), now: ms(now) };
      }),
    setting: (name) =>
      run(async (db) => {
        const row = await db.selectFrom("settings").select("value").where("name", "=", name).executeTakeFirst();
        return row?.value ?? null;
      }),
  };
}

const ACCESS: RawBuilder<TimeColumns & { readonly tokens: readonly Token[]; readonly ended: readonly string[] }> = sql`
  with time as materialized (${TIME})
  select time.*, array(select id from ended_sessions) as ended, array(
    select jsonb_build_object('name', name, 'hash', hash, 'role', role,
      'createdAt', (extract(epoch from created_at) * 1000)::float8) from tokens order by name
  ) as tokens
  from time`;

async function tokens(db: Sql): Promise<Token[]> {
  const rows = await db.selectFrom("tokens").selectAll().orderBy("name").execute();
  return rows.map(({ name, hash, role, created_at }) => ({ name, hash, role, createdAt: ms(created_at) }));
}

type KeepingPeople = Pick<
  Tx,
  | "putProfile"
  | "deleteProfile"
  | "addBlueprint"
  | "deleteBlueprint"
  | "lockTokens"
  | "putToken"
  | "deleteToken"
  | "endSession"
  | "setSetting"
  | "tryRoom"
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
    lockTokens: () =>
      run(async (db) => {
        // A row that is always there stands for all of them.
        await sql`select 1 from settings where name = 'installation' for no key update`.execute(db);
        return await tokens(db);
      }),
    putToken: ({ createdAt, ...token }) =>
      run((db) => upsertRows(db, { table: "tokens", key: ["name"] }, [{ ...token, created_at: date(createdAt) }])),
    deleteToken: (name) =>
      run(async (db) => {
        await db.deleteFrom("tokens").where("name", "=", name).execute();
      }),
    endSession: (id, until) =>
      run(async (db) => {
        await sql`delete from ended_sessions where until <= ${date(await clock(db))}`.execute(db);
        await upsertRows(db, { table: "ended_sessions", key: ["id"] }, [{ id, until: date(until) }]);
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
