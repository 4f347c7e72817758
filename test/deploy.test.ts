// What is shipped to run Slipway by other programs must name what there is.
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { readConfig, VARIABLES } from "../src/config.ts";
import { chartTemplates, readChart } from "./stage/chart.ts";
import { readCompose, readScraping } from "./stage/compose.ts";

const ROOT = join(import.meta.dirname, "..");
/** Of the command line, which `serve` writes the first connection for. */
const KNOWN = new Set([...Object.keys(VARIABLES), "SLIPWAY_CONFIG", "NODE_COMPILE_CACHE"]);
/** OpenTelemetry's library reads it itself. */
const OF_LIBRARY = "OTEL_EXPORTER_OTLP_HEADERS";
const units = globSync("deploy/*.service", { cwd: ROOT });

test("there are units for server and workers", () => {
  expect(units.toSorted()).toEqual(["deploy/slipway-work.service", "deploy/slipway.service"]);
});

test.each(units)("%s sets variables that there are, and closes what it keeps to others", (path) => {
  const lines = readFileSync(join(ROOT, path), "utf8").split("\n");
  const of = (key: string) => lines.flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));
  const names = of("Environment").map((pair) => pair.split("=")[0]);
  expect(names.length).toBeGreaterThan(1);
  expect(names.filter((name) => !KNOWN.has(name ?? ""))).toEqual([]);
  expect(of("ExecStart")[0]).toMatch(/ slipway (?:serve|work)$/);
  expect(of("UMask")).toEqual(["0077"]);
  // A process of 20 s of calls has to be let end by itself.
  expect(Number(of("TimeoutStopSec")[0])).toBeGreaterThan(20);
});

const textOf = (path: string): string => readFileSync(join(ROOT, "deploy", path), "utf8");
const compose = readCompose({ POSTGRES_PASSWORD: "none", GRAFANA_PASSWORD: "none" });
const slipways = Object.entries(compose.services).filter(([, { image }]) => image === "slipway");

/** What the image sets. */
function imageEnvironment(): Record<string, string> {
  const [, block = ""] = /^ENV ((?:.*\\\n)*.*)$/m.exec(textOf("Dockerfile")) ?? [];
  return Object.fromEntries([...block.matchAll(/(\w+)=(\S+)/g)].map(([, name = "", value = ""]) => [name, value]));
}

test("the image keeps what it writes in its volume, is nobody's, and looks after the port that it opens", () => {
  const text = textOf("Dockerfile");
  const env = imageEnvironment();
  expect(Object.keys(env).filter((name) => !KNOWN.has(name))).toEqual(["HOME", "PATH"]);
  const places = ["HOME", "NODE_COMPILE_CACHE", "SLIPWAY_CONFIG", "SLIPWAY_DATA"];
  for (const name of places) expect(`${env[name]}/`, name).toMatch(/^\/var\/lib\/slipway\//);
  expect(text).toMatch(/^VOLUME \/var\/lib\/slipway$/m);
  expect(text).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
  const { port, host } = readConfig(env);
  expect(host).toBe("0.0.0.0");
  expect(text).toMatch(new RegExp(`^EXPOSE ${port}$`, "m"));
  expect(text).toContain(`SLIPWAY_PORT || ${port}`);
  expect(text).toMatch(/^HEALTHCHECK .*\/livez/m);
});

test("no key and no password goes into an image, a package or the history", () => {
  const lines = (path: string): string[] => readFileSync(join(ROOT, path), "utf8").split("\n");
  const [kept] = Object.values(compose.secrets);
  expect(kept?.file).toBe("./secrets/key");
  // Everything is left out that is not named.
  expect(lines(".dockerignore")).toEqual(expect.arrayContaining(["*", "deploy/secrets", "**/.env"]));
  expect(lines(".gitignore")).toEqual(expect.arrayContaining(["deploy/secrets/", ".env"]));
  expect(lines("package.json").map((line) => line.trim())).toEqual(
    expect.arrayContaining(['"!deploy/.env",', '"!deploy/secrets",']),
  );
});

test("compose.yaml has a server and two workers, each as it can be read by config", () => {
  expect(slipways.map(([name, { command }]) => [name, command])).toEqual([
    ["server", ["serve"]],
    ["worker-1", ["work"]],
    ["worker-2", ["work"]],
  ]);
  for (const [name, service] of slipways) {
    expect(
      Object.keys(service.environment).filter((variable) => !(variable in VARIABLES) && variable !== OF_LIBRARY),
      name,
    ).toEqual([]);
    const config = readConfig({ ...imageEnvironment(), ...service.environment, SLIPWAY_URL_PUBLIC: "" });
    expect(config.metricsAt, name).toMatchObject({ host: "0.0.0.0" });
    expect(service, name).toMatchObject({ read_only: true, secrets: ["key"] });
    expect(config.keyFile, name).toBe("/run/secrets/key");
    expect(parseInt(service.stop_grace_period ?? "", 10), name).toBeGreaterThan(20);
    if (name !== "server") expect(service.healthcheck?.test.join(" ")).toContain(`:${config.metricsAt?.port}/metrics`);
  }
});

test("its Prometheus scrapes all of them, and its Grafana finds both", () => {
  const port = slipways[0]?.[1].environment["SLIPWAY_METRICS_PORT"];
  expect(readScraping().targets).toEqual(slipways.map(([name]) => `${name}:${port}`));
  const mounts = Object.values(compose.services).flatMap(({ volumes }) => volumes.map((mount) => mount.split(":")));
  const files = mounts.filter(([from = ""]) => from.startsWith("."));
  expect(files.length).toBeGreaterThan(4);
  expect(files.filter(([from = ""]) => !existsSync(join(ROOT, "deploy", from)))).toEqual([]);
  const volumes = mounts.flatMap(([from = ""]) => (from.startsWith(".") ? [] : [from]));
  expect(volumes.toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
  // Rules lie where the configuration looks for them, dashboards where the provider does.
  const at = (from: string) => files.find(([path]) => path === from)?.[1];
  for (const file of readScraping().rule_files) expect(at(`./${file}`)).toBe(`/etc/prometheus/${file}`);
  const provider = parse(textOf("grafana/provisioning/dashboards/slipway.yaml"));
  for (const path of globSync("deploy/grafana/*.json", { cwd: ROOT })) {
    const name = path.replace("deploy/grafana/", "");
    expect(at(`./grafana/${name}`)).toBe(`${provider.providers[0].options.path}/${name}`);
  }
  const { datasources } = parse(textOf("grafana/provisioning/datasources/prometheus.yaml"));
  expect(datasources[0]).toMatchObject({ type: "prometheus", url: "http://prometheus:9090", isDefault: true });
  expect(compose.services["prometheus"]?.ports).toEqual(["127.0.0.1:9090:9090"]);
});

test("compose.yaml opens its ports to this machine alone, and the database to none", () => {
  const open = Object.entries(compose.services).flatMap(([name, { ports }]) => ports.map((port) => [name, port]));
  expect(open.map(([name]) => name)).toEqual(["server", "prometheus", "grafana"]);
  expect(open.filter(([, port = ""]) => !port.startsWith("127.0.0.1:"))).toEqual([]);
  expect(compose.services["postgres"]?.networks).toEqual(["database"]);
  for (const { depends_on: others } of Object.values(compose.services)) {
    expect(others.filter((name) => compose.services[name] === undefined)).toEqual([]);
  }
});

test("the chart is of this version, and its pods get variables that there are and ports that are listened on", () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  expect(readChart()).toEqual({ name: "slipway", version, appVersion: version });
  const text = Object.values(chartTemplates()).join("\n");
  const env = Object.fromEntries(
    [...text.matchAll(/- name: ([A-Z_]+)\n\s+value: "?([^"{\n]*)"?$/gm)].map(([, name, value]) => [name, value]),
  );
  const names = [...text.matchAll(/- name: ([A-Z_]+)$/gm)].map(([, name]) => name);
  expect(names).toEqual(expect.arrayContaining(["DATABASE_URL", ...Object.keys(env)]));
  expect(names.filter((name) => !((name ?? "") in VARIABLES))).toEqual([]);
  const config = readConfig({ ...imageEnvironment(), ...env });
  const ports = [...text.matchAll(/containerPort: (\d+)/g)].map(([, port]) => Number(port));
  expect(ports).toEqual([config.port, config.metricsAt?.port, config.metricsAt?.port]);
  for (const [, port] of text.matchAll(/protocol: TCP, port: (\d+)/g)) expect(ports).toContain(Number(port));
  expect(text).toContain(`mountPath: ${imageEnvironment()["HOME"]}`);
});
