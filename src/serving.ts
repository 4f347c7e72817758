// What servers do on their database until a signal: the only place that knows which clouds there are.

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { backingUp } from "./back-up.ts";
import { certificateWarning, renewCertificate } from "./certificate.ts";
import { ownVersion } from "./cli/version.ts";
import { type Config, ConfigMistake, ownUrl, placeText, publicUrlWarning } from "./config.ts";
import { explained } from "./listening.ts";
import { type Deliveries, startDeliveries } from "./engine/deliver.ts";
import { type Engine, startEngine } from "./engine/engine.ts";
import { introduce } from "./first-token.ts";
import { type Ground, ownClock, placeOf } from "./ground.ts";
import type { Events } from "./log.ts";
import { createApp } from "./http/app.ts";
import { type Page, readPage } from "./http/console-page.ts";
import type { Room } from "./http/http-deps.ts";
import { type Certificate, listen, type Listening } from "./http/server.ts";
import { openWakes } from "./http/stream/wakes.ts";
import { metricsPage } from "./metrics/page.ts";
import { createScrape } from "./metrics/scrape.ts";
import { readStanding } from "./metrics/shared.ts";
import { oidcProvider } from "./oidc/provider.ts";
import type { IdentityProvider } from "./ports/identity.ts";
import type { Courier } from "./ports/webhooks.ts";
import { PUBLIC_URL } from "./ports/store.ts";
import { PROVIDERS } from "./providers/registry.ts";
import { directReach } from "./reach.ts";
import { isTerminal, say, sayWhatNow, tell } from "./printing.ts";
import { nextSignal } from "./signals.ts";
import { createCourier } from "./webhooks/courier.ts";
import { readMigrations } from "./store/migrate.ts";
import { roomOf } from "./store/room.ts";

/** API and engine, until a signal. */
export async function serveOn(ground: Ground, certificate: Certificate | null): Promise<number> {
  const { config } = ground;
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
}

/** The engine alone, until a signal. */
export async function workOn(ground: Ground): Promise<number> {
  const { config } = ground;
  const publicUrl = config.publicUrl ?? (await ground.store.read((tx) => tx.setting(PUBLIC_URL)));
  if (publicUrl === null) {
    throw new ConfigMistake("SLIPWAY_URL_PUBLIC", "must be set, or `serve` be started once: machines call back there");
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

/** The console, from the package's folder; null when nobody built it. */
function pageBuilt(events: Events): Page | null {
  const path = findPackageJSON("..", import.meta.url);
  const page = path === undefined ? null : readPage(join(dirname(path), "web/dist"));
  if (page === null) {
    tell(events, "warned", "the console is not built; `npm run page` builds it, `npm start` does so by itself");
  }
  return page;
}
