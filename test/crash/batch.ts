// A batch: rounds one after the other on a running stack, then rest, then the checks, then everything is deleted and checked.

import { z } from "zod";
import { pause } from "./client.ts";
import { findings, SETTLED_CHECKS } from "./checks.ts";
import { MISBEHAVIOUR } from "./clouds.ts";
import { type Evidence, gather } from "./evidence.ts";
import { type Confirmed, forgetRefusals, loadOn } from "./load.ts";
import { type Database, drawRounds, type Episode } from "./plan.ts";
import type { Stack } from "./stack.ts";

export interface BatchReport {
  readonly findings: readonly string[];
  readonly episodes: readonly Episode[];
  readonly launches: number;
  readonly machines: number;
  /** Committed by the datacentre. */
  readonly faults: number;
  /** How deployments had ended before they were deleted. */
  readonly states: Readonly<Record<string, number>>;
  /** How updates had ended, and repairs, which are counted as they began. */
  readonly changes: readonly string[];
  readonly evidence: Evidence;
}

export interface BatchPlan {
  readonly seed: string;
  readonly rounds: number;
  readonly database: Database;
  /** Begins the names of its deployments. */
  readonly prefix: string;
}

/** From the last episode to rest: strays have a grace of a minute, and settled accounts are looked at once a minute. */
const REST_MS = 300_000;
const LOOK_MS = 1_500;

export async function playBatch(stack: Stack, plan: BatchPlan, say: (line: string) => void): Promise<BatchReport> {
  const { client, datacentre } = stack;
  const since = Date.now();
  const rounds = drawRounds(plan.seed, { count: plan.rounds, database: plan.database });
  const clouds = (await datacentre.admin.cloudNames()).map((name) => datacentre.admin.cloud(name));
  for (const cloud of clouds) await cloud.addFaults(MISBEHAVIOUR);
  const load = loadOn(stack, plan.prefix);
  for (const [index, { afterMs, episode, launches }] of rounds.entries()) {
    say(`round ${index + 1}: ${JSON.stringify(episode)}`);
    for (const launch of launches) load.begin(launch);
    await pause(afterMs);
    await stack.play(episode);
    await forgetRefusals(client);
  }
  await stack.calm();
  const confirmed = await load.over();
  const faults = await appliedFaults(clouds);
  for (const cloud of clouds) await cloud.clearFaults();
  const of = { confirmed, prefix: plan.prefix, since };
  say("waiting for rest");
  const evidence = await rest(stack, of);
  const found = findings(evidence);
  if (found.length === 0) {
    await deleteAll(stack, evidence);
    const empty = await rest(stack, { ...of, confirmed: evidence.told.map(({ deployment }) => asDeleted(deployment)) });
    found.push(...findings(empty));
  }
  const { told, lives } = evidence;
  return {
    findings: [...found, ...stack.oddities(), ...mistakes(stack)],
    episodes: rounds.map(({ episode }) => episode),
    launches: told.length,
    machines: lives.length,
    faults,
    states: counted(told.map(({ deployment }) => deployment.state)),
    changes: told.flatMap(changesOf),
    evidence,
  };
}

function changesOf({ deployment: { revisions }, events }: Evidence["told"][number]): string[] {
  const updates = revisions.flatMap(({ why, outcome }) =>
    why === "update" ? [`update ${outcome ?? "under way"}`] : [],
  );
  return [...updates, ...events.flatMap(({ kind }) => (kind === "repair_begun" ? ["repair"] : []))];
}

type Clouds = readonly ReturnType<Stack["datacentre"]["admin"]["cloud"]>[];

async function appliedFaults(clouds: Clouds): Promise<number> {
  const snapshots = await Promise.all(clouds.map((cloud) => cloud.snapshot()));
  return snapshots.flatMap(({ faults }) => faults).reduce((sum, { applied }) => sum + applied, 0);
}

/** Waits until nothing moves any more, at most REST_MS; what does not hold then, never will. */
async function rest(stack: Stack, of: Parameters<typeof gather>[1]): Promise<Evidence> {
  const end = performance.now() + REST_MS;
  let restedBefore = false;
  for (;;) {
    const evidence = await gather(stack, of);
    const rests = SETTLED_CHECKS.every((check) => check(evidence).length === 0);
    // Evidence is gathered piece by piece: of one moment only when nothing moved since the look before.
    if ((rests && restedBefore) || performance.now() > end) return evidence;
    restedBefore = rests;
    await pause(LOOK_MS);
  }
}

async function deleteAll({ client }: Stack, { told }: Evidence): Promise<void> {
  for (const { deployment } of told) {
    if (deployment.deletedAt !== null) continue;
    const { status, body } = await client.persist(`DELETE /v1/deployments/${deployment.id}?stop=true`);
    if (status >= 300) throw new Error(`delete of ${deployment.name}: ${status} ${JSON.stringify(body)}`);
  }
}

const asDeleted = ({ id, name, partial }: Omit<Confirmed, "wishes">): Confirmed => ({
  id,
  name,
  partial,
  wishes: [{ wish: "delete", revision: null }],
});

const Line = z.object({ level: z.number(), msg: z.string(), error: z.string().optional() });
const ERROR = 50;
/** What follows from a database that is away, or from who holds its locks while paused. */
const EXPECTED = /StoreAway|statement timeout|took longer than|meltdown suspected/;

/** Nobody sets a clock here: what stands still, is paused or answers late must not be taken for that. */
const FALSE_STEP = "database's clock was set";

/** Mistakes of the programs in their own words: errors that no crash of something else explains. */
function mistakes(stack: Stack): string[] {
  return [...stack.logs()].flatMap(([name, text]) =>
    text
      .split("\n")
      .flatMap((line) => parsed(line))
      .filter(
        ({ level, msg, error = "" }) => msg === FALSE_STEP || (level >= ERROR && !EXPECTED.test(`${msg} ${error}`)),
      )
      .map(({ msg, error = "" }) => `${name} logged "${msg}": ${error.slice(0, 600)}`),
  );
}

/** A line of the log; nothing for what else is printed, and for lines that a kill cut off. */
function parsed(line: string): z.infer<typeof Line>[] {
  if (!line.startsWith("{") || !line.endsWith("}")) return [];
  try {
    return [Line.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}

export function counted(words: readonly string[]): Record<string, number> {
  const groups = Map.groupBy(words, (word) => word);
  return Object.fromEntries([...groups].map(([word, all]) => [word, all.length]));
}
