import { sql } from "kysely";
import type { Reads } from "../ports/store.ts";
import { only } from "./rows.ts";
import type { Session } from "./session.ts";
import { LISTENER } from "./listen.ts";

export function readingVitals({ run }: Session): Pick<Reads, "vitals"> {
  return {
    vitals: () =>
      run(async (db) => {
        const { rows } = await sql<{ processes: number; schema: string }>`
          select greatest(1, (
            select count(*) from pg_stat_activity
            where datname = current_database() and application_name = ${LISTENER}
          ))::int as processes, (select max(name) from schema_history) as schema`.execute(db);
        return only(rows);
      }),
  };
}
