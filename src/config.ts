// The environment, read once. Every variable of the server is here and, for people, in docs/configuration.md.

import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** What each variable of the server means. An empty one counts as not set. */
export const VARIABLES = {
  DATABASE_URL:
    "PostgreSQL 15 or newer, as postgres://USER:PASSWORD@HOST:PORT/NAME. Not set: a database in SLIPWAY_DATA",
  SLIPWAY_DATA:
    "Folder of the database and its key, when DATABASE_URL is not set. Default: $XDG_DATA_HOME/slipway, else ~/.local/share/slipway",
  SLIPWAY_KEY:
    "Key for credentials and secret parameters: 32 bytes in base64 (`openssl rand -base64 32`). Needed with DATABASE_URL; else a file in SLIPWAY_DATA, made once. Of several, apart by white space, the first seals and all open",
  SLIPWAY_KEY_FILE:
    "File with that key, in place of SLIPWAY_KEY: what process managers keep from other users, such as systemd's credentials, is a file",
  SLIPWAY_HOST: "Address to listen on. Default: 127.0.0.1, this machine alone",
  SLIPWAY_PORT: "Port to listen on; 0 takes a free one. Default: 7070",
  SLIPWAY_URL_PUBLIC:
    "Address at which machines and people reach this server, for callbacks. Default: http://SLIPWAY_HOST:SLIPWAY_PORT, with 127.0.0.1 in place of 0.0.0.0 and ::",
  SLIPWAY_TLS_CERT:
    "File with a certificate (PEM, with those that lead to its authority): the server then speaks https:// itself. Read anew when it is replaced",
  SLIPWAY_TLS_KEY: "File with the private key of that certificate",
  SLIPWAY_METRICS_PORT:
    "Port on which Prometheus finds metrics of this process, at /metrics; 0 takes a free one. Not set: there are none",
  SLIPWAY_METRICS_HOST:
    "Address to listen on for metrics, which need no token: whoever reaches it may read them. Default: 127.0.0.1, this machine alone",
  SLIPWAY_LOG:
    "How much is logged on standard output: silent, error, warn, info or debug. On a terminal as text, elsewhere as JSON lines. Default: info",
} as const;

const LOG_LEVELS = ["silent", "error", "warn", "info", "debug"] as const;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where to listen, and the variables that say so. */
export interface ListenAt {
  readonly host: string;
  readonly port: number;
  readonly variables: { readonly host: keyof typeof VARIABLES; readonly port: keyof typeof VARIABLES };
}

/** Of the server's own certificate. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Config extends ListenAt {
  readonly database:
    | { readonly kind: "folder"; readonly dataDir: string }
    | { readonly kind: "server"; readonly url: string };
  /** SLIPWAY_KEY as given. */
  readonly key: string | null;
  /** Where the key is instead. */
  readonly keyFile: string | null;
  /** Null: the server speaks http://. */
  readonly tls: TlsFiles | null;
  /** For Prometheus; null: there are no metrics. */
  readonly metricsAt: ListenAt | null;
  /** Without a slash at the end; null: made of host and port. */
  readonly publicUrl: string | null;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

/** A variable is wrong. The message is one line that names it and says what to write. */
export class ConfigMistake extends Error {
  override readonly name = "ConfigMistake";
  constructor(variable: string, problem: string) {
    super(`${variable} ${problem}`);
  }
}

export function readConfig(env: Environment): Config {
  const given = (variable: keyof typeof VARIABLES): string | null => env[variable] || null;
  const url = given("DATABASE_URL");
  return {
    database: url === null ? { kind: "folder", dataDir: dataFolder(env) } : { kind: "server", url: postgresUrl(url) },
    ...keyOf(given("SLIPWAY_KEY"), given("SLIPWAY_KEY_FILE")),
    host: given("SLIPWAY_HOST") ?? "127.0.0.1",
    port: portFrom("SLIPWAY_PORT", given("SLIPWAY_PORT") ?? "7070"),
    variables: { host: "SLIPWAY_HOST", port: "SLIPWAY_PORT" },
    tls: tlsFrom(given("SLIPWAY_TLS_CERT"), given("SLIPWAY_TLS_KEY")),
    metricsAt: metricsAt(given("SLIPWAY_METRICS_HOST"), given("SLIPWAY_METRICS_PORT")),
    publicUrl: publicUrlFrom(given("SLIPWAY_URL_PUBLIC")),
    logLevel: logLevelFrom(given("SLIPWAY_LOG") ?? "info"),
  };
}

function keyOf(key: string | null, file: string | null): Pick<Config, "key" | "keyFile"> {
  if (key === null || file === null) return { key, keyFile: file === null ? null : resolve(file) };
  throw new ConfigMistake("SLIPWAY_KEY_FILE", "and SLIPWAY_KEY are both set: set one of them");
}

/** Of the embedded database. */
export function dataFolder(env: Environment): string {
  return resolve(env["SLIPWAY_DATA"] || join(dataHome(env), "slipway"));
}

function dataHome(env: Environment): string {
  return env["XDG_DATA_HOME"] || join(homedir(), ".local", "share");
}

function postgresUrl(text: string): string {
  if (/^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? "")) return text;
  // It may hold a password, so it is not repeated.
  throw new ConfigMistake("DATABASE_URL", "must look like postgres://USER:PASSWORD@HOST:5432/NAME");
}

function tlsFrom(cert: string | null, key: string | null): TlsFiles | null {
  if (cert === null && key === null) return null;
  if (cert === null) throw new ConfigMistake("SLIPWAY_TLS_KEY", "is set without SLIPWAY_TLS_CERT: set both");
  if (key === null) throw new ConfigMistake("SLIPWAY_TLS_CERT", "is set without SLIPWAY_TLS_KEY: set both");
  return { certFile: resolve(cert), keyFile: resolve(key) };
}

function metricsAt(host: string | null, port: string | null): ListenAt | null {
  if (port === null) {
    if (host === null) return null;
    throw new ConfigMistake("SLIPWAY_METRICS_HOST", "is set without SLIPWAY_METRICS_PORT: set both for metrics");
  }
  const variables = { host: "SLIPWAY_METRICS_HOST", port: "SLIPWAY_METRICS_PORT" } as const;
  return { host: host ?? "127.0.0.1", port: portFrom("SLIPWAY_METRICS_PORT", port), variables };
}

function portFrom(variable: "SLIPWAY_PORT" | "SLIPWAY_METRICS_PORT", text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  if (text.startsWith("tcp://")) {
    const remedy = "set it to a port, or set enableServiceLinks: false in the pod";
    throw new ConfigMistake(variable, `was set by Kubernetes to ${text}; ${remedy}`);
  }
  throw new ConfigMistake(variable, `must be a port from 0 to 65535, not ${JSON.stringify(text)}`);
}

function publicUrlFrom(text: string | null): string | null {
  if (text === null) return null;
  const url = URL.parse(text);
  const wrong = (problem: string): ConfigMistake => new ConfigMistake("SLIPWAY_URL_PUBLIC", problem);
  // Machines and people are told this address; what was meant to be a secret is not repeated.
  if (text.includes("@")) throw wrong("may not hold a user name or a password: everybody is told it");
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    throw wrong(`must look like https://slipway.example.org, not ${JSON.stringify(text)}`);
  }
  if (url.hostname === "0.0.0.0" || url.hostname === "[::]") {
    throw wrong(`must be an address of this server as others know it, and ${url.hostname} stands for all of them`);
  }
  return text.replace(/\/+$/, "");
}

function logLevelFrom(text: string): Config["logLevel"] {
  const level = LOG_LEVELS.find((known) => known === text);
  if (level !== undefined) return level;
  throw new ConfigMistake("SLIPWAY_LOG", `must be one of ${LOG_LEVELS.join(", ")}, not ${JSON.stringify(text)}`);
}

/** Stands for every address of this machine, and is none itself. */
const isWildcard = (host: string): boolean => /^(?:0\.0\.0\.0|::)$/.test(host);

/** Where a server listens, for people: `url` is its own of that. */
export function placeText(host: string, url: string): string {
  return isWildcard(host) ? `every address of this machine (${host}), of which ${url} is one` : url;
}

/** Where a server that listens there is reached from its own machine. */
export function ownUrl(host: string, port: number, scheme: "http" | "https" = "http"): string {
  const reachable = isWildcard(host) ? "127.0.0.1" : host;
  return `${scheme}://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}

/** What should be known of the address that machines are given; null where nothing speaks against it. */
export function publicUrlWarning({ host, publicUrl }: Config, given: string): string | null {
  if (publicUrl !== null || !isWildcard(host)) return null;
  const remedy = "set SLIPWAY_URL_PUBLIC to the address by which others know this server";
  return `machines would be told to call home at ${given}, where they find themselves: ${remedy}`;
}
