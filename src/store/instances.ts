// Rows of instances, and the claims of the prober.

import { sql } from "kysely";
import type { ResolvedInstance } from "../core/blueprint/model.ts";
import type { Instance } from "../core/deployment.ts";
import { checkOf, type ClaimedProbe } from "../ports/claims.ts";
import type { Tx } from "../ports/store.ts";
import { toMachine } from "./machines.ts";
import { date, dateOrNull, ms, msOrNull, type Sql, texts } from "./rows.ts";
import type { InstanceRow, MachineRow } from "./schema.ts";
import type { Session } from "./session.ts";

export function toInstance(row: InstanceRow): Instance {
  return {
    deployment: row.deployment,
    name: row.name,
    revision: row.revision,
    state: row.state,
    since: ms(row.since),
    machine: row.machine,
    tries: row.tries,
    runningAt: msOrNull(row.running_at),
    readyAt: msOrNull(row.ready_at),
    probeAt: msOrNull(row.probe_at),
    probeAnswer: row.probe_answer,
    missed: row.missed,
    deadSince: msOrNull(row.dead_since),
    fault: row.fault,
    repairSince: msOrNull(row.repair_since),
    repairs: row.repairs,
    repairsFrom: msOrNull(row.repairs_from),
  };
}

/** Without its place and the prober's claim. */
export function instanceRow(instance: Instance): Omit<InstanceRow, "position" | "probe_no" | "probe_claimed_until"> {
  return {
    deployment: instance.deployment,
    name: instance.name,
    revision: instance.revision,
    state: instance.state,
    since: date(instance.since),
    machine: instance.machine,
    tries: instance.tries,
    running_at: dateOrNull(instance.runningAt),
    ready_at: dateOrNull(instance.readyAt),
    probe_at: dateOrNull(instance.probeAt),
    probe_answer: instance.probeAnswer,
    missed: instance.missed,
    dead_since: dateOrNull(instance.deadSince),
    fault: instance.fault,
    repair_since: dateOrNull(instance.repairSince),
    repairs: instance.repairs,
    repairs_from: dateOrNull(instance.repairsFrom),
  };
}

export function probing({ run, clock, notices }: Session): Pick<Tx, "claimProbes" | "endProbe"> {
  return {
    claimProbes: (limit, claimMs) => run(async (db) => claimProbes(db, { limit, claimMs, now: await clock(db) })),
    endProbe: async (claim, next) => {
      const isHeld = await run((db) => endProbe(db, claim, next));
      if (isHeld) notices.due();
      return isHeld;
    },
  };
}

type ClaimedRow = Pick<
  InstanceRow,
  "deployment" | "name" | "probe_at" | "probe_no" | "probe_answer" | "machine" | "missed"
> & {
  readonly traceparent: string | null;
  readonly is_up: boolean;
  readonly spec: Pick<ResolvedInstance, "ready" | "live">;
};

async function claimProbes(
  db: Sql,
  { limit, claimMs, now }: { limit: number; claimMs: number; now: number },
): Promise<ClaimedProbe[]> {
  const at = date(now);
  const { rows } = await sql<ClaimedRow>`
    with due as (
      select i.deployment, i.name from instances i join machines m on m.id = i.machine
      where i.probe_at <= ${at} and (i.probe_claimed_until is null or i.probe_claimed_until <= ${at})
      order by i.probe_at, i.deployment, i.name limit ${limit}::int
      for no key update of i skip locked
    )
    update instances i set probe_no = i.probe_no + 1, probe_claimed_until = ${date(now + claimMs)}
    from due join deployments d on d.id = due.deployment
    where i.deployment = due.deployment and i.name = due.name
    returning i.deployment, i.name, i.probe_at, i.probe_no, i.probe_answer, i.machine, i.missed, d.traceparent,
      i.ready_at is not null or i.dead_since is not null as is_up,
      (select jsonb_build_object('ready', one -> 'ready', 'live', one -> 'live') from jsonb_array_elements(d.blueprint -> 'instances') one
        where one ->> 'name' = i.name) as spec`.execute(db);
  const machines = await machinesById(
    db,
    rows.flatMap(({ machine }) => machine ?? []),
  );
  return rows
    .toSorted((a, b) => (msOrNull(a.probe_at) ?? 0) - (msOrNull(b.probe_at) ?? 0))
    .flatMap(({ deployment, name, probe_at, probe_no, probe_answer: answer, machine, missed, traceparent, ...is }) => {
      const row = machine === null ? undefined : machines.get(machine);
      if (row === undefined) return [];
      const known = { deployment, instance: name, machine: toMachine(row), probeNo: probe_no };
      const dueAt = msOrNull(probe_at) ?? now;
      return [{ ...known, dueAt, missed, answer, traceparent, ...checkOf(is.spec, is.is_up) }];
    });
}

async function endProbe(
  db: Sql,
  { deployment, instance, machine, probeNo, dueAt }: ClaimedProbe,
  { probeAt, probeAnswer, missed }: Pick<Instance, "probeAt" | "probeAnswer" | "missed">,
): Promise<boolean> {
  const isAsked = sql`probe_at = ${date(dueAt)} and machine = ${machine.id}`;
  const { numAffectedRows } = await sql`update instances set probe_claimed_until = null,
    probe_at = case when ${isAsked} then ${dateOrNull(probeAt)}::timestamptz else probe_at end,
    probe_answer = case when ${isAsked} then ${probeAnswer}::text else probe_answer end,
    missed = case when ${isAsked} then ${missed}::int else missed end
    where deployment = ${deployment} and name = ${instance} and probe_no = ${probeNo}::int`.execute(db);
  return numAffectedRows !== undefined && numAffectedRows > 0n;
}

async function machinesById(db: Sql, ids: readonly string[]): Promise<Map<string, MachineRow>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<MachineRow>`select * from machines where id = any(${texts(ids)})`.execute(db);
  return new Map(rows.map((row) => [row.id, row]));
}
