// Time goes on as time does, whatever the database's clock is set to: nothing is written down for another time than its own, nobody is
// given up for a deadline that is not over, and Slipway's time is right again a moment after each step.

import { STEP_MS } from "../../src/core/world/clock-step.ts";
import type { DeploymentEvent } from "../../src/core/story/event.ts";
import type { Commit, Facts } from "../facts.ts";
import type { CheckerOf } from "./checker.ts";

/** Who keeps the time looks once a second. */
const SET_RIGHT_MS = 3_000;
/** A transaction may take so long after it has read the time, and stand still before its commit. */
const WRITTEN_MS = 60_000;
/** How exactly a deadline is known here: by when what it runs from was committed. */
const EXACT_MS = 15_000;

export const trueTime: CheckerOf = (facts, find) => {
  /** When each deployment was asked for and came to its state, each instance came to its own, and each undo was asked for. */
  const begunAt = new Map<string, number>();
  const judge = (event: DeploymentEvent): void => {
    const over = givenUp(facts, event);
    if (over === null) return;
    const elapsedMs = facts.now() - Math.min(...over.keys.map((key) => begunAt.get(key) ?? Infinity));
    if (elapsedMs + EXACT_MS + unnoticedMs(facts) >= over.deadlineMs) return;
    find(`${over.keys[0]} is given up after ${elapsedMs / 1000} s for a deadline of ${over.deadlineMs / 1000} s`);
  };

  return {
    name: "true time",
    commit(commit) {
      for (const event of commit.events) {
        const { deployment, no, at } = event;
        const aheadMs = at - facts.now();
        if (aheadMs > unnoticedMs(facts)) find(`event ${no} of ${deployment} is ${aheadMs} ms ahead of its time`);
        if (aheadMs < -WRITTEN_MS - unnoticedMs(facts))
          find(`event ${no} of ${deployment} is ${-aheadMs} ms too early`);
        judge(event);
      }
      for (const key of begun(commit)) begunAt.set(key, facts.now());
    },
    glance() {
      const last = facts.clockSets.at(-1);
      if (last === undefined || facts.now() < last.at + SET_RIGHT_MS) return;
      const aheadMs = facts.slipwayNow() - facts.now();
      if (Math.abs(aheadMs) > unnoticedMs(facts))
        find(`Slipway's time is ${aheadMs} ms ahead, ${facts.now() - last.at} ms after the clock was set`);
    },
  };
};

/** What may have been left of each step, and a little for what is read while statements of others are let in between. */
export function unnoticedMs({ clockSets }: Facts): number {
  return 100 + clockSets.reduce((sum, { byMs }) => sum + Math.min(STEP_MS + 100, Math.abs(byMs)), 0);
}

/** Whose time begins with this commit. */
function* begun({ changed }: Commit): Generator<string> {
  for (const { key, before, after } of changed.deployments) {
    if (before === null) yield key;
    if (before?.row.state !== after?.row.state) yield `the state of ${key}`;
  }
  for (const { key, before, after } of changed.instances) if (before?.row.since !== after?.row.since) yield key;
  // By the ledger: one that turns up after it was closed is asked to go without a word but that.
  for (const { key, before, after } of changed.machines) {
    if (after !== null && after.row.undoAskedAt !== null && before?.row.undoAskedAt !== after.row.undoAskedAt)
      yield key;
  }
}

interface GivenUp {
  /** It began with the earliest of these. */
  readonly keys: readonly string[];
  readonly deadlineMs: number;
}

/** Whose time is said to be over by this event. */
function givenUp(facts: Facts, { deployment, body }: DeploymentEvent): GivenUp | null {
  const deadlines = facts.deployments.get(deployment)?.blueprint.policy.deadlines;
  if (deadlines === undefined) return null;
  if (body.kind === "debt_opened") {
    return { keys: [body.machine, `the state of ${deployment}`], deadlineMs: deadlines.undoMs };
  }
  if (body.kind === "attempt_ended" && LAUNCH_OVER.test(body.reason ?? "")) {
    return { keys: [deployment], deadlineMs: deadlines.launchMs };
  }
  if (body.kind !== "instance_moved" || body.move !== "step_failed") return null;
  const seconds = STEP_OVER.exec(body.reason ?? "")?.[1];
  return seconds === undefined
    ? null
    : { keys: [`${deployment}/${body.instance}`], deadlineMs: Number(seconds) * 1000 };
}

const LAUNCH_OVER = /the launch took longer than|the launch's time is up/;
const STEP_OVER = /within (\d+) s$/;
