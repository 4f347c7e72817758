// The processes that do the work: each is a whole engine on a connection of its own, and each may die and come back.

import { randomOf } from "../datacentre/src/random.ts";
import { createEngine } from "../src/engine/engine.ts";
import { type Events, eventsTo } from "../src/log.ts";
import type { Provider } from "../src/ports/provider.ts";
import { type Store, StoreAway } from "../src/ports/store.ts";
import type { Connection } from "./database.ts";
import { type CallWatch, CUT, fencedProvider, fencedStore } from "./fenced.ts";
import { outside } from "../src/store/session.ts";
import { beginLife, type Life } from "./life.ts";
import type { Point, Scenario } from "./scenario.ts";
import { INSTALLATION, openly, type Stage } from "./stage.ts";

const START_AGAIN_MS = 1_000;

export interface Workers {
  /** Opens the database, which takes its time, and starts the engine. */
  start(worker: number): void;
  /** The process that is this worker now. */
  life(worker: number): Life;
  /** Cuts this worker's process off from the database when it comes to the point; it may connect again at once. */
  cut(worker: number, at: Parameters<Life["cutAt"]>[0], cut: () => void): void;
  /** From now on nobody is hit. */
  calm(): void;
  /** Kills this worker's process when it comes to the point, and starts another after `forMs`. */
  crash(worker: number, hit: Parameters<Life["dieAt"]>[0] & { readonly forMs: number }, crashed: () => void): void;
}

export interface WorkerOptions {
  readonly scenario: Pick<Scenario, "seed" | "mixing">;
  readonly watch: CallWatch;
  /** A line of a living process's log that says that something is wrong with it. */
  readonly onError: (line: string) => void;
  /** Told of each point that a process comes to. */
  readonly onPoint: (point: Point) => void;
  /** Told of what seldom happens, to see that it does. */
  readonly count: (what: string) => void;
  readonly wrapStore: (store: Store) => Store;
  readonly wrapProvider: (provider: Provider) => Provider;
}

export function createWorkers(stage: Stage, options: WorkerOptions): Workers {
  const { clock, database } = stage;
  const { scenario, watch, onError } = options;
  const lives = new Map<number, Life>();
  const connections = new Map<Life, Pick<Connection, "crash" | "cut">>();
  const mix = mixing(stage, scenario);
  const random = randomOf(`${scenario.seed}/jitter`);
  let nonces = 0;

  const begin = async (worker: number): Promise<void> => {
    const life = beginLife(clock, options.onPoint);
    lives.set(worker, life);
    const begun = (): Promise<void> | undefined => {
      life.reach("statement");
      return life.isFree() ? undefined : life.pass();
    };
    const pause = (): Promise<void> | undefined => {
      const others = mix();
      return others === undefined ? begun() : others.then(begun);
    };
    const onStep = (): void => options.count("the clock was set right");
    const connection = database.join({ pause, monotonic: () => life.clock.monotonic(), onStep });
    connections.set(life, connection);
    const fenced = fencedStore(life, options.wrapStore(connection));
    const write = (line: string): void => {
      if (!life.isDead()) onError(line);
    };
    const engine = createEngine({
      store: fenced,
      providers: new Map([["sim", fencedProvider(life, options.wrapProvider(stage.provider), watch)]]),
      secrets: openly,
      clock: life.clock,
      reach: { answers: async () => ({ passed: false, answer: "nothing is reached directly" }) },
      events: counted(eventsTo("error", { write }), options.count),
      installation: INSTALLATION,
      callbackBase: "http://127.0.0.1:1",
      random,
      nonce: () => `nonce-${(nonces += 1)}`,
    });
    await opened(fenced, life);
    await engine.start();
  };
  const lifeOf = (worker: number): Life => {
    // Whoever is meant, somebody is hit.
    const life = lives.get(worker % lives.size);
    if (life === undefined) throw new Error("nobody works");
    return life;
  };

  return {
    start: (worker) => void begin(worker),
    life: lifeOf,
    cut(worker, at, cut) {
      const life = lifeOf(worker);
      life.cutAt(at, () => {
        cut();
        connections.get(life)?.cut(new StoreAway("unreachable", { cause: new Error(CUT) }));
      });
    },
    calm: () => lives.forEach((life) => life.spare()),
    crash(worker, { forMs, ...at }, crashed) {
      const life = lifeOf(worker);
      life.dieAt(at, () => {
        crashed();
        connections.get(life)?.crash();
        connections.delete(life);
        // It may die within a transaction, and the next process has nothing to do with that.
        outside(() => void clock.sleep(forMs).then(() => begin(worker % lives.size)));
      });
    },
  };
}

/** Looks at the clock, as whoever opens the database does; who is told that it is away, or cut off, is started again. */
async function opened(store: Store, life: Life): Promise<void> {
  for (;;) {
    try {
      await store.keepTime();
      return;
    } catch (error) {
      if (!(error instanceof StoreAway)) throw error;
      await life.clock.sleep(START_AGAIN_MS);
    }
  }
}

/** The log, and a count of what seldom happens. */
function counted(events: Events, count: WorkerOptions["count"]): Events {
  return {
    ...events,
    answerFenced: () => count("an answer under an old claim, not written"),
    callNotSent: () => count("a call not sent, its claim too old"),
    strayFound: () => count("a stray found"),
    meltdownSuspected(...alert) {
      count("the meltdown guard held");
      events.meltdownSuspected(...alert);
    },
  };
}

/** Lets others go first: mostly for nothing, sometimes for a few turns, sometimes for some milliseconds. */
function mixing(
  { clock }: Stage,
  { seed, mixing: share }: Pick<Scenario, "seed" | "mixing">,
): () => Promise<void> | undefined {
  const random = randomOf(`${seed}/mixing`);
  const turns = async (count: number): Promise<void> => {
    for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
  };
  return () => {
    const drawn = random();
    if (drawn >= share) return undefined;
    if (drawn >= share / 8) return turns(1 + Math.floor(random() * 6));
    return clock.sleep(1 + Math.floor(random() * 30));
  };
}
