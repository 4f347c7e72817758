// Events: append-only, numbered per deployment.

import { sql } from "kysely";
import type { DeploymentEvent } from "../core/story/event.ts";
import type { Reads } from "../ports/store.ts";
import { date, ms, texts } from "./rows.ts";
import type { DeploymentRow, EventRow } from "./schema.ts";
import type { Session } from "./session.ts";

export function eventRow({ deployment, no, revision, at, body }: DeploymentEvent): EventRow {
  return { deployment, no, revision, at: date(at), body };
}

export function readingEvents({ run }: Session): Pick<Reads, "events" | "lastEvents"> {
  return {
    events: (id, after, limit) =>
      run(async (db) => {
        const rows = await db
          .selectFrom("events")
          .selectAll()
          .where("deployment", "=", id)
          .where("no", ">", after)
          .orderBy("no")
          .limit(limit)
          .execute();
        return rows.map((row) => ({ ...row, at: ms(row.at) }));
      }),
    lastEvents: (ids) =>
      run(async (db) => {
        const { rows } = await sql<Pick<DeploymentRow, "id" | "event_no">>`
          select id, event_no from deployments where id = any(${texts(ids)})`.execute(db);
        return new Map(rows.map(({ id, event_no }) => [id, event_no]));
      }),
  };
}
