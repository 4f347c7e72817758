// What a decision sees and what it changes, each in a number of statements that does not grow with the batch.

import { sql } from "kysely";
import type { Attempt } from "../core/deployment.ts";
import type { DeploymentId } from "../core/ids.ts";
import type { Evidence, Snapshot } from "../core/snapshot.ts";
import type { Reads, SealedChanges, Tx } from "../ports/store.ts";
import { suspend } from "./accounts.ts";
import type { ClaimEnds } from "./claim-ends.ts";
import { toDeployment, updateDeployments, WHOLE, type WholeRow } from "./deployments.ts";
import { eventRow } from "./events.ts";
import { instanceRow, toInstance } from "./instances.ts";
import { insertMachines, toMachine, updateMachines } from "./machines.ts";
import { Flight, together } from "./flights.ts";
import { enquire } from "./offers.ts";
import type { PlacementRow } from "./placement-rows.ts";
import { placementRow, toPlacement } from "./placements.ts";
import { keepAgain } from "./pruning.ts";
import { dropAsides, isRevising, reviseDeployments, revisionRow, toRevision } from "./revisions.ts";
import {
  date,
  dateOrNull,
  insertRows,
  ms,
  msOrNull,
  type Sql,
  texts,
  updateRows,
  upsertRows,
  openMachine,
} from "./rows.ts";
import type { AttemptRow, EvidenceRow, InstanceRow, MachineRow, RevisionRow } from "./schema.ts";
import type { Session } from "./session.ts";

export function readingSnapshots({ run }: Session): Pick<Reads, "snapshot"> {
  return { snapshot: (id) => run(async (db) => (await snapshots(db, [id], null))[0] ?? null) };
}

export function advancing({ run, clock, notices, blocks, claims }: Session): Pick<Tx, "snapshots" | "apply"> {
  return {
    snapshots: (ids) => run((db) => snapshots(db, ids, claims)),
    apply: (changes) =>
      run(async (db) => {
        if (changes.length === 0) return;
        await apply(db, changes, { clock, claims });
        blocks.add(changes);
        notices.due();
        notices.events(changes.flatMap(({ events }) => events));
      }),
  };
}

/** `claims`: of the machines, which are locked for them; null: only to be read. */
async function snapshots(db: Sql, ids: readonly DeploymentId[], claims: ClaimEnds | null): Promise<Snapshot[]> {
  if (ids.length === 0) return [];
  const given = texts(ids);
  const [deployments, instances, revisions, attempts, machines, placements] = await together(db, [
    sql<WholeRow>`select ${WHOLE} from deployments d where d.id = any(${given})`,
    sql<InstanceRow>`
      select * from instances where deployment = any(${given}) order by deployment, position`,
    sql<RevisionRow>`
      select * from revisions where deployment = any(${given}) order by deployment, no`,
    sql<AttemptRow>`
      select * from attempts where deployment = any(${given}) order by deployment, no`,
    sql<MachineRow>`
      select m.* from machines m join deployments d on d.id = m.deployment
      where m.deployment = any(${given}) and (${openMachine(sql`m.state`)} or m.attempt_no = d.attempt_no)
      order by m.id ${claims === null ? sql`` : sql`for no key update of m`}`,
    sql<PlacementRow>`
      select p.* from placements p join deployments d on d.id = p.deployment
        left join attempts a on a.deployment = p.deployment and a.no = p.attempt
      where p.deployment = any(${given})
        and (p.attempt = d.attempt_no or p.released_at is null or p.refused is not null or p.no > 1
          or a.no is not null and (a.failed_instance is null or a.failed_instance = p.instance))
      order by p.attempt, p.no, p.ask_order, p.instance`,
  ]);
  claims?.lock(machines);
  const placementsOf = Map.groupBy(placements, (row) => row.deployment);
  const instancesOf = Map.groupBy(instances, (row) => row.deployment);
  const revisionsOf = Map.groupBy(revisions, (row) => row.deployment);
  const attemptsOf = Map.groupBy(attempts, (row) => row.deployment);
  const machinesOf = Map.groupBy(machines, (row) => row.deployment);
  const byId = new Map(deployments.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    if (row === undefined) return [];
    return {
      deployment: toDeployment(row),
      instances: (instancesOf.get(id) ?? []).map(toInstance),
      revisions: (revisionsOf.get(id) ?? []).map(toRevision),
      attempts: (attemptsOf.get(id) ?? []).map(toAttempt),
      machines: (machinesOf.get(id) ?? []).map(toMachine).toSorted((a, b) => a.intentAt - b.intentAt),
      placements: (placementsOf.get(id) ?? []).map(toPlacement),
    };
  });
}

/** Deployments go first: their rows are the lock, and an event's number counts only under it. */
async function apply(
  db: Sql,
  changes: readonly SealedChanges[],
  { clock, claims }: Pick<Session, "clock" | "claims">,
): Promise<void> {
  const flight = new Flight(db);
  flight.add((to) =>
    updateDeployments(
      to,
      changes.map((one) => one.deployment),
    ),
  );
  if (isRevising(changes)) {
    await flight.go();
    await reviseDeployments(db, changes);
  }
  addRows(flight, changes, claims);
  const evidence = changes.flatMap((one) => one.evidence).map(evidenceRow);
  const verdicts = changes.flatMap((one) => one.verdicts);
  if (evidence.length + verdicts.length > 0) {
    await flight.go();
    await upsertRows(db, { table: "evidence", key: ["machine"] }, evidence);
    await keepAgain(
      db,
      evidence.map(({ machine }) => machine),
    );
    await suspend(db, verdicts, clock);
  }
  const events = changes.flatMap((one) => one.events).map(eventRow);
  flight.add((to) => insertRows(to, "events", events));
  await flight.go();
  await enquire(
    db,
    changes.flatMap((one) => one.enquiries),
    clock,
  );
}

/** Of what belongs to their deployments. */
function addRows(flight: Flight, changes: readonly SealedChanges[], claims: ClaimEnds): void {
  const instances = changes.flatMap((one) => one.instances).map(instanceRow);
  flight.add((to) => updateRows(to, { table: "instances", key: ["deployment", "name"] }, instances));
  const revisions = changes.flatMap((one) => one.revisions).map(revisionRow);
  flight.add((to) => dropAsides(to, changes));
  flight.add((to) => upsertRows(to, { table: "revisions", key: ["deployment", "no"] }, revisions));
  const attempts = changes.flatMap((one) => one.attempts).map(attemptRow);
  flight.add((to) => upsertRows(to, { table: "attempts", key: ["deployment", "no"] }, attempts));
  const placements = changes.flatMap(({ deployment, placements: rows }) =>
    rows.map((row) => placementRow(row, deployment)),
  );
  const placementKey = ["deployment", "attempt", "instance", "no"] as const;
  flight.add((to) => upsertRows(to, { table: "placements", key: placementKey }, placements));
  const machines = changes.flatMap((one) => one.machines);
  flight.add((to) => updateMachines(to, machines, claims));
  const newMachines = changes.flatMap((one) => one.newMachines);
  flight.add((to) => insertMachines(to, newMachines));
}

export function toAttempt(row: AttemptRow): Attempt {
  return {
    deployment: row.deployment,
    no: row.no,
    revision: row.revision,
    account: row.account,
    accountName: row.account_name,
    realm: row.realm,
    hourlyMicros: row.hourly_micros,
    userDataBytesMost: row.user_data_bytes_most,
    startedAt: ms(row.started_at),
    endedAt: msOrNull(row.ended_at),
    outcome: row.outcome,
    reason: row.reason,
    fault: row.fault,
    failedInstance: row.failed_instance,
  };
}

function attemptRow(attempt: Attempt): AttemptRow {
  return {
    deployment: attempt.deployment,
    no: attempt.no,
    revision: attempt.revision,
    account: attempt.account,
    account_name: attempt.accountName,
    realm: attempt.realm,
    hourly_micros: attempt.hourlyMicros,
    user_data_bytes_most: attempt.userDataBytesMost,
    started_at: date(attempt.startedAt),
    ended_at: dateOrNull(attempt.endedAt),
    outcome: attempt.outcome,
    reason: attempt.reason,
    fault: attempt.fault,
    failed_instance: attempt.failedInstance,
  };
}

function evidenceRow({ machine, at, console, fault }: Evidence): EvidenceRow {
  return { machine, at: date(at), console, fault };
}
