// The alerts and dashboards of deploy/ on a real Prometheus that reads real servers. Each alert is caused; so that nobody waits for an hour, the
// test's copy of the rules has shorter times. The rules as they are shipped are tried by promtool on made-up numbers.

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { MadeWebhook } from "../src/contract/webhook.ts";
import { type OwnDatabase, ownDatabase } from "../src/store/postgres.samples.ts";
import { type Child, freePort, ROOT, startChild } from "./stage/child.ts";
import { type DatacentreStage, quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { until } from "./stage/poll.ts";
import { type ServerStage, startServer } from "./stage/server.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const BIN = process.env["SLIPWAY_TEST_PROMETHEUS"];
const CLOUDS = ["calm", "owed", "shut", "melting", "broken"] as const;
const ALWAYS = Number.POSITIVE_INFINITY;

const folder = mkdtempSync(join(tmpdir(), "slipway-prometheus-"));
let database: OwnDatabase;
let sql: Client;
let datacentre: DatacentreStage;
let server: ServerStage;
/** With a disk of its own. */
let embedded: ServerStage | null = null;
let prometheus: Child;
const ports = { prometheus: 0, server: 0, embedded: 0 };

beforeAll(async () => {
  database = await ownDatabase();
  sql = new Client({ connectionString: database.url });
  await sql.connect();
  datacentre = await startDatacentre(CLOUDS.map((name) => quickCloud(name)));
  for (const name of ["prometheus", "server", "embedded"] as const) ports[name] = await freePort();
  const env = { DATABASE_URL: database.url, SLIPWAY_KEY: Buffer.alloc(32, 7).toString("base64") };
  server = await startServer({ env: { ...env, SLIPWAY_METRICS_PORT: String(ports.server), SLIPWAY_WEBHOOKS: "any" } });
  await server.addAccounts(datacentre, CLOUDS);
  for (const name of CLOUDS) {
    await server.call(z.unknown(), "POST /v1/pools", { name, members: [{ account: name }] });
  }
  prometheus = startPrometheus();
});

afterAll(async () => {
  await prometheus?.end("SIGTERM");
  await embedded?.child.end("SIGTERM");
  await sql?.end();
  await server?.child.end("SIGKILL");
  await datacentre?.stop();
  await database?.drop();
  rmSync(folder, { recursive: true, force: true });
});

function program(name: "prometheus" | "promtool"): string {
  if (BIN === undefined) throw new Error("these tests need a Prometheus: scripts/ci/with-prometheus.sh");
  return join(BIN, name);
}

/** What the shipped rules wait for, and what is waited for here. Each is in them at least once. */
const SHORTER: readonly (readonly [RegExp, string])[] = [
  [/> 3600$/gm, "> 1"],
  [/> 300$/m, "> 1"],
  [/> 30$/m, "> 2"],
  [/for: 1m/g, "for: 1s"],
  [/\[(?:30|15)m\]/g, "[2m]"],
  [/< 1073741824/, "< 1e18"],
];

function startPrometheus(): Child {
  let rules = readFileSync(join(ROOT, "deploy/alerts.yaml"), "utf8");
  for (const [long, short] of SHORTER) {
    expect(rules).toMatch(long);
    rules = rules.replace(long, short);
  }
  writeFileSync(join(folder, "alerts.yaml"), rules);
  const targets = [ports.server, ports.embedded].map((port) => `127.0.0.1:${port}`);
  const config = {
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: ["alerts.yaml"],
    scrape_configs: [{ job_name: "slipway", static_configs: [{ targets }] }],
  };
  // JSON is YAML.
  writeFileSync(join(folder, "prometheus.yaml"), JSON.stringify(config));
  return startChild(program("prometheus"), [
    `--config.file=${join(folder, "prometheus.yaml")}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${ports.prometheus}`,
    "--log.level=warn",
  ]);
}

const Answer = z.object({
  data: z.object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()) })) }),
});

/** Labels of the series that a query gives. */
async function series(query: string): Promise<readonly Record<string, string>[]> {
  const url = `http://127.0.0.1:${ports.prometheus}/api/v1/query?query=${encodeURIComponent(query)}`;
  const reply = await fetch(url);
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${query}: ${reply.status} ${text}`);
  return Answer.parse(JSON.parse(text)).data.result.map(({ metric }) => metric);
}

const firing = (): Promise<readonly Record<string, string>[]> => series('ALERTS{alertstate="firing"}');

async function fires(alert: string, about: Record<string, string> = {}): Promise<void> {
  const isIt = (labels: Record<string, string>): boolean =>
    labels["alertname"] === alert && Object.entries(about).every(([label, text]) => labels[label] === text);
  await until(async () => ((await firing()).some(isIt) ? true : null), {
    deadlineMs: 60_000,
    everyMs: 300,
    otherwise: () => `${alert} is not raised`,
  });
}

const flockOf = (count: number): string => `
slipway: 1
name: flock
launch: { deadlines: { undo: 1s } }
instances:
  sheep: { image: debian-12, profile: small, count: ${count} }
`;

async function launched(pool: (typeof CLOUDS)[number], count: number): Promise<string> {
  const { id } = await server.launch(flockOf(count), { pool });
  await server.reaches(id, ["running"]);
  return id;
}

/** The tracker looks at it now. */
const hurry = (account: string) => sql.query("update accounts set poll_at = now() where name = $1", [account]);

test("promtool finds nothing wrong with the rules, and they do as they say on made-up numbers", async () => {
  const check = (...args: string[]) => execFileSync(program("promtool"), args, { cwd: ROOT, encoding: "utf8" });
  expect(check("check", "rules", "deploy/alerts.yaml")).toContain("9 rules found");
  expect(check("test", "rules", "test/prometheus/alerts.promtool.yaml")).toContain("SUCCESS");
  const text = await (await fetch(`http://127.0.0.1:${ports.server}/metrics`)).text();
  // Node's own are named by others.
  const own = text.split("\n\n").filter((family) => family.trimStart().startsWith("# HELP slipway_"));
  expect(own.length).toBeGreaterThan(30);
  execFileSync(program("promtool"), ["check", "metrics"], { input: `${own.join("\n").trim()}\n` });
});

test("a server with a launch that went well raises nothing", async () => {
  await launched("calm", 2);
  await until(async () => ((await series('slipway_launches_total{outcome="running"} == 1')).length > 0 ? true : null));
  await until(async () => ((await series("changes(slipway_late_seconds[5s])")).length > 0 ? true : null));
  expect(await firing()).toEqual([]);
});

test("an account that its cloud suspends", async () => {
  await datacentre.admin.cloud("shut").setSuspended("shut", true);
  await hurry("shut");
  await fires("SlipwayAccountSuspended", { account: "shut", provider: "sim" });
});

test("a machine that does not go", async () => {
  const id = await launched("owed", 1);
  const deaf = { kind: "refuse", code: "internal_error" } as const;
  await datacentre.admin.cloud("owed").addFaults([{ on: "remove", times: ALWAYS, do: deaf }]);
  await server.call(z.unknown(), `POST /v1/deployments/${id}/stop`);
  await fires("SlipwayDebtOld", { account: "owed" });
});

test("machines that are all gone at once", async () => {
  await launched("melting", 5);
  const cloud = datacentre.admin.cloud("melting");
  for (const { machineId, cloud: where } of await datacentre.alive())
    if (where === "melting") await cloud.vanish(machineId);
  const tracked = setInterval(() => void hurry("melting"), 500);
  await fires("SlipwayMeltdownGuard", { account: "melting" }).finally(() => clearInterval(tracked));
});

test("launches that fail", async () => {
  const full = { kind: "refuse", code: "insufficient_capacity" } as const;
  await datacentre.admin.cloud("broken").addFaults([{ on: "create", times: ALWAYS, do: full }]);
  const ids = await Promise.all(
    Array.from({ length: 8 }, async (_, n) => (await server.launch(flockOf(1), { pool: "broken", name: `f-${n}` })).id),
  );
  await Promise.all(ids.map((id) => server.reaches(id, ["failed"])));
  await fires("SlipwayLaunchesFailing");
});

test("a deployment that nothing can be decided for, and one that nobody takes", async () => {
  const id = await launched("calm", 1);
  await sql.query("update deployments set blueprint = '{}', wake_at = now() where id = $1", [id]);
  await fires("SlipwayDeploymentParked");
  // Who holds its row keeps it from every pump.
  await sql.query("begin");
  await sql.query("select 1 from deployments where id = $1 for update", [id]);
  await fires("SlipwayPumpLate", { pump: "advance" });
  await sql.query("rollback");
});

test("a webhook whose tries fail, and one with events that are given up", async () => {
  const receiver = createServer(({ url }, response) => void response.writeHead(Number(url?.slice(1))).end());
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  const { port } = z.object({ port: z.number() }).parse(receiver.address());
  for (const [name, status] of [
    ["deaf", 500],
    ["gone", 410],
  ] as const) {
    await server.call(MadeWebhook, "POST /v1/webhooks", { name, url: `http://127.0.0.1:${port}/${status}` });
  }
  await launched("calm", 1);
  await fires("SlipwayWebhookUntold", { webhook: "deaf" });
  await fires("SlipwayWebhookUntold", { webhook: "gone" });
  expect(await series('slipway_webhook_dead_letters{webhook="gone"} > 0')).toHaveLength(1);
  receiver.closeAllConnections();
  receiver.close();
});

test("a clock that is set", async () => {
  await sql.query("update clock set offset_ms = offset_ms + 5000");
  await fires("SlipwayClockStepped");
});

test("a disk without enough room", async () => {
  expect((await firing()).filter(({ alertname }) => alertname === "SlipwayDiskFull")).toEqual([]);
  embedded = await startServer({ env: { DATABASE_URL: "", SLIPWAY_METRICS_PORT: String(ports.embedded) } });
  await fires("SlipwayDiskFull", { instance: `127.0.0.1:${ports.embedded}` });
});

const Dashboard = z.object({
  title: z.string(),
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })) })),
});

test("every query of the dashboards gives a series, and every metric in them is documented", async () => {
  const page = readFileSync(join(ROOT, "docs/metrics.md"), "utf8");
  const boards = globSync("deploy/grafana/*.json", { cwd: ROOT }).map((path) =>
    Dashboard.parse(JSON.parse(readFileSync(join(ROOT, path), "utf8"))),
  );
  expect(boards.length).toBe(2);
  const silent: string[] = [];
  for (const { title, panels } of boards) {
    for (const { expr, panel } of panels.flatMap((one) =>
      one.targets.map(({ expr }) => ({ expr, panel: one.title })),
    )) {
      const query = expr.replaceAll("$job", ".*").replaceAll("$__rate_interval", "2m");
      expect(query).not.toContain("$");
      if ((await series(query)).length === 0) silent.push(`${title}, ${panel}: ${query}`);
      for (const [name] of expr.matchAll(/slipway_\w+/g))
        expect(page).toContain(name.replace(/_(?:bucket|sum|count)$/, ""));
    }
  }
  expect(silent).toEqual([]);
});

test("every alert has its paragraph in docs/alerts.md", () => {
  const rules = readFileSync(join(ROOT, "deploy/alerts.yaml"), "utf8");
  const page = readFileSync(join(ROOT, "docs/alerts.md"), "utf8");
  const names = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name = ""]) => name);
  expect(names).toHaveLength(9);
  for (const name of names) {
    expect(page).toContain(`## ${name}\n`);
    expect(rules).toContain(`docs/alerts.md#${name.toLowerCase()}`);
  }
});
