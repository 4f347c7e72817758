// A server of its own for each run of the fuzz, in this process: a database in a temporary folder, a simulated datacentre, and an
// engine that works when it is told to, so that between its rounds rows change by requests alone.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir, uptime } from "node:os";
import { join } from "node:path";
import { Kysely } from "kysely";
import { realClock as datacentreClock } from "../../datacentre/src/clock.ts";
import { createDatacentre } from "../../datacentre/src/datacentre.ts";
import { serveDatacentre } from "../../datacentre/src/server.ts";
import { openClock } from "../../src/clock.ts";
import { createEngine } from "../../src/engine/engine.ts";
import { type Events, eventsTo } from "../../src/log.ts";
import { createApp } from "../../src/http/app.ts";
import { hashToken } from "../../src/http/auth.ts";
import { listen } from "../../src/http/server.ts";
import { openWakes } from "../../src/http/stream/wakes.ts";
import { OWNER_LABELS } from "../../src/core/machine.ts";
import { ROLES } from "../../src/core/people/grants.ts";
import { sampleToken } from "../../src/ports/store.samples.ts";
import { PUBLIC_URL, type Store } from "../../src/ports/store.ts";
import { simProvider } from "../../src/providers/sim/index.ts";
import { dockerProvider } from "../../src/providers/docker/index.ts";
import { createCourier } from "../../src/webhooks/courier.ts";
import { secretsWith } from "../../src/secrets.ts";
import { listenOnLite } from "../../src/store/listen.ts";
import { openLite } from "../../src/store/lite.ts";
import { liteDialect } from "../../src/store/lite-dialect.ts";
import { CHANNELS } from "../../src/store/notices.ts";
import { watching } from "../../src/store/outage.ts";
import { preparedFolder } from "../../src/store/pglite.samples.ts";
import { storeOn } from "../../src/store/repositories.ts";
import type { Tables } from "../../src/store/schema.ts";
import { quickCloud } from "../stage/datacentre.ts";
import { openRows, type Rows } from "./rows.ts";
import { LINGERING, REFUSED } from "./words.ts";

const realClock = openClock(uptime);

export interface FuzzStage {
  readonly url: string;
  readonly datacentreUrl: string;
  readonly rows: Rows;
  /** By role. */
  readonly tokens: Readonly<Record<(typeof ROLES)[number], string>>;
  /** One round of everything that the engine does. */
  work(): Promise<void>;
  /** Lines of the log that speak of a bug, since the last call. */
  bugs(): readonly string[];
  close(): Promise<void>;
}

const TOKENS = {
  viewer: "fuzz-viewer",
  launcher: "fuzz-launcher",
  operator: "fuzz-operator",
  admin: "fuzz-admin",
} as const;
/** pino's number for an error. */
const ERROR = 50;

export async function openStage(): Promise<FuzzStage> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-fuzz-"));
  await preparedFolder(folder);
  const lite = await openLite(join(folder, "database"), CHANNELS);
  const db = new Kysely<Tables>({ dialect: liteDialect(lite) });
  const store = storeOn(db, { listening: listenOnLite(lite), closing: () => db.destroy() });
  const datacentre = await openDatacentre();
  const lines: string[] = [];
  const events = eventsTo("error", { write: (line: string) => void lines.push(line) });
  const server = await openServer(store, events);
  await makeTokens(store, server.url);
  return {
    url: server.url,
    datacentreUrl: datacentre.url,
    rows: await openRows(db),
    tokens: TOKENS,
    work: () => server.work(),
    bugs: () => lines.splice(0).filter((line) => Number(JSON.parse(line).level) >= ERROR),
    async close() {
      await server.close();
      await datacentre.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function openDatacentre() {
  const datacentre = createDatacentre({ clouds: [quickCloud("north"), quickCloud("south")], clock: datacentreClock });
  for (const name of ["north", "south"]) {
    const of = (instance: string) => ({ labels: { [OWNER_LABELS.instance]: instance } });
    datacentre.cloud(name).addFaults([
      { on: "create", when: of(REFUSED), times: "always", do: { kind: "refuse", code: "insufficient_capacity" } },
      { on: "remove", when: of(LINGERING), times: "always", do: { kind: "refuse", code: "internal_error" } },
    ]);
  }
  const served = await serveDatacentre(datacentre, { port: 0 });
  const settling = setInterval(() => datacentre.settle(), 100);
  return {
    url: served.url,
    async close() {
      clearInterval(settling);
      await served.close();
    },
  };
}

async function openServer(opened: Store, events: Events) {
  const { store, outage } = watching(opened, { clock: realClock, events });
  const providers = new Map([simProvider(), dockerProvider].map((provider) => [provider.name, provider]));
  const secrets = secretsWith(Buffer.alloc(32, 7));
  const closing = new AbortController();
  const wakes = await openWakes(store);
  const common = { store, providers, secrets, events, clock: realClock, installation: "fuzz000000" };
  const courier = createCourier({ secrets, version: "0.0.0", toAny: false, now: Date.now });
  const page = {
    courier,
    version: "0.0.0",
    embedded: true,
    schema: "",
    room: async () => null,
    backUp: null,
    page: null,
    agents: { changes: true, maxHourly: 1 },
    closing: closing.signal,
    proxies: null,
    identities: null,
  };
  const server = await listen(createApp({ ...common, outage, wakes, ...page }), { host: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${server.port}`;
  let nonces = 0;
  const engine = createEngine({
    ...common,
    callbackBase: url,
    reach: { answers: async () => ({ passed: true }) },
    random: () => 0.5,
    nonce: () => `nonce${(nonces += 1)}`,
  });
  return {
    url,
    async work() {
      for (const kind of ["poll", "advance", "call", "probe", "advance"] as const) await engine.round(kind);
    },
    async close() {
      closing.abort();
      await server.close();
      await engine.stop();
      await wakes.close();
    },
  };
}

async function makeTokens(store: Store, url: string): Promise<void> {
  await store.write(async (tx) => {
    await tx.setSetting(PUBLIC_URL, url);
    const createdAt = await tx.now();
    for (const role of ROLES) {
      // The admin's is one that no request names.
      const name = role === "admin" ? "keeper" : role;
      await tx.putToken(sampleToken({ name, hash: hashToken(TOKENS[role]), role, createdAt }));
    }
  });
}
