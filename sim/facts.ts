// What is known of a run, from three sources that do not ask each other: the commits of the store, the clouds' billing log, and
// the calls on their way between them.

import { createAbsences } from "./absences.ts";
import type { BillingEntry, PartEntry } from "../datacentre/src/billing.ts";
import type { Attempt, Deployment, Instance, Revision } from "../src/core/deployment.ts";
import type { DeploymentEvent } from "../src/core/story/event.ts";
import type { Machine } from "../src/core/machine.ts";
import { OWNER_LABELS } from "../src/core/machine.ts";
import type { Changed } from "./database.ts";
import type { Placement } from "../src/core/market/placement.ts";
import { grouped } from "./grouped.ts";
import type { Liars, Quotas } from "./scenario.ts";

/** A machine at a cloud, as the billing log has it. */
export interface Life {
  readonly externalId: string;
  readonly name: string;
  readonly cloud: string;
  /** Null: not ours. */
  readonly owner: { readonly deployment: string; readonly instance: string; readonly attemptNo: number } | null;
  readonly bornAt: number;
  goneAt: number | null;
  /**
   * Nobody could have prevented it: the cloud made a second one for one call, or the process stood still in the very moment
   * between looking at its claim and sending. These are only asked to be found and removed.
   */
  isExcess: boolean;
}

/** A part of a machine, likewise. */
export interface PartLife {
  readonly id: string;
  readonly name: string;
  readonly cloud: string;
  /** Name of the machine that it was made for; null: not ours. */
  readonly machine: string | null;
  goneAt: number | null;
  /** As of a machine. */
  isExcess: boolean;
}

export interface Facts {
  /** When the run began, ms since 1970. */
  readonly startedAt: number;
  /** How time really goes, whatever the database's clock says. */
  now(): number;
  /** Slipway's time, by what is committed. */
  slipwayNow(): number;
  /** When the database's clock was set, and by how much. */
  readonly clockSets: readonly { readonly at: number; readonly byMs: number }[];
  /** Of the last `ms` those at which no process was there to work. */
  readonly allAwayMs: (ms: number) => number;
  readonly deployments: ReadonlyMap<string, Deployment>;
  /** By `deployment/name`. */
  readonly instances: ReadonlyMap<string, Instance>;
  /** By `deployment/no`. */
  readonly attempts: ReadonlyMap<string, Attempt>;
  /** By `deployment/attempt/instance/no`. */
  readonly placements: ReadonlyMap<string, Placement>;
  readonly ledger: ReadonlyMap<string, Machine>;
  /** By the cloud's id. */
  readonly lives: ReadonlyMap<string, Life>;
  /** Parts of machines, by the cloud's id. */
  readonly parts: ReadonlyMap<string, PartLife>;
  /** Those that were made for a machine of this name. */
  partsFor(machine: string): readonly PartLife[];
  /** Of one deployment. */
  livesOf(deployment: string): readonly Life[];
  machinesOf(deployment: string): readonly Machine[];
  instancesOf(deployment: string): readonly Instance[];
  revisionsOf(deployment: string): readonly Revision[];
  attemptsOf(deployment: string): readonly Attempt[];
  placementsOf(deployment: string): readonly Placement[];
  /** What people and pools may hold; null where nobody is limited, and once they are not any more. */
  quotas(): Quotas | null;
  /** Machines that are, or were once, kept in quarantine: their launches go on beside them. */
  readonly everKept: ReadonlySet<string>;
  /** All that ever lived under this name. */
  livesNamed(name: string): readonly Life[];
}

/** One commit, after the facts have taken it in. */
export interface Commit {
  readonly changed: Changed;
  readonly events: readonly DeploymentEvent[];
}

export interface FactsBook extends Facts {
  takeClock(byMs: number): void;
  takeAbsence(worker: number, forMs: number): void;
  liftQuotas(): void;
  takeCommit(changed: Changed): Commit;
  takeBilling(entry: BillingEntry): Life | null;
  takePart(entry: PartEntry): void;
  /** A create goes out now, after it was held up or not; the function takes how it ended: true, refused. */
  takeCreate(name: string, wasHeldUp: boolean): (hadNoEffect: boolean) => void;
}

interface FactsOf {
  /** The database's clock. */
  readonly database: { now(): number };
  readonly liars: Liars;
  readonly quotas?: Quotas | undefined;
  /** How many processes work. */
  readonly workers: number;
}

/** `clock`: how time goes. */
export function openFacts(clock: { now(): number }, { database, liars, quotas, workers }: FactsOf): FactsBook {
  const rows = openRows();
  const births = openBirths(liars.machines);
  const parts = grouped<PartLife>(({ machine }) => machine);
  const excuseParts = (name: string): void =>
    parts.of(name).forEach((part) => (part.isExcess ||= liars.parts.has(part.cloud)));
  const absences = createAbsences(clock, workers);
  const clockSets: { at: number; byMs: number }[] = [];
  let offsetMs = 0;

  return {
    startedAt: clock.now(),
    now: () => clock.now(),
    slipwayNow: () => database.now() + offsetMs,
    clockSets,
    allAwayMs: absences.allAwayMs,
    takeAbsence: absences.take,
    ...rows.facts,
    lives: births.lives.all,
    parts: parts.all,
    partsFor: parts.of,
    livesOf: births.lives.of,
    livesNamed: births.named,
    ...limited(quotas),
    takeClock: (byMs) => void clockSets.push({ at: clock.now(), byMs }),
    takeCommit(changed) {
      for (const { after } of changed.clock) offsetMs = after?.offsetMs ?? offsetMs;
      rows.take(changed);
      return { changed, events: changed.events.flatMap(({ after }) => after ?? []) };
    },
    takeBilling(entry) {
      if (entry.kind === "born") return births.take(entry);
      const life = births.lives.all.get(entry.machineId) ?? null;
      if (entry.kind === "gone" && life !== null) life.goneAt = entry.at;
      return life;
    },
    takePart(entry) {
      const { partId: id, name, cloud, at, kind } = entry;
      const life = parts.all.get(id);
      if (kind === "gone") return void (life === undefined || (life.goneAt = at));
      const machine = machineOf(entry, births.named);
      parts.set(id, { id, name, cloud, machine, goneAt: null, isExcess: machine !== null && births.isHeldUp(machine) });
    },
    takeCreate(name, wasHeldUp) {
      const ended = births.takeCreate(name, wasHeldUp);
      return (hadNoEffect) => {
        ended(hadNoEffect);
        if (hadNoEffect) excuseParts(name);
      };
    },
  };
}

/** The rows of deployments as they are committed. */
function openRows() {
  const deployments = new Map<string, Deployment>();
  const instances = grouped<Instance>((row) => row.deployment);
  const revisions = grouped<Revision>((row) => row.deployment);
  const attempts = grouped<Attempt>((row) => row.deployment);
  const placements = grouped<Placement>((row) => row.deployment);
  const ledger = grouped<Machine>((row) => row.deployment);
  const everKept = new Set<string>();

  const take = (changed: Changed): void => {
    for (const { key, after } of changed.deployments) if (after !== null) deployments.set(key, after.row);
    for (const { key, after } of changed.instances) {
      // An update may take a member away.
      if (after === null) instances.delete(key);
      else instances.set(key, after.row);
    }
    for (const { key, after } of changed.revisions) if (after !== null) revisions.set(key, after);
    for (const { key, after } of changed.attempts) if (after !== null) attempts.set(key, after);
    for (const { key, after } of changed.placements) if (after !== null) placements.set(key, after);
    for (const { key, after } of changed.machines) {
      if (after === null) continue;
      ledger.set(key, after.row);
      if (after.row.quarantinedUntil !== null) everKept.add(key);
    }
  };

  const facts = {
    deployments,
    instances: instances.all,
    attempts: attempts.all,
    placements: placements.all,
    ledger: ledger.all,
    machinesOf: ledger.of,
    instancesOf: instances.of,
    revisionsOf: revisions.of,
    attemptsOf: attempts.of,
    placementsOf: placements.of,
    everKept,
  };
  return { facts, take };
}

function limited(given: Quotas | undefined): Pick<FactsBook, "quotas" | "liftQuotas"> {
  let limits = given ?? null;
  return { quotas: () => limits, liftQuotas: () => void (limits = null) };
}

/** Lives, each held against the creates that were sent. */
function openBirths(liars: ReadonlySet<string>) {
  const lives = grouped<Life>(({ owner }) => owner?.deployment ?? null);
  const namesakes = grouped<Life>(({ name }) => name);
  const births = new Map<string, number>();
  const sent = new Map<string, number>();
  const heldUp = new Set<string>();
  const count = (counts: Map<string, number>, name: string, by: number): number => {
    const next = (counts.get(name) ?? 0) + by;
    counts.set(name, next);
    return next;
  };
  const excuse = (name: string): void => namesakes.of(name).forEach((life) => (life.isExcess = true));

  const take = (entry: BillingEntry): Life => {
    const { machineId: externalId, name, cloud, at } = entry;
    const owner = ownerOf(entry);
    const isExcess = count(births, name, 1) > (sent.get(name) ?? 0) || heldUp.has(name);
    const life = { externalId, name, cloud, owner, bornAt: at, goneAt: null, isExcess };
    // Of two for one call, we learn of either.
    if (isExcess) excuse(name);
    lives.set(externalId, life);
    namesakes.set(externalId, life);
    return life;
  };

  const takeCreate = (name: string, wasHeldUp: boolean): ((hadNoEffect: boolean) => void) => {
    count(sent, name, 1);
    if (wasHeldUp) heldUp.add(name);
    const before = births.get(name) ?? 0;
    return (hadNoEffect) => {
      if (!hadNoEffect) return;
      // A refusal counts for no machine, unless it is a lie: then the machine is there already.
      if ((births.get(name) ?? 0) === before) return void count(sent, name, -1);
      if (namesakes.of(name).some(({ cloud }) => liars.has(cloud))) excuse(name);
    };
  };

  return { lives, named: namesakes.of, isHeldUp: (name: string) => heldUp.has(name), take, takeCreate };
}

/** By its labels, or by its name alone where the cloud does not label what it makes along with a machine of ours. */
function machineOf({ name, labels }: PartEntry, named: (machine: string) => readonly Life[]): string | null {
  const machine = labels["slipway-machine"] ?? name.replace(/-(?:port|volume|address)(?:-\d+)?$/, "");
  const isOurs = labels[OWNER_LABELS.deployment] !== undefined || named(machine).at(-1)?.owner != null;
  return isOurs ? machine : null;
}

function ownerOf({ labels }: BillingEntry): Life["owner"] {
  const deployment = labels[OWNER_LABELS.deployment];
  const instance = labels[OWNER_LABELS.instance];
  if (deployment === undefined || instance === undefined) return null;
  return { deployment, instance, attemptNo: Number(labels[OWNER_LABELS.attempt]) };
}
