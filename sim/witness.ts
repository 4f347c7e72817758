// Sees everything that happens in a run, keeps the facts, and asks the checkers.

import type { BillingEntry, PartEntry } from "../datacentre/src/billing.ts";
import { describe } from "../src/core/story/describe.ts";
import { chainOf } from "../src/log.ts";
import type { Changed } from "./database.ts";
import type { CheckerOf } from "./checkers/checker.ts";
import { type Facts, openFacts } from "./facts.ts";
import { type CallWatch, CUT } from "./fenced.ts";
import type { Liars, Quotas } from "./scenario.ts";

export interface Finding {
  readonly checker: string;
  /** Milliseconds since the beginning of the run. */
  readonly atMs: number;
  readonly text: string;
}

export interface Witness {
  readonly facts: Facts;
  readonly findings: readonly Finding[];
  readonly onCommit: (changed: Changed) => void;
  readonly onBilling: (entry: BillingEntry) => void;
  readonly onPartBilling: (entry: PartEntry) => void;
  readonly onCall: CallWatch;
  /** The database's clock is being set. */
  readonly onClock: (byMs: number) => void;
  /** A process stands still, or is dead, for so long. */
  readonly onAbsence: (worker: number, forMs: number) => void;
  /** Quotas are being lifted. */
  readonly onLift: () => void;
  /** A line of a process's log. */
  readonly onError: (line: string) => void;
  /** Something was thrown that nobody should throw. */
  readonly onBug: (error: unknown) => void;
  readonly note: (line: string) => void;
  /** Calls `act` at every commit from now on; the function returned ends it. */
  readonly atCommits: (act: () => void) => () => void;
  glance(): void;
  calm(): void;
  cleared(): void;
}

/**
 * Lines of the log that say nothing bad about us. A transaction may be given up, for the process that waits in it may stand still,
 * and a connection may be cut.
 */
const HARMLESS = new RegExp(`"meltdown suspected"|the transaction took longer than|the transaction is over|${CUT}`);

interface WitnessOptions {
  /** The database's clock. */
  readonly database: { now(): number };
  readonly checkers: readonly CheckerOf[];
  readonly tell: ((line: string) => void) | null;
  readonly liars: Liars;
  readonly quotas?: Quotas | undefined;
  readonly workers: number;
}

export function openWitness(clock: { now(): number }, options: WitnessOptions): Witness {
  const { checkers: given, tell } = options;
  const book = openFacts(clock, options);
  const findings: Finding[] = [];
  const listeners = new Set<() => void>();
  const elapsed = (): number => clock.now() - book.startedAt;
  const note = (line: string): void => tell?.(`${(elapsed() / 1000).toFixed(3).padStart(9)}  ${line}`);
  const found = (checker: string, text: string): void => {
    note(`!! ${checker}: ${text}`);
    findings.push({ checker, atMs: elapsed(), text });
  };
  const checkers = given.map((of) => {
    const checker = of(book, (text) => found(checker.name, text));
    return checker;
  });
  return {
    facts: book,
    findings,
    note,
    onCommit(changed) {
      const commit = book.takeCommit(changed);
      if (tell !== null) for (const { deployment, body } of commit.events) note(`${deployment}  ${describe(body)}`);
      for (const checker of checkers) checker.commit?.(commit);
      for (const act of listeners) act();
    },
    onBilling(entry) {
      note(`${entry.cloud}  ${entry.kind} ${entry.machineId} ${entry.name}`);
      const life = book.takeBilling(entry);
      if (life !== null) for (const checker of checkers) checker.billed?.(entry, life);
    },
    onPartBilling(entry) {
      note(`${entry.cloud}  ${entry.kind} ${entry.partId} ${entry.name}`);
      book.takePart(entry);
    },
    onLift: () => book.liftQuotas(),
    onCall(call, name, caller) {
      if (call !== "list") note(`call       ${call} ${name}`);
      const ends = checkers.flatMap((checker) => checker.called?.({ call, name, ...caller }) ?? []);
      const taken = call === "create" ? book.takeCreate(name, caller.wasHeldUp) : null;
      return (hadNoEffect) => {
        taken?.(hadNoEffect);
        for (const end of ends) end();
      };
    },
    onClock: (byMs) => book.takeClock(byMs),
    onAbsence: (worker, forMs) => book.takeAbsence(worker, forMs),
    onError(line) {
      if (!HARMLESS.test(line)) found("no bugs", line.trim());
    },
    onBug: (error) => found("no bugs", chainOf(error)),
    atCommits(act) {
      listeners.add(act);
      return () => void listeners.delete(act);
    },
    glance: () => checkers.forEach((checker) => checker.glance?.()),
    calm: () => checkers.forEach((checker) => checker.calm?.()),
    cleared: () => checkers.forEach((checker) => checker.cleared?.()),
  };
}
