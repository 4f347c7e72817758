// How long a launch stands still when a worker is killed with -9, and when the database is started again, in the middle of 200 launches on
// PostgreSQL with `serve` and three `work`. A pause is the time between two steps of one deployment. A calm round before tells how long
// each of them is anyway, for machines take their time to boot: what is above the longest of that is the outage's.
//
//   node bench/outages.ts [--launches 200]

import { Client } from "pg";
import { until } from "../test/stage/poll.ts";
import { loadText, option, quantile, startCrew, type Crew } from "./crew.ts";

const LAUNCHES = option("launches", 200);
const SENDERS = 8;
const PATIENCE_MS = 10 * 60_000;
const BLUEPRINT = `
slipway: 1
name: chain
instances:
  db: { image: debian-12, profile: small }
  app: { image: debian-12, profile: small, dependsOn: [db] }
  web: { image: debian-12, profile: small, dependsOn: [app] }
`;
/** They boot for so long that the first is not up when the last is asked for. */
const MANNERS = {
  latencyOf: { create: { kind: "uniform", minMs: 400, maxMs: 1_200 } },
  boot: { kind: "uniform", minMs: 20_000, maxMs: 22_000 },
} as const;
/** What a call to these clouds may take: `TRAITS` of the provider `sim`. */
const CALL_TIMEOUT_S = 30;
const BOUND_S = 15;

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

interface Outage {
  readonly name: string;
  /** Returns what there is to say of it. */
  readonly cause: (crew: Crew) => Promise<string>;
}

const OUTAGES: readonly Outage[] = [
  { name: "calm", cause: async () => "nothing happens" },
  {
    name: "killed",
    async cause({ workers }) {
      const [worker] = workers;
      await worker?.end("SIGKILL");
      return "one of three workers is killed with -9, and stays away";
    },
  },
  ...(["fast", "immediate"] as const).map((how) => ({
    name: how,
    async cause({ cluster }: Crew) {
      const begun = performance.now();
      await cluster.stop(how);
      await cluster.start();
      const what = how === "fast" ? "is restarted" : "is killed, and started again";
      return `PostgreSQL ${what}: ${seconds(performance.now() - begun)} until it answers`;
    },
  })),
];

/** Sends so many launches; a server whose database is away is asked again, under the same key. */
async function launchAll({ server }: Crew, mark: string): Promise<void> {
  let next = 0;
  const send = async (): Promise<void> => {
    while (next < LAUNCHES) {
      const name = `${mark}-${next}`;
      next += 1;
      const body = { blueprint: { source: BLUEPRINT }, name };
      await until(async () => {
        const reply = await server.ask("POST /v1/deployments", body, { "idempotency-key": name });
        await reply.arrayBuffer();
        return reply.ok ? true : null;
      });
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, send));
}

interface Row {
  readonly deployment: string;
  readonly at: Date;
  /** Which step it is, the same for all deployments. */
  readonly step: string;
}

/** Between two steps of one deployment. */
interface Pause {
  readonly between: string;
  readonly ms: number;
}

/** Those of all deployments that end after `from`. */
function pausesOf(rows: readonly Row[], from: number): readonly Pause[] {
  return [...Map.groupBy(rows, ({ deployment }) => deployment).values()].flatMap((steps) =>
    steps.flatMap(({ at, step }, no) => {
      const before = steps[no - 1];
      if (before === undefined || at.getTime() < from) return [];
      return [{ between: `${before.step} > ${step}`, ms: at.getTime() - before.at.getTime() }];
    }),
  );
}

/** How long each lasts at the most. */
function longestOf(pauses: readonly Pause[]): ReadonlyMap<string, number> {
  const longest = new Map<string, number>();
  for (const { between, ms } of pauses) longest.set(between, Math.max(ms, longest.get(between) ?? 0));
  return longest;
}

async function asked<T extends object>(
  { databaseUrl }: Crew,
  text: string,
  values: readonly string[] = [],
): Promise<readonly T[]> {
  const database = new Client({ connectionString: databaseUrl });
  await database.connect();
  try {
    return (await database.query<T>(text, [...values])).rows;
  } finally {
    await database.end();
  }
}

async function callsUnderWay(crew: Crew): Promise<number> {
  const [row] = await asked<{ count: number }>(
    crew,
    "select count(*)::int as count from machines where claimed_until > clock_timestamp()",
  );
  return row?.count ?? 0;
}

function eventsOf(crew: Crew, mark: string): Promise<readonly Row[]> {
  const text = `select e.deployment, e.at,
      concat_ws(' ', e.body->>'kind', e.body->>'move', e.body->>'instance') as step from events e join deployments d on d.id = e.deployment
      where d.name like $1 order by e.deployment, e.no`;
  return asked<Row>(crew, text, [`${mark}-%`]);
}

/** How many of them are in this state; null while nobody can tell. */
async function inState({ server }: Crew, mark: string, state: string): Promise<number | null> {
  const reply = await server.ask(`GET /v1/deployments?q=${mark}-&state=${state}&limit=500`).catch(() => null);
  if (reply?.ok !== true) return null;
  const page: unknown = await reply.json();
  if (typeof page !== "object" || page === null || !("deployments" in page)) throw new Error("no list of deployments");
  return Array.isArray(page.deployments) ? page.deployments.length : 0;
}

async function round(crew: Crew, { name, cause }: Outage): Promise<readonly Pause[]> {
  const load = loadText();
  await launchAll(crew, name);
  const under = LAUNCHES - ((await inState(crew, name, "running")) ?? 0);
  const calls = await callsUnderWay(crew);
  const from = Date.now();
  const what = await cause(crew);
  await until(async () => ((await inState(crew, name, "running")) === LAUNCHES ? true : null), {
    deadlineMs: PATIENCE_MS,
    everyMs: 500,
    otherwise: () => `not all of ${LAUNCHES} run`,
  });
  const lasted = seconds(Date.now() - from);
  print(
    `${name}: ${what}; ${under} of ${LAUNCHES} launches and ${calls} calls under way, all run ${lasted} later, ${load}`,
  );
  return pausesOf(await eventsOf(crew, name), from);
}

await using crew = await startCrew({ workers: 3, clouds: 8, manners: MANNERS });
let calm: readonly Pause[] = [];
for (const outage of OUTAGES) {
  const pauses = await round(crew, outage);
  if (outage.name === "calm") calm = pauses;
  const usual = longestOf(calm);
  // What the calm round has no example of counts in full.
  const beyond = pauses.map(({ between, ms }) => ({ between, ms: ms - (usual.get(between) ?? 0) }));
  const [worst] = beyond.toSorted((a, b) => b.ms - a.ms);
  const longest = seconds(Math.max(...pauses.map(({ ms }) => ms)));
  print(
    `  ${pauses.length} pauses, the longest of a deployment ${longest}, 99 of 100 below ${seconds(
      quantile(
        pauses.map(({ ms }) => ms),
        0.99,
      ),
    )}`,
  );
  if (worst === undefined || outage.name === "calm") continue;
  const verdict =
    worst.ms / 1_000 <= BOUND_S
      ? "within"
      : worst.ms / 1_000 <= CALL_TIMEOUT_S + BOUND_S
        ? "within, with the call's time-out,"
        : "BEYOND";
  print(
    `  at most ${seconds(worst.ms)} longer than the same step took at most in the calm round (${worst.between}): ${verdict} ${BOUND_S} s`,
  );
}
