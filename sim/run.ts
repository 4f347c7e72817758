// Plays one scenario: launches and mishaps at their times, then a good world until all is at rest, then everything is deleted.
// Checkers watch from the first commit on; the first finding ends the run.

import type { BillingEntry } from "../datacentre/src/billing.ts";
import type { VirtualClock } from "../datacentre/src/virtual-clock.ts";
import type { DeploymentState } from "../src/core/states.ts";
import { keepTime } from "../src/engine/timekeeping.ts";
import { eventsTo } from "../src/log.ts";
import type { Clock } from "../src/ports/clock.ts";
import type { Provider } from "../src/ports/provider.ts";
import type { Store } from "../src/ports/store.ts";
import { CHECKERS } from "./checkers/all.ts";
import type { CheckerOf } from "./checkers/checker.ts";
import { type Counts, createCounter, sumOfCounts } from "./counts.ts";
import { type DatabaseKind, memoryDatabase } from "./database.ts";
import { createMischief, type Mischief } from "./mischief.ts";
import * as people from "./people.ts";
import { isAtRest, isAtRestButRepairs, isCleared } from "./rest.ts";
import type { Facts } from "./facts.ts";
import type { CallWatch } from "./fenced.ts";
import { lastMishapMs, liarsOf, type Point, type Scenario } from "./scenario.ts";
import { liftQuotas, openStage, type Stage, stock } from "./stage.ts";
import { type Finding, openWitness, type Witness } from "./witness.ts";
import { createWorkers } from "./workers.ts";

const GLANCE_MS = 5_000;
/** Debt is tried again after a quarter of an hour at most; a good world needs a few such rounds to come to rest. */
const REST_MOST_MS = 50 * 60_000;
/**
 * For repairs, once all else is at rest: a refusal is remembered for an hour at most, another launch that tries it has ten minutes, and
 * what it meets may be remembered for an hour again.
 */
const REPAIRS_MOST_MS = 3 * 60 * 60_000;

export interface PlayOptions {
  readonly checkers?: readonly CheckerOf[];
  /** Told what happens, line by line. */
  readonly tell?: (line: string) => void;
  /** Told of each point that a process comes to, and when. */
  readonly onPoint?: (point: Point, atMs: number) => void;
  /** Told of each call to a cloud. */
  readonly onCall?: (...call: Parameters<CallWatch>) => void;
  /** Told of each machine that comes into being. */
  readonly onBirth?: (entry: BillingEntry) => void;
  /** Default: in memory. */
  readonly database?: DatabaseKind;
  /** How long a good world may take to come to rest. */
  readonly restMostMs?: number;
  /** Put between the engines and the world: for planting faults of our own. */
  readonly wrapStore?: (store: Store) => Store;
  readonly wrapProvider?: (provider: Provider) => Provider;
}

export interface Outcome {
  readonly findings: readonly Finding[];
  readonly launches: number;
  /** Where each launch had come to when all was at rest, before everything was deleted. */
  readonly ends: readonly DeploymentState[];
  readonly instances: number;
  /** Mishaps that took effect, by kind. */
  readonly injected: Counts;
  /** What came of them. */
  readonly effects: Counts;
  readonly virtualMs: number;
}

export async function play(scenario: Scenario, options: PlayOptions = {}): Promise<Outcome> {
  const { checkers = CHECKERS, tell = null, restMostMs = REST_MOST_MS } = options;
  let witness: Witness | null = null;
  const mischiefOf = { isDeaf: (): boolean => false };
  const stage = await openStage(scenario, options.database ?? memoryDatabase, (clock, database) => {
    const watching = openWitness(clock, { checkers, tell, database, ...worldOf(scenario) });
    witness = watching;
    const onBilling = (entry: BillingEntry): void => {
      watching.onBilling(entry);
      if (entry.kind === "born") options.onBirth?.(entry);
      if (entry.kind === "running") people.phone(stage, watching, entry);
    };
    return {
      onCommit: watching.onCommit,
      onBilling,
      onPartBilling: watching.onPartBilling,
      drop: () => mischiefOf.isDeaf(),
    };
  });
  const seen = sure<Witness>(witness);
  const effects = createCounter();
  const workers = createWorkers(stage, {
    scenario,
    watch(...call) {
      options.onCall?.(...call);
      return seen.onCall(...call);
    },
    onPoint(point) {
      options.onPoint?.(point, stage.clock.now() - seen.facts.startedAt);
    },
    onError: seen.onError,
    count: (what) => effects.add(what),
    wrapStore: options.wrapStore ?? ((store) => store),
    wrapProvider: options.wrapProvider ?? ((provider) => provider),
  });
  const mischief = createMischief({ stage, workers, witness: seen, scenario });
  mischiefOf.isDeaf = mischief.isDeaf;
  await stock(stage.database.store, scenario);
  for (let worker = 0; worker < scenario.workers; worker += 1) workers.start(worker);
  const over = new AbortController();
  // Somebody always knows the time: when nobody runs, a clock that is set forward cannot be told from time that passed.
  if (scenario.mishaps.some(({ kind }) => kind === "clock")) void keepTime(keeperOf(stage), over.signal);

  const passing = passingOf(stage.clock, seen);
  for (const { atMs, begin } of timeline(scenario, { store: stage.people, perform: mischief.perform, witness: seen })) {
    await passing.until(atMs);
    begin();
  }
  await passing.until(lastMishapMs(scenario));
  const keptOut = await makeGood(scenario, { stage, seen, mischief, passing });
  await comeToRest(passing, { stage, seen, restMostMs });
  seen.calm();
  const ends = [...seen.facts.deployments.values()].map(({ state }) => state);
  if (scenario.clearsUp && seen.findings.length === 0) {
    people.clearUp(stage.people, scenario.launches.length, seen.onBug);
    void mischief.sweep(over.signal);
    await passing.whileNot(() => isCleared(seen.facts), restMostMs);
    seen.cleared();
  }
  over.abort();
  await stage.database.close();
  const virtualMs = stage.clock.now() - seen.facts.startedAt;
  return {
    findings: seen.findings,
    launches: scenario.launches.length,
    instances: scenario.launches.reduce((sum, { blueprint }) => sum + blueprint.instances.length, 0),
    ends,
    injected: sumOfCounts(mischief.injected(), keptOut),
    effects: sumOfCounts(effects.counts(), { ...endsOf(scenario, ends), ...keptIn(seen.facts) }),
    virtualMs,
  };
}

const keptIn = ({ everKept }: Facts): Counts =>
  everKept.size === 0 ? {} : { "a machine kept in quarantine": everKept.size };

const worldOf = (scenario: Scenario) => {
  const { quotas, workers } = scenario;
  return { liars: liarsOf(scenario), quotas, workers };
};

/** From now on nothing more goes wrong. Returns whom quotas have kept out: what waits for room gets it, or would never come to rest. */
async function makeGood(
  { quotas }: Scenario,
  {
    stage,
    seen,
    mischief,
    passing,
  }: { readonly stage: Stage; readonly seen: Witness; readonly mischief: Mischief; readonly passing: Passing },
): Promise<Counts> {
  mischief.end();
  const keptOut = keptOutBy(seen.facts);
  if (quotas === undefined) return keptOut;
  seen.onLift();
  await passing.through(liftQuotas(stage.people));
  return keptOut;
}

/** Until it has, what is hopeless is stopped. Repairs alone may take longer: they wait for what others were refused to be forgotten. */
async function comeToRest(
  passing: Passing,
  { stage, seen, restMostMs }: { readonly stage: Stage; readonly seen: Witness; readonly restMostMs: number },
): Promise<void> {
  const stopHopeless = people.hopelessStops(stage.people, seen);
  const over = (isOver: (facts: Facts) => boolean) => (): boolean => {
    stopHopeless();
    return isOver(seen.facts);
  };
  if (!(await passing.whileNot(over(isAtRestButRepairs), restMostMs))) return;
  await passing.whileNot(over(isAtRest), REPAIRS_MOST_MS);
}

/** A process that does nothing else, and is never hit. */
function keeperOf({ clock, people: store }: Stage): Parameters<typeof keepTime>[0] {
  const own: Clock = { monotonic: () => clock.now(), sleep: (ms, signal) => clock.sleep(ms, signal) };
  return { store, clock: own, events: eventsTo("silent", { write: () => undefined }) };
}

interface Moment {
  readonly atMs: number;
  readonly begin: () => void;
}

function timeline(
  scenario: Scenario,
  {
    store,
    perform,
    witness,
  }: { store: Store; perform: (mishap: Scenario["mishaps"][number]) => void; witness: Witness },
): Moment[] {
  const launches = scenario.launches.map((launch, index) => ({
    atMs: launch.atMs,
    begin: () => void people.launch(store, index, launch).catch(witness.onBug),
  }));
  const mishaps = scenario.mishaps.map((mishap) => ({ atMs: mishap.atMs, begin: () => perform(mishap) }));
  return [...launches, ...mishaps].toSorted((a, b) => a.atMs - b.atMs);
}

type Passing = ReturnType<typeof passingOf>;

/** Time passes with a glance every few seconds, and stands still once something was found. */
function passingOf(clock: VirtualClock, witness: Witness) {
  const { startedAt } = witness.facts;
  const step = async (ms: number): Promise<void> => {
    await clock.advance(ms);
    witness.glance();
  };
  return {
    async until(atMs: number): Promise<void> {
      while (clock.now() < startedAt + atMs && witness.findings.length === 0) {
        await step(Math.min(GLANCE_MS, startedAt + atMs - clock.now()));
      }
    },
    /** As long as the work takes: it may need rows that a process which stands still has locked. */
    async through(work: Promise<void>): Promise<void> {
      await clock.until(work);
      witness.glance();
    },
    /** True when it is over, false when it took too long or something was found. */
    async whileNot(over: () => boolean, mostMs: number): Promise<boolean> {
      const end = clock.now() + mostMs;
      for (;;) {
        await step(GLANCE_MS);
        if (witness.findings.length > 0) return false;
        if (over()) return true;
        if (clock.now() >= end) return false;
      }
    },
  };
}

function sure<T>(value: T | null): T {
  if (value === null) throw new Error("the stage opens with its watchers");
  return value;
}

const QUOTAS = {
  "kept out: a user's quota": /^[^;]*quota of user \w+:/,
  "kept out: a user's quota in a pool": /^[^;]*quota of user \w+ in pool/,
  "kept out: a pool's quota": /^[^;]*own limit of pool/,
};

/** Launches that failed for want of room in somebody's quota. */
function keptOutBy({ deployments }: Facts): Counts {
  const { add, counts } = createCounter();
  for (const { failure } of deployments.values()) {
    for (const [kind, text] of Object.entries(QUOTAS)) if (text.test(failure ?? "")) add(kind);
  }
  return counts();
}

/** From so many instances on a launch counts as large. */
const LARGE = 10;

function endsOf({ launches }: Scenario, ends: readonly DeploymentState[]): Counts {
  const { add, counts } = createCounter();
  ends.forEach((end, index) => {
    const isLarge = (launches[index]?.blueprint.instances.length ?? 0) >= LARGE;
    add(`launches that came to rest ${end}${isLarge ? ` (of ${LARGE} instances and more)` : ""}`);
  });
  return counts();
}
