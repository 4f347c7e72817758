import { sql } from "kysely";
import type { Reads } from "../ports/store.ts";
import { only } from "./rows.ts";
import type { Session } from "./session.ts";
import { listenersOf } from "./listen.ts";

export function readingVitals({ run }: Session): Pick<Reads, "vitals"> {
  return {
    vitals: () =>
      run(async (db) => {
        const { rows } = await sql<{ schema: string }>`select max(name) as schema from schema_history`.execute(db);
        return { ...only(rows), processes: Math.max(1, await listenersOf(db)) };
      }),
  };
}
