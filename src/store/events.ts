// Events: append-only, numbered per deployment.

import type { DeploymentEvent } from "../core/event.ts";
import type { Reads } from "../ports/store.ts";
import { date, ms } from "./rows.ts";
import type { EventRow } from "./schema.ts";
import type { Session } from "./session.ts";

export function eventRow({ deployment, no, at, body }: DeploymentEvent): EventRow {
  return { deployment, no, at: date(at), body };
}

export function readingEvents({ run }: Session): Pick<Reads, "events"> {
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
        return rows.map(({ deployment, no, at, body }) => ({ deployment, no, at: ms(at), body }));
      }),
  };
}
