// Carries out mishaps.

import type { Datacentre } from "../datacentre/src/datacentre.ts";
import { randomOf } from "../datacentre/src/random.ts";
import { STEP_MS } from "../src/core/world/clock-step.ts";
import { type Accident, happen } from "./accidents.ts";
import { type Counts, createCounter } from "./counts.ts";
import * as people from "./people.ts";
import type { Pruned } from "../src/ports/pruning.ts";
import type { Mishap, Scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";
import type { Witness } from "./witness.ts";
import type { Workers } from "./workers.ts";

const SWEEP_MS = 2_000;

export interface Mischief {
  readonly perform: (mishap: Mishap) => void;
  /** Whether a notification is lost now. */
  readonly isDeaf: () => boolean;
  /** How often mishaps of each kind took effect so far. */
  injected(): Counts;
  /** From now on the world is good. */
  end(): void;
  /** While everything is deleted: what is over is taken away at once, where the scenario takes anything away. */
  sweep(signal: AbortSignal): Promise<void>;
}

interface Ground {
  readonly stage: Stage;
  readonly workers: Workers;
  readonly witness: Witness;
  readonly scenario: Scenario;
}

export function createMischief(ground: Ground): Mischief {
  const { stage, workers, witness, scenario } = ground;
  const { clock, datacentre } = stage;
  const random = randomOf(`${scenario.seed}/deafness`);
  let deafness = 0;
  const { add, counts } = createCounter();
  const took = (kind: string, line: string): void => {
    add(kind);
    witness.note(`mishap     ${line}`);
  };
  const setClock = settingClock(ground, (byMs) => {
    took(clockKind(byMs), `the database's clock is set by ${byMs} ms`);
  });
  const act = actWhen(ground, (id, ask) => took(`person: ${ask}`, `a person asks ${id}: ${ask}`));
  const prune = pruningOf(ground, took);
  return {
    perform(mishap) {
      switch (mishap.kind) {
        case "fault":
          return datacentre.cloud(mishap.cloud).addFaults([mishap.rule]);
        case "crash":
          return workers.crash(mishap.worker, mishap, () => {
            witness.onAbsence(mishap.worker, mishap.forMs);
            took(`death: ${mishap.point}`, `worker ${mishap.worker} dies: ${mishap.point}`);
          });
        case "pause":
          return workers.life(mishap.worker).standAt(mishap, mishap.forMs, () => {
            witness.onAbsence(mishap.worker, mishap.forMs);
            const line = `worker ${mishap.worker} stands still for ${mishap.forMs} ms: ${mishap.point}`;
            took(`standing still: ${mishap.point}`, line);
          });
        case "cut":
          return workers.cut(mishap.worker, mishap, () => {
            took(`cut: ${mishap.point}`, `worker ${mishap.worker} is cut off from the database: ${mishap.point}`);
          });
        case "deaf":
          witness.note("mishap     notifications are lost");
          deafness = mishap.probability;
          return void clock.sleep(mishap.forMs).then(() => (deafness = 0));
        case "clock":
          return setClock(mishap);
        case "act":
          return act(mishap);
        case "pruning":
          return void prune(mishap.keepMs);
        case "outage":
        case "suspension":
        case "quota":
        case "host_down":
        case "accident":
        case "blindness":
        case "foreign":
        case "switched_off":
          if (happen(ground, mishap)) took(kindOf(mishap), JSON.stringify(mishap));
      }
    },
    isDeaf() {
      const isLost = deafness > 0 && random() < deafness;
      if (isLost) add("notification lost");
      return isLost;
    },
    injected: counts,
    end() {
      workers.calm();
      liftFaults(datacentre, add);
      witness.note("calm       from now on the world is good");
    },
    sweep: (signal) => sweepUntil(signal, ground, prune),
  };
}

/** At once, or when the process that is meant comes to the point. */
function settingClock({ stage, workers, witness }: Ground, took: (byMs: number) => void) {
  return ({ byMs, hit }: Extract<Mishap, { kind: "clock" }>): void => {
    const set = (): void => {
      witness.onClock(byMs);
      stage.databaseClock.set(byMs);
      took(byMs);
    };
    if (hit === null) set();
    else workers.life(hit.worker).happenAt(hit, set);
  };
}

/** Batches as small as can be, so that much happens between them. */
function pruningOf({ stage, witness }: Ground, took: (kind: string, line: string) => void) {
  return async (keepMs: number): Promise<void> => {
    const onBatch = ({ steps, consoles, machines }: Pruned): void => {
      for (const [what, count] of Object.entries({ steps, consoles, machines })) {
        if (count > 0) took(`taken away: ${what}`, `${count} ${what} are taken away`);
      }
    };
    await people.prune(stage.people, keepMs, onBatch).catch(witness.onBug);
  };
}

function liftFaults(datacentre: Datacentre, add: (what: string, count: number) => void): void {
  for (const name of datacentre.cloudNames) {
    const cloud = datacentre.cloud(name);
    for (const { rule, applied } of cloud.snapshot().faults) {
      if (applied > 0) add(`cloud: ${rule.do.kind}`, applied);
    }
    cloud.clearFaults();
  }
}

async function sweepUntil(
  signal: AbortSignal,
  { stage, scenario }: Ground,
  prune: (keepMs: number) => Promise<void>,
): Promise<void> {
  if (scenario.mishaps.every(({ kind }) => kind !== "pruning")) return;
  while (!signal.aborted) {
    await prune(0);
    await stage.clock.sleep(SWEEP_MS, signal);
  }
}

function clockKind(byMs: number): string {
  if (Math.abs(byMs) <= STEP_MS) return "clock: a little";
  return byMs < 0 ? "clock: back" : "clock: forward";
}

function kindOf(accident: Accident): string {
  return accident.kind === "accident" ? `machine: ${accident.to}` : accident.kind;
}

type Act = Extract<Mishap, { kind: "act" }>;

const keepsSome = ({ facts }: Witness, id: string): boolean =>
  facts.machinesOf(id).some(({ quarantinedUntil }) => quarantinedUntil !== null);

/** A person asks at once, or in the very moment in which the deployment comes to the state. */
function actWhen({ stage, witness }: Ground, took: (id: string, ask: Act["ask"]) => void): (mishap: Act) => void {
  return (mishap) => {
    const { inState } = mishap;
    const id = people.idOf(mishap.launch);
    const act = async (): Promise<void> => {
      if (await people.ask(stage.people, id, mishap)) took(id, mishap.ask);
    };
    const begin = (): void => void act().catch(witness.onBug);
    if (inState === null) return begin();
    const end = witness.atCommits(() => {
      if (witness.facts.deployments.get(id)?.state !== inState) return;
      if (mishap.ask === "release_instance" && !keepsSome(witness, id)) return;
      end();
      begin();
    });
  };
}
