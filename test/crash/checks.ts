// What must hold when everything has come to rest, and what must have held all the time. Each check compares what Slipway
// says with the datacentre's bill, and says what is wrong, one line each; docs/reliability.md has them as promises.

import type { Life } from "../../datacentre/src/billing.ts";
import type { Event } from "../../src/contract/event.ts";
import { OWNER_LABELS } from "../../src/core/machine.ts";
import type { Evidence, Told } from "./evidence.ts";
import { rebuilt } from "./rebuilt.ts";
import { areOfAnUpdate, touched } from "./updates.ts";
import type { Granted } from "./wishes.ts";

/** Between the clocks of the datacentre and of the database. */
const SKEW_MS = 250;

type Machine = Told["deployment"]["machines"][number];

/** Those that may fail while things still move, and those that may never. */
export const SETTLED_CHECKS = [unsettled, unpaid, unequal] as const;
const LASTING_CHECKS = [lost, unkept, overdue, doubled, spread, hasty, touched, untold] as const;

export function findings(evidence: Evidence): string[] {
  return [...SETTLED_CHECKS, ...LASTING_CHECKS].flatMap((check) => check(evidence));
}

const RESTING = ["running", "incomplete", "stopped", "failed"];

/** Every deployment is in a final or settled state, with nothing on its way, and none is parked. */
export function unsettled({ told }: Evidence): string[] {
  return told.flatMap(({ deployment }) => {
    const { name, state, parked, machines, deleteAskedAt, deletedAt, stopAskedAt, cancelAskedAt } = deployment;
    const busy = machines.filter(
      ({ open, call, undoAskedAt, state: of }) => open && (call !== null || undoAskedAt !== null || of !== "made"),
    );
    return [
      ...(parked === null ? [] : [`${name} is parked: ${parked.text}`]),
      ...(RESTING.includes(state) ? [] : [`${name} is ${state}`]),
      ...busy.map(({ id, state: of, call }) => `${name}: machine ${id} is ${of} and waits for ${call}`),
      ...(deleteAskedAt !== null && deletedAt === null ? [`${name} is ${state}, and its delete was asked for`] : []),
      ...(stopAskedAt !== null && state !== "stopped" ? [`${name} is ${state}, and its stop was asked for`] : []),
      ...(cancelAskedAt !== null && state !== "failed" ? [`${name} is ${state}, and its cancel was asked for`] : []),
    ];
  });
}

/** Nothing is owed. */
export function unpaid({ debts }: Evidence): string[] {
  return debts.map((machine) => `machine ${machine} is debt`);
}

/** The ledger's open rows are what is alive at the datacentre with our labels; what runs has one machine per instance. */
export function unequal({ told, lives }: Evidence): string[] {
  const open = new Map(
    machinesIn(told)
      .filter((machine) => machine.open)
      .map((machine) => [machine.externalId, machine]),
  );
  const alive = new Map(lives.filter(({ to }) => to === null).map((life) => [life.machineId, life]));
  const unknown = [...alive.values()].filter(({ machineId }) => !open.has(machineId));
  const missing = [...open.values()].filter(({ externalId }) => !alive.has(externalId ?? ""));
  return [
    ...unknown.map(
      ({ name, machineId, cloud }) => `${machineId} (${name}) is alive at ${cloud} and in no open row of the ledger`,
    ),
    ...missing.map(({ id, state }) => `machine ${id} is ${state} in the ledger and not alive`),
    ...told.flatMap(unmanned),
  ];
}

function unmanned({ deployment: { name, state, instances, machines } }: Told): string[] {
  if (state !== "running") return [];
  const open = machines.filter((machine) => machine.open);
  return instances
    .filter((instance) => open.filter((machine) => machine.instance === instance.name).length !== 1 || !instance.ready)
    .map((instance) => `${name} is running, and ${instance.name} (${instance.state}) is not one ready machine`);
}

/** What was confirmed is there: every launch once, under its name. */
export function lost({ confirmed, told }: Evidence): string[] {
  const ids = new Set(told.map(({ deployment }) => deployment.id));
  const names = told.map(({ deployment }) => deployment.name);
  return [
    ...confirmed
      .filter(({ id }) => !ids.has(id))
      .map(({ id, name }) => `launch ${name} (${id}) was confirmed and is lost`),
    ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `launch ${name} is there twice`),
  ];
}

/** Where each stands then: a stop of a launch under way is a cancel. */
const KEPT = {
  cancel: ["cancelAskedAt"],
  stop: ["stopAskedAt", "cancelAskedAt"],
  delete: ["deleteAskedAt"],
} as const;

/** What people asked for and were told is recorded, is. */
export function unkept({ confirmed, told }: Evidence): string[] {
  const byId = new Map(told.map(({ deployment }) => [deployment.id, deployment]));
  return confirmed.flatMap(({ id, name, wishes }) => {
    const deployment = byId.get(id);
    return wishes
      .filter((granted) => !isKept(granted, deployment))
      .map(({ wish }) => `${wish} of ${name} was confirmed and is lost`);
  });
}

function isKept({ wish, revision }: Granted, deployment: Told["deployment"] | undefined): boolean {
  if (deployment === undefined) return false;
  switch (wish) {
    case "cancel":
    case "stop":
    case "delete":
      return KEPT[wish].some((asked) => deployment[asked] !== null);
    case "cancel_update":
      return deployment.revisions.some(({ why, outcome }) => why === "update" && outcome !== "succeeded");
    case "grow":
    case "shrink":
    case "change":
    case "retry":
    case "repair":
    case "strike":
      return revision === null || deployment.revisions.some(({ no }) => no === revision);
  }
}

/** What is reported gone is gone: a closed row's machine ended before the row did, and one never made never lived. */
export function overdue({ told, lives }: Evidence): string[] {
  const closed = new Map(
    machinesIn(told)
      .filter((machine) => !machine.open)
      .map((machine) => [machine.id, machine]),
  );
  return lives.flatMap((life) => {
    const row = closed.get(life.name);
    if (row === undefined) return [];
    const { state, closedAt } = row;
    const what = `${life.machineId} (${life.name})`;
    if (state !== "gone")
      return [`${what} lived from ${iso(life.from)} to ${iso(life.to)}, its row is ${state} since ${closedAt}`];
    const late = life.to === null || life.to > at(closedAt) + SKEW_MS;
    return late ? [`${what} was reported gone at ${closedAt} and lived until ${iso(life.to)}`] : [];
  });
}

/** Never two live machines for one instance, unless the older one was being undone when the younger one was born, or is what an update replaces. */
export function doubled({ told, lives }: Evidence): string[] {
  return overlaps(lives, instanceOf).flatMap(([older, younger]) => {
    if (older.name === younger.name) return [`${older.machineId} and ${younger.machineId} both live as ${older.name}`];
    if (isUndone(told, older, younger.from) || areOfAnUpdate(told, older.name, younger.name)) return [];
    return [`${instanceOf(older)} was doubled: ${older.name} was alive and wanted when ${younger.name} was born`];
  });
}

/** Never live machines of one deployment at two accounts, unless the older one was being undone when the younger one was born. */
export function spread({ told, lives }: Evidence): string[] {
  return overlaps(lives, ({ labels }) => labels[OWNER_LABELS.deployment] ?? "").flatMap(([older, younger]) => {
    if (older.tenant === younger.tenant || isUndone(told, older, younger.from)) return [];
    return [
      `${younger.name} was born at ${younger.tenant} while ${older.name} was alive and wanted at ${older.tenant}`,
    ];
  });
}

/** A machine is asked for only when the instance's last one is closed, or debt that the policy leaves behind, or what an update replaces. */
export function hasty({ told }: Evidence): string[] {
  return told.flatMap(({ deployment: { machines }, events }) => {
    const owedAt = new Map(
      events.filter((event) => event.kind === "debt_opened").map((event) => [event.machine, at(event.at)]),
    );
    return machines.flatMap((younger, index) =>
      machines
        .slice(0, index)
        .filter(({ instance }) => instance === younger.instance)
        .filter((older) => Math.min(at(older.closedAt), owedAt.get(older.id) ?? Infinity) > at(younger.askedAt))
        .filter((older) => !areOfAnUpdate(told, older.id, younger.id))
        .map((older) => `${younger.id} was asked for while ${older.id} was open`),
    );
  });
}

/** Every event list is gapless and rebuilds the states. */
export function untold({ told }: Evidence): string[] {
  return told.flatMap(({ deployment, events }) => [
    ...gaps(deployment.name, deployment.eventNo, events),
    ...rebuilt(deployment, events),
  ]);
}

function gaps(name: string, last: number, events: readonly Event[]): string[] {
  const numbers = events.map(({ no }) => no);
  const expected = Array.from({ length: last }, (_, index) => index + 1);
  const isGapless = numbers.length === last && expected.every((no, index) => numbers[index] === no);
  const back = events.filter((event, index) => at(event.at) < at(events[index - 1]?.at ?? event.at));
  return [
    ...(isGapless
      ? []
      : [`${name}: events are ${numbers.length}, the last of them ${numbers.at(-1)}, not 1 to ${last}`]),
    ...back.map(({ no }) => `${name}: event ${no} is older than the one before`),
  ];
}

function isUndone(told: readonly Told[], { name }: Life, bornAt: number): boolean {
  const row = machinesIn(told).find(({ id }) => id === name);
  return row !== undefined && row.undoAskedAt !== null && at(row.undoAskedAt) <= bornAt + SKEW_MS;
}

const machinesIn = (told: readonly Told[]): Machine[] => told.flatMap(({ deployment }) => deployment.machines);
const instanceOf = ({ labels }: Life): string =>
  `${labels[OWNER_LABELS.deployment] ?? "?"}/${labels[OWNER_LABELS.instance] ?? "?"}`;

/** Pairs of lives of one key that were alive at the same time, the older one first. */
function overlaps(lives: readonly Life[], keyOf: (life: Life) => string): [Life, Life][] {
  const groups = Map.groupBy(lives, keyOf);
  return [...groups.values()].flatMap((group) => {
    const sorted = group.toSorted((a, b) => a.from - b.from);
    return sorted.flatMap((younger, index) =>
      sorted
        .slice(0, index)
        .filter(({ to }) => to === null || to > younger.from)
        .map((older): [Life, Life] => [older, younger]),
    );
  });
}

/** A time of the API as ms since 1970; null: not yet. */
function at(time: string | null): number {
  return time === null ? Infinity : Date.parse(time);
}

function iso(ms: number | null): string {
  return ms === null ? "now" : new Date(ms).toISOString();
}
