// npm run sim: plays seeds. Each that fails is made small, told, and named with the command that plays it again.

import { parseArgs } from "node:util";
import { totalOf } from "./counts.ts";
import { type On, playAll } from "./crew.ts";
import { KEPT, keep, scenarioOf } from "./kept.ts";
import { play } from "./run.ts";
import { lastMishapMs, type Scenario } from "./scenario.ts";
import { type Failure, type Tally } from "./seeds-run.ts";
import { shrink } from "./shrink.ts";

const USAGE = `npm run sim -- [--seeds N] [--first S] [--minutes M]   the kept seeds, and N others from S on (default: 200, drawn)
                                                       --postgres: on the server of DATABASE_URL, not in memory
npm run sim -- --seed S [--shrink] [--keep]            one seed, told step by step; --shrink makes it small first,
                                                       --keep adds what is told to sim/seeds.json`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Failures beyond these are only counted. */
const SHRUNK_MOST = 3;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string" },
      first: { type: "string" },
      seed: { type: "string" },
      minutes: { type: "string" },
      shrink: { type: "boolean" },
      keep: { type: "boolean" },
      postgres: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) {
    say(USAGE);
    return 0;
  }
  if (values.seed !== undefined)
    return replay(values.seed, { isSmall: values.shrink === true, isKept: values.keep === true });
  const first = Number(values.first ?? Math.floor(Math.random() * 1e9));
  const minutes = values.minutes === undefined ? Infinity : Number(values.minutes);
  const count = values.seeds === undefined && minutes < Infinity ? Infinity : Number(values.seeds ?? 200);
  if (![first, count, minutes].every((number) => number >= 0)) {
    say(USAGE);
    return 2;
  }
  say(`${KEPT.size} kept seeds, and fresh ones from ${first} on`);
  const on: On = values.postgres === true ? "postgres" : "memory";
  const seeds = seedsFrom(first, { count, endsAt: performance.now() + minutes * 60_000 });
  return report(await timed(playAll(seeds, on)), on);
}

function* seedsFrom(first: number, { count, endsAt }: { count: number; endsAt: number }): Generator<string> {
  yield* KEPT.keys();
  for (let index = 0; index < count && performance.now() < endsAt; index += 1) yield String(first + index);
}

interface Timed extends Tally {
  readonly seconds: number;
  /** Of all processors together, threads included. */
  readonly processorSeconds: number;
}

async function timed(work: Promise<Tally>): Promise<Timed> {
  const from = performance.now();
  const tally = await work;
  return {
    ...tally,
    seconds: (performance.now() - from) / 1000,
    processorSeconds: process.cpuUsage().user / 1e6,
  };
}

async function report(tally: Timed, on: On): Promise<number> {
  const { seeds, launches, instances, injected, effects, virtualMs, failures, seconds, processorSeconds } = tally;
  // First, for those who do not wait until it is small.
  for (const failure of failures) say(findingText(failure));
  // Elsewhere a seed does not play the same way twice.
  if (on === "memory") for (const failure of failures.slice(0, SHRUNK_MOST)) await tellFailure(failure);
  const hours = (virtualMs / 3_600_000).toFixed(1);
  for (const counts of [injected, effects]) {
    const kinds = Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1));
    for (const [kind, times] of kinds) say(`${String(times).padStart(9)}  ${kind}`);
  }
  const much = `${launches} launches of ${instances} instances, ${totalOf(injected)} mishaps injected`;
  say(`${seeds} seeds, ${much}, ${hours} hours of simulated time`);
  const speed = `${Math.round(launches / seconds)} launches a second, ${Math.round(launches / processorSeconds)} per second of a processor`;
  // Last, for those who read the end of a long log.
  for (const failure of failures) say(findingText(failure));
  say(`${seconds.toFixed(1)} s, ${speed}, ${failures.length} findings`);
  return failures.length === 0 ? 0 : 1;
}

const findingText = ({ seed, finding }: Failure): string =>
  `seed ${seed}: ${finding.checker}: ${finding.text.slice(0, 300)}`;

async function tellFailure({ seed, finding }: Failure): Promise<void> {
  const { scenario } = await shrink(scenarioOf(seed), finding.checker);
  say(`--- seed ${seed}, as small as it gets`);
  await tell(scenario);
  say(`--- play it again: npm run sim -- --seed ${seed} --shrink; with --keep it is added to sim/seeds.json`);
}

async function replay(seed: string, { isSmall, isKept }: { isSmall: boolean; isKept: boolean }): Promise<number> {
  const whole = scenarioOf(seed);
  const { findings } = await play(whole);
  const [finding] = findings;
  const scenario = isSmall && finding !== undefined ? (await shrink(whole, finding.checker)).scenario : whole;
  await tell(scenario);
  if (isKept) keep(seed, scenario);
  return findings.length === 0 ? 0 : 1;
}

async function tell(scenario: Scenario): Promise<void> {
  const { clouds, launches, mishaps } = scenario;
  for (const { settings } of clouds) say(`cloud      ${JSON.stringify(settings)}`);
  for (const { atMs, blueprint } of launches) {
    const names = blueprint.instances.map(({ name, dependsOn }) => `${name}(${dependsOn.join(",")})`);
    say(`launch     at ${atMs} ms: ${names.join(" ")}`);
  }
  for (const mishap of mishaps) say(`planned    ${JSON.stringify(mishap)}`);
  say(`good       from ${lastMishapMs(scenario)} ms on`);
  const { findings } = await play(scenario, { tell: say });
  say(findings.length === 0 ? "nothing found" : `${findings.length} findings`);
}

process.exitCode = await main();
