import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompiledQuery, Kysely } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { openLite } from "../../src/store/lite.ts";
import { liteDialect } from "../../src/store/lite-dialect.ts";
import { preparedFolder } from "../../src/store/pglite.samples.ts";
import type { Tables } from "../../src/store/schema.ts";
import { openRows } from "./rows.ts";

test(
  "what was written, made or deleted is noticed, and what was only locked or taken back is not",
  { timeout: 60_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "slipway-rows-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await preparedFolder(folder);
    const lite = await openLite(join(folder, "database"), []);
    const db = new Kysely<Tables>({ dialect: liteDialect(lite) });
    const rows = await openRows(db);
    const changed = async (...statements: readonly string[]) => {
      const mark = await rows.mark();
      for (const statement of statements) await db.executeQuery(CompiledQuery.raw(statement));
      return await rows.changedSince(mark);
    };
    expect(await changed("select * from profiles")).toEqual([]);
    expect(await changed("update profiles set cpu = cpu where name = 'small'")).toEqual(["profiles"]);
    expect(await changed("insert into settings (name, value) values ('a', 'b')")).toEqual(["settings"]);
    expect(await changed("delete from settings where name = 'a'", "delete from pools")).toEqual(["pools", "settings"]);
    expect(await changed("begin", "select * from profiles for update", "commit")).toEqual([]);
    expect(await changed("begin", "delete from profiles", "rollback")).toEqual([]);
    const token = "insert into tokens (name, hash, role, created_at) values ('t', 'h', 'viewer', now())";
    expect(await changed(token)).toEqual(["tokens"]);
    expect(await changed("update tokens set last_used_at = clock_timestamp() where name = 't'")).toEqual([]);
    expect(await changed("update tokens set role = 'admin' where name = 't'")).toEqual(["tokens"]);
    await db.destroy();
  },
);
