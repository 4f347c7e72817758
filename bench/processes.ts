// What more processes cost: the same chains of three through `serve` alone and through `serve` with two `work`, in turns, each on a PostgreSQL
// of its own. Printed are launches a second, statements and processor time of each launch, and what its connections were seen waiting for.
//
//   node bench/processes.ts [--launches 150] [--rounds 2] [--workers 2]

import { Client } from "pg";
import { type Crew, loadText, option, processorSeconds, startCrew } from "./crew.ts";
import { costLine, COUNTING, openMeter } from "./meter.ts";

const LAUNCHES = option("launches", 150);
const ROUNDS = option("rounds", 2);
const WORKERS = option("workers", 2);
const AT_ONCE = 10;
const LOOK_MS = 50;
const BLUEPRINT = `slipway: 1
name: chain
instances:
  db: { image: debian-12, profile: small }
  app: { image: debian-12, profile: small, dependsOn: [db] }
  web: { image: debian-12, profile: small, dependsOn: [app] }
`;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function launchAll({ server }: Crew, mark: string, launches: number): Promise<void> {
  for (let from = 0; from < launches; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, launches - from) }, (_, at) => `${mark}-${from + at}`);
    await Promise.all(some.map((name) => server.launch(BLUEPRINT, { name })));
  }
  for (;;) {
    const reply = await server.ask("GET /v1/deployments?state=new,pending&limit=1");
    const page: unknown = await reply.json();
    if (typeof page === "object" && page !== null && "deployments" in page && Array.isArray(page.deployments)) {
      if (page.deployments.length === 0) return;
    } else throw new Error(JSON.stringify(page));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** How often connections were seen at work, and waiting for locks of others. */
async function watchWaits(url: string): Promise<{ end(): Promise<{ work: number; locks: number }> }> {
  const client = new Client({ connectionString: url, application_name: "bench waits" });
  await client.connect();
  let isOver = false;
  const seen = { work: 0, locks: 0 };
  const looking = (async () => {
    while (!isOver) {
      const { rows } = await client.query<{ work: number; locks: number }>(`
        select count(*)::int as work, (count(*) filter (where wait_event_type = 'Lock'))::int as locks
        from pg_stat_activity where datname = current_database() and state = 'active' and pid <> pg_backend_pid()`);
      seen.work += rows[0]?.work ?? 0;
      seen.locks += rows[0]?.locks ?? 0;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  })();
  return {
    async end() {
      isOver = true;
      await looking;
      await client.end();
      return seen;
    },
  };
}

async function measure(workers: number): Promise<number> {
  await using crew = await startCrew({
    workers,
    clouds: 1,
    manners: { boot: { kind: "fixed", ms: 0 }, latency: { kind: "fixed", ms: 0 } },
    settings: COUNTING,
  });
  await launchAll(crew, "warm", 20);
  await using meter = await openMeter(crew.databaseUrl);
  const waits = await watchWaits(crew.databaseUrl);
  const before = processorSeconds();
  const cost = await meter.measure(() => launchAll(crew, "go", LAUNCHES));
  const { work, locks } = await waits.end();
  const used = [...processorSeconds()]
    .map(([what, seconds]) => [what, ((seconds - (before.get(what) ?? 0)) * 1_000) / LAUNCHES] as const)
    .filter(([what, each]) => what !== "bench" && each >= 0.1)
    .map(([what, each]) => `${what} ${each.toFixed(1)}`);
  const perSecond = (LAUNCHES * 1_000) / cost.tookMs;
  print(
    `serve and ${workers} work: ${perSecond.toFixed(1)} launches/s; ${costLine(cost, LAUNCHES)}; ms of processors: ${used.join(", ")}; ` +
      `of ${work} looks at a connection at work ${((100 * locks) / Math.max(1, work)).toFixed(0)} % found it waiting for a lock; ${loadText()}`,
  );
  return perSecond;
}

for (let round = 1; round <= ROUNDS; round += 1) {
  const alone = await measure(0);
  const crowd = await measure(WORKERS);
  print(`round ${round}: with ${WORKERS} more processes ${(crowd / alone).toFixed(2)} times as many a second`);
}
