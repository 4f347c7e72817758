// One deployment as lines of text: its state, its attempts and why they failed, its instances indented under what they
// depend on, and what everything waits for. A pure function of a reply and the time.

import type { Attempt, Deployment, Instance, Machine } from "../contract/deployment.ts";
import type { Parked } from "../contract/parked.ts";
import { missedText } from "../contract/live-text.ts";
import { namesApart } from "../contract/machine-names.ts";
import { goingText, keptLine, shareOfKept } from "./kept.ts";
import { sumText } from "../contract/price.ts";
import { insteadText, owedText, refusalText } from "../contract/standing.ts";
import { stepWord } from "../contract/step.ts";
import type { Study } from "../contract/study.ts";
import {
  clockTime,
  cut,
  cutName,
  duration,
  hourlyText,
  limit,
  listed,
  money,
  oneLine,
  type Paint,
  padded,
  widthOf,
  wrapped,
} from "./print.ts";
import { ATTEMPT_LOOKS, deploymentLook, instanceLook } from "./states.ts";

export interface Frame {
  /** The server's clock, ms since 1970. */
  readonly now: number;
  /** Columns; may be infinite. */
  readonly width: number;
  /** Lines at most; may be infinite. */
  readonly height: number;
  readonly paint: Paint;
}

/** Where they do not fit into the height, first the ready instances, then the new ones, then the last are only counted. */
export function treeLines(deployment: Deployment, frame: Frame): string[] {
  const rows = indented(deployment.instances);
  const widest = Math.max(0, ...rows.map(({ instance, depth }) => 2 * depth + widthOf(instance.name)));
  // What is said of an instance matters more than the end of a long name, or how deep it stands.
  const room = Math.min(widest, Math.max(ROOM_LEAST, Math.floor(frame.width / 2)));
  const deepest = room === widest ? Infinity : 2 * Math.floor(room / 6);
  const above = [headLine(deployment, frame), ...attemptsLines(deployment, frame)];
  const below = waitingLines(deployment, frame);
  const most = frame.height - above.length - below.length;
  const linesOf = (row: Row) => instanceLines(row, { deployment, room, deepest }, frame);
  const drawn = (shown: readonly Row[]) => shown.flatMap(linesOf).concat(countLines(rows, shown));
  const busy = rows.filter(({ instance }) => !instance.ready);
  const moving = busy.filter(({ instance }) => instance.state !== "new");
  const choices = [rows, busy, moving].map(drawn);
  const lines = choices.find((choice) => choice.length <= most) ?? drawn(fitting(moving, most, linesOf));
  return [...above, ...lines, ...below].slice(0, frame.height);
}

const ROOM_LEAST = 12;

/** All of them; where they would take more than half of the height, the last one on one line and how many there were before. */
function attemptsLines(deployment: Deployment, frame: Frame): string[] {
  const { attempts } = deployment;
  const each = attempts.map((attempt) => attemptLines(attempt, deployment, frame));
  const [last = ""] = each.at(-1) ?? [];
  if (last === "" || each.flat().length <= frame.height / 2) return each.flat();
  const count = attempts.length - 1;
  return [...(count === 0 ? [] : [`  ✗ ${count} ${count === 1 ? "attempt" : "attempts"} before`]), last];
}

/** As many as fit beside the lines that count the rest; those that failed are the last to be left out. */
function fitting(rows: readonly Row[], most: number, linesOf: (row: Row) => readonly string[]): readonly Row[] {
  let left = most - COUNTED.length;
  const failedFirst = rows.toSorted((a, b) => Number(b.instance.fault !== null) - Number(a.instance.fault !== null));
  const kept = new Set(failedFirst.filter((row) => (left -= linesOf(row).length) >= 0));
  return rows.filter((row) => kept.has(row));
}

const COUNTED = [
  ["●", "ready", (instance: Instance) => instance.ready],
  ["◐", "more", (instance: Instance) => !instance.ready && instance.state !== "new"],
  ["○", "new", (instance: Instance) => !instance.ready && instance.state === "new"],
] as const;

function countLines(rows: readonly Row[], shown: readonly Row[]): string[] {
  const hidden = rows.filter((row) => !shown.includes(row));
  return COUNTED.flatMap(([symbol, word, isOne]) => {
    const count = hidden.filter(({ instance }) => isOne(instance)).length;
    return count === 0 ? [] : [`  ${symbol} ${count} ${word}`];
  });
}

interface Row {
  readonly instance: Instance;
  /** 0 for what depends on nothing. */
  readonly depth: number;
}

/** Every instance under the deepest of those it depends on, in the reply's order among its siblings. */
export function indented(instances: readonly Instance[]): Row[] {
  const depths = new Map<string, number>();
  const parents = new Map<string, string>();
  // Replies list every instance after all that it depends on.
  for (const { name, dependsOn } of instances) {
    const deepest = dependsOn.reduce((depth, parent) => Math.max(depth, depths.get(parent) ?? 0), -1);
    depths.set(name, deepest + 1);
    const parent = dependsOn.findLast((one) => depths.get(one) === deepest);
    if (parent !== undefined) parents.set(name, parent);
  }
  const under = (parent: string | undefined): Row[] =>
    instances
      .filter(({ name }) => parents.get(name) === parent)
      .flatMap((instance) => [{ instance, depth: depths.get(instance.name) ?? 0 }, ...under(instance.name)]);
  return under(undefined);
}

/** Below it, money reads as nothing. */
const SHOWN_LEAST = 0.00005;

function headLine(deployment: Deployment, { now, width, paint }: Frame): string {
  const { standing, cost, debt } = deployment;
  const look = deploymentLook(standing, debt.count);
  const end = settledAt(deployment);
  const parts = [duration((end ?? now) - Date.parse(begunAt(deployment)))];
  // Bare, the number would be read as how long it has been in that state.
  const lead = end === null ? "  " : " after ";
  if (cost.total !== null && cost.total >= SHOWN_LEAST) parts.push(`${money(cost.total)} so far`);
  const name = cutName(deployment.name, Math.max(ROOM_LEAST, width - widthOf(standing) - 4));
  const whole = `${look.symbol} ${name}  ${standing}`;
  if (widthOf(whole) > width) return cut(whole, width);
  const rest = cut(`${lead}${parts.join(", ")}`, width - widthOf(whole));
  return `${paint(look.colour, look.symbol)} ${paint("bold", name)}  ${paint(look.colour, standing)}${rest}`;
}

/** Of what is told: of an update that is not over, of its launch otherwise. */
function begunAt({ state, createdAt, revisions }: Deployment): string {
  if (state !== "updating" && state !== "reverting") return createdAt;
  return revisions.find(({ why, endedAt }) => why === "update" && endedAt === null)?.begunAt ?? createdAt;
}

/** When it came to stand as it does; null while something is under way. */
function settledAt({ state, allRunningAt, since: at, endedAt }: Deployment): number | null {
  const end = state === "running" ? allRunningAt : state === "incomplete" ? at : endedAt;
  return end === null ? null : Date.parse(end);
}

function attemptLines(attempt: Attempt, deployment: Deployment, frame: Frame): string[] {
  const { now, width, paint } = frame;
  const { no, account, realm, outcome, reason, startedAt, endedAt } = attempt;
  const isInPart = outcome === "succeeded" && reason !== null;
  const look = ATTEMPT_LOOKS[isInPart ? "in_part" : (outcome ?? "under_way")];
  const took = duration((endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt));
  const of = outcome === null && deployment.maxAttempts > 1 ? ` of at most ${deployment.maxAttempts}` : "";
  const ended = isInPart ? "settled in part" : outcome;
  const how =
    ended === null
      ? `, ${took}, ${hourlyText({ dollars: attempt.hourlyCost, unpriced: attempt.unpriced })}`
      : ` ${ended} after ${took}`;
  const why = outcome === "succeeded" || reason === null || reason === outcome ? "" : `: ${reason}`;
  const [first = "", ...more] = wrapped(oneLine(`attempt ${no}${of} at ${account} (${realm})${how}${why}`), width - 6);
  return [
    `  ${paint(look.colour, look.symbol)} ${cut(first, width - 4)}`,
    ...more.map((line) => `      ${cut(line, width - 6)}`),
  ];
}

interface Layout {
  readonly deployment: Deployment;
  /** Columns for indentation and name. */
  readonly room: number;
  /** Columns of indentation at most. */
  readonly deepest: number;
}

function instanceLines(row: Row, of: Layout, frame: Frame): string[] {
  const { instance, depth } = row;
  const { width, paint } = frame;
  const look = instanceLook(instance);
  const deep = Math.min(2 * depth, of.deepest);
  const indent = " ".repeat(2 + deep);
  const label = padded(cutName(instance.name, of.room - deep), of.room - deep);
  const before = 2 + of.room + 4;
  const [word = "", ...rest] = statusOf(instance, of.deployment, frame);
  const text = oneLine([word, ...rest].join(", "));
  const [first = "", ...more] = wrapped(text, Math.max(16, width - before));
  const coloured = first.startsWith(word) ? paint(look.colour, word) + first.slice(word.length) : first;
  const line = `${indent}${paint(look.colour, look.symbol)} ${label}  `;
  const whole = before + widthOf(first) <= width ? line + coloured : cut(line + first, width);
  return [whole, ...more.map((one) => cut(" ".repeat(before) + one, width))];
}

/** The state word first, then what there is to say about it. */
function statusOf(instance: Instance, deployment: Deployment, frame: Frame): string[] {
  const { state, ready, fault } = instance;
  const machine = deployment.machines.find(({ id }) => id === instance.machine);
  const instead = [insteadText(instance, { money, clockTime })].filter(isSaid);
  switch (state) {
    case "new":
      return ["new", ...waitsFor(instance, deployment)];
    case "pending":
    case "stopped":
      return [state, ...(isRising(deployment) ? stepOf(instance, machine, frame) : []), ...instead];
    case "running":
      if (ready) return ["running", "ready", ...missesOf(instance), ...addressesOf(instance), ...instead];
      return [
        state,
        ...missesOf(instance),
        ...(isRising(deployment) ? stepOf(instance, machine, frame) : []),
        ...instead,
      ];
    case "shutting_down":
      return ["shutting_down", since(instance, frame), ...undoOf(machine, frame)];
    case "create_failed":
    case "error":
    case "vanished":
      return [state, ...(fault === null ? [] : [refusalText(fault, instance.account ?? deployment.account)])];
  }
}

/** Instances are being brought up. */
const isRising = ({ state }: Pick<Deployment, "state">): boolean => state === "pending" || state === "incomplete";

function waitsFor({ dependsOn }: Instance, { instances, state }: Deployment): string[] {
  if (!isRising({ state })) return [];
  const missing = instances.filter(({ name, ready }) => dependsOn.includes(name) && !ready);
  return missing.length === 0 ? [] : [`waits for ${listed(missing.map(({ name }) => name))}`];
}

function stepOf(instance: Instance, machine: Machine | undefined, frame: Frame): string[] {
  const { step, stepSince, deadlineAt, usualMs, probeAnswer } = instance;
  if (step === null || stepSince === null) return [];
  const from = Date.parse(stepSince);
  const usual = usualMs === null ? "" : `, usually ${duration(usualMs)},`;
  const most =
    deadlineAt === null ? "" : `${usual === "" ? " of" : ""} at most ${limit(Date.parse(deadlineAt) - from)}`;
  return [
    `${stepWord(instance, machine)} ${duration(frame.now - from)}${usual}${most}`,
    ...(probeAnswer === null ? [] : [`last answer: ${probeAnswer}`]),
    ...troubleOf(machine, frame),
  ];
}

const UNDO_TEXTS: Partial<Readonly<Record<NonNullable<Machine["call"]>, string>>> = {
  console: "keeping its console first",
  destroy: "asking for the delete",
  look: "delete accepted, still there",
};

/** How far the undo has come, and what holds it up. */
function undoOf(machine: Machine | undefined, frame: Frame): string[] {
  const trouble = troubleOf(machine, frame);
  if (trouble.length > 0 || machine === undefined || machine.call === null || !machine.open) return trouble;
  if (machine.fault !== null) return [refusalText(machine.fault, machine.account)];
  const text = UNDO_TEXTS[machine.call];
  return text === undefined ? [] : [text];
}

/** A call that failed and is tried again. */
function troubleOf(machine: Machine | undefined, { now }: Frame): string[] {
  if (machine === undefined || machine.failures === 0 || machine.callAt === null) return [];
  const again = Date.parse(machine.callAt) > now ? ` in ${duration(Date.parse(machine.callAt) - now + 999)}` : "";
  return [
    `try ${machine.failures + 1}${again}`,
    ...(machine.fault === null ? [] : [refusalText(machine.fault, machine.account)]),
  ];
}

const missesOf = ({ live }: Instance): string[] => (live === null || live.missed === 0 ? [] : [missedText(live)]);

function addressesOf({ publicAddress, privateAddress }: Instance): string[] {
  const address = publicAddress ?? privateAddress;
  return address === null ? [] : [address];
}

const since = (instance: Instance, { now }: Frame): string => duration(now - Date.parse(instance.since));

function waitingLines(deployment: Deployment, frame: Frame): string[] {
  const troubles = deployment.troubles.map(troubleText);
  // Of what runs it is told with the price of all.
  const kept = deployment.state === "running" ? null : keptLine(deployment, frame.now);
  const texts = [waitingText(deployment, frame), kept, ...troubles].filter(isSaid);
  return texts.flatMap((text) => wrapped(oneLine(text), frame.width)).map((line) => cut(line, frame.width));
}

/** What is owed costs, or may cost: "at $0.12 per hour". */
function debtText({ perHour, unpriced }: Deployment["debt"]): string {
  return sumText({ dollars: perHour, unpriced }, (dollars) => `at ${money(dollars)} per hour`);
}

/** Why what is asked of an account does not get on. */
const troubleText = ({ account, text }: Deployment["troubles"][number]): string =>
  `Account ${account} ${text}; it is tried on, and at once by: slipway account check ${account}`;

/** What everything waits for now; at rest, how it came to that. */
function waitingText(deployment: Deployment, frame: Frame): string | null {
  const {
    ref,
    state,
    standing,
    removingAt,
    parked,
    failure,
    study,
    instances,
    machines,
    debt,
    cost,
    actions,
    cancelAskedAt,
    undoBy,
  } = deployment;
  if (parked !== null) return parkedText(parked, frame);
  const owed = `${owedText(debt.count)}, ${debtText(debt)}${debt.why === null ? "" : ` (${debt.why})`}; Slipway goes on trying`;
  const why = standing === "cancelled" || failure === null ? null : `Reason: ${failure}`;
  switch (state) {
    case "new":
      return "Waiting for an account to be selected";
    case "pending": {
      if (study !== null) return studyText(deployment, study, frame);
      const busy = instances.filter(({ step }) => step !== null);
      const each = busy.map(({ name: one, step, stepSince }) => `${one} (${step}, ${age(stepSince, frame)})`);
      return busy.length === 0 ? null : `Waiting for ${listed(each)}`;
    }
    case "reverting":
    case "updating": {
      const busy = instances.filter(({ step }) => step !== null);
      const going = machines.filter((one) => one.open && one.undoAskedAt !== null && one.debtSince === null);
      const up = busy.map(({ name: one, step, stepSince }) => `${one} (${step}, ${age(stepSince, frame)})`);
      const names = [...namesApart(going).values()];
      if (state === "updating" && removingAt === null) return busy.length === 0 ? null : `Waiting for ${listed(up)}`;
      const gone = names.length === 0 ? null : `Waiting until nothing is left of ${listed(names)}`;
      return [state === "reverting" ? why : null, gone].filter(isSaid).join(". ") || null;
    }
    case "rollback_in_progress":
    case "shutting_down": {
      const open = [...namesApart(machines.filter((machine) => machine.open)).values()];
      const mostMs = undoBy === null ? 0 : Date.parse(undoBy) - frame.now;
      const most = mostMs <= 0 ? "" : `, for another ${duration(mostMs)} at most`;
      return open.length === 0 ? null : `Waiting until nothing is left of ${listed(open)}${most}`;
    }
    case "rollback_failed": {
      const atOnce = actions.includes("retry_rollback")
        ? `At once: slipway retry-rollback ${ref}, or with --skip MACHINE without waiting for it`
        : null;
      return [`The rollback is stuck: ${owed}`, atOnce, seekingText(deployment, frame)].filter(isSaid).join(". ");
    }
    case "running":
      return [
        `All ready, ${hourlyText({ dollars: cost.perHour, unpriced: cost.unpricedNow })}${shareOfKept(deployment, frame.now)}`,
        debt.count > 0 ? owed : null,
      ]
        .filter(isSaid)
        .join(". ");
    case "rollback_complete":
      return [why, cancelAskedAt === null ? "Choosing the next account" : null].filter(isSaid).join(". ") || null;
    case "incomplete":
    case "failed":
    case "stopped": {
      const isEmpty = standing === "cancelled" && !machines.some(({ open }) => open);
      const left = debt.count > 0 ? owed : isEmpty ? "Nothing is left of it" : null;
      return [why, left, goingText(deployment)].filter(isSaid).join(". ") || null;
    }
  }
}

/** Its attempt has failed and stays: what it costs, and how it ends. */
function studyText({ ref, failure, cost, actions }: Deployment, study: Study, { now }: Frame): string {
  const price = hourlyText({ dollars: cost.perHour, unpriced: cost.unpricedNow });
  const left = duration(Math.max(0, Date.parse(study.until) - now));
  const sooner = actions.includes("release") ? `. Sooner: slipway release ${ref}` : "";
  return `The attempt has failed (${failure ?? "no reason"}) and is held for study for another ${left}, ${price}; then it is rolled back${sooner}`;
}

/** It goes on beside its debt. */
function seekingText({ seeksUntil }: Deployment, { now }: Frame): string | null {
  if (seeksUntil === null) return null;
  const leftMs = Math.max(0, Date.parse(seeksUntil) - now);
  return `Meanwhile it waits for an account that can host it, for another ${duration(leftMs)} at most`;
}

function parkedText({ text, since, tries, nextTryAt }: Parked, frame: Frame): string {
  const leftMs = Date.parse(nextTryAt) - frame.now;
  const next = leftMs > 0 ? `the next in ${duration(leftMs + 999)}` : "the next is due";
  const tried = `${tries} ${tries === 1 ? "try" : "tries"} in ${age(since, frame)}`;
  return `Slipway cannot go on with it: ${text}. ${tried}, ${next}`;
}

const isSaid = (text: string | null): text is string => text !== null;

const age = (time: string | null, { now }: Frame): string => (time === null ? "" : duration(now - Date.parse(time)));
