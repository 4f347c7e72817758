// What everything waits for, for the page and for agents: the sentence that is shown when nothing happens, and the instance that is marked in the graph.

import { durationText, moneyText } from "./amounts.ts";
import type { Deployment, Instance, Machine } from "./deployment.ts";
import { namesApart } from "./machine-names.ts";
import { sumText } from "./price.ts";
import { owedText, refusalText } from "./standing.ts";
import { stepWord } from "./step.ts";

export interface Waiting {
  readonly text: string;
  /** The instances that are waited for, the most important first. */
  readonly instances: readonly string[];
}

/** Nothing new for this long is worth the word "still". */
const STILL_MS = 4_000;
const NAMED_MOST = 3;

/** Nothing is under way: people look at what is left of a failed attempt. */
function studying({ failure }: Deployment, until: string, now: number): Waiting {
  const left = durationText(Math.max(0, Date.parse(until) - now));
  return {
    text: `Held for study for another ${left}, then rolled back; it failed: ${failure ?? "no reason"}`,
    instances: [],
  };
}

/** What is waited for at `now`; null when nothing is. `lastAt`: when the last step was, ms since 1970. */
export function waitingOf(deployment: Deployment, now: number, lastAt: number | null): Waiting | null {
  const still = lastAt !== null && now - lastAt >= STILL_MS;
  const { parked, state } = deployment;
  if (parked !== null) {
    return { text: `Slipway cannot go on with it and tries again: ${parked.text}`, instances: [] };
  }
  switch (state) {
    case "new":
      return { text: still ? "Still waiting to be taken up" : "Waiting to be taken up", instances: [] };
    case "pending":
      if (deployment.study !== null) return studying(deployment, deployment.study.until, now);
      return rising(deployment, now, still) ?? { text: "Placing the next requests", instances: [] };
    case "incomplete":
      return rising(deployment, now, still) ?? falling(leavingOf(deployment), now, still);
    case "updating":
      if (deployment.removingAt !== null) return falling(leavingOf(deployment), now, still);
      return rising(deployment, now, still) ?? { text: "Placing the next requests", instances: [] };
    case "reverting":
      return falling(leavingOf(deployment), now, still);
    case "rollback_in_progress":
    case "shutting_down":
      return falling(deployment, now, still);
    case "rollback_complete":
      return deployment.cancelAskedAt === null ? { text: "Choosing the next account", instances: [] } : null;
    case "rollback_failed":
      return owing(deployment, now);
    case "running":
    case "stopped":
    case "failed":
      return null;
  }
}

function rising(deployment: Deployment, now: number, still: boolean): Waiting | null {
  const { instances, machines } = deployment;
  const busy = inStep(instances);
  const [first, ...others] = busy;
  if (first === undefined) return null;
  const machine = machines.find(({ id }) => id === first.machine);
  const lead = `${still ? "Still waiting" : "Waiting"} for ${first.name}: ${stepText(first, machine, now)}`;
  const more = others.slice(0, NAMED_MOST).map(({ name }) => name);
  const rest = others.length - more.length;
  const also = more.length === 0 ? "" : `; also for ${listed(more, rest)}`;
  return { text: lead + also, instances: busy.map(({ name }) => name) };
}

function listed(names: readonly string[], more: number): string {
  if (more > 0) return `${names.join(", ")} and ${more} more`;
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** What goes while the rest stays. */
const leavingOf = (deployment: Deployment): Deployment => ({
  ...deployment,
  machines: deployment.machines.filter(({ undoAskedAt, debtSince }) => undoAskedAt !== null && debtSince === null),
});

function falling({ machines, instances, undoBy }: Deployment, now: number, still: boolean): Waiting | null {
  // What is kept in quarantine is not waited for.
  const open = machines
    .filter((one) => one.open && one.quarantinedUntil === null)
    .toSorted((a, b) => undoAt(a) - undoAt(b));
  const [oldest] = open;
  if (oldest === undefined) return null;
  const apart = namesApart(open);
  const names = open.map(({ id }) => apart.get(id) ?? id);
  const since = Number.isFinite(undoAt(oldest)) ? `, for ${durationText(now - undoAt(oldest))}` : "";
  const mostMs = undoBy === null ? 0 : Date.parse(undoBy) - now;
  const most = mostMs <= 0 ? "" : `, for another ${durationText(mostMs)} at most`;
  const named = listed(names.slice(0, NAMED_MOST), Math.max(0, names.length - NAMED_MOST));
  const text = `${still ? "Still waiting" : "Waiting"} until nothing is left of ${named}${since}${most}${undoText(oldest, now)}`;
  const own = new Set(open.map(({ instance }) => instance));
  return { text, instances: instances.filter(({ name }) => own.has(name)).map(({ name }) => name) };
}

const undoAt = ({ undoAskedAt }: Machine): number =>
  undoAskedAt === null ? Number.POSITIVE_INFINITY : Date.parse(undoAskedAt);

function owing({ debt, machines, seeksUntil }: Deployment, now: number): Waiting {
  const next = machines
    .filter(({ open, callAt }) => open && callAt !== null)
    .map(({ callAt }) => Date.parse(callAt ?? ""))
    .toSorted((a, b) => a - b)[0];
  const again = next === undefined ? "" : next > now ? `; next try in ${durationText(next - now)}` : "; trying now";
  const leftText = seeksUntil === null ? "" : durationText(Date.parse(seeksUntil) - now);
  const seeking =
    seeksUntil === null ? "" : `Waiting for an account that can host it, for ${leftText} at most; meanwhile `;
  return { text: `${seeking}${owedText(debt.count)}, ${priceText(debt)}${again}`, instances: [] };
}

function priceText({ perHour, unpriced }: Deployment["debt"]): string {
  return sumText({ dollars: perHour, unpriced }, (dollars) => `at ${moneyText(dollars)} per hour`);
}

/** "booting 42 s, usually 30 s, at most 5 min", and how often it was tried. */
export function stepText(instance: Instance, machine: Machine | undefined, now: number): string {
  const { step, stepSince, deadlineAt, usualMs, probeAnswer } = instance;
  if (step === null || stepSince === null) return "";
  const from = Date.parse(stepSince);
  const usual = usualMs === null ? "" : `, usually ${usualMs < 1_000 ? "under 1 s" : durationText(usualMs)}`;
  const limit = deadlineAt === null ? "" : ` at most ${durationText(Date.parse(deadlineAt) - from)}`;
  const answer = probeAnswer === null ? "" : `; last answer: ${probeAnswer}`;
  const most = limit === "" ? "" : usual === "" ? ` of${limit}` : `,${limit}`;
  return `${stepWord(instance, machine)} ${durationText(now - from)}${usual}${most}${answer}${troubleText(machine, now)}`;
}

/** What holds up the undo: a call that fails, or a cloud that accepted the delete and goes on showing the machine. */
function undoText(machine: Machine, now: number): string {
  const trouble = troubleText(machine, now);
  if (trouble !== "" || machine.undoAskedAt === null) return trouble;
  if (machine.fault !== null) return `: ${refusalText(machine.fault, machine.account)}`;
  return machine.call === "look" ? ": delete accepted, still there" : "";
}

/** A call that failed and is tried again. */
function troubleText(machine: Machine | undefined, now: number): string {
  if (machine === undefined || machine.failures === 0 || machine.callAt === null) return "";
  const at = Date.parse(machine.callAt);
  const when = at > now ? ` in ${durationText(at - now + 999)}` : "";
  return `, try ${machine.failures + 1}${when}${machine.fault === null ? "" : `: ${refusalText(machine.fault, machine.account)}`}`;
}

/** Those with a step under way, first the one that holds up most others, of equals the one that is at it longest. */
function inStep(instances: readonly Instance[]): Instance[] {
  const waiters = waitersOf(instances);
  const count = ({ name }: Instance): number => waiters.get(name) ?? 0;
  return instances
    .filter(({ step }) => step !== null)
    .toSorted((a, b) => count(b) - count(a) || Date.parse(a.stepSince ?? "") - Date.parse(b.stepSince ?? ""));
}

const NOBODY: ReadonlySet<string> = new Set();

/** Those that most others wait for, all of them when they are equals; nobody while nobody waits for anybody. */
export function bottlenecksOf({ state, instances }: Pick<Deployment, "state" | "instances">): ReadonlySet<string> {
  if (state !== "pending" && state !== "incomplete" && state !== "updating") return NOBODY;
  const busy = inStep(instances);
  const waiters = waitersOf(instances);
  const most = waiters.get(busy[0]?.name ?? "") ?? 0;
  // The last of all is waited for by the deployment itself.
  if (most === 0) return busy.length === 1 ? new Set(busy.map(({ name }) => name)) : NOBODY;
  return new Set(busy.filter(({ name }) => waiters.get(name) === most).map(({ name }) => name));
}

/** For each instance, how many that are not ready depend on it, directly or not. */
function waitersOf(instances: readonly Instance[]): ReadonlyMap<string, number> {
  const above = new Map<string, Set<string>>();
  for (const { name } of instances) above.set(name, new Set());
  // Replies list every instance after all that it depends on; backwards, those above an instance are complete.
  for (const { name, dependsOn, ready } of instances.toReversed()) {
    const own = above.get(name) ?? new Set();
    for (const parent of dependsOn) {
      const set = above.get(parent);
      if (set === undefined) continue;
      for (const one of own) set.add(one);
      if (!ready) set.add(name);
    }
  }
  return new Map([...above].map(([name, set]) => [name, set.size]));
}
