// The figures, each from the index of what is alive.

import { type RawBuilder, sql } from "kysely";
import type { AccountId } from "../core/ids.ts";
import { DEPLOYMENT, DEPLOYMENT_STATES, type DeploymentState, finalStates } from "../core/states.ts";
import { type FigureReads, type Figures, LATE_MS, type MachineFigures } from "../ports/figures.ts";
import { BUSY, CALL_TIME, POLL_TIME, PROBE_TIME, WAITING_CALL } from "./lists.ts";
import { ms, msOrNull, only, openMachine, type Sql, texts } from "./rows.ts";
import type { Session } from "./session.ts";
import { TIME, type TimeColumns } from "./time.ts";

export function readingFigures({ run, timed }: Session): FigureReads {
  return {
    figures: () =>
      run(async (db) => {
        const { now, advance, call, probe, poll } = only(await timed(db, DUE));
        return {
          now: ms(now),
          due: { advance, call, probe, poll },
          deployments: await deployments(db),
          parked: await parked(db),
          machines: await machines(db),
        };
      }),
  };
}

/** Each as JSON. */
type DueColumns = TimeColumns & Figures["due"];

const NOW = sql`(select now from time)`;

/** `rows`: with a column `at`. Makes the JSON of DueRows. */
const counted = (rows: RawBuilder<unknown>): RawBuilder<unknown> => sql`(
  select jsonb_build_object(
    'late', count(*) filter (where at < ${NOW} - ${LATE_MS}::int * interval '1 millisecond'),
    'since', round(extract(epoch from min(at)) * 1000)
  ) from (${rows}) due where at <= ${NOW}
)`;

const DUE: RawBuilder<DueColumns> = sql`
  with time as materialized (${TIME}), ${BUSY}
  select time.*,
    ${counted(sql`select wake_at as at from deployments where wake_at is not null`)} as advance,
    ${counted(sql`select ${CALL_TIME} as at from ${WAITING_CALL}`)} as call,
    ${counted(sql`
      select ${PROBE_TIME} as at from instances i join machines m on m.id = i.machine where i.probe_at is not null
    `)} as probe,
    ${counted(sql`select ${POLL_TIME} as at from accounts`)} as poll
  from time`;

const FINAL: ReadonlySet<string> = new Set(finalStates(DEPLOYMENT));
const LIVING = DEPLOYMENT_STATES.filter((state) => !FINAL.has(state));

async function deployments(db: Sql): Promise<Figures["deployments"]> {
  const { rows } = await sql<{ state: DeploymentState; count: number }>`
    select state, count(*)::int as count from deployments
    where state = any(${texts(LIVING)}) and (deleted_at is null)::int = 1 group by state`.execute(db);
  return new Map(rows.map(({ state, count }) => [state, count]));
}

async function parked(db: Sql): Promise<Figures["parked"]> {
  const { rows } = await sql<{ count: number; since: Date | null }>`
    select count(*)::int as count, min(parked_since) as since from deployments where parked_since is not null`.execute(
    db,
  );
  const { count, since } = only(rows);
  return { count, since: msOrNull(since) };
}

interface MachineColumns {
  readonly account: AccountId;
  readonly open: number;
  readonly hourly: number;
  readonly unpriced: number;
  readonly debts: number;
  readonly debt_hourly: number;
  readonly debt_unpriced: number;
  readonly debt_since: Date | null;
  readonly kept: number;
  readonly kept_hourly: number;
  readonly kept_unpriced: number;
  readonly strays: number;
}

async function machines(db: Sql): Promise<ReadonlyMap<AccountId, MachineFigures>> {
  // As `costsNow` of the core says it of open machines.
  const costs = sql`(state = 'made' or (state = 'in_doubt' and sent_at is not null))`;
  const sum = (of: RawBuilder<unknown>) => sql`coalesce(sum(hourly_micros) filter (where ${of}), 0)`;
  const count = (of: RawBuilder<unknown>) => sql`(count(*) filter (where ${of}))::int`;
  const owed = sql`debt_since is not null`;
  const kept = sql`quarantined_until is not null`;
  const { rows } = await sql<MachineColumns>`
    select account, count(*)::int as open, ${sum(costs)} as hourly, ${count(sql`${costs} and hourly_micros is null`)} as unpriced,
      ${count(owed)} as debts, ${sum(sql`${owed} and ${costs}`)} as debt_hourly,
      ${count(sql`${owed} and ${costs} and hourly_micros is null`)} as debt_unpriced, min(debt_since) as debt_since,
      ${count(kept)} as kept, ${sum(sql`${kept} and ${costs}`)} as kept_hourly,
      ${count(sql`${kept} and ${costs} and hourly_micros is null`)} as kept_unpriced,
      ${count(sql`deployment is null`)} as strays
    from machines where ${openMachine(sql`state`)} group by account`.execute(db);
  return new Map(rows.map((row) => [row.account, toFigures(row)]));
}

function toFigures(row: MachineColumns): MachineFigures {
  const { open, unpriced, debts, kept, strays } = row;
  const { hourly: hourlyMicros, debt_hourly: debtHourlyMicros, debt_unpriced: debtUnpriced } = row;
  const debtSince = msOrNull(row.debt_since);
  const { kept_hourly: keptHourlyMicros, kept_unpriced: keptUnpriced } = row;
  const inQuarantine = { kept, keptHourlyMicros, keptUnpriced };
  return { open, hourlyMicros, unpriced, debts, debtHourlyMicros, debtUnpriced, debtSince, ...inQuarantine, strays };
}
