// What one poll of an account costs, by how many machines it has: the first one of a process, one in which nothing changed, one in which one in
// a hundred stands still, one in which one in a hundred is gone. Beside the bare reading of the same list in the same run.
//
//   node bench/tracker.ts [--most 100000] [--rounds 3] [--table 0]
//
// A list is pages of a thousand, each a text that is parsed. Machines are made by copies of one launch, past all triggers. --table 10 also
// shows the statements that took most.

import { Client } from "pg";
import { accountId, deploymentId } from "../src/core/ids.ts";
import type { Observed } from "../src/core/machine.ts";
import type { Cloud } from "../src/ports/provider.ts";
import {
  sampleAccount,
  sampleBlueprint,
  sampleNewDeployment,
  sampleResolvedInstance,
} from "../src/ports/store.samples.ts";
import { startCluster } from "../test/crash/cluster.ts";
import { loadText, option } from "./crew.ts";
import { type Cost, costTable, COUNTING, openMeter } from "./meter.ts";
import { openStand, print, type Stand } from "./stand.ts";

const MOST = option("most", 100_000);
const ROUNDS = option("rounds", 3);
const TABLE = process.argv.includes("--table") ? option("table", 10) : 0;
const PAGE = 1_000;
const HUNDREDTH = 100;
const ACCOUNT = sampleAccount().id;
const TEMPLATE = deploymentId("tracker00000");

/** The pages of a list, as they come over a line. */
function pagesOf(machines: readonly Observed[]): readonly string[] {
  return Array.from({ length: Math.max(1, Math.ceil(machines.length / PAGE)) }, (_, no) =>
    JSON.stringify(machines.slice(no * PAGE, (no + 1) * PAGE)),
  );
}

async function launchTemplate({ store, engine }: Stand): Promise<void> {
  const blueprint = sampleBlueprint({ instances: [sampleResolvedInstance({ name: "db", images: ["debian-12"] })] });
  const now = await store.read((tx) => tx.now());
  const row = { id: TEMPLATE, blueprint, createdAt: now, since: now, wakeAt: now };
  await store.write((tx) => tx.insertDeployment(sampleNewDeployment(row)));
  while ((await store.read((tx) => tx.deployment(TEMPLATE)))?.state !== "running") {
    for (const kind of ["advance", "call", "probe", "poll"] as const) await engine.round(kind);
  }
}

const copied = (table: string, changed: string): string => `
  insert into ${table} select r.* from ${table} t cross join generate_series($1::int, $2::int) n
    cross join lateral jsonb_populate_record(t, jsonb_build_object(${changed})) r
  where t.${table === "deployments" ? "id" : "deployment"} = '${TEMPLATE}'`;
const ID = "'copy' || n";
const MACHINE = "'sw-copy' || n || '-a1-db-t1'";
const COPIES = [
  copied("deployments", `'id', ${ID}, 'name', ${ID}`),
  copied("instances", `'deployment', ${ID}, 'machine', ${MACHINE}`),
  copied("revisions", `'deployment', ${ID}`),
  copied("attempts", `'deployment', ${ID}`),
  copied("placements", `'deployment', ${ID}`),
  copied(
    "machines",
    `'deployment', ${ID}, 'id', ${MACHINE}, 'nonce', ${ID}, 'external_id', 'x' || n, 'made_at', now() - interval '1 hour'`,
  ),
];

/** So many machines in all; returns what the cloud shows of them. */
async function grow(client: Client, from: number, to: number): Promise<Observed[]> {
  await client.query("set session_replication_role = replica");
  for (const statement of COPIES) await client.query(statement, [from, to - 1]);
  await client.query("vacuum (analyze)");
  const { rows } = await client.query<Pick<Observed, "name" | "externalId" | "realm" | "privateAddress" | "handle">>(`
    select id as name, external_id as "externalId", realm, private_address as "privateAddress", handle from machines order by id`);
  return rows.map((row) => ({ ...row, state: "running", fault: null, publicAddress: null }));
}

const cluster = await startCluster({ settings: COUNTING });
try {
  const url = await cluster.freshDatabase("tracker");
  let pages: readonly string[] | null = null;
  const page = (no: number): Awaited<ReturnType<Cloud["list"]>> => {
    const machines: Observed[] = JSON.parse(pages?.[no] ?? "[]");
    return { machines, next: no + 1 < (pages?.length ?? 0) ? String(no + 1) : null, unlisted: [] };
  };
  const otherwise = (cloud: Cloud): Partial<Cloud> => ({
    list: async (...asked) => (pages === null ? cloud.list(...asked) : page(Number(asked[1] ?? 0))),
  });
  const stand = await openStand({ url, otherwise, isStill: true });
  const client = new Client({ connectionString: url });
  await client.connect();
  await using meter = await openMeter(url);
  await launchTemplate(stand);

  const bareMs = (): number => {
    const begun = performance.now();
    for (let no = 0; no < (pages?.length ?? 0); no += 1) page(no);
    return performance.now() - begun;
  };
  const poll = (): Promise<Cost> =>
    meter.measure(async () => {
      await stand.store.write(async (tx) => tx.pollBy(accountId(ACCOUNT), await tx.now()));
      await stand.engine.round("poll");
    });
  const tell = (what: string, cost: Cost): void => {
    const sum = (of: (one: Cost["statements"][number]) => number): number =>
      cost.statements.reduce((all, one) => all + of(one), 0);
    const bare = bareMs();
    print(
      `  ${what}: ${cost.tookMs.toFixed(0)} ms, ${(cost.tookMs / bare).toFixed(1)} times the bare reading; ` +
        `${sum(({ calls }) => calls)} statements of ${sum(({ ms }) => ms).toFixed(1)} ms, ${(cost.walBytes / 1_024).toFixed(0)} KiB of log; ` +
        `${cost.ownMs.toFixed(0)} ms of this process + ${cost.databaseMs.toFixed(0)} ms in PostgreSQL`,
    );
    if (TABLE > 0) print(costTable(cost, 1, TABLE));
  };

  let there = 1;
  for (let count = 1_000; count <= MOST; count *= 10) {
    const machines = await grow(client, there, count);
    there = count;
    const some = (mark: number): ReadonlySet<Observed> => new Set(machines.filter((_, n) => n % HUNDREDTH === mark));
    pages = pagesOf(machines);
    print(`${count} machines (${loadText()}), the bare reading of the list: ${bareMs().toFixed(1)} ms`);
    tell("all of them new to this process", await poll());
    await poll();
    const memory = process.memoryUsage();
    for (let round = 1; round <= ROUNDS; round += 1) tell("nothing changed", await poll());
    const [stopped, gone] = [some(1), some(2)];
    pages = pagesOf(machines.map((one) => (stopped.has(one) ? { ...one, state: "stopped" } : one)));
    tell("one in a hundred stands still", await poll());
    tell("  the poll after it", await poll());
    tell("  and the one after that", await poll());
    pages = pagesOf(
      machines.filter((one) => !gone.has(one)).map((one) => (stopped.has(one) ? { ...one, state: "stopped" } : one)),
    );
    tell("one in a hundred is gone", await poll());
    tell("  the poll after it", await poll());
    print(
      `  this process: ${(memory.rss / 2 ** 20).toFixed(0)} MiB, of them ${(memory.arrayBuffers / 2 ** 20).toFixed(0)} MiB buffers`,
    );
    // All as it was, for the next number.
    pages = pagesOf(machines);
    for (let again = 0; again < 3; again += 1) await poll();
  }
  await client.end();
  await stand.close();
} finally {
  await cluster.dispose();
}
process.exit();
