// Who is let in, and to what: users, groups and their grants, tokens, sessions that were ended.

import { type RawBuilder, sql } from "kysely";
import { type QuotaLimit, UNLIMITED } from "../core/market/amount.ts";
import type { Grant, Group, User } from "../core/people/grants.ts";
import type { Access, Reads, Token, Tx } from "../ports/store.ts";
import { date, dateOrNull, insertRows, json, ms, msOrNull, only, type Sql, upsertRows } from "./rows.ts";
import type { TokenRow } from "./access-rows.ts";
import type { Session } from "./session.ts";
import { TIME, type TimeColumns } from "./time.ts";

/** A token is written on this seldom, however much it is used. */
const USED_EVERY = sql`interval '1 minute'`;

export function readingAccess({ run, timed }: Session): Pick<Reads, "tokens" | "access" | "accessOf"> {
  return {
    tokens: () => run(async (db) => (await db.selectFrom("tokens").selectAll().orderBy("name").execute()).map(toToken)),
    access: () => run((db) => access(db, timed)),
    accessOf: (pass) => run((db) => access(db, timed, onlyOf(pass))),
  };
}

const toToken = (row: TokenRow): Token => ({
  name: row.name,
  hash: row.hash,
  role: row.role,
  pool: row.pool,
  owner: row.owner,
  createdBy: row.created_by,
  createdAt: ms(row.created_at),
  expiresAt: msOrNull(row.expires_at),
  lastUsedAt: msOrNull(row.last_used_at),
});

const since = (column: string) => sql`(extract(epoch from ${sql.ref(column)}) * 1000)::float8`;

const grantsOf = (holder: "holder_user" | "holder_group", name: string) => sql`coalesce((
  select jsonb_agg(jsonb_build_object('role', g.role, 'pool', g.pool) order by g.pool nulls first, g.role)
  from grants g where g.${sql.ref(holder)} = ${sql.ref(name)}), '[]')`;

type AccessColumns = TimeColumns & {
  readonly tokens: readonly Token[];
  readonly users: readonly User[];
  readonly groups: readonly Group[];
  readonly ended: readonly string[];
};

/** Which rows of each. */
interface Some {
  readonly tokens: RawBuilder<unknown>;
  readonly users: RawBuilder<unknown>;
  readonly groups: RawBuilder<unknown>;
  readonly ended: RawBuilder<unknown>;
}

const ALL: Some = { tokens: sql`true`, users: sql`true`, groups: sql`true`, ended: sql`true` };

/** By the index of each table: `only` the token of this hash, its owner and their groups. */
function onlyOf({ hash, session }: Parameters<Reads["accessOf"]>[0]): Some {
  const owner = sql`(select owner from tokens where hash = ${hash})`;
  const named = (column: "groups" | "claims") => sql`(
    select jsonb_array_elements_text(${sql.ref(column)}) from users where name = ${owner})`;
  return {
    tokens: sql`hash = ${hash}`,
    users: sql`u.name = ${owner}`,
    groups: sql`o.name in (${named("groups")} union all select name from groups where claim in ${named("claims")})`,
    ended: sql`id = ${session}::text`,
  };
}

/** What older rows do not name is not limited. */
const UNLIMITED_JSON = json(UNLIMITED);

const accessTo = (some: Some): RawBuilder<AccessColumns> => sql`
  with time as materialized (${TIME})
  select time.*, array(select id from ended_sessions where ${some.ended}) as ended, array(
    select jsonb_build_object('name', name, 'hash', hash, 'role', role, 'pool', pool, 'owner', owner,
      'createdBy', created_by, 'createdAt', ${since("created_at")}, 'expiresAt', ${since("expires_at")},
      'lastUsedAt', ${since("last_used_at")}) from tokens where ${some.tokens} order by name
  ) as tokens, array(
    select jsonb_build_object('name', u.name, 'enabled', u.enabled, 'groups', u.groups, 'subject', u.subject, 'claims', u.claims,
      'limit', ${UNLIMITED_JSON} || u.quota,
      'grants', ${grantsOf("holder_user", "u.name")}, 'createdAt', ${since("u.created_at")})
    from users u where ${some.users} order by u.name
  ) as users, array(
    select jsonb_build_object('name', o.name, 'claim', o.claim, 'grants', ${grantsOf("holder_group", "o.name")},
      'createdAt', ${since("o.created_at")}) from groups o where ${some.groups} order by o.name
  ) as groups
  from time`;

async function access(db: Sql, timed: Session["timed"], some: Some = ALL): Promise<Access> {
  const { now, tokens, users, groups, ended } = only(await timed(db, accessTo(some)));
  return { tokens, users, groups, endedSessions: new Set(ended), now: ms(now) };
}

type KeepingAccess = Pick<
  Tx,
  | "lockAccess"
  | "putToken"
  | "deleteToken"
  | "useToken"
  | "putUser"
  | "deleteUser"
  | "putGroup"
  | "deleteGroup"
  | "endSession"
>;

export function keepingAccess({ run, clock, timed }: Session): KeepingAccess {
  return {
    lockAccess: () =>
      run(async (db) => {
        // A row that is always there stands for all of them.
        await sql`select 1 from settings where name = 'installation' for no key update`.execute(db);
        return access(db, timed);
      }),
    putToken: ({ name, hash, role, pool, owner, ...of }) =>
      run((db) =>
        upsertRows(db, { table: "tokens", key: ["name"] }, [
          {
            name,
            hash,
            role,
            pool,
            owner,
            created_by: of.createdBy,
            created_at: date(of.createdAt),
            expires_at: dateOrNull(of.expiresAt),
            last_used_at: dateOrNull(of.lastUsedAt),
          },
        ]),
      ),
    deleteToken: (name) =>
      run(async (db) => {
        await db.deleteFrom("tokens").where("name", "=", name).execute();
      }),
    useToken: (hash) =>
      run(async (db) => {
        const now = date(await clock(db));
        await sql`update tokens set last_used_at = ${now}
          where hash = ${hash} and (last_used_at is null or last_used_at <= ${now}::timestamptz - ${USED_EVERY})`.execute(
          db,
        );
      }),
    putUser: ({ name, enabled, groups, subject, claims, grants, limit, createdAt }) =>
      run(async (db) => {
        await upsertRows(db, { table: "users", key: ["name"] }, [
          { name, enabled, groups, subject, claims, quota: limited(limit), created_at: date(createdAt) },
        ]);
        await putGrants(db, { holder_user: name, holder_group: null }, grants);
      }),
    deleteUser: (name) =>
      run(async (db) => {
        await db.deleteFrom("users").where("name", "=", name).execute();
      }),
    putGroup: ({ name, claim, grants, createdAt }) =>
      run(async (db) => {
        await upsertRows(db, { table: "groups", key: ["name"] }, [{ name, claim, created_at: date(createdAt) }]);
        await putGrants(db, { holder_user: null, holder_group: name }, grants);
      }),
    deleteGroup: (name) =>
      run(async (db) => {
        await db.deleteFrom("groups").where("name", "=", name).execute();
        await sql`update users set groups = groups - ${name}::text where groups @> jsonb_build_array(${name}::text)`.execute(
          db,
        );
      }),
    endSession: (id, until) =>
      run(async (db) => {
        await sql`delete from ended_sessions where until <= ${date(await clock(db))}`.execute(db);
        await upsertRows(db, { table: "ended_sessions", key: ["id"] }, [{ id, until: date(until) }]);
      }),
  };
}

/** What it limits, by name: nothing of a user who is not limited. */
function limited({ families, ...own }: QuotaLimit): Partial<QuotaLimit> {
  const named = Object.entries(own).filter(([, most]) => most !== null);
  return { ...Object.fromEntries(named), ...(Object.keys(families).length > 0 ? { families } : {}) };
}

interface Holder {
  readonly holder_user: string | null;
  readonly holder_group: string | null;
}

async function putGrants(db: Sql, holder: Holder, grants: readonly Grant[]): Promise<void> {
  await sql`delete from grants where holder_user = ${holder.holder_user} or holder_group = ${holder.holder_group}`.execute(
    db,
  );
  await insertRows(
    db,
    "grants",
    grants.map(({ role, pool }) => ({ ...holder, role, pool })),
  );
}
