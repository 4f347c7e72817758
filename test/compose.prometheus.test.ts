// deploy/compose.yaml without an engine: its services' commands as processes, with their variables but for names and ports of this machine, against a real
// PostgreSQL and a real Prometheus that has the shipped configuration.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { type OwnDatabase, ownDatabase } from "../src/store/postgres.samples.ts";
import { type Child, freePort, ROOT, startChild } from "./stage/child.ts";
import { readCompose, readScraping } from "./stage/compose.ts";
import { type DatacentreStage, quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { until } from "./stage/poll.ts";
import { type ServerStage, startServer } from "./stage/server.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const BIN = process.env["SLIPWAY_TEST_PROMETHEUS"] ?? "";
const WORKERS = ["worker-1", "worker-2"] as const;

const { services } = readCompose({ POSTGRES_PASSWORD: "none", GRAFANA_PASSWORD: "none" });
/** Alerts, as many as there are. */
const RULES = readFileSync(join(ROOT, "deploy/alerts.yaml"), "utf8").match(/^ +- alert: /gm)?.length ?? 0;
const folder = mkdtempSync(join(tmpdir(), "slipway-compose-"));
/** As in targets of the shipped configuration -> of this machine. */
const scraped = new Map<string, string>();
let database: OwnDatabase;
let datacentre: DatacentreStage;
let server: ServerStage;
let prometheusUrl: string;
const children: Child[] = [];

beforeAll(async () => {
  database = await ownDatabase();
  datacentre = await startDatacentre([quickCloud("north")]);
  const key = join(folder, "key");
  writeFileSync(key, `${Buffer.alloc(32, 9).toString("base64")}\n`);
  const environmentOf = async (name: string): Promise<Record<string, string>> => {
    const { environment = {} } = services[name] ?? {};
    const port = await freePort();
    scraped.set(`${name}:${environment["SLIPWAY_METRICS_PORT"]}`, `127.0.0.1:${port}`);
    const here = { DATABASE_URL: database.url, SLIPWAY_KEY_FILE: key };
    return { ...environment, ...here, SLIPWAY_METRICS_HOST: "127.0.0.1", SLIPWAY_METRICS_PORT: String(port) };
  };
  server = await startServer({ env: await environmentOf("server") });
  for (const name of WORKERS) {
    const child = startChild(join(ROOT, "bin/slipway"), services[name]?.command ?? [], await environmentOf(name));
    children.push(child);
    await child.printed(/working on/);
  }
  prometheusUrl = await startPrometheus();
});

afterAll(async () => {
  for (const child of children) await child.end("SIGTERM");
  await server?.child.end("SIGTERM");
  await datacentre?.stop();
  await database?.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function startPrometheus(): Promise<string> {
  const config = join(folder, "prometheus.yaml");
  let text = readFileSync(join(ROOT, "deploy/prometheus.yaml"), "utf8").replaceAll(/: 15s$/gm, ": 1s");
  for (const [there, here] of scraped) text = text.replace(`"${there}"`, `"${here}"`);
  writeFileSync(config, text);
  for (const name of readScraping().rule_files) copyFileSync(join(ROOT, "deploy", name), join(folder, name));
  const listen = `127.0.0.1:${await freePort()}`;
  const instead: Record<string, string> = {
    "--config.file": config,
    "--storage.tsdb.path": join(folder, "series"),
  };
  const argv = (services["prometheus"]?.command ?? []).map((argument) => {
    const [name = "", value = ""] = argument.split("=");
    return `${name}=${instead[name] ?? value}`;
  });
  children.push(startChild(join(BIN, "prometheus"), [...argv, `--web.listen-address=${listen}`]));
  return `http://${listen}`;
}

async function ask<T extends z.ZodType>(schema: T, path: string): Promise<z.output<T> | null> {
  const reply = await fetch(`${prometheusUrl}/api/v1/${path}`).catch(() => null);
  return reply?.ok === true ? schema.parse(await reply.json()) : null;
}

const Targets = z.object({
  data: z.object({ activeTargets: z.array(z.object({ scrapeUrl: z.string(), health: z.string() })) }),
});
const Rules = z.object({ data: z.object({ groups: z.array(z.object({ rules: z.array(z.unknown()) })) }) });

test("promtool finds nothing wrong with what Prometheus is given", () => {
  const argv = ["check", "config", "deploy/prometheus.yaml"];
  expect(execFileSync(join(BIN, "promtool"), argv, { cwd: ROOT, encoding: "utf8" })).toContain(`${RULES} rules found`);
});

test("server and workers launch together on one database, and Prometheus has all three and the alerts", async () => {
  await server.addAccounts(datacentre, ["north"]);
  const source = `
slipway: 1
name: flock
instances:
  sheep: { image: debian-12, profile: small, count: 3 }
`;
  const { id } = await server.launch(source);
  await server.reaches(id, ["running"]);
  expect(await datacentre.alive()).toHaveLength(3);

  const up = await until(
    async () => {
      const targets = (await ask(Targets, "targets"))?.data.activeTargets ?? [];
      return targets.length > 0 && targets.every(({ health }) => health === "up") ? targets : null;
    },
    { deadlineMs: 60_000, otherwise: () => "Prometheus does not have all of them" },
  );
  const urls = [...scraped.values()].map((place) => `http://${place}/metrics`);
  expect(up.map(({ scrapeUrl }) => scrapeUrl).toSorted()).toEqual(urls.toSorted());
  expect((await ask(Rules, "rules"))?.data.groups.flatMap(({ rules }) => rules)).toHaveLength(RULES);
});

test("the workers' health check is good while they work, and bad when they do not", async () => {
  const [name] = WORKERS;
  const [, , , script = ""] = services[name]?.healthcheck?.test ?? [];
  const target = [...scraped.keys()].find((key) => key.startsWith(name)) ?? "";
  const there = target.replace(name, "127.0.0.1");
  expect(script).toContain(there);
  const check = (place: string): Promise<number | null> =>
    startChild(process.execPath, ["-e", script.replace(there, place)]).ended;
  expect(await check(scraped.get(target) ?? "")).toBe(0);
  expect(await check(`127.0.0.1:${await freePort()}`)).toBe(1);
});
