// A database of a data folder, for somebody who works on it while no server does.

import { Kysely } from "kysely";
import { openLite } from "./lite.ts";
import { liteDialect } from "./lite-dialect.ts";
import type { Tables } from "./schema.ts";

export interface Alone extends AsyncDisposable {
  readonly db: Kysely<Tables>;
}

/** The folder has to be locked. */
export async function openAlone(folder: string): Promise<Alone> {
  const lite = await openLite(folder, []);
  const db = new Kysely<Tables>({ dialect: liteDialect(lite) });
  return {
    db,
    async [Symbol.asyncDispose]() {
      await db.destroy();
      await lite.close();
    },
  };
}
