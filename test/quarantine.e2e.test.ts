// The machine that a launch failed for is kept alone while the launch goes on, told with its price and its end, and goes by a
// person's word, or at its end. On real processes, by the datacentre's billing log.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DatacentreStage, quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { slipway } from "./stage/command.ts";
import { freePort } from "./stage/child.ts";
import { scrape, valueOf } from "./stage/metrics.ts";
import { until } from "./stage/poll.ts";
import { type ServerStage, startServer } from "./stage/server.ts";

const shop = (name: string) => `
slipway: 1
name: ${name}
instances:
  db: { image: postgres-16, profile: small }
  web: { image: nginx-1, profile: small, dependsOn: [db] }
`;

let datacentre: DatacentreStage;
let server: ServerStage;
let metricsPort: number;

beforeAll(async () => {
  metricsPort = await freePort();
  datacentre = await startDatacentre([quickCloud("north")]);
  server = await startServer({ env: { SLIPWAY_METRICS_PORT: String(metricsPort) } });
  await server.addAccounts(datacentre, ["north"]);
});

afterAll(async () => {
  await server?.child.end("SIGTERM");
  await datacentre?.stop();
});

const run = (...argv: string[]) => slipway(argv, server.env);
/** Instances of the deployment whose machines are alive, whatever attempt they are of. */
async function alive(id: string): Promise<string> {
  const own = (await datacentre.alive()).filter(({ labels }) => labels["slipway-deployment"] === id);
  const names = own.flatMap(({ labels }) => labels["slipway-instance"] ?? []);
  return names.toSorted((a, b) => a.localeCompare(b)).join(" ");
}
/** As Prometheus reads it. */
const told = async (metric: string) =>
  valueOf(await scrape(metricsPort), `slipway_${metric}`, { account: "north", provider: "sim" });
const count = async (machines: number) => ((await told("quarantine_machines")) === machines ? true : null);

async function launch(name: string, time: string): Promise<string> {
  const file = join(mkdtempSync(join(tmpdir(), "slipway-quarantine-")), `${name}.yaml`);
  writeFileSync(file, shop(name));
  const web = { labels: { "slipway-instance": "web" } };
  await datacentre.admin.cloud("north").addFaults([{ on: "create", do: { kind: "boot_error" }, when: web, times: 1 }]);
  const { code, err } = await run("launch", file, "--quarantine", time, "--wait");
  expect([code, err]).toEqual([0, expect.any(String)]);
  return (await server.deployment(name)).id;
}

test("it is kept alone, told with its price and its end, counted, and removed when it is released", async () => {
  const id = await launch("kept", "4h");
  const deployment = await server.deployment("kept");
  expect(deployment).toMatchObject({ state: "running", attempt: 2, quarantineMs: 14_400_000 });
  const [machine, ...others] = deployment.machines.filter(({ quarantinedUntil }) => quarantinedUntil !== null);
  expect([machine?.instance, machine?.attempt, others]).toEqual(["web", 1, []]);
  // All else of its attempt is gone.
  expect(await alive(id)).toBe("db web web");

  const { out } = await run("show", "kept");
  const shown = out.replaceAll(/\s+/g, " ");
  expect(shown).toMatch(/In quarantine: machine \S+ of web, for which attempt 1 failed at north/);
  expect(shown).toMatch(/, \$[\d.]+ per hour, for another (3 h 59 min|4 h), /);
  expect(shown).toContain(`until ${machine?.quarantinedUntil ?? ""}; sooner: slipway release kept/web`);
  expect(shown).toMatch(
    /All ready, \$[\d.]+ per hour, of which \$[\d.]+ for the failed machine of web, which is kept for/,
  );
  const other = await run("release", "kept/db");
  expect([other.code, other.err]).toEqual([
    1,
    "slipway: kept keeps none of db in quarantine, only one of web: slipway release kept/web\n",
  ]);
  await until(() => count(1));
  expect(await told("quarantine_dollars_per_hour")).toBeCloseTo(machine?.hourlyCost ?? -1);
  expect(await told("debt_machines")).toBe(0);

  const released = await run("release", "kept/web");
  expect([released.code, released.out]).toEqual([0, expect.stringContaining("removes the machine of web")]);
  await until(async () => ((await alive(id)) === "db web" ? true : null));
  const after = await server.deployment("kept");
  expect(after).toMatchObject({ state: "running", debt: { count: 0 } });
  expect((await run("release", "kept/web")).err).toContain("keeps no machine of web in quarantine");
  await until(() => count(0));
}, 120_000);

test("what is kept goes with its deployment, and whoever waits for that is told while it is still there", async () => {
  const id = await launch("ended", "4h");
  const { machines } = await server.deployment("ended");
  const kept = machines.find(({ quarantinedUntil }) => quarantinedUntil !== null)?.id ?? "";
  const cloud = datacentre.admin.cloud("north");
  const refuse = { kind: "refuse", code: "internal_error" } as const;
  const when = { labels: { "slipway-instance": "web", "slipway-attempt": "1" } };
  await cloud.addFaults([{ on: "remove", do: refuse, when, times: "always" }]);
  const { code, out } = await run("down", "ended", "--wait");
  expect([code, out]).toEqual([
    0,
    `ended is stopped; its machine ${kept} of web, which was in quarantine, goes now: slipway show ended\n`,
  ]);
  expect((await run("show", "ended")).out).toContain(`its machine ${kept} of web, which was in quarantine, goes now`);
  await cloud.clearFaults();
  await until(async () => ((await alive(id)) === "" ? true : null));
}, 120_000);

test("it goes at its end, and what runs of the deployment is not touched", async () => {
  const id = await launch("short", "3s");
  await until(async () => ((await alive(id)) === "db web" ? true : null));
  const events = await server.events(id);
  const [begun] = events.filter(({ kind }) => kind === "quarantine_begun");
  const [ended] = events.filter(({ kind }) => kind === "quarantine_ended");
  expect(ended).toMatchObject({ instance: "web", why: "time", by: null });
  expect(Date.parse(ended?.at ?? "") - Date.parse(begun?.at ?? "")).toBeGreaterThanOrEqual(3_000);
  // Its cloud knows sooner than whoever asks it.
  const open = await until(async () => {
    const left = (await server.deployment("short")).machines.filter((machine) => machine.open);
    return left.length === 2 ? left : null;
  });
  expect(open.map(({ attempt }) => attempt)).toEqual([2, 2]);
  expect((await server.deployment("short")).state).toBe("running");
  expect((await run("show", "short")).out).not.toContain("In quarantine");
}, 120_000);
