// The ledger: rows, single rows under their lock, and what is read of them.

import { sql } from "kysely";
import { invariant } from "../core/invariant.ts";
import type { AccountId } from "../core/ids.ts";
import type { Machine } from "../core/machine.ts";
import type { SealedChanges, Debt, Reads, Tx } from "../ports/store.ts";
import type { ClaimEnds } from "./claim-ends.ts";
import { date, dateOrNull, insertRows, ms, msOrNull, type Sql, updateRows, openMachine, type Writing } from "./rows.ts";
import { toPlacement } from "./placements.ts";
import type { PlacementRow } from "./placement-rows.ts";
import type { MachineRow } from "./schema.ts";
import type { Session } from "./session.ts";

export function toMachine(row: MachineRow): Machine {
  return {
    id: row.id,
    deployment: row.deployment,
    instance: row.instance,
    attemptNo: row.attempt_no,
    placementNo: row.placement_no,
    askOrder: row.ask_order,
    account: row.account,
    realm: row.realm,
    size: row.size,
    hourlyMicros: row.hourly_micros,
    state: row.state,
    externalId: row.external_id,
    handle: row.handle,
    observed: row.observed,
    observedAt: msOrNull(row.observed_at),
    privateAddress: row.private_address,
    publicAddress: row.public_address,
    intentAt: ms(row.intent_at),
    sentAt: msOrNull(row.sent_at),
    madeAt: msOrNull(row.made_at),
    bootedAt: msOrNull(row.booted_at),
    closedAt: msOrNull(row.closed_at),
    startAskedAt: msOrNull(row.start_asked_at),
    rebootSentAt: msOrNull(row.reboot_sent_at),
    rebootUntil: msOrNull(row.reboot_until),
    undoAskedAt: msOrNull(row.undo_asked_at),
    keepEvidence: row.keep_evidence,
    destroyedAt: msOrNull(row.destroyed_at),
    debtSince: msOrNull(row.debt_since),
    missing: row.missing,
    skippedAt: msOrNull(row.skipped_at),
    quarantinedUntil: msOrNull(row.quarantined_until),
    call: row.call,
    callAt: msOrNull(row.call_at),
    callNo: row.call_no,
    claimedUntil: msOrNull(row.claimed_until),
    failures: row.failures,
    fault: row.fault,
    nonce: row.nonce,
  };
}

/** Without the claim, which belongs to callers, the request, and what the database notes by itself. */
function ownColumns(machine: Machine): Omit<MachineRow, "call_no" | "claimed_until" | "request" | "written"> {
  return {
    id: machine.id,
    deployment: machine.deployment,
    instance: machine.instance,
    attempt_no: machine.attemptNo,
    placement_no: machine.placementNo,
    ask_order: machine.askOrder,
    account: machine.account,
    realm: machine.realm,
    size: machine.size,
    hourly_micros: machine.hourlyMicros,
    state: machine.state,
    external_id: machine.externalId,
    handle: machine.handle,
    observed: machine.observed,
    observed_at: dateOrNull(machine.observedAt),
    private_address: machine.privateAddress,
    public_address: machine.publicAddress,
    intent_at: date(machine.intentAt),
    sent_at: dateOrNull(machine.sentAt),
    made_at: dateOrNull(machine.madeAt),
    booted_at: dateOrNull(machine.bootedAt),
    closed_at: dateOrNull(machine.closedAt),
    start_asked_at: dateOrNull(machine.startAskedAt),
    reboot_sent_at: dateOrNull(machine.rebootSentAt),
    reboot_until: dateOrNull(machine.rebootUntil),
    undo_asked_at: dateOrNull(machine.undoAskedAt),
    keep_evidence: machine.keepEvidence,
    destroyed_at: dateOrNull(machine.destroyedAt),
    debt_since: dateOrNull(machine.debtSince),
    missing: machine.missing,
    skipped_at: dateOrNull(machine.skippedAt),
    quarantined_until: dateOrNull(machine.quarantinedUntil),
    call: machine.call,
    call_at: dateOrNull(machine.callAt),
    failures: machine.failures,
    fault: machine.fault,
    nonce: machine.nonce,
  };
}

function newRow(machine: Machine, request: string | null): Omit<MachineRow, "written"> {
  const { callNo, claimedUntil } = machine;
  return { ...ownColumns(machine), call_no: callNo, claimed_until: dateOrNull(claimedUntil), request };
}

/** A request may carry secrets, and only an intent is ever sent: once it is none, the request goes. Claims that have ended go as well. */
export async function updateMachines(db: Writing, machines: readonly Machine[], claims: ClaimEnds): Promise<void> {
  const also = [
    "request = case when given.state = 'intent' then t.request end",
    "claimed_until = case when not $2::jsonb ? t.id then t.claimed_until end",
  ];
  const ended = claims.take(machines.map(({ id }) => id));
  await updateRows(db, { table: "machines", key: ["id"], also, beside: ended }, machines.map(ownColumns));
}

export async function insertMachines(db: Writing, machines: SealedChanges["newMachines"]): Promise<void> {
  for (const { machine } of machines) invariant(machine.state === "intent", `${machine.id} is born ${machine.state}`);
  await insertRows(
    db,
    "machines",
    machines.map(({ machine, request }) => newRow(machine, request)),
  );
}

type ReadingMachines = Pick<
  Reads,
  "machinesOf" | "machine" | "machineByNonce" | "placementOf" | "openMachines" | "hasMachines" | "evidence" | "debts"
>;

export function readingMachines({ run }: Session): ReadingMachines {
  const one = (column: "id" | "nonce", value: string) =>
    run(async (db) => {
      const { rows } = await sql<MachineRow>`select * from machines where ${sql.ref(column)} = ${value}`.execute(db);
      return rows[0] === undefined ? null : toMachine(rows[0]);
    });
  return {
    machinesOf: (id) =>
      run(async (db) => {
        const rows = db.selectFrom("machines").selectAll().where("deployment", "=", id);
        return (await rows.orderBy("intent_at").orderBy("id").execute()).map(toMachine);
      }),
    machine: (id) => one("id", id),
    machineByNonce: (nonce) => one("nonce", nonce),
    placementOf: ({ deployment, attemptNo, instance, placementNo }) =>
      run(async (db) => {
        const { rows } = await sql<PlacementRow>`select * from placements
          where deployment = ${deployment} and attempt = ${attemptNo} and instance = ${instance} and no = ${placementNo}`.execute(
          db,
        );
        return rows[0] === undefined ? null : toPlacement(rows[0]);
      }),
    openMachines: () =>
      run(async (db) => {
        const { rows } = await sql<{ account: AccountId; open: number }>`
          select account, count(*)::int as open from machines
          where ${openMachine(sql`state`)} group by account`.execute(db);
        return new Map(rows.map(({ account, open }) => [account, open]));
      }),
    hasMachines: (id) =>
      run(async (db) => {
        const { rows } = await sql`select 1 from machines where account = ${id} limit 1`.execute(db);
        return rows.length > 0;
      }),
    evidence: (id) =>
      run(async (db) => {
        const row = await db.selectFrom("evidence").selectAll().where("machine", "=", id).executeTakeFirst();
        return row === undefined ? null : { ...row, at: ms(row.at) };
      }),
    debts: () => run(debts),
  };
}

async function debts(db: Sql): Promise<Debt[]> {
  const { rows } = await sql<
    MachineRow & { deployment_name: string | null; pool: string | null; account_name: string }
  >`
    select m.*, d.name as deployment_name, d.pool, a.name as account_name
    from machines m join accounts a on a.id = m.account left join deployments d on d.id = m.deployment
    where m.debt_since is not null and ${openMachine(sql`m.state`)}
    order by m.debt_since, m.id`.execute(db);
  return rows.map((row) => ({
    machine: toMachine(row),
    deploymentName: row.deployment_name,
    pool: row.pool,
    accountName: row.account_name,
  }));
}

export function keepingMachines({
  run,
  clock,
  notices,
  claims,
}: Session): Pick<Tx, "putStray" | "lockMachine" | "lockWaiting" | "putMachines"> {
  return {
    lockWaiting: (id) =>
      run(async (db) => {
        const { rows } = await sql<MachineRow>`
          select * from machines where account = ${id} and ${openMachine(sql`state`)}
            and call is not null and (debt_since is not null or fault is not null)
          order by id for no key update`.execute(db);
        claims.lock(rows);
        return { now: await clock(db), machines: rows.map(toMachine) };
      }),
    putMachines: (machines) =>
      run(async (db) => {
        await updateMachines(db, machines, claims);
        if (machines.length > 0) notices.due();
      }),
    putStray: (machine) =>
      run(async (db) => {
        await putStray(db, machine, claims);
        notices.due();
      }),
    lockMachine: (id) =>
      run(async (db) => {
        const { rows } = await sql<MachineRow>`select * from machines where id = ${id} for no key update`.execute(db);
        claims.lock(rows);
        return rows[0] === undefined ? null : { now: await clock(db), machine: toMachine(rows[0]) };
      }),
  };
}

/** Not one upsert: the trigger judges an insert as a birth before the conflict is found. */
async function putStray(db: Sql, machine: Machine, claims: ClaimEnds): Promise<void> {
  const { rows } = await sql`select 1 from machines where id = ${machine.id} for no key update`.execute(db);
  if (rows.length === 0) {
    invariant(machine.state === "made", `the stray ${machine.id} is born ${machine.state}`);
    await insertRows(db, "machines", [newRow(machine, null)]);
  } else await updateMachines(db, [machine], claims);
}
