// Whether a database on a server can count as put back from a dump. Looks only: what is missing is not made here.

import { sql } from "kysely";
import { translate } from "./errors.ts";
import { LISTENER } from "./listen.ts";
import { connect } from "./open.ts";
import { only } from "./rows.ts";

/** What keeps it from that, as it completes "DATABASE_URL leads to a database that …"; null: nothing. Throws StoreAway. */
export async function unfitToPutBack(url: string): Promise<string | null> {
  const { db, ends } = connect(url);
  try {
    const { rows } = await sql<{ is_there: boolean; processes: number }>`
      select to_regclass('schema_history') is not null as is_there,
        (select count(*) from pg_stat_activity where datname = current_database() and application_name = ${LISTENER})::int as processes`.execute(
      db,
    );
    const { is_there: isThere, processes } = only(rows);
    if (!isThere) return "has no tables of Slipway: put the dump back with pg_restore first";
    if (processes === 0) return null;
    const who = processes === 1 ? "a server or worker is" : `${processes} servers and workers are`;
    return `${who} at work on: end them first`;
  } catch (error) {
    throw translate(error);
  } finally {
    await ends.closing();
  }
}
