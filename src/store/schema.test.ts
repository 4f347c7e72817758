// The database's own rules, against the lists and tables of core that they were copied from.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kysely, sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { ACCOUNT_HEALTHS } from "../core/account.ts";
import { ATTEMPT_OUTCOMES } from "../core/deployment.ts";
import { FAULT_SCOPES } from "../core/fault.ts";
import { CALLS, OBSERVED_STATES } from "../core/machine.ts";
import { ROLES } from "../core/people/grants.ts";
import {
  arcs,
  DEPLOYMENT,
  DEPLOYMENT_STATES,
  INSTANCE,
  INSTANCE_STATES,
  MACHINE,
  MACHINE_STATES,
  OPEN_MACHINE_STATES,
} from "../core/states.ts";
import { PLAN_KINDS } from "../ports/plans.ts";
import { AUDIT_VIAS } from "../ports/audit.ts";
import {
  SAMPLE_TIME,
  sampleAccount,
  sampleDeployment,
  sampleMachine,
  sampleNewDeployment,
} from "../ports/store.samples.ts";
import { emptyDatabase } from "./emptying.samples.ts";
import { listenOnLite } from "./listen.ts";
import { type Lite, openLite } from "./lite.ts";
import { liteDialect } from "./lite-dialect.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { CHANNELS } from "./notices.ts";
import { preparedFolder } from "./pglite.samples.ts";
import { storeOn } from "./repositories.ts";
import type { Tables } from "./schema.ts";

// One database for all tests, on a machine that may be busy with other files.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

let folder: string;
let lite: Lite;
let db: Kysely<Tables>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-schema-"));
  await preparedFolder(folder);
  lite = await openLite(join(folder, "database"), CHANNELS);
  db = new Kysely<Tables>({ dialect: liteDialect(lite) });
});

afterAll(async () => {
  await db.destroy();
  await rm(folder, { recursive: true, force: true });
});

describe("transitions", () => {
  const births = { deployment: ["new"], instance: ["new"], machine: ["intent", "made"] };

  test.for([
    ["deployment", arcs(DEPLOYMENT)],
    ["instance", arcs(INSTANCE)],
    ["machine", arcs(MACHINE)],
  ] as const)("the arcs of a %s are those of core", async ([kind, known]) => {
    const { rows } = await sql<{ arc: string }>`
      select from_state || '>' || to_state as arc from arcs where kind = ${kind}`.execute(db);
    const born = births[kind].map((state) => `>${state}`);
    expect(rows.map(({ arc }) => arc).toSorted()).toEqual([...born, ...known.map((arc) => arc.join(">"))].toSorted());
  });

  test.for(["deployments", "instances", "machines"])(
    "%s are guarded when they are born and when they move",
    async (table) => {
      const { rows } = await sql<{ event: string }>`
      select event_manipulation as event from information_schema.triggers
      where event_object_table = ${table} and action_statement like '%guard_state%'`.execute(db);
      expect(rows.map(({ event }) => event).toSorted()).toEqual(["INSERT", "UPDATE"]);
    },
  );

  test("the database refuses another transition, whoever writes it", async () => {
    await emptyDatabase(db);
    const store = storeOn(db, { listening: listenOnLite(lite), closing: async () => undefined });
    await store.write(async (tx) => {
      await tx.putAccount(sampleAccount(), null);
      await tx.insertDeployment(sampleNewDeployment());
      await tx.putStray({ ...sampleMachine({ deployment: null }), state: "made" });
    });
    const refused = /illegal transition of a \w+ from "\w+" to "\w+"/;
    await expect(sql.raw("update deployments set state = 'failed'").execute(db)).rejects.toThrow(refused);
    await expect(sql.raw("update instances set state = 'running'").execute(db)).rejects.toThrow(refused);
    await expect(sql.raw("update machines set state = 'intent'").execute(db)).rejects.toThrow(refused);
    await expect(sql.raw("update deployments set wake_at = null").execute(db)).rejects.toThrow('"wakes"');
  });
});

describe("lists", () => {
  const quotedIn = (rule = "") => [...rule.matchAll(/'(\w+)'/g)].map(([, value]) => String(value)).toSorted();

  test.for([
    ["deployments", "state", DEPLOYMENT_STATES],
    ["instances", "state", INSTANCE_STATES],
    ["machines", "state", MACHINE_STATES],
    ["machines", "observed", OBSERVED_STATES],
    ["machines", "call", CALLS],
    ["attempts", "outcome", ATTEMPT_OUTCOMES],
    ["accounts", "health", ACCOUNT_HEALTHS],
    ["placements", "refused", FAULT_SCOPES],
    ["tokens", "role", ROLES],
    ["grants", "role", ROLES],
    ["plans", "kind", PLAN_KINDS],
    ["audit", "via", AUDIT_VIAS],
  ] as const)("%s.%s takes the values of core and no others", async ([table, column, values]) => {
    const { rows } = await sql<{ rule: string }>`
      select pg_get_constraintdef(oid) as rule from pg_constraint
      where conrelid = ${table}::regclass and conname = ${`${table}_${column}_check`}`.execute(db);
    expect(quotedIn(rows[0]?.rule)).toEqual([...values].toSorted());
  });

  test("open machines are those of core, wherever SQL lists them", async () => {
    const { rows } = await sql<{ rule: string }>`
      select indexdef as rule from pg_indexes where indexname = 'machines_open'`.execute(db);
    expect(quotedIn(rows[0]?.rule)).toEqual([...OPEN_MACHINE_STATES].toSorted());
  });
});

describe("migrations", () => {
  const newer = (breaking: boolean) =>
    db.insertInto("schema_history").values({ name: "9999_from_the_future", breaking, checksum: "any" }).execute();

  beforeEach(async () => {
    await db.deleteFrom("schema_history").where("name", "=", "9999_from_the_future").execute();
  });

  test("are done once", async () => {
    const known = await readMigrations();
    await migrate(db, known);
    const done = await db.selectFrom("schema_history").select("name").orderBy("name").execute();
    expect(done.map(({ name }) => name)).toEqual(known.map(({ name }) => name));
  });

  test("a newer one is added to what is there, statement by statement", async () => {
    const text =
      "-- breaking\ncreate table extra (\n  n integer\n);\n\ninsert into extra values (1);\n\ninsert into extra values (2);\n";
    await migrate(db, [...(await readMigrations()), { name: "9998_extra", text }]);
    const { rows } = await sql<{ n: number }>`select n from extra order by n`.execute(db);
    expect(rows).toEqual([{ n: 1 }, { n: 2 }]);
    const rule = {
      code: "schema_newer",
      message: expect.stringMatching(/newer version of slipway \(9998_extra\); update/),
    };
    await expect(migrate(db, await readMigrations())).rejects.toMatchObject(rule);
    await sql`drop table extra`.execute(db);
    await sql`delete from kysely_migration where name = '9998_extra'`.execute(db);
    await sql`delete from schema_history where name = '9998_extra'`.execute(db);
  });

  test("one that fails leaves nothing behind, and says what it was", async () => {
    const text = "create table extra (n integer);\n\ninsert into extra values ('x');\n";
    await expect(migrate(db, [...(await readMigrations()), { name: "9998_wrong", text }])).rejects.toMatchObject({
      code: "cannot_migrate",
      message: expect.stringContaining("invalid input syntax"),
    });
    const { rows } = await sql<{ there: boolean }>`select to_regclass('extra') is not null as there`.execute(db);
    expect(rows).toEqual([{ there: false }]);
  });

  test("one that was changed after the database had it is refused, and nothing is done", async () => {
    const known = await readMigrations();
    const changed = known.map((one) => (one.name === "0002_pace" ? { ...one, text: `${one.text}\n-- more\n` } : one));
    const more = { name: "9998_extra", text: "create table extra (n integer);\n" };
    await expect(migrate(db, [...changed, more])).rejects.toMatchObject({
      code: "schema_altered",
      message: expect.stringMatching(/another migration 0002_pace than this slipway has; .*begin with a new database$/),
    });
    const { rows } = await sql<{ there: boolean }>`select to_regclass('extra') is not null as there`.execute(db);
    expect(rows).toEqual([{ there: false }]);
    // The same text with the line ends of another system is no change.
    await migrate(
      db,
      known.map((one) => ({ ...one, text: one.text.replaceAll("\n", "\r\n") })),
    );
  });

  test("a database of another line of programs is refused: one with a migration in between, and one that lacks one", async () => {
    const known = await readMigrations();
    const without = known.filter(({ name }) => name !== "0002_pace");
    const rule = { code: "schema_altered", message: expect.stringContaining("begin with a new database") };
    const stranger = "was made with a migration 0002_pace, which this slipway does not have";
    await expect(migrate(db, without)).rejects.toMatchObject({ ...rule, message: expect.stringContaining(stranger) });
    const more = [...known, { name: "0001_zebra", text: "select 1;\n" }].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const lacking = "lacks migration 0001_zebra, and has later ones";
    await expect(migrate(db, more)).rejects.toMatchObject({ ...rule, message: expect.stringContaining(lacking) });
  });

  test("a database of a program that kept no checksums is refused in the same words", async () => {
    await sql`alter table schema_history rename column checksum to sum`.execute(db);
    const refusal = migrate(db, await readMigrations());
    await expect(refusal).rejects.toMatchObject({ code: "schema_altered" });
    await sql`alter table schema_history rename column sum to checksum`.execute(db);
  });

  test("a program that is older than a breaking one refuses to work", async () => {
    await newer(true);
    await expect(migrate(db, await readMigrations())).rejects.toMatchObject({ code: "schema_newer" });
  });

  test("a program that is older than one that breaks nothing goes on", async () => {
    await newer(false);
    await migrate(db, await readMigrations());
  });
});

test("a row that came with a number of another server's is told when it is written here, and not before", async () => {
  await emptyDatabase(db);
  const store = storeOn(db, { listening: listenOnLite(lite), closing: async () => undefined });
  const { id } = sampleAccount();
  const stray = { ...sampleMachine({ deployment: null }), state: "made" as const };
  await store.write(async (tx) => {
    await tx.putAccount(sampleAccount(), null);
    await tx.putStray(stray);
  });
  await sql`update machines set written = '99999999'`.execute(db);
  const told = async (since: string | null) => store.read((tx) => tx.writtenSince(id, since), "alone");
  const { horizon } = await told(null);
  expect((await told(horizon)).written).toEqual([]);
  await store.write((tx) => tx.putStray({ ...stray, observed: "stopped" }));
  expect((await told(horizon)).written).toEqual([stray.id]);
});

test("text that PostgreSQL cannot hold is kept as far as it can be", async () => {
  await emptyDatabase(db);
  const store = storeOn(db, { listening: listenOnLite(lite), closing: async () => undefined });
  const failure = 'a\0b \ud800 c \\u0000 \\\\u0000 "\udc00\0" \u{1F6A2}';
  const deployment = sampleDeployment({ failure });
  await store.write((tx) => tx.insertDeployment(sampleNewDeployment(deployment)));
  await store.write(async (tx) => {
    await tx.putAccount(sampleAccount(), null);
    const [claim] = await tx.claimPolls(1, 1_000);
    if (claim === undefined) throw new Error("no account is due");
    const found = { health: "unreachable", alert: null, pollAt: SAMPLE_TIME } as const;
    await tx.endPoll(claim, { ...found, healthText: "no\0 answer" });
  });
  const unreachable = await store.read((tx) => tx.account(sampleAccount().id));
  expect(unreachable?.healthText).toBe("no\ufffd answer");
  const kept = await store.read((tx) => tx.deployment(deployment.id));
  expect(kept?.failure).toBe('a\ufffdb \ufffd c \\u0000 \\\\u0000 "\ufffd\ufffd" \u{1F6A2}');
});
