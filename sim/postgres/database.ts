// A PostgreSQL to play scenarios on: time in it is the simulation's, commits are told to the witness, and one scenario after the other
// finds it empty. How its transactions interleave is its own affair, so that a seed does not play the same way twice.

import type { VirtualClock } from "../../datacentre/src/virtual-clock.ts";
import { Kysely, PostgresDialect, sql } from "kysely";
import { Client, Pool } from "pg";
import { emptyDatabase } from "../../src/store/emptying.samples.ts";
import type { Listening } from "../../src/store/listen.ts";
import { migrate, readMigrations } from "../../src/store/migrate.ts";
import { ownDatabase } from "../../src/store/postgres.samples.ts";
import { storeOn } from "../../src/store/repositories.ts";
import type { Tables } from "../../src/store/schema.ts";
import type { Connection, Database, DatabaseKind, Own, SettableClock, Surroundings } from "../database.ts";
import { type TimeColumns, timeColumnsOf, WATCHING } from "./changes.ts";
import { type Connections, openConnections } from "./connections.ts";
import { listen } from "./ears.ts";
import { createTurns, type Server } from "./session.ts";
import { createTraffic, type Traffic } from "./settling.ts";

/** In front of the real one stands a clock that only moves when it is told to; a sequence, since those know no transactions. */
const CLOCK = [
  "create schema simulated",
  "create sequence simulated.now_ms minvalue 0",
  `create function simulated.clock_timestamp() returns timestamptz language sql volatile as
    $$ select to_timestamp(last_value / 1000.0) from simulated.now_ms $$`,
];
/** Scenarios keep things for seconds; people for days. */
const SHORT_RETENTION = ["steps_days", "consoles_days", "ledger_days"].flatMap((column) => [
  `alter table pools drop constraint if exists pools_${column}_check`,
  `alter table pools alter column ${column} type double precision`,
]);
const CLOCK_PATH = "simulated,public,pg_catalog";

export interface PostgresKind extends DatabaseKind {
  close(): Promise<void>;
}

/** A database of its own on the server that DATABASE_URL names. */
export async function openPostgresKind(): Promise<PostgresKind> {
  const own = await ownDatabase();
  const url = new URL(own.url);
  const plain = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: new Pool({ connectionString: own.url }) }) });
  await migrate(plain, await readMigrations());
  await plain.destroy();
  url.searchParams.set("options", `-c search_path=${CLOCK_PATH} -c jit=off`);
  const admin = new Client({ connectionString: url.href });
  await admin.connect();
  for (const statement of [...CLOCK, ...SHORT_RETENTION, ...WATCHING]) await admin.query(statement);
  const times = await timeColumnsOf(admin);
  const traffic = createTraffic();
  let scene: Scene | null = null;

  return {
    followers: {
      moved: async () => scene?.moved(),
      async settled() {
        await scene?.settled();
      },
    },
    async open(surroundings) {
      scene = await openScene(surroundings, { url: url.href, ask: askingOver(admin), times, traffic });
      return scene.database;
    },
    async close() {
      await admin.end();
      await own.drop();
    },
  };
}

type Ask = (text: string, values?: unknown[]) => Promise<{ readonly rows: readonly { readonly pid: number }[] }>;

/** One question after the other, as a connection takes them. */
function askingOver(client: Client): Ask {
  const inTurn = createTurns();
  return (text, values = []) => inTurn(() => client.query(text, values));
}

interface Scene {
  readonly database: Database;
  moved(): Promise<void>;
  settled(): Promise<void>;
}

interface Ground {
  readonly url: string;
  /** Over a connection that is not simulated. */
  readonly ask: Ask;
  readonly times: TimeColumns;
  readonly traffic: Traffic;
}

/** One scenario's. */
async function openScene(surroundings: Surroundings, { url, ask, times, traffic }: Ground): Promise<Scene> {
  const { clock, databaseClock, installation, onCommit, drop } = surroundings;
  const setTime = clockSetter(databaseClock, ask);
  const ears = await listen(url, drop);
  const server: Server = {
    url,
    times,
    traffic,
    sleep: (ms, signal) => clock.sleep(ms, signal),
    commits: createTurns(),
    onCommit,
    terminate: (pids) =>
      traffic.during(null, () => ask("select pg_terminate_backend(pid, 5000) from unnest($1::int[]) pid", [pids])),
  };
  const joined: Connections[] = [];
  const join = (own: Own): Connection => {
    const { pause = () => undefined } = own;
    const connections = openConnections(server, async () => {
      await pause();
      // It has moved on since, or was set by what happens at this point.
      await traffic.during(null, setTime);
    });
    joined.push(connections);
    return connectionOn(connections, { clock, own, listening: ears.join(pause) });
  };
  /** How many transactions had notified when all that they tell had arrived. */
  let heardOf = traffic.notified();
  /** Who asks sets the time first; it is set for those who wait. */
  const moved = async (): Promise<void> => {
    if (traffic.isBusy()) await setTime();
  };

  await setTime();
  await emptied(url, installation);
  return {
    moved,
    async settled() {
      await moved();
      await traffic.calm(() => waitingFor(ask));
      while (heardOf !== traffic.notified()) {
        heardOf = traffic.notified();
        // What was committed has been told of by then.
        await ears.heard();
        await traffic.calm(() => waitingFor(ask));
      }
    },
    database: {
      store: join({}),
      join,
      async close() {
        for (const connections of joined) connections.crash();
        await ears.close();
        await ask(
          // Others may play on databases of their own at the same server.
          `select pg_terminate_backend(pid, 5000) from pg_stat_activity
            where application_name = 'slipway sim' and datname = current_database()`,
        );
      },
    },
  };
}

/** Sets the database's clock where it is behind; whoever asks meanwhile waits for it. */
function clockSetter(databaseClock: SettableClock, ask: Ask): () => Promise<void> {
  let set: number | null = null;
  let setting: Promise<unknown> = Promise.resolve();
  return async () => {
    const now = databaseClock.now();
    if (now !== set) {
      set = now;
      setting = ask("select setval('simulated.now_ms', $1)", [now]);
    }
    await setting;
  };
}

interface Around {
  readonly clock: VirtualClock;
  readonly own: Own;
  readonly listening: Listening;
}

function connectionOn(connections: Connections, { clock, own, listening }: Around): Connection {
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: connections }) });
  const store = storeOn(db, {
    listening,
    closing: async () => undefined,
    monotonic: own.monotonic ?? (() => clock.now()),
    onStep: own.onStep ?? (() => undefined),
    waitForOthers: (ms) => clock.sleep(ms),
  });
  return {
    ...store,
    crash() {
      void listening.close();
      connections.crash();
    },
    cut: (reason) => connections.cut(reason),
  };
}

async function emptied(url: string, installation: string): Promise<void> {
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: new Pool({ connectionString: url }) }) });
  try {
    await emptyDatabase(db);
    await db.updateTable("settings").set({ value: installation }).where("name", "=", "installation").execute();
    await sql`truncate watched.changes`.execute(db);
  } finally {
    await db.destroy();
  }
}

/** The connections that wait for a lock. */
async function waitingFor(ask: Ask): Promise<ReadonlySet<number>> {
  const { rows } = await ask("select pid from pg_stat_activity where state = 'active' and wait_event_type = 'Lock'");
  return new Set(rows.map(({ pid }) => pid));
}
