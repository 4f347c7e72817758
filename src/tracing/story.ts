// What a decision says of a deployment that spans are made of: attempts that ended, and steps of the whole of it that are over.

import type { Attempt, Deployment, Instance } from "../core/deployment.ts";
import { launchOutcome } from "../core/story/launch-outcome.ts";
import type { Fault } from "../core/fault.ts";
import type { Machine } from "../core/machine.ts";
import type { Changes } from "../core/snapshot.ts";
import type { DeploymentMove } from "../core/states.ts";
import type { Decided } from "../ports/spans.ts";

/** An instance as an attempt had it. */
export interface Member {
  readonly name: string;
  /** Asked for by this attempt, by the order in which they were. Never empty. */
  readonly machines: readonly Machine[];
  readonly instance: Instance;
  readonly fault: Fault | null;
}

export interface EndedAttempt {
  readonly attempt: Attempt;
  readonly members: readonly Member[];
}

/** What ends other than the launch and its attempts. */
type Step = "rollback" | "stop";

export interface EndedStep {
  readonly step: Step;
  /** Number of the attempt that it is of. */
  readonly attempt: number;
  readonly from: number;
  readonly to: number;
  readonly isStuck: boolean;
}

/** As it is once the decision is written. */
export interface Story {
  readonly deployment: Deployment;
  readonly attempts: readonly EndedAttempt[];
  readonly steps: readonly EndedStep[];
  /** Null: the launch goes on, or had ended before. */
  readonly launch: { readonly outcome: string; readonly at: number } | null;
}

export function storyOf({ before, waves }: Decided): Story {
  const deployment = waves.at(-1)?.deployment ?? before.deployment;
  const machines = merged(before.machines, waves.flatMap(machinesIn), ({ id }) => id);
  const instances = merged(
    before.instances,
    waves.flatMap((wave) => wave.instances),
    ({ name }) => name,
  );
  const known = merged(
    before.attempts,
    waves.flatMap((wave) => wave.attempts),
    ({ no }) => String(no),
  );
  const were = new Map(before.instances.map((one) => [one.name, one]));
  const ended = new Set(waves.flatMap(endedIn));
  const attempts = known
    .filter(({ no }) => ended.has(no))
    .map((attempt) => ({ attempt, members: membersOf(attempt, { instances, machines, were }) }));
  return { deployment, attempts, steps: stepsIn(waves, { before, known }), launch: launchIn(waves) };
}

function merged<T>(rows: readonly T[], changed: readonly T[], keyOf: (row: T) => string): readonly T[] {
  return [...new Map([...rows, ...changed].map((row) => [keyOf(row), row])).values()];
}

const machinesIn = ({ machines, newMachines }: Changes): readonly Machine[] => [
  ...machines,
  ...newMachines.map(({ machine }) => machine),
];

const endedIn = ({ events }: Changes): readonly number[] =>
  events.flatMap(({ body }) => (body.kind === "attempt_ended" ? [body.attempt] : []));

interface Rows {
  readonly instances: readonly Instance[];
  readonly machines: readonly Machine[];
  /** Before the decision, which may take a fault away with the attempt. */
  readonly were: ReadonlyMap<string, Instance>;
}

function membersOf(attempt: Attempt, { instances, machines, were }: Rows): readonly Member[] {
  return instances.flatMap((present) => {
    const { name } = present;
    const mine = machines.filter((machine) => machine.instance === name && machine.attemptNo === attempt.no);
    if (mine.length === 0) return [];
    // What is rolled back loses its times and its fault.
    const instance = attempt.outcome === "succeeded" ? present : (were.get(name) ?? present);
    const fault = attempt.failedInstance === name ? attempt.fault : instance.fault;
    return [{ name, machines: mine.toSorted((a, b) => a.intentAt - b.intentAt), instance, fault }];
  });
}

const OVER: Partial<Record<DeploymentMove, Step>> = {
  rolled_back: "rollback",
  rollback_stuck: "rollback",
  all_stopped: "stop",
};

function stepsIn(
  waves: readonly Changes[],
  { before, known }: Pick<Decided, "before"> & { readonly known: readonly Attempt[] },
): readonly EndedStep[] {
  return waves.flatMap(({ events, deployment }) =>
    events.flatMap(({ at, body }) => {
      const step = body.kind === "deployment_moved" ? OVER[body.move] : undefined;
      if (step === undefined || body.kind !== "deployment_moved") return [];
      const { attemptNo: attempt } = deployment;
      const begun =
        step === "stop" ? deployment.stopAskedAt : (known.find(({ no }) => no === attempt)?.endedAt ?? null);
      const from = Math.min(begun ?? before.deployment.since, at);
      return [{ step, attempt, from, to: at, isStuck: body.move === "rollback_stuck" }];
    }),
  );
}

function launchIn(waves: readonly Changes[]): Story["launch"] {
  for (const { events } of waves) {
    for (const event of events) {
      const outcome = launchOutcome(event);
      if (outcome !== null) return { outcome, at: event.at };
    }
  }
  return null;
}
