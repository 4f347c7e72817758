// How long `slipway serve` takes until it answers, in a new folder and in one that was used, and how much memory it has taken by then. Beside an
// empty program of Node, and PGlite alone, on the database that was just used: what no embedded server can stay below.
//
//   node bench/start.ts [--rounds 5] [--program bin/slipway]
//
// --program is the one of an installed package, which has nothing of TypeScript to read.

import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort, ROOT, startChild } from "../test/stage/child.ts";
import { loadText, option, quantile } from "./crew.ts";

const ROUNDS = option("rounds", 5);
const programAt = process.argv.indexOf("--program");
const PROGRAM = resolve(programAt < 0 ? join(ROOT, "bin/slipway") : (process.argv[programAt + 1] ?? ""));
const FLAGS = ["--liftoff-only", "--input-type=module", "--eval"];
const EMPTY = "console.log('ready'); setInterval(() => {}, 1000)";
const LITE = `
  const { PGlite } = await import("@electric-sql/pglite");
  const lite = await PGlite.create({ dataDir: process.env.FOLDER });
  await lite.query("select 1");
  ${EMPTY}`;

interface Start {
  readonly ms: number;
  readonly peakMib: number;
}

/** Until it prints that it is ready; then it is ended, and waited for. */
async function start(argv: readonly [string, ...string[]], ready: RegExp, env: NodeJS.ProcessEnv): Promise<Start> {
  const [command, ...rest] = argv;
  const begun = performance.now();
  const child = startChild(command, rest, env);
  await child.printed(ready);
  const ms = performance.now() - begun;
  const [, peak = "0"] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
  await child.end("SIGTERM");
  return { ms, peakMib: Number(peak) / 1_024 };
}

async function round(home: string): Promise<Readonly<Record<string, Start>>> {
  const env = {
    SLIPWAY_DATA: join(home, "data"),
    SLIPWAY_CONFIG: join(home, "config.json"),
    SLIPWAY_PORT: String(await freePort()),
    DATABASE_URL: "",
  };
  const node = process.execPath;
  const serve = (): Promise<Start> => start([PROGRAM, "serve"], /listening on/, env);
  return {
    "an empty program": await start([node, ...FLAGS, EMPTY], /ready/, {}),
    "first start": await serve(),
    "used folder": await serve(),
    "PGlite alone": await start([node, ...FLAGS, LITE], /ready/, { FOLDER: join(home, "data", "database") }),
  };
}

const middle = (values: readonly number[]): number => quantile(values, 0.5);

const home = await mkdtemp(join(tmpdir(), "slipway-bench-start-"));
try {
  // What a checkout prepares once, and what Node compiles once.
  await round(join(home, "warm"));
  const rounds: Readonly<Record<string, Start>>[] = [];
  for (let no = 1; no <= ROUNDS; no += 1) rounds.push(await round(join(home, String(no))));
  const boundMs = middle(rounds.map((one) => one["PGlite alone"]?.ms ?? 0));
  process.stdout.write(`the middle of ${ROUNDS}, ${loadText()}\n`);
  for (const what of Object.keys(rounds[0] ?? {})) {
    const ms = middle(rounds.map((one) => one[what]?.ms ?? 0));
    const peak = middle(rounds.map((one) => one[what]?.peakMib ?? 0));
    const times = (ms / boundMs).toFixed(1);
    process.stdout.write(
      `${what}: ${(ms / 1_000).toFixed(2)} s, ${times} times PGlite alone; ${peak.toFixed(0)} MiB\n`,
    );
  }
} finally {
  await rm(home, { recursive: true, force: true });
}
