// Carries out mishaps.

import { randomOf } from "../datacentre/src/random.ts";
import { happen } from "./accidents.ts";
import * as people from "./people.ts";
import type { Mishap, Scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";
import type { Witness } from "./witness.ts";
import type { Workers } from "./workers.ts";

export interface Mischief {
  readonly perform: (mishap: Mishap) => void;
  /** Whether a notification is lost now. */
  readonly isDeaf: () => boolean;
  /** How many mishaps took effect so far. */
  injected(): number;
  /** From now on the world is good. */
  end(): void;
}

interface Ground {
  readonly stage: Stage;
  readonly workers: Workers;
  readonly witness: Witness;
  readonly scenario: Scenario;
}

export function createMischief(ground: Ground): Mischief {
  const { stage, workers, witness, scenario } = ground;
  const { clock, datacentre, people: store } = stage;
  const random = randomOf(`${scenario.seed}/deafness`);
  let deafness = 0;
  let done = 0;
  let met = 0;
  const took = (line: string): void => {
    done += 1;
    witness.note(`mishap     ${line}`);
  };
  const act = async (mishap: Extract<Mishap, { kind: "act" }>): Promise<void> => {
    const id = people.idOf(mishap.launch);
    if (await people.ask(store, id, mishap)) took(`a person asks ${id}: ${mishap.ask}`);
  };
  const actWhen = (mishap: Extract<Mishap, { kind: "act" }>): void => {
    const begin = (): void => void act(mishap).catch(witness.onBug);
    const { inState } = mishap;
    if (inState === null) return begin();
    const end = witness.atCommits(() => {
      if (witness.facts.deployments.get(people.idOf(mishap.launch))?.state !== inState) return;
      end();
      begin();
    });
  };
  return {
    perform(mishap) {
      switch (mishap.kind) {
        case "fault":
          return datacentre.cloud(mishap.cloud).addFaults([mishap.rule]);
        case "crash":
          return workers.crash(mishap.worker, mishap, () => took(`worker ${mishap.worker} dies: ${mishap.point}`));
        case "pause":
          return workers.life(mishap.worker).standAt(mishap, mishap.forMs, () => {
            took(`worker ${mishap.worker} stands still for ${mishap.forMs} ms: ${mishap.point}`);
          });
        case "deaf":
          took("notifications are lost");
          deafness = mishap.probability;
          return void clock.sleep(mishap.forMs).then(() => (deafness = 0));
        case "act":
          return actWhen(mishap);
        case "outage":
        case "suspension":
        case "quota":
        case "host_down":
        case "accident":
        case "blindness":
        case "foreign":
          if (happen(ground, mishap)) took(JSON.stringify(mishap));
      }
    },
    isDeaf: () => deafness > 0 && random() < deafness,
    injected: () => done + met,
    end() {
      workers.calm();
      for (const name of datacentre.cloudNames) {
        const cloud = datacentre.cloud(name);
        met += cloud.snapshot().faults.reduce((sum, { applied }) => sum + applied, 0);
        cloud.clearFaults();
      }
      witness.note("calm       from now on the world is good");
    },
  };
}
