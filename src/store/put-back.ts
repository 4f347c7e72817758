// A database on a server that was put back from a dump with the server's own tools.

import { sql } from "kysely";
import { translate } from "./errors.ts";
import { listenersOf } from "./listen.ts";
import { connect } from "./open.ts";
import { only, type Sql } from "./rows.ts";
import { forgetElsewhere } from "./time.ts";

/**
 * What keeps it from being told so, as it completes "DATABASE_URL leads to a database that …": then nothing was changed there. Null: it goes
 * by its server's clock from now on. Throws StoreAway.
 */
export async function receivePutBack(url: string): Promise<string | null> {
  const { db, ends } = connect(url);
  try {
    const unfit = await whyUnfit(db);
    if (unfit === null) await forgetElsewhere(db);
    return unfit;
  } catch (error) {
    throw translate(error);
  } finally {
    await ends.closing();
  }
}

async function whyUnfit(db: Sql): Promise<string | null> {
  const { rows } = await sql<{ is_there: boolean }>`
    select to_regclass('schema_history') is not null as is_there`.execute(db);
  const { is_there: isThere } = only(rows);
  if (!isThere) return "has no tables of Slipway: put the dump back with pg_restore first";
  const processes = await listenersOf(db);
  if (processes === 0) return null;
  return `${processes === 1 ? "a server or worker is" : `${processes} servers and workers are`} at work on: end them first`;
}
