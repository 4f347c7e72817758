// The same launches in the form that graphile-worker is used in: a job for each step, and a row for what is asked of the cloud, written before
// it is. No graph, no way back, no events, no fence. It is not among our packages: `npm i graphile-worker@0.17` in a folder of its own.

import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Pool } from "pg";

interface Job {
  readonly launch: number;
  readonly step: number;
}

interface Helpers {
  addJob(task: string, payload: Job): Promise<unknown>;
}

interface Runner extends Helpers {
  stop(): Promise<void>;
}

/** As much of the package as is used here. */
interface Graphile {
  run(options: {
    connectionString: string;
    concurrency: number;
    maxPoolSize: number;
    noHandleSignals: boolean;
    pollInterval: number;
    logger: unknown;
    taskList: Record<string, (payload: Job, helpers: Helpers) => Promise<void>>;
  }): Promise<Runner>;
  readonly Logger: new (make: () => () => void) => unknown;
}

export interface Peer {
  launchAll(count: number): Promise<void>;
  close(): Promise<void>;
}

const AT_ONCE = 20;

/** Null where the folder has no graphile-worker. */
async function findGraphile(folder: string): Promise<Graphile | null> {
  try {
    const path = createRequire(join(folder, "package.json")).resolve("graphile-worker");
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a package that is not ours has no types here
    return (await import(pathToFileURL(path).href)) as Graphile;
  } catch {
    return null;
  }
}

export async function openGraphile(folder: string, url: string, chain: number): Promise<Peer | null> {
  const graphile = await findGraphile(folder);
  if (graphile === null) return null;
  const pool = new Pool({ connectionString: url, max: 10 });
  await pool.query(`
    create table launches (id int primary key, state text, at timestamptz default now());
    create table machines (launch int, step int, state text, external_id text, primary key (launch, step))`);
  let left = 0;
  let done = Promise.withResolvers<void>();
  const step = async ({ launch, step: no }: Job, helpers: Helpers): Promise<void> => {
    await pool.query("insert into machines values ($1, $2, 'intent', null) on conflict do nothing", [launch, no]);
    const made = "update machines set state = 'made', external_id = $3 where launch = $1 and step = $2";
    await pool.query(made, [launch, no, `x${launch}-${no}`]);
    await pool.query("update machines set state = 'running' where launch = $1 and step = $2", [launch, no]);
    if (no + 1 < chain) return void (await helpers.addJob("step", { launch, step: no + 1 }));
    await pool.query("update launches set state = 'running' where id = $1", [launch]);
    left -= 1;
    if (left === 0) done.resolve();
  };
  const runner = await graphile.run({
    connectionString: url,
    concurrency: 32,
    maxPoolSize: 10,
    noHandleSignals: true,
    pollInterval: 1_000,
    logger: new graphile.Logger(() => () => undefined),
    taskList: { step },
  });
  let lastNo = 0;
  return {
    async launchAll(count) {
      left = count;
      done = Promise.withResolvers<void>();
      for (let from = 0; from < count; from += AT_ONCE) {
        const some = Array.from({ length: Math.min(AT_ONCE, count - from) }, () => (lastNo += 1));
        await Promise.all(
          some.map(async (launch) => {
            await pool.query("insert into launches values ($1, 'pending')", [launch]);
            await runner.addJob("step", { launch, step: 0 });
          }),
        );
      }
      await done.promise;
    },
    async close() {
      await runner.stop();
      await pool.end();
    },
  };
}
