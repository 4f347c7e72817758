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
    publicUrl: null,
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
  ["SLIPWAY_LOG", "loud"],
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
