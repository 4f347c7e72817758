import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ownUrl, placeText, publicUrlWarning, readConfig, VARIABLES } from "./config.ts";

test("nothing has to be set", () => {
  expect(readConfig({})).toEqual({
    database: { kind: "folder", dataDir: join(homedir(), ".local/share/slipway") },
    key: null,
    keyFile: null,
    host: "127.0.0.1",
    port: 7070,
    variables: { host: "SLIPWAY_HOST", port: "SLIPWAY_PORT" },
    tls: null,
    metricsAt: null,
    oidc: null,
    proxies: null,
    publicUrl: null,
    traces: null,
    webhooks: "public",
    agents: { changes: false, maxHourly: null },
    logLevel: "info",
  });
});

test("an empty variable counts as not set", () => {
  expect(readConfig(Object.fromEntries(Object.keys(VARIABLES).map((name) => [name, ""])))).toEqual(readConfig({}));
});

test("the data folder follows XDG_DATA_HOME, and SLIPWAY_DATA before it", () => {
  expect(readConfig({ XDG_DATA_HOME: "/x" }).database).toEqual({ kind: "folder", dataDir: "/x/slipway" });
  expect(readConfig({ XDG_DATA_HOME: "/x", SLIPWAY_DATA: "/y" }).database).toEqual({ kind: "folder", dataDir: "/y" });
});

test("a database on a server takes the folder's place", () => {
  const url = "postgres://u:p@db:5432/slipway";
  expect(readConfig({ DATABASE_URL: url, SLIPWAY_DATA: "/y" }).database).toEqual({ kind: "server", url });
});

test("the public address has no slash at its end", () => {
  expect(readConfig({ SLIPWAY_URL_PUBLIC: "https://ship.example.org/yard/" }).publicUrl).toBe(
    "https://ship.example.org/yard",
  );
});

test("agents launch only where both is said", () => {
  const agents = (changes: string, maxHourly: string) =>
    readConfig({ SLIPWAY_MCP_CHANGES: changes, SLIPWAY_MCP_MAX_HOURLY: maxHourly }).agents;
  expect(agents("on", "2.5")).toEqual({ changes: true, maxHourly: 2.5 });
  expect(agents("on", "")).toEqual({ changes: true, maxHourly: null });
  expect(agents("off", "")).toEqual({ changes: false, maxHourly: null });
  for (const wrong of ["0", "-1", "much"]) expect(() => agents("on", wrong)).toThrow("SLIPWAY_MCP_MAX_HOURLY must be");
});

const WRONG: readonly (readonly [keyof typeof VARIABLES, string])[] = [
  ["DATABASE_URL", "mysql://u:hunter2@db/x"],
  ["DATABASE_URL", "db:hunter2"],
  ["SLIPWAY_PORT", "http"],
  ["SLIPWAY_PORT", "65536"],
  ["SLIPWAY_PORT", "-1"],
  ["SLIPWAY_PORT", "tcp://10.0.0.1:7070"],
  ["SLIPWAY_METRICS_PORT", "metrics"],
  ["SLIPWAY_METRICS_HOST", "127.0.0.1"],
  ["SLIPWAY_TLS_CERT", "/etc/slipway/cert.pem"],
  ["SLIPWAY_TLS_KEY", "/etc/slipway/key.pem"],
  ["SLIPWAY_URL_PUBLIC", "ship.example.org"],
  ["SLIPWAY_URL_PUBLIC", "https://ship.example.org/?a=b"],
  ["SLIPWAY_URL_PUBLIC", "https://ada:hunter2@ship.example.org"],
  ["SLIPWAY_URL_PUBLIC", "http://0.0.0.0:7070"],
  ["SLIPWAY_URL_PUBLIC", "http://[::]:7070"],
  ["SLIPWAY_MCP_CHANGES", "yes"],
  ["SLIPWAY_MCP_MAX_HOURLY", "5"],
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "ada:hunter2@collector"],
  ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "grpc://collector:4317"],
  ["SLIPWAY_LOG", "loud"],
  ["SLIPWAY_WEBHOOKS", "private"],
];

test.each(WRONG)("%s=%s is refused by name, in one line, without a password", (name, value) => {
  const error = (() => {
    try {
      return readConfig({ [name]: value });
    } catch (caught) {
      return caught;
    }
  })();
  expect(error).toMatchObject({ name: "ConfigMistake", message: expect.stringMatching(new RegExp(`^${name} .*$`)) });
  expect(String(error)).not.toContain("hunter2");
});

test("a port that Kubernetes set says what to do", () => {
  expect(() => readConfig({ SLIPWAY_PORT: "tcp://10.0.0.1:7070" })).toThrow("enableServiceLinks: false");
});

test("a level of the log is one of a few", () => {
  for (const level of ["silent", "error", "warn", "info", "debug"]) {
    expect(readConfig({ SLIPWAY_LOG: level }).logLevel).toBe(level);
  }
  expect(() => readConfig({ SLIPWAY_LOG: "none" })).toThrow("silent, error, warn, info, debug");
});

const COLLECTOR = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" };

test("traces are off unless it is said where they go, and may be switched off where that is said for others", () => {
  expect(readConfig({ OTEL_TRACES_SAMPLER: "always_on", OTEL_SERVICE_NAME: "slipway" }).traces).toBeNull();
  expect(readConfig(COLLECTOR).traces).toEqual({ sampler: "parentbased_always_on", ratio: 1 });
  expect(readConfig({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://collector/in" }).traces).not.toBeNull();
  expect(readConfig({ ...COLLECTOR, OTEL_SDK_DISABLED: "TRUE" }).traces).toBeNull();
  expect(readConfig({ ...COLLECTOR, OTEL_TRACES_EXPORTER: "none" }).traces).toBeNull();
  const sampling = { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.25" };
  expect(readConfig({ ...COLLECTOR, ...sampling }).traces).toEqual({ sampler: "traceidratio", ratio: 0.25 });
});

test.each([
  ["OTEL_TRACES_EXPORTER", "zipkin"],
  ["OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"],
  ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"],
  ["OTEL_TRACES_SAMPLER", "jaeger_remote"],
  ["OTEL_TRACES_SAMPLER_ARG", "2"],
  ["OTEL_TRACES_SAMPLER_ARG", "half"],
])("with traces, %s=%s is refused by name", (name, value) => {
  expect(() => readConfig({ ...COLLECTOR, [name]: value })).toThrow(name);
  expect(readConfig({ [name]: value }).traces).toBeNull();
});

test("docs/configuration.md has every variable, with the words used here", () => {
  const page = readFileSync(new URL("../docs/configuration.md", import.meta.url), "utf8");
  for (const [name, text] of Object.entries(VARIABLES)) expect(page).toContain(`| \`${name}\` | ${text} |`);
});

test("a server says where it listens, and not that it is at loopback alone where it is not", () => {
  const said = (host: string): string => placeText(host, ownUrl(host, 7070));
  expect(["127.0.0.1", "ship.example.org"].map(said)).toEqual([
    "http://127.0.0.1:7070",
    "http://ship.example.org:7070",
  ]);
  for (const host of ["0.0.0.0", "::"]) {
    expect(said(host)).toBe(`every address of this machine (${host}), of which http://127.0.0.1:7070 is one`);
  }
});

test("a server on every address is reached by itself at loopback, and is told that machines are not", () => {
  expect(["127.0.0.1", "0.0.0.0", "::", "fd00::1", "ship.example.org"].map((host) => ownUrl(host, 7070))).toEqual([
    "http://127.0.0.1:7070",
    "http://127.0.0.1:7070",
    "http://127.0.0.1:7070",
    "http://[fd00::1]:7070",
    "http://ship.example.org:7070",
  ]);
  const warning = (env: Record<string, string>) => {
    const config = readConfig(env);
    return publicUrlWarning(config, config.publicUrl ?? ownUrl(config.host, config.port));
  };
  for (const SLIPWAY_HOST of ["0.0.0.0", "::"]) {
    expect(warning({ SLIPWAY_HOST })).toMatch(
      /^machines .* at http:\/\/127\.0\.0\.1:7070, .*: set SLIPWAY_URL_PUBLIC [^\n]*$/,
    );
    expect(warning({ SLIPWAY_HOST, SLIPWAY_URL_PUBLIC: "http://10.0.0.1:7070" })).toBeNull();
  }
  expect(warning({})).toBeNull();
});

test("the key is given in one way", () => {
  expect(readConfig({ SLIPWAY_KEY_FILE: "/run/key" })).toMatchObject({ key: null, keyFile: "/run/key" });
  expect(readConfig({ SLIPWAY_KEY: "k" })).toMatchObject({ key: "k", keyFile: null });
  expect(() => readConfig({ SLIPWAY_KEY: "k", SLIPWAY_KEY_FILE: "/run/key" })).toThrow(
    "SLIPWAY_KEY_FILE and SLIPWAY_KEY are both set: set one of them",
  );
});

test("proxies are addresses and networks", () => {
  const { proxies } = readConfig({ SLIPWAY_PROXIES: "192.0.2.1, 10.0.0.0/8,fd00::/8" });
  expect(["192.0.2.1", "10.9.8.7", "192.0.2.2"].map((one) => proxies?.check(one, "ipv4"))).toEqual([true, true, false]);
  expect(proxies?.check("fd12::1", "ipv6")).toBe(true);
  for (const wrong of ["localhost", "10.0.0.0/33", "10.0.0.0/8/8", "10.0.0.1;10.0.0.2"]) {
    expect(() => readConfig({ SLIPWAY_PROXIES: wrong })).toThrow("SLIPWAY_PROXIES must be addresses or networks");
  }
});

test("a provider of identities needs its address and a client, and https unless it is on this machine", () => {
  const both = { SLIPWAY_OIDC_ISSUER: "https://id.example.org", SLIPWAY_OIDC_CLIENT_ID: "slipway" };
  expect(readConfig({ ...both, SLIPWAY_OIDC_SECRET_FILE: "/run/secret" }).oidc).toEqual({
    issuer: "https://id.example.org",
    clientId: "slipway",
    secretFile: "/run/secret",
    scope: "openid profile email",
    groupsClaim: "groups",
  });
  expect(readConfig({ ...both, SLIPWAY_OIDC_ISSUER: "http://127.0.0.1:9" }).oidc?.issuer).toBe("http://127.0.0.1:9");
  for (const [variable, value] of [
    ["SLIPWAY_OIDC_ISSUER", ""],
    ["SLIPWAY_OIDC_CLIENT_ID", ""],
    ["SLIPWAY_OIDC_ISSUER", "http://id.example.org"],
    ["SLIPWAY_OIDC_ISSUER", "id.example.org"],
  ] as const) {
    expect(() => readConfig({ ...both, [variable]: value })).toThrow(
      /SLIPWAY_OIDC_(ISSUER|CLIENT_ID) (is set without|must look like)/,
    );
  }
});
