// A decision in the making: starts from a snapshot, collects changes, and is the only way to change a state. Every move
// goes through the table and is told as an event, so the events alone rebuild the states.
//
// A row may move twice in one decision (stopped → new → pending), while the database accepts one arc per write: the second
// move of a row begins a new wave, and waves are written one after the other in the same transaction.

import type { AccountVerdict, Block } from "../account.ts";
import type { ResolvedInstance } from "../blueprint/model.ts";
import type { Attempt, Deployment, Instance } from "../deployment.ts";
import type { DeploymentEvent, EventBody } from "../story/event.ts";
import type { MachineId } from "../ids.ts";
import { invariant } from "../invariant.ts";
import { type Machine, memberOf } from "../machine.ts";
import type { Enquiry } from "../market/market.ts";
import type { Placement } from "../market/placement.ts";
import type { Changes, Evidence, NewMachine, Snapshot } from "../snapshot.ts";
import {
  DEPLOYMENT,
  type DeploymentMove,
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
  setDeployment(fields: Free<Deployment, "state" | "since" | "eventNo">): void;
  moveDeployment(move: DeploymentMove, reason: string | null): void;
  setInstance(name: string, fields: Free<Instance, "state" | "since">): void;
  moveInstance(name: string, move: InstanceMove, reason: string | null): void;
  setMachine(id: MachineId, fields: Free<Machine, "state">): void;
  moveMachine(id: MachineId, move: MachineMove): void;
  addMachine(row: NewMachine): void;
  addAttempt(attempt: Attempt): void;
  setAttempt(no: number, fields: Free<Attempt, "no">): void;
  placements(): Placement[];
  /** The newest of an instance in the present attempt. */
  placementOf(instance: string): Placement;
  /** Adds one, or replaces the one of its attempt, instance and number. */
  putPlacement(placement: Placement): void;
  tell(body: EventBody): void;
  block(block: Block): void;
  unblock(offer: Changes["unblocks"][number]): void;
  judge(verdict: AccountVerdict): void;
  keep(evidence: Evidence): void;
  ask(enquiries: readonly Enquiry[]): void;
  /** All that changed, in waves; at least one, since the deployment's row is always written. */
  waves(): readonly Changes[];
}

const FINAL = new Set<string>(finalStates(DEPLOYMENT));

export function draftOf(snapshot: Snapshot, now: number): Draft {
  const instances = rowsOf(snapshot.instances, (row) => row.name);
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
    setInstance: (name, fields) => instances.set({ ...instances.get(name), ...fields }),
    setMachine: (id, fields) => machines.set({ ...machines.get(id), ...fields }),
    addAttempt: attempts.set,
    setAttempt: (no, fields) => attempts.set({ ...attempts.get(no), ...fields }),
    placements: placements.all,
    placementOf(instance) {
      const own = placements
        .all()
        .filter((row) => row.instance === instance && row.attempt === draft.deployment.attemptNo);
      const newest = own.toSorted((a, b) => b.no - a.no)[0];
      invariant(newest !== undefined, `${instance} has no place in attempt ${draft.deployment.attemptNo}`);
      return newest;
    },
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
    waves: () => waves.all(),
  };
  const rows: Rows = { top: draft, instances, attempts, machines, placements };
  const waves = wavesOf(rows, now);
  const moves = movesOf(rows, waves, now);
  return draft;
}

const placementKey = ({ attempt, instance, no }: Placement): string => `${attempt}/${instance}/${no}`;

interface Top {
  deployment: Deployment;
}

interface Rows {
  readonly top: Top;
  readonly instances: KeyedRows<string, Instance>;
  readonly attempts: KeyedRows<number, Attempt>;
  readonly machines: KeyedRows<MachineId, Machine>;
  readonly placements: KeyedRows<string, Placement>;
}

/** The three moves: each through its table, each told. */
function movesOf(
  rows: Rows,
  waves: ReturnType<typeof wavesOf>,
  now: number,
): Pick<Draft, "moveDeployment" | "moveInstance" | "moveMachine"> {
  return {
    moveDeployment(move, reason) {
      const from = rows.top.deployment.state;
      const to = next(DEPLOYMENT, from, move);
      invariant(to !== undefined, `a deployment cannot go from ${from} by ${move}`);
      waves.onMove("deployment");
      rows.top.deployment = { ...rows.top.deployment, state: to, since: now, endedAt: FINAL.has(to) ? now : null };
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

/** Collects what is told and said beside the rows, and cuts it into waves. */
function wavesOf(rows: Rows, now: number) {
  const waves: Changes[] = [];
  let moved = new Set<string>();
  let loose = nothingYet();
  const cut = () => {
    const { fresh, ...told } = loose;
    waves.push({
      deployment: rows.top.deployment,
      instances: rows.instances.takeChanged(),
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
    tell: (body: EventBody) => {
      rows.top.deployment = { ...rows.top.deployment, eventNo: rows.top.deployment.eventNo + 1 };
      loose.events.push({ deployment: rows.top.deployment.id, no: rows.top.deployment.eventNo, at: now, body });
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

/** Rows by key in their first order, with a note of which were set. */
interface KeyedRows<K, R> {
  readonly get: (key: K) => R;
  readonly all: () => R[];
  readonly set: (row: R) => void;
  /** Rows set since the last call. */
  readonly takeChanged: () => R[];
}

function rowsOf<K, R>(rows: readonly R[], keyOf: (row: R) => K): KeyedRows<K, R> {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  const touched = new Set<K>();
  const get = (key: K): R => {
    const row = byKey.get(key);
    invariant(row !== undefined, `no row ${String(key)} in the snapshot`);
    return row;
  };
  return {
    get,
    all: () => [...byKey.values()],
    set(row: R) {
      byKey.set(keyOf(row), row);
      touched.add(keyOf(row));
    },
    takeChanged() {
      const changed = [...touched].map(get);
      touched.clear();
      return changed;
    },
  };
}
