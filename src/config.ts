// The environment, read once. Every variable of the server is here and, for people, in docs/configuration.md.

import { homedir } from "node:os";
import { BlockList, isIP } from "node:net";
import { join, resolve } from "node:path";
import { SAMPLERS, type TracesConfig } from "./ports/traces-config.ts";

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
  SLIPWAY_OIDC_ISSUER:
    "Address of a provider of identities that speaks OpenID Connect, as https://id.example.org: people sign in with it, at the page and with `slipway login URL --browser`. Not set: with tokens alone",
  SLIPWAY_OIDC_CLIENT_ID:
    "Name of this server at that provider; its redirect address is SLIPWAY_URL_PUBLIC with /v1/oidc/callback behind it",
  SLIPWAY_OIDC_SECRET_FILE: "File with the secret of that client. Not set: the provider asks it for none",
  SLIPWAY_OIDC_SCOPE: "What is asked of the provider. Default: openid profile email",
  SLIPWAY_OIDC_GROUPS: "Claim of the ID token with the names of groups that somebody is in. Default: groups",
  SLIPWAY_PROXIES:
    "Addresses or networks (10.0.0.0/8) of reverse proxies, with commas between them: what they say in X-Forwarded-For of where a request came from stands in the audit log. Not set: nobody is believed",
  SLIPWAY_MCP_CHANGES:
    "on: agents (at /v1/mcp) may stop deployments and, with SLIPWAY_MCP_MAX_HOURLY, launch what they have planned, as far as their token may. Default: off, they only read",
  SLIPWAY_MCP_MAX_HOURLY:
    "Dollars per hour that all that one user has launched may cost at the most, for agents to launch with it. Not set: agents launch nothing",
  SLIPWAY_METRICS_PORT:
    "Port on which Prometheus finds metrics of this process, at /metrics; 0 takes a free one. Not set: there are none",
  SLIPWAY_METRICS_HOST:
    "Address to listen on for metrics, which need no token: whoever reaches it may read them. Default: 127.0.0.1, this machine alone",
  OTEL_EXPORTER_OTLP_ENDPOINT:
    "Address of a collector that takes traces by OTLP over HTTP, as http://127.0.0.1:4318; /v1/traces is put behind it. Not set: there are none. Headers, certificates, time-outs and compression are set as OpenTelemetry has them, by OTEL_EXPORTER_OTLP_*",
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "The same, as it stands, for traces alone",
  OTEL_TRACES_EXPORTER: "none: there are no traces, whatever else is set. Default: otlp",
  OTEL_SDK_DISABLED: "true: the same",
  OTEL_TRACES_SAMPLER:
    "Which traces are told: always_on, always_off, traceidratio, or parentbased_ and one of these, which heeds what the sender of a launch says. Default: parentbased_always_on",
  OTEL_TRACES_SAMPLER_ARG: "Of traceidratio: the share from 0 to 1. Default: 1",
  OTEL_SERVICE_NAME: "Name of this process in traces; OTEL_RESOURCE_ATTRIBUTES says more of it. Default: slipway",
  SLIPWAY_WEBHOOKS:
    "Where webhooks may lead: `public`, to public addresses by https:// alone, or `any`, to private ones and by http:// too. The same for every process on one database. Default: public",
  SLIPWAY_LOG:
    "How much is logged on standard output: silent, error, warn, info or debug. On a terminal as text, elsewhere as JSON lines. Default: info",
} as const;

const WEBHOOK_WAYS = ["public", "any"] as const;
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

/** Of the provider of identities. */
interface OidcConfig {
  readonly issuer: string;
  readonly clientId: string;
  readonly secretFile: string | null;
  readonly scope: string;
  readonly groupsClaim: string;
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
  /** With whom people may sign in; null: with tokens alone. */
  readonly oidc: OidcConfig | null;
  /** Whose word on where a request comes from is believed; null: nobody's. */
  readonly proxies: BlockList | null;
  /** For Prometheus; null: there are no metrics. */
  readonly metricsAt: ListenAt | null;
  /** Null: there are no traces. */
  readonly traces: TracesConfig | null;
  /** Without a slash at the end; null: made of host and port. */
  readonly publicUrl: string | null;
  readonly webhooks: (typeof WEBHOOK_WAYS)[number];
  /** What agents may do beside reading; `maxHourly` in dollars. */
  readonly agents: { readonly changes: boolean; readonly maxHourly: number | null };
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
    oidc: oidcFrom(given),
    proxies: proxiesOf(given("SLIPWAY_PROXIES")),
    metricsAt: metricsAt(given("SLIPWAY_METRICS_HOST"), given("SLIPWAY_METRICS_PORT")),
    traces: tracesFrom(given, env),
    publicUrl: publicUrlFrom(given("SLIPWAY_URL_PUBLIC")),
    webhooks: webhooksFrom(given("SLIPWAY_WEBHOOKS") ?? "public"),
    agents: agentsFrom(given("SLIPWAY_MCP_CHANGES"), given("SLIPWAY_MCP_MAX_HOURLY")),
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

function oidcFrom(given: (variable: keyof typeof VARIABLES) => string | null): OidcConfig | null {
  const [issuer, clientId] = [given("SLIPWAY_OIDC_ISSUER"), given("SLIPWAY_OIDC_CLIENT_ID")];
  if (issuer === null && clientId === null) return null;
  if (issuer === null)
    throw new ConfigMistake("SLIPWAY_OIDC_CLIENT_ID", "is set without SLIPWAY_OIDC_ISSUER: set both");
  if (clientId === null)
    throw new ConfigMistake("SLIPWAY_OIDC_ISSUER", "is set without SLIPWAY_OIDC_CLIENT_ID: set both");
  const url = URL.parse(issuer);
  const isOwn = url?.protocol === "http:" && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  if (url === null || (url.protocol !== "https:" && !isOwn)) {
    // Over http anybody between could say who somebody is.
    const text = `must look like https://id.example.org (http:// is for this machine alone), not ${JSON.stringify(issuer)}`;
    throw new ConfigMistake("SLIPWAY_OIDC_ISSUER", text);
  }
  const file = given("SLIPWAY_OIDC_SECRET_FILE");
  return {
    issuer,
    clientId,
    secretFile: file === null ? null : resolve(file),
    scope: given("SLIPWAY_OIDC_SCOPE") ?? "openid profile email",
    groupsClaim: given("SLIPWAY_OIDC_GROUPS") ?? "groups",
  };
}

function proxiesOf(given: string | null): BlockList | null {
  if (given === null) return null;
  const proxies = proxiesFrom(given.split(",").map((one) => one.trim()));
  if (proxies !== null) return proxies;
  const text = `must be addresses or networks with commas between them, as 10.0.0.7, fd00::/8; not ${JSON.stringify(given)}`;
  throw new ConfigMistake("SLIPWAY_PROXIES", text);
}

/** Of addresses and networks, as `10.0.0.7` and `10.0.0.0/8`; null when one is neither. */
function proxiesFrom(given: readonly string[]): BlockList | null {
  const proxies = new BlockList();
  for (const one of given) {
    const [address = "", bits, ...more] = one.split("/");
    const family = isIP(address);
    if (family === 0 || more.length > 0) return null;
    const kind = family === 4 ? "ipv4" : "ipv6";
    const most = family === 4 ? 32 : 128;
    if (bits === undefined) proxies.addAddress(address, kind);
    else if (/^\d{1,3}$/.test(bits) && Number(bits) <= most) proxies.addSubnet(address, Number(bits), kind);
    else return null;
  }
  return proxies;
}

function agentsFrom(changes: string | null, maxHourly: string | null): Config["agents"] {
  if (changes !== null && changes !== "on" && changes !== "off") {
    throw new ConfigMistake("SLIPWAY_MCP_CHANGES", `must be on or off, not ${JSON.stringify(changes)}`);
  }
  if (maxHourly === null) return { changes: changes === "on", maxHourly: null };
  if (changes !== "on") {
    throw new ConfigMistake("SLIPWAY_MCP_MAX_HOURLY", "is set without SLIPWAY_MCP_CHANGES=on: set both");
  }
  const dollars = Number(maxHourly);
  if (/^\d+(\.\d+)?$/.test(maxHourly) && dollars > 0) return { changes: true, maxHourly: dollars };
  const problem = `must be a number of dollars above 0, such as 2.5, not ${JSON.stringify(maxHourly)}`;
  throw new ConfigMistake("SLIPWAY_MCP_MAX_HOURLY", problem);
}

function metricsAt(host: string | null, port: string | null): ListenAt | null {
  if (port === null) {
    if (host === null) return null;
    throw new ConfigMistake("SLIPWAY_METRICS_HOST", "is set without SLIPWAY_METRICS_PORT: set both for metrics");
  }
  const variables = { host: "SLIPWAY_METRICS_HOST", port: "SLIPWAY_METRICS_PORT" } as const;
  return { host: host ?? "127.0.0.1", port: portFrom("SLIPWAY_METRICS_PORT", port), variables };
}

const OTLP_FORM = "http/protobuf";

function tracesFrom(given: (variable: keyof typeof VARIABLES) => string | null, env: Environment): TracesConfig | null {
  if (given("OTEL_SDK_DISABLED")?.toLowerCase() === "true") return null;
  const exporter = given("OTEL_TRACES_EXPORTER") ?? "otlp";
  const variables = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"] as const;
  const variable = variables.find((one) => given(one) !== null);
  if (variable === undefined || exporter === "none") return null;
  if (exporter !== "otlp") throw new ConfigMistake("OTEL_TRACES_EXPORTER", "must be otlp or none");
  if (!/^https?:$/.test(URL.parse(given(variable) ?? "")?.protocol ?? "")) {
    // It may hold a password.
    throw new ConfigMistake(variable, "must look like http://127.0.0.1:4318");
  }
  for (const form of ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"]) {
    if ((env[form] || OTLP_FORM) === OTLP_FORM) continue;
    const remedy = `must be ${OTLP_FORM}, the one that is spoken here (port 4318 of most collectors)`;
    throw new ConfigMistake(form, `${remedy}, not ${JSON.stringify(env[form])}`);
  }
  return samplingFrom(given("OTEL_TRACES_SAMPLER"), given("OTEL_TRACES_SAMPLER_ARG"));
}

function samplingFrom(given: string | null, ratio: string | null): TracesConfig {
  const sampler = SAMPLERS.find((one) => one === (given ?? "parentbased_always_on"));
  if (sampler === undefined) {
    const known = SAMPLERS.join(", ");
    throw new ConfigMistake("OTEL_TRACES_SAMPLER", `must be one of ${known}, not ${JSON.stringify(given)}`);
  }
  const share = Number(ratio ?? 1);
  if (/^\d*\.?\d+$/.test(ratio ?? "1") && share <= 1) return { sampler, ratio: share };
  throw new ConfigMistake("OTEL_TRACES_SAMPLER_ARG", `must be a number from 0 to 1, not ${JSON.stringify(ratio)}`);
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

function webhooksFrom(text: string): Config["webhooks"] {
  const way = WEBHOOK_WAYS.find((known) => known === text);
  if (way !== undefined) return way;
  throw new ConfigMistake("SLIPWAY_WEBHOOKS", `must be one of ${WEBHOOK_WAYS.join(", ")}, not ${JSON.stringify(text)}`);
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
