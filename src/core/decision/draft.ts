// A decision in the making: starts from a snapshot, collects changes, and is the only way to change a state. Every move
// goes through the table and is told as an event, so the events alone rebuild the states.
//
// A row may move twice in one decision (stopped → new → pending), while the database accepts one arc per write: the second
// move of a row begins a new wave, and waves are written one after the other in the same transaction.

import type { AccountVerdict, Block } from "../account.ts";
import type { ResolvedInstance } from "../blueprint/model.ts";
import type { Aside, Attempt, AttemptOutcome, Deployment, Instance, Revision } from "../deployment.ts";
import type { DeploymentEvent, EventBody } from "../story/event.ts";
import type { MachineId } from "../ids.ts";
import { invariant } from "../invariant.ts";
import { type KeyedRows, rowsOf } from "./keyed-rows.ts";
import { type Machine, memberOf } from "../machine.ts";
import type { Enquiry } from "../market/market.ts";
import type { Placement } from "../market/placement.ts";
import type { Changes, Evidence, NewMachine, Snapshot } from "../snapshot.ts";
import {
  DEPLOYMENT,
  type DeploymentMove,
  type DeploymentState,
  finalStates,
  INSTANCE,
  type InstanceMove,
  MACHINE,
  type MachineMove,
  next,
} from "../states.ts";

type Free<T, K extends keyof T> = Partial<Omit<T, K>>;

export interface Draft {
  readonly now: number;
  readonly deployment: Deployment;
  /** In the blueprint's order. */
  instances(): Instance[];
  instance(name: string): Instance;
  /** What the blueprint says of it. */
  spec(name: string): ResolvedInstance;
  attempts(): Attempt[];
  /** The attempt under way or last made; there is none before the first. */
  attempt(): Attempt;
  machines(): Machine[];
  machine(id: MachineId): Machine;
  /** The machine that is this instance now. */
  machineOf(instance: Instance): Machine | null;
  /** The update that is under way, or on its way back. */
  change(): Change;
  /** How many it has had, those that came to nothing too. */
  revisionsEver(): number;
  /** Adds one, or replaces the one of its number. */
  putRevision(revision: Revision): void;
  setDeployment(fields: Free<Deployment, "state" | "since" | "eventNo">): void;
  moveDeployment(move: DeploymentMove, reason: string | null): void;
  setInstance(name: string, fields: Free<Instance, "state" | "since">): void;
  /** Its row begins anew for another revision, or is one more. */
  putInstance(row: Instance): void;
  /** It is no member any more. */
  dropInstance(name: string): void;
  /** To be asked for where members have become others. */
  arrangeInstances(): void;
  moveInstance(name: string, move: InstanceMove, reason: string | null): void;
  setMachine(id: MachineId, fields: Free<Machine, "state">): void;
  moveMachine(id: MachineId, move: MachineMove): void;
  addMachine(row: NewMachine): void;
  addAttempt(attempt: Attempt): void;
  setAttempt(no: number, fields: Free<Attempt, "no">): void;
  placements(): Placement[];
  /** Those that there were when the decision began. */
  readonly placementsBefore: readonly Placement[];
  /** The newest of an instance in the present attempt, without those of updates that came to nothing. */
  placementOf(instance: string): Placement;
  /** The numbers of those of the present attempt that are still chosen: of each member the newest, and of who is put aside and has not gone first. */
  chosenPlaces(): ReadonlyMap<string, readonly number[]>;
  /** Adds one, or replaces the one of its attempt, instance and number. */
  putPlacement(placement: Placement): void;
  tell(body: EventBody): void;
  block(block: Block): void;
  unblock(offer: Changes["unblocks"][number]): void;
  judge(verdict: AccountVerdict): void;
  keep(evidence: Evidence): void;
  ask(enquiries: readonly Enquiry[]): void;
  /** As it is now, as if it had been read. */
  view(): Snapshot;
  /** All that changed, in waves; at least one, since the deployment's row is always written. */
  waves(): readonly Changes[];
}

const FINAL = new Set<string>(finalStates(DEPLOYMENT));

export function draftOf(snapshot: Snapshot, now: number): Draft {
  const instances = rowsOf(snapshot.instances, (row) => row.name);
  const revisions = rowsOf(snapshot.revisions, (row) => row.no);
  const attempts = rowsOf(snapshot.attempts, (row) => row.no);
  const machines = rowsOf(snapshot.machines, (row) => row.id);
  const placements = rowsOf(snapshot.placements, placementKey);
  // A plain field, which those who write share: a getter would cost more than all the rest of a draft.
  const draft: Draft & Top = {
    now,
    // Due at once unless the decision says otherwise: whatever is recorded is looked at next.
    deployment: { ...snapshot.deployment, wakeAt: now },
    instances: instances.all,
    instance: instances.get,
    spec: (name) => {
      const spec = draft.deployment.blueprint.instances.find((one) => one.name === name);
      invariant(spec !== undefined, `the blueprint has no instance ${name}`);
      return spec;
    },
    attempts: attempts.all,
    attempt: () => attempts.get(draft.deployment.attemptNo),
    machines: machines.all,
    machine: machines.get,
    machineOf: (instance) => (instance.machine === null ? null : machines.get(instance.machine)),
    setDeployment(fields) {
      draft.deployment = { ...draft.deployment, ...fields };
    },
    change: () => changeAmong(revisions.all()),
    revisionsEver: () => revisions.all().length,
    putRevision: revisions.set,
    putInstance: (row) => moves.putInstance(row),
    dropInstance: (name) => moves.dropInstance(name),
    arrangeInstances: () => instances.arrange(draft.deployment.blueprint.instances.map(({ name }) => name)),
    setInstance: (name, fields) => instances.set({ ...instances.get(name), ...fields }),
    setMachine: (id, fields) => machines.set({ ...machines.get(id), ...fields }),
    addAttempt: attempts.set,
    setAttempt: (no, fields) => attempts.set({ ...attempts.get(no), ...fields }),
    placements: placements.all,
    placementsBefore: snapshot.placements,
    placementOf(instance) {
      const own = placements.all().filter((row) => row.instance === instance && isOfNow(rows, row));
      const newest = newestOf(own);
      invariant(newest !== undefined, `${instance} has no place in attempt ${draft.deployment.attemptNo}`);
      return newest;
    },
    chosenPlaces: () => chosenAmong(rows),
    putPlacement: placements.set,
    addMachine(row) {
      // Being born is an arc as well: what happens to it in the same decision belongs to the next wave.
      waves.onMove(`machine ${row.machine.id}`);
      waves.loose().fresh.set(row.machine.id, row);
      machines.set(row.machine);
    },
    moveDeployment: (move, reason) => moves.moveDeployment(move, reason),
    moveInstance: (name, move, reason) => moves.moveInstance(name, move, reason),
    moveMachine: (id, move) => moves.moveMachine(id, move),
    tell: (body) => waves.tell(body),
    block: (block) => void waves.loose().blocks.push(block),
    unblock: (offer) => void waves.loose().unblocks.push(offer),
    judge: (verdict) => void waves.loose().verdicts.push(verdict),
    keep: (row) => void waves.loose().evidence.push(row),
    ask: (enquiries) => void waves.loose().enquiries.push(...enquiries),
    view: () => viewOf(rows),
    waves: () => waves.all(),
  };
  const rows: Rows = { top: draft, instances, revisions, attempts, machines, placements };
  const waves = wavesOf(rows, now);
  const moves = movesOf(rows, waves, now);
  return draft;
}

const placementKey = ({ attempt, instance, no }: Placement): string => `${attempt}/${instance}/${no}`;

type Change = Revision & { readonly aside: Aside };

/** Of a deployment that is updated, or on its way back. */
export function changeAmong(revisions: readonly Revision[]): Change {
  const [change] = revisions.flatMap(({ aside, ...revision }) => (aside === null ? [] : [{ ...revision, aside }]));
  invariant(change !== undefined, "an update is under way without a revision");
  return change;
}

const newestOf = (placements: readonly Placement[]): Placement | undefined =>
  placements.toSorted((a, b) => b.no - a.no)[0];

/** Of the present attempt, and of no update that came to nothing. */
function isOfNow({ top, revisions }: Rows, { attempt, revision }: Placement): boolean {
  const { attemptNo, revisionNo } = top.deployment;
  return attempt === attemptNo && (revision === revisionNo || revisions.get(revision).outcome === "succeeded");
}

function chosenAmong(rows: Rows): ReadonlyMap<string, readonly number[]> {
  const { top, instances, revisions, placements } = rows;
  const { revisionNo, state, blueprint } = top.deployment;
  const change = state === "updating" ? changeAmong(revisions.all()) : null;
  // Whoever goes first has one place at a time.
  const single = new Set(
    blueprint.instances.flatMap(({ name, update }) => (update.order === "removeFirst" ? [name] : [])),
  );
  const aside = new Set(change?.aside.instances.flatMap(({ name }) => (single.has(name) ? [] : [name])));
  const chosen = new Map<string, readonly number[]>();
  for (const [name, own] of Map.groupBy(
    placements.all().filter((row) => isOfNow(rows, row)),
    (row) => row.instance,
  )) {
    const present = instances.find(name) === undefined ? [] : own;
    const former = aside.has(name) ? own.filter(({ revision }) => revision !== revisionNo) : [];
    chosen.set(
      name,
      [newestOf(present), newestOf(former)].flatMap((row) => row?.no ?? []),
    );
  }
  return chosen;
}

const viewOf = ({ top, ...rows }: Rows): Snapshot => ({
  deployment: top.deployment,
  instances: rows.instances.all(),
  revisions: rows.revisions.all(),
  attempts: rows.attempts.all(),
  machines: rows.machines.all(),
  placements: rows.placements.all(),
});

interface Top {
  deployment: Deployment;
}

interface Rows {
  readonly top: Top;
  readonly instances: KeyedRows<string, Instance>;
  readonly revisions: KeyedRows<number, Revision>;
  readonly attempts: KeyedRows<number, Attempt>;
  readonly machines: KeyedRows<MachineId, Machine>;
  readonly placements: KeyedRows<string, Placement>;
}

/** What has become of the revision under way. */
const ENDINGS: Readonly<Partial<Record<DeploymentMove, AttemptOutcome>>> = {
  all_ready: "succeeded",
  settled_in_part: "succeeded",
  gave_up: "failed",
  cancelled: "cancelled",
};

/** The three moves, each through its table; and members that begin anew, come or go with another revision. All are told. */
function movesOf(
  rows: Rows,
  waves: ReturnType<typeof wavesOf>,
  now: number,
): Pick<Draft, "moveDeployment" | "moveInstance" | "moveMachine" | "putInstance" | "dropInstance"> {
  return {
    putInstance(row) {
      const from = rows.instances.find(row.name)?.state ?? null;
      waves.onMove(`instance ${row.name}`);
      waves.keepState();
      rows.instances.set(row);
      waves.tell({ kind: "instance_revised", instance: row.name, from, to: row.state });
    },
    dropInstance(name) {
      const from = rows.instances.get(name).state;
      waves.onMove(`instance ${name}`);
      rows.instances.drop(name);
      waves.tell({ kind: "instance_revised", instance: name, from, to: null });
    },
    moveDeployment(move, reason) {
      const from = rows.top.deployment.state;
      const to = next(DEPLOYMENT, from, move);
      invariant(to !== undefined, `a deployment cannot go from ${from} by ${move}`);
      waves.onMove("deployment");
      rows.top.deployment = { ...rows.top.deployment, state: to, since: now, endedAt: FINAL.has(to) ? now : null };
      if (!endChange(rows, { from, to }, now)) endRevision(rows, move, now);
      waves.tell({ kind: "deployment_moved", from, to, move, reason });
    },
    moveInstance(name, move, reason) {
      const row = rows.instances.get(name);
      const to = next(INSTANCE, row.state, move);
      invariant(to !== undefined, `instance ${name} cannot go from ${row.state} by ${move}`);
      waves.onMove(`instance ${name}`);
      rows.instances.set({ ...row, state: to, since: now });
      waves.tell({ kind: "instance_moved", instance: name, from: row.state, to, move, reason });
    },
    moveMachine(id, move) {
      const row = rows.machines.get(id);
      const to = next(MACHINE, row.state, move);
      invariant(to !== undefined, `machine ${id} cannot go from ${row.state} by ${move}`);
      waves.onMove(`machine ${id}`);
      rows.machines.set({ ...row, state: to });
      const { externalId } = row;
      waves.tell({
        kind: "machine_moved",
        instance: memberOf(row),
        machine: id,
        from: row.state,
        to,
        move,
        externalId,
      });
    },
  };
}

/** An update ends with the state that it is under way in, whichever way out it takes. */
function endChange(
  { top, revisions }: Rows,
  { from, to }: { readonly from: DeploymentState; readonly to: DeploymentState },
  now: number,
): boolean {
  const change = from === "updating" || from === "reverting" ? changeAmong(revisions.all()) : null;
  if (change === null || to === "reverting") return false;
  const isDone = from === "updating" && to !== "shutting_down";
  const isCancelled = from === "updating" || top.deployment.cancelAskedAt !== null;
  const outcome = isDone ? "succeeded" : isCancelled ? "cancelled" : "failed";
  revisions.set({ ...change, endedAt: now, outcome, aside: null });
  top.deployment = { ...top.deployment, cancelAskedAt: null, removingAt: null };
  return true;
}

/** A member that is lost and repaired later ends nothing any more. */
function endRevision({ top, revisions }: Rows, move: DeploymentMove, now: number): void {
  const outcome = ENDINGS[move];
  if (outcome === undefined) return;
  const revision = revisions.get(top.deployment.revisionNo);
  if (revision.endedAt === null) revisions.set({ ...revision, endedAt: now, outcome });
}

/** Collects what is told and said beside the rows, and cuts it into waves. */
function wavesOf(rows: Rows, now: number) {
  const waves: Changes[] = [];
  let moved = new Set<string>();
  let loose = nothingYet();
  let written = rows.top.deployment.blueprint;
  const cut = () => {
    const { fresh, ...told } = loose;
    const { blueprint } = rows.top.deployment;
    const isOther = blueprint !== written;
    written = blueprint;
    waves.push({
      deployment: rows.top.deployment,
      blueprint: isOther ? blueprint : null,
      dropped: rows.instances.takeDropped(),
      born: rows.instances.takeBorn(),
      instances: rows.instances.takeChanged(),
      revisions: rows.revisions.takeChanged(),
      attempts: rows.attempts.takeChanged(),
      placements: rows.placements.takeChanged(),
      machines: rows.machines.takeChanged().filter((row) => !fresh.has(row.id)),
      newMachines: [...fresh.values()].map((row) => ({ ...row, machine: rows.machines.get(row.machine.id) })),
      ...told,
    });
    moved = new Set();
    loose = nothingYet();
  };
  return {
    loose: () => loose,
    onMove: (row: string) => {
      if (moved.has(row)) cut();
      moved.add(row);
    },
    /** Members come and go in the state that the deployment has now: its next move is another wave's. */
    keepState: () => void moved.add("deployment"),
    tell: (body: EventBody) => {
      const { id, eventNo, revisionNo } = rows.top.deployment;
      rows.top.deployment = { ...rows.top.deployment, eventNo: eventNo + 1 };
      loose.events.push({ deployment: id, no: eventNo + 1, revision: revisionNo, at: now, body });
    },
    all: (): readonly Changes[] => {
      cut();
      return waves;
    },
  };
}

function nothingYet() {
  const blocks: Block[] = [];
  const unblocks: Changes["unblocks"][number][] = [];
  const verdicts: AccountVerdict[] = [];
  const evidence: Evidence[] = [];
  const events: DeploymentEvent[] = [];
  const enquiries: Enquiry[] = [];
  return { fresh: new Map<MachineId, NewMachine>(), enquiries, events, blocks, unblocks, verdicts, evidence };
}

/** The k-th waves of many decisions together, so that each is written by one set of statements. */
export function inWaves(decisions: readonly (readonly Changes[])[]): Changes[][] {
  const most = Math.max(0, ...decisions.map((waves) => waves.length));
  return Array.from({ length: most }, (_, k) => decisions.flatMap((waves) => waves[k] ?? []));
}
