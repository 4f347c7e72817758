// What only a server does: it goes away, and several processes come at once.

import { once } from "node:events";
import { connect as connectTo, createServer, type Socket } from "node:net";
import { sql } from "kysely";
import { expect, test, vi } from "vitest";
import { deploymentId } from "../core/ids.ts";
import { sampleNewDeployment } from "../ports/store.samples.ts";
import { StoreAway } from "../ports/store.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { connect } from "./open.ts";
import { databaseOfFile } from "./own-database.testsuite.ts";

const database = databaseOfFile();

/** A network that loses what it is given, when told to, and does not say so. */
async function proxyTo(url: string) {
  const { hostname, port } = new URL(url);
  let swallows = false;
  let met = 0;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    met += 1;
    const far = connectTo(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("error", () => undefined);
      from.on("close", () => to.destroy());
      from.on("data", (bytes) => swallows || to.write(bytes));
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const own = new URL(url);
  own.port = typeof address === "object" ? String(address?.port) : "";
  return {
    url: own.href,
    met: () => met,
    swallow: (wish: boolean) => void (swallows = wish),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Ends every other connection to the database, as a restart of the server does. */
async function endConnections(): Promise<void> {
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`.execute(database.db);
}

test("several processes that start at once on an empty database migrate it once", async () => {
  const stores = await Promise.all([database.open(), database.open(), database.open()]);
  const names = await Promise.all(stores.map((store) => store.read((tx) => tx.setting("installation"))));
  expect(new Set(names).size).toBe(1);
});

test("a transaction whose connection ends is away and not committed, and the next one works", async () => {
  const store = await database.open();
  const error = await store
    .write(async (tx) => {
      await tx.setSetting("colour", "red");
      await endConnections();
      await tx.setSetting("shape", "round");
    })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StoreAway);
  expect(await store.read(async (tx) => [await tx.setting("colour"), await tx.setting("shape")])).toEqual([null, null]);
});

test("a transaction whose server falls silent is away, and the next one works", async () => {
  await using between = await proxyTo(database.url);
  const store = await database.open({ url: between.url, silenceMs: 300 });
  const error = await store
    .write(async (tx) => {
      await tx.setSetting("colour", "blue");
      between.swallow(true);
      await tx.setSetting("shape", "flat");
    })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StoreAway);
  between.swallow(false);
  expect(await store.read((tx) => tx.setting("colour"))).toBeNull();
});

test("a store that was closed is away", async () => {
  const store = await database.open();
  await store.close();
  await expect(store.read((tx) => tx.now())).rejects.toBeInstanceOf(StoreAway);
});

test("idle connections that end do no harm", async () => {
  const store = await database.open();
  await store.read((tx) => tx.now());
  await endConnections();
  const asked = async (): Promise<number> => store.read((tx) => tx.now()).catch(asked);
  expect(await asked()).toBeGreaterThan(0);
});

test("a listener that lost its connection is woken when it has another, and hears again", async () => {
  const store = await database.open();
  const back = Promise.withResolvers<void>();
  await store.onDue(() => back.resolve());
  const told = Promise.withResolvers<string>();
  await store.onEvents((id) => told.resolve(id));
  await endConnections();
  await back.promise;
  const row = sampleNewDeployment();
  const insert = async (): Promise<void> =>
    store
      .write((tx) => tx.insertDeployment(row))
      .catch((error: unknown) => {
        if (!(error instanceof StoreAway)) throw error;
        return insert();
      });
  await insert();
  expect(await told.promise).toBe(row.deployment.id);
});

test("what one process commits is heard by another", async () => {
  const [writer, listener] = [await database.open(), await database.open()];
  const told = Promise.withResolvers<string>();
  await listener.onEvents((id) => told.resolve(id));
  const row = sampleNewDeployment({ name: "heard", id: deploymentId("dep000000077") });
  await writer.write((tx) => tx.insertDeployment(row));
  expect(await told.promise).toBe(row.deployment.id);
});

test("what older programs cannot work on is not done under them, and done when they have ended", async () => {
  const old = await database.open();
  await old.onDue(() => undefined);
  const breaking = { name: "9999_breaking", text: "-- breaking\ncreate table breaking (\n  n integer\n);\n" };
  const known = [...(await readMigrations()), breaking];
  await expect(migrate(database.db, known)).rejects.toMatchObject({
    code: "schema_in_use",
    message: expect.stringContaining("a server or worker of an older version is at work: end them first"),
  });
  const harmless = { name: "9998_harmless", text: "create table harmless (\n  n integer\n);\n" };
  await migrate(database.db, [...known.slice(0, -1), harmless]);
  await old.close();
  await migrate(database.db, [...known.slice(0, -1), harmless, breaking]);
});

test("whoever closes waits for no connection that is being made to a server which does not answer", async () => {
  await using proxy = await proxyTo(database.url);
  proxy.swallow(true);
  const { db, cut } = connect(proxy.url, { connections: 1 });
  const asked = sql`select 1`.execute(db).catch((error: unknown) => error);
  await vi.waitFor(() => expect(proxy.met()).toBe(1));
  cut();
  expect(await asked).toMatchObject({ message: "Connection terminated: nobody waits for it" });
  await db.destroy();
});
