// The servers: the only place that knows which database, which clouds and which clock there are. `serve` is API and engine,
// `work` is the engine alone, `migrate` the schema alone.

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { backingUp } from "./back-up.ts";
import { Complaint } from "./cli/complaint.ts";
import {
  closeConnectionFile,
  type Connection,
  connectionPath,
  readConnection,
  writeConnection,
} from "./cli/connection.ts";
import { certificateWarning, readCertificate, renewCertificate } from "./certificate.ts";
import { ownVersion } from "./cli/version.ts";
import { type Config, ConfigMistake, ownUrl, placeText, publicUrlWarning, readConfig } from "./config.ts";
import { explained } from "./listening.ts";
import { isLoopback } from "./core/world/loopback.ts";
import { type Deliveries, startDeliveries } from "./engine/deliver.ts";
import { type Engine, startEngine } from "./engine/engine.ts";
import { type Ground, oneLineErrors, openGround, openStore, ownClock, placeOf } from "./ground.ts";
import type { Events } from "./log.ts";
import { createApp } from "./http/app.ts";
import { hashToken, makeToken } from "./http/auth.ts";
import { type Page, readPage } from "./http/console-page.ts";
import type { Room } from "./http/http-deps.ts";
import { type Certificate, listen, type Listening, tryListening } from "./http/server.ts";
import { openWakes } from "./http/stream/wakes.ts";
import { metricsPage } from "./metrics/page.ts";
import { createScrape } from "./metrics/scrape.ts";
import { readStanding } from "./metrics/shared.ts";
import { oidcProvider } from "./oidc/provider.ts";
import type { IdentityProvider } from "./ports/identity.ts";
import type { Courier } from "./ports/webhooks.ts";
import { PUBLIC_URL, type Store } from "./ports/store.ts";
import { PROVIDERS } from "./providers/registry.ts";
import { directReach } from "./reach.ts";
import { isTerminal, logOf, say, sayWhatNow, tell } from "./printing.ts";
import { nextSignal } from "./signals.ts";
import { createCourier } from "./webhooks/courier.ts";
import { readMigrations } from "./store/migrate.ts";
import { roomOf } from "./store/room.ts";

/** API and engine, until a signal. */
export function serve(): Promise<number> {
  return oneLineErrors(async () => {
    const config = readConfig(process.env);
    await explained(config, tryListening(config));
    await tryMetrics(config);
    const certificate = config.tls === null ? null : await readCertificate(config.tls);
    await using ground = await openGround(config);
    const { events, store } = ground;
    const embedded = config.database.kind === "folder";
    if (embedded) await store.write((tx) => tx.voidClaims());
    const closing = new AbortController();
    const wakes = await openWakes(store);
    const app = createApp({
      ...ground,
      providers: PROVIDERS,
      clock: ownClock,
      wakes,
      version: ownVersion(),
      embedded,
      schema: (await readMigrations()).at(-1)?.name ?? "",
      room: () => diskOf(config),
      backUp: backingUp(ground),
      courier: courierOf(ground),
      page: pageBuilt(events),
      agents: config.agents,
      closing: closing.signal,
      proxies: config.proxies,
      identities: await identitiesOf(config),
    });
    const server = await explained(config, listen(app, config, certificate));
    // Of its own address a certificate seldom speaks.
    const own = ownUrl(config.host, server.port, certificate === null ? "http" : "https");
    const url = certificate === null ? own : (config.publicUrl ?? own);
    const publicUrl = config.publicUrl ?? own;
    await store.write((tx) => tx.setSetting(PUBLIC_URL, publicUrl));
    await introduce(ground, url);
    const warning = publicUrlWarning(config, publicUrl);
    if (warning !== null) tell(events, "warned", warning);
    keepCertificate(ground, { certificate, server, signal: closing.signal });
    const engine = await startEngineOn(ground, publicUrl);
    const deliveries = await startDeliveriesOn(ground);
    const metrics = await serveMetrics(ground, "serve");
    const place = placeText(config.host, url);
    // Before it is said: whoever reads that it listens may end it at once.
    const signal = nextSignal();
    if (isTerminal) say(`listening on ${place}, data in ${placeOf(config)}`);
    else events.serverStarted({ url, place }, placeOf(config));
    if (isTerminal && (await store.read((tx) => tx.accounts())).length === 0) sayWhatNow(url);
    events.serverStopping(await signal);
    closing.abort();
    await Promise.all([server.close(), engine.stop(), deliveries.stop(), metrics?.close()]);
    await wakes.close();
    return 0;
  });
}

async function identitiesOf({ oidc }: Config): Promise<IdentityProvider | null> {
  if (oidc === null) return null;
  const { secretFile, ...settings } = oidc;
  if (secretFile === null) return oidcProvider({ ...settings, clientSecret: null });
  try {
    return oidcProvider({ ...settings, clientSecret: (await readFile(secretFile, "utf8")).trim() });
  } catch (error) {
    throw new ConfigMistake(
      "SLIPWAY_OIDC_SECRET_FILE",
      `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

interface OwnTls {
  readonly certificate: Certificate | null;
  readonly server: Listening;
  readonly signal: AbortSignal;
}

function keepCertificate({ config, events }: Ground, { certificate, server, signal }: OwnTls): void {
  if (certificate === null || config.tls === null) return;
  const warning = certificateWarning(certificate, Date.now());
  if (warning !== null) tell(events, "warned", warning);
  void renewCertificate(certificate, {
    files: config.tls,
    take: (next) => server.renew(next),
    say: (line) => tell(events, "noticed", line),
    signal,
  }).catch((error: unknown) =>
    tell(events, "warned", `the server's certificate is not renewed any more: ${String(error)}`),
  );
}

/** The engine alone, until a signal: as many of these as launches need, on any machines. */
export function work(): Promise<number> {
  return oneLineErrors(async () => {
    const config = readConfig(process.env);
    if (config.database.kind === "folder") {
      throw new ConfigMistake("DATABASE_URL", "must be set for `work`: the embedded database serves one process alone");
    }
    await tryMetrics(config);
    await using ground = await openGround(config);
    const publicUrl = config.publicUrl ?? (await ground.store.read((tx) => tx.setting(PUBLIC_URL)));
    if (publicUrl === null) {
      throw new ConfigMistake(
        "SLIPWAY_URL_PUBLIC",
        "must be set, or `serve` be started once: machines call back there",
      );
    }
    const engine = await startEngineOn(ground, publicUrl);
    const deliveries = await startDeliveriesOn(ground);
    const metrics = await serveMetrics(ground, "work");
    const signal = nextSignal();
    if (isTerminal) say(`working on ${placeOf(config)}`);
    else ground.events.workerStarted(placeOf(config));
    ground.events.serverStopping(await signal);
    await Promise.all([engine.stop(), deliveries.stop(), metrics?.close()]);
    return 0;
  });
}

/** Opening the database brings its schema up to date. */
export function migrate(): Promise<number> {
  return oneLineErrors(async () => {
    const config = readConfig(process.env);
    const store = await openStore(config, { warn: say, events: logOf(config) });
    await store.close();
    say(`the schema in ${placeOf(config)} is up to date`);
    return 0;
  });
}

/** Before anything is made. */
async function tryMetrics({ metricsAt }: Config): Promise<void> {
  if (metricsAt !== null) await explained(metricsAt, tryListening(metricsAt));
}

/** What this process counts and how things stand, for Prometheus, on a port of its own; null: nobody asked for it. */
async function serveMetrics(ground: Ground, command: "serve" | "work"): Promise<Listening | null> {
  const { config, metrics, events, store, outage } = ground;
  if (config.metricsAt === null || metrics === null) return null;
  const { registry } = metrics;
  const standing = () => store.read(readStanding);
  const room = () => diskOf(config);
  const scrape = createScrape({ standing, outage, clock: ownClock, room, registry, version: ownVersion(), command });
  const server = await explained(config.metricsAt, listen(metricsPage(scrape), config.metricsAt));
  tell(events, "noticed", `metrics at ${ownUrl(config.metricsAt.host, server.port)}/metrics`);
  return server;
}

async function diskOf({ database }: Config): Promise<Room | null> {
  return database.kind === "folder" ? roomOf(database.dataDir) : null;
}

function courierOf({ config, secrets }: Ground): Courier {
  return createCourier({ secrets, version: ownVersion(), toAny: config.webhooks === "any", now: Date.now });
}

function startDeliveriesOn(ground: Ground): Promise<Deliveries> {
  return startDeliveries({ ...ground, clock: ownClock, courier: courierOf(ground), nonce });
}

const nonce = (): string => randomBytes(24).toString("base64url");

function startEngineOn({ store, secrets, events, installation }: Ground, callbackBase: string): Promise<Engine> {
  return startEngine({
    store,
    secrets,
    events,
    installation,
    callbackBase,
    providers: PROVIDERS,
    clock: ownClock,
    reach: directReach,
    random: Math.random,
    nonce,
  });
}

const FIRST_TOKEN = "admin";
/** Setting with the time until which a server alone may make the first token, ms since 1970. */
const FIRST_TOKEN_CLAIM = "first_token_claimed_until";
const FIRST_TOKEN_MS = 10_000;

/** Makes the first token, and keeps the command line's connection on this server's address. */
async function introduce({ store, config, events }: Ground, url: string): Promise<void> {
  const closed = await closeConnectionFile(process.env);
  if (closed !== null) tell(events, "warned", closed);
  const tokens = await store.read((tx) => tx.tokens());
  const kept = await keptConnection();
  const isOurs = kept !== null && tokens.some(({ hash }) => hash === hashToken(kept.token));
  if (kept !== null && isOurs && isLoopback(kept.url) && kept.url !== url) {
    await keepConnection(events, { url, token: kept.token });
  }
  if (tokens.length > 0) return;
  // An embedded database has no other server, and must not wait for what the process before this one began.
  if (config.database.kind === "server" && !(await claimFirstToken(store))) {
    return tell(
      events,
      "noticed",
      `another server on this database makes the first token; use it with \`slipway login ${url}\``,
    );
  }
  // The file comes first: a token that nobody was told is of no use, and the next start would make no other.
  const token = makeToken();
  const isWritten = (kept === null || kept.url === url) && (await keepConnection(events, { url, token }));
  const isMade = await store.write(async (tx) => {
    if ((await tx.lockAccess()).tokens.length > 0) return false;
    await tx.putToken({
      name: FIRST_TOKEN,
      hash: hashToken(token),
      role: "admin",
      pool: null,
      owner: null,
      createdBy: null,
      createdAt: await tx.now(),
      expiresAt: null,
      lastUsedAt: null,
    });
    return true;
  });
  if (!isMade) {
    return tell(
      events,
      "noticed",
      `another server on this database made the first token; use it with \`slipway login ${url}\``,
    );
  }
  const place = connectionPath(process.env);
  if (isWritten) tell(events, "noticed", `made the first token; the command line finds it in ${place}`);
  // A secret is in no log: it is shown to whoever started the server.
  else say(`made the first token, shown this once; use it with \`slipway login ${url}\`: ${token}`);
}

/** True for one of those servers that find no token at the same moment. */
function claimFirstToken(store: Store): Promise<boolean> {
  return store.write(async (tx) => {
    if ((await tx.lockAccess()).tokens.length > 0) return false;
    const now = await tx.now();
    if (now < Number((await tx.setting(FIRST_TOKEN_CLAIM)) ?? 0)) return false;
    await tx.setSetting(FIRST_TOKEN_CLAIM, String(now + FIRST_TOKEN_MS));
    return true;
  });
}

/** True when it could be written. */
async function keepConnection(events: Events, connection: Connection): Promise<boolean> {
  try {
    await writeConnection(process.env, connection);
    return true;
  } catch (error) {
    if (!(error instanceof Complaint)) throw error;
    tell(events, "warned", error.message);
    return false;
  }
}

/** The connection in the command line's file; null when there is none, or none that can be read. */
async function keptConnection(): Promise<Connection | null> {
  try {
    return await readConnection({ ...process.env, SLIPWAY_URL: undefined, SLIPWAY_TOKEN: undefined });
  } catch (error) {
    if (error instanceof Complaint) return null;
    throw error;
  }
}

/** The console, from the package's folder; null when nobody built it. */
function pageBuilt(events: Events): Page | null {
  const path = findPackageJSON("..", import.meta.url);
  const page = path === undefined ? null : readPage(join(dirname(path), "web/dist"));
  if (page === null) {
    tell(events, "warned", "the console is not built; `npm run page` builds it, `npm start` does so by itself");
  }
  return page;
}
