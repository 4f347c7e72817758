// What every part that works on the database begins with: its settings, the database, the key, and how it says what is wrong.

import { uptime } from "node:os";
import { ownVersion } from "./cli/version.ts";
import { openClock } from "./clock.ts";
import { type Config, ConfigMistake } from "./config.ts";
import type { Events } from "./log.ts";
import { metering } from "./metrics/metered-store.ts";
import { createOwnMetrics, type OwnMetrics } from "./metrics/own.ts";
import type { Secrets } from "./ports/secrets.ts";
import { type Store, StoreAway } from "./ports/store.ts";
import { logOf, say, tell } from "./printing.ts";
import { KeyRefused, type Keys, keysFrom, keysInFile, keysInFolder, proveKey, secretsWith } from "./secrets.ts";
import { endAtSignals } from "./signals.ts";
import type { OpenSpans } from "./tracing/open.ts";
import { ArchiveRefused } from "./store/archive-file.ts";
import { StoreUnavailable, whyAway } from "./store/errors.ts";
import { type EmbeddedStore, openPglite, openPostgres } from "./store/open.ts";
import { type Watched, watching } from "./store/outage.ts";

export const ownClock = openClock(uptime);

/** What every part that works on the database has. */
export interface Ground {
  readonly config: Config;
  readonly events: Events;
  readonly store: Store;
  readonly outage: Watched["outage"];
  /** Writes all that the database holds into a new file; null: it is on a server, which has its own way of doing that. */
  readonly archive: EmbeddedStore["archive"] | null;
  readonly secrets: Secrets;
  readonly installation: string;
  /** Null: nobody asked for any. */
  readonly metrics: OwnMetrics | null;
}

export async function openGround(config: Config): Promise<Ground & AsyncDisposable> {
  const metrics = config.metricsAt === null ? null : createOwnMetrics();
  const spans = await spansOf(config, (text) => events.tracesLost(text));
  const events = logOf(config, {
    ...(metrics === null ? {} : { meters: metrics.meters }),
    ...(spans === null ? {} : { spans }),
  });
  const readKeys = await keyReader(config);
  const opened = await openStore(config, { events, warn: (line) => tell(events, "warned", line) });
  const { store, outage } = watching(metering(opened, { clock: ownClock, events }), { clock: ownClock, events });
  try {
    const secrets = secretsWith(...(await readKeys(store)));
    await proveKey(store, secrets);
    const installation = await store.read((tx) => tx.setting("installation"));
    if (installation === null) throw new Error("the database has no installation name");
    const archive = "archive" in opened ? opened.archive : null;
    return {
      config,
      archive,
      events,
      store,
      outage,
      secrets,
      installation,
      metrics,
      async [Symbol.asyncDispose]() {
        await Promise.all([store.close(), spans?.close()]);
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Whoever asks for no traces does not pay for loading what tells them. */
async function spansOf({ traces }: Config, complain: (text: string) => void): Promise<OpenSpans | null> {
  if (traces === null) return null;
  try {
    const { openSpans } = await import("./tracing/open.ts");
    return openSpans({ config: traces, version: ownVersion(), complain });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) throw error;
    throw new ConfigMistake("OTEL_EXPORTER_OTLP_ENDPOINT", LIBRARY_MISSING);
  }
}

/** The package of Slipway does not bring it along: 20 MB that nobody who follows no traces needs. */
const LIBRARY_MISSING =
  "asks for traces, and OpenTelemetry is not installed beside Slipway: npm install @opentelemetry/api @opentelemetry/core " +
  "@opentelemetry/resources @opentelemetry/sdk-trace @opentelemetry/exporter-trace-otlp-proto there, or set OTEL_TRACES_EXPORTER=none";

/** `warn`: takes what a person should know of the folder. */
export async function openStore(
  { database }: Config,
  { events, warn }: { readonly events: Events; readonly warn: (line: string) => void },
): Promise<Store | EmbeddedStore> {
  const time = { monotonic: () => ownClock.monotonic(), onStep: events.clockStepped };
  if (database.kind === "folder") return openPglite({ dataDir: database.dataDir, say: warn, ...time });
  try {
    return await openPostgres({ url: database.url, ...time });
  } catch (error) {
    if (!(error instanceof StoreAway)) throw error;
    if (error.reason === "unreachable") {
      throw new ConfigMistake("DATABASE_URL", `leads to no database: ${causeOf(error)}`);
    }
    // A password, a database that is not there, a right that is missing.
    if (error.reason === "refused") {
      throw new ConfigMistake("DATABASE_URL", `is refused by the server: ${causeOf(error)}`);
    }
    throw error;
  }
}

function causeOf({ cause, message }: Error): string {
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}

/** How to read the key once the database is open. What is given is checked at once, before a folder is made for nothing. */
async function keyReader(config: Config): Promise<(store: Store) => Promise<Keys>> {
  const given = await givenKeys(config);
  if (given !== null) return async () => given;
  const { database } = config;
  if (database.kind === "folder") return (store) => keysInFolder(database.dataDir, store);
  const remedy = "`openssl rand -base64 32` makes one; give the same to every process on this database";
  throw new ConfigMistake("SLIPWAY_KEY", `or SLIPWAY_KEY_FILE must be set together with DATABASE_URL; ${remedy}`);
}

/** The key, or keys, that the environment gives; null: it gives none. */
export async function givenKeys({ key, keyFile }: Config): Promise<Keys | null> {
  if (keyFile !== null) return keysInFile(keyFile);
  if (key === null) return null;
  const given = keysFrom(key);
  if (given !== null) return given;
  throw new ConfigMistake("SLIPWAY_KEY", "must be 32 bytes in base64; `openssl rand -base64 32` makes one");
}

/** Where the data is, without the password that its address may hold. */
export function placeOf({ database }: Config): string {
  if (database.kind === "folder") return database.dataDir;
  const { hostname, pathname } = new URL(database.url);
  return `database ${pathname.slice(1)} at ${hostname}`;
}

/** What is the environment's fault is one line with its remedy, and exit code 2. */
export async function oneLineErrors(act: () => Promise<number>): Promise<number> {
  // Whatever a server writes (database, key, lock, the command line's token) is for its own user alone.
  process.umask(0o077);
  endAtSignals();
  try {
    return await act();
  } catch (error) {
    const isEnvironment =
      error instanceof ConfigMistake ||
      error instanceof KeyRefused ||
      error instanceof ArchiveRefused ||
      error instanceof StoreUnavailable ||
      error instanceof StoreAway;
    if (!isEnvironment) throw error;
    say(error instanceof StoreAway ? `${whyAway(error)}; start it again when that is over` : error.message);
    return 2;
  }
}
