// Rows of revisions.

import type { Revision } from "../core/deployment.ts";
import { sql } from "kysely";
import type { SealedChanges, Tx } from "../ports/store.ts";
import { instanceRow } from "./instances.ts";
import type { Flight } from "./flights.ts";
import { date, dateOrNull, insertRows, json, ms, msOrNull, type Sql, texts } from "./rows.ts";
import type { RevisionRow } from "./schema.ts";
import type { Session } from "./session.ts";

export function toRevision(row: RevisionRow): Revision {
  return {
    deployment: row.deployment,
    no: row.no,
    why: row.why,
    by: row.by_whom,
    begunAt: ms(row.begun_at),
    endedAt: msOrNull(row.ended_at),
    outcome: row.outcome,
    reason: row.reason,
    changes: row.changes,
    aside: row.aside,
  };
}

/** Without the source and the secrets of what is put aside. */
export function revisionRow(revision: Revision): Omit<RevisionRow, "aside_source" | "aside_secrets"> {
  return {
    deployment: revision.deployment,
    no: revision.no,
    why: revision.why,
    by_whom: revision.by,
    begun_at: date(revision.begunAt),
    ended_at: dateOrNull(revision.endedAt),
    outcome: revision.outcome,
    reason: revision.reason,
    changes: revision.changes,
    aside: revision.aside,
  };
}

/** Members come and go with another blueprint, which the deployment has from then on; on its way back it has its former source and secrets again, and those of the update are put aside. */
/** False when none of them is made another than it was. */
export const isRevising = (changes: readonly SealedChanges[]): boolean =>
  changes.some(({ blueprint, dropped, born }) => blueprint !== null || dropped.length + born.length > 0);

export async function reviseDeployments(db: Sql, changes: readonly SealedChanges[]): Promise<void> {
  for (const { deployment, blueprint, dropped, born } of changes) {
    const { id, state } = deployment;
    if (dropped.length > 0) {
      await sql`delete from instances where deployment = ${id} and name = any(${texts(dropped)})`.execute(db);
    }
    const rows = born.map((row) => ({ ...instanceRow(row), position: 0 }));
    await insertRows(db, "instances", rows);
    if (blueprint === null) continue;
    const names = texts(blueprint.instances.map(({ name }) => name));
    await sql`update instances i set position = one.place - 1
      from unnest(${names}) with ordinality one (name, place) where i.deployment = ${id} and i.name = one.name`.execute(
      db,
    );
    await sql`update deployments set blueprint = ${json(blueprint)}, blueprint_name = ${blueprint.name},
      policy = ${json(blueprint.policy)} where id = ${id}`.execute(db);
    if (state !== "reverting") continue;
    // Both see what was there before: they change places.
    await sql`with turned as (
        update deployments d set source = r.aside_source, secrets = r.aside_secrets from revisions r
        where d.id = ${id} and r.deployment = d.id and r.aside_source is not null
      )
      update revisions r set aside_source = d.source, aside_secrets = d.secrets from deployments d
      where d.id = ${id} and r.deployment = d.id and r.aside_source is not null`.execute(db);
  }
}

/** What an update that is over had put aside. Before their rows are written: none may have a source and nothing aside. */
export async function dropAsides(flight: Flight, changes: readonly SealedChanges[]): Promise<void> {
  const over = changes.filter(({ revisions }) => revisions.some(({ endedAt }) => endedAt !== null));
  if (over.length === 0) return;
  const ids = texts(over.map(({ deployment }) => deployment.id));
  const dropping = sql`update revisions set aside_source = null, aside_secrets = null
    where deployment = any(${ids}) and aside_source is not null`;
  await flight.executeQuery(dropping.compile(flight.db));
}

export function turningSources({ run }: Session): Pick<Tx, "turnSource"> {
  return {
    turnSource: ({ deployment, revision, source, secrets }) =>
      run(async (db) => {
        await sql`update revisions r set aside_source = d.source, aside_secrets = d.secrets from deployments d
          where r.deployment = ${deployment} and r.no = ${revision}::int and d.id = r.deployment`.execute(db);
        await sql`update deployments set source = ${source}, secrets = ${secrets} where id = ${deployment}`.execute(db);
      }),
  };
}
