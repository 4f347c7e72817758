// How things stand in the database, as gauges: every process on it says the same, so they are compared and never added up.

import { Gauge, Registry } from "prom-client";
import { ACCOUNT_HEALTHS, type Account } from "../core/account.ts";
import type { AccountId } from "../core/ids.ts";
import { amountIn, boundsOf } from "../core/market/amount.ts";
import { DEPLOYMENT, DEPLOYMENT_STATES, finalStates } from "../core/states.ts";
import { callsAtOnce, pauseLeftMs } from "../core/world/limiter.ts";
import type { Figures, MachineFigures } from "../ports/figures.ts";
import type { CallRate, ClockState, QuotaUse, Reads } from "../ports/store.ts";
import type { WebhookStanding } from "../ports/webhooks.ts";
import { createLabels, OTHERS, PUMPS } from "./labels.ts";

/** What one moment's gauges are made of. */
export interface Standing {
  readonly figures: Figures;
  readonly accounts: readonly Account[];
  readonly quotas: readonly QuotaUse[];
  readonly rates: ReadonlyMap<AccountId, CallRate>;
  readonly clock: ClockState;
  /** Servers and workers. */
  readonly processes: number;
  readonly webhooks: readonly WebhookStanding[];
}

export async function readStanding(tx: Reads): Promise<Standing> {
  return {
    figures: await tx.figures(),
    accounts: await tx.accounts(),
    quotas: await tx.quotas(),
    rates: await tx.callRates(),
    clock: await tx.clock(),
    processes: (await tx.vitals()).processes,
    webhooks: await tx.webhooks(),
  };
}

const OF_ACCOUNT = ["account", "provider"] as const;
const MICROS = 1_000_000;
const FINAL: ReadonlySet<string> = new Set(finalStates(DEPLOYMENT));

const ageS = (since: number | null, now: number): number => (since === null ? 0 : Math.max(0, now - since) / 1_000);

/** The text of the gauges, made anew for each: what is no more leaves no series behind. */
export async function sharedMetrics(standing: Standing): Promise<string> {
  const registry = new Registry();
  setWhole(registry, standing);
  setQuotas(registry, standing.quotas);
  setAccounts(registry, standing);
  setWebhooks(registry, standing);
  return registry.metrics();
}

function setWhole(registry: Registry, { figures, clock, processes }: Standing): void {
  const gauge = <T extends string>(name: string, help: string, labelNames: readonly T[] = []) =>
    new Gauge({ name: `slipway_${name}`, help, labelNames, registers: [registry] });
  const { now, parked, due } = figures;
  const deployments = gauge("deployments", "Deployments that are not in a final state", ["state"]);
  for (const state of DEPLOYMENT_STATES) {
    if (!FINAL.has(state)) deployments.set({ state }, figures.deployments.get(state) ?? 0);
  }
  gauge("parked_deployments", "Deployments that nothing can be decided for at present").set(parked.count);
  gauge("parked_oldest_seconds", "Since when one is").set(ageS(parked.since, now));
  const late = gauge("late_rows", "Rows that were due more than 5 s ago and that no process has taken", ["pump"]);
  const lateBy = gauge("late_seconds", "How long ago the first row was due that no process has taken", ["pump"]);
  for (const pump of PUMPS) {
    late.set({ pump }, due[pump].late);
    lateBy.set({ pump }, ageS(due[pump].since, now));
  }
  gauge("clock_offset_seconds", "What Slipway's time is ahead of the database's clock by").set(clock.offsetMs / 1_000);
  gauge("clock_steps", "How often the database's clock was found to have been set").set(clock.steps);
  gauge("processes", "Servers and workers on this database").set(processes);
}

/** Of what is limited. Those whom nobody limits have none, and of pools and users beyond the named ones there is no sum to tell. */
function setQuotas(registry: Registry, quotas: readonly QuotaUse[]): void {
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `slipway_quota_${name}`, help, labelNames: ["of", "name", "quota"], registers: [registry] });
  const limit = gauge("limit", "What a pool or a user may hold at the most; money in dollars per hour");
  const used = gauge("used", "What it holds of that, machines that are owed among it");
  const labelOf = createLabels();
  for (const one of quotas) {
    const bounds = boundsOf(one.limit);
    const name = bounds.length === 0 ? OTHERS : labelOf(`${one.of} ${one.name}`);
    if (name === OTHERS) continue;
    for (const bound of bounds) {
      const unit = bound.name === "hourlyMicros" ? MICROS : 1;
      const quota = bound.name === "hourlyMicros" ? "hourlyCost" : bound.name;
      const labels = { of: one.of, name: one.name, quota };
      limit.set(labels, bound.most / unit);
      used.set(labels, amountIn(one.held, bound.dimension) / unit);
    }
  }
}

/** What accounts beyond the named ones have in common is added up, or is the most of them. */
function setAccounts(registry: Registry, { figures, accounts, rates }: Standing): void {
  const set = gaugesOf(registry);
  const labelOf = createLabels();
  const { now } = figures;
  const byAge = accounts.toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  for (const account of byAge) {
    const label = labelOf(account.name);
    const at = { account: label, provider: label === OTHERS ? OTHERS : account.provider };
    const rate = rates.get(account.id);
    for (const health of ACCOUNT_HEALTHS) set.health.inc({ ...at, health }, Number(account.health === health));
    set.enabled.inc(at, Number(account.enabled));
    set.meltdown.inc(at, Number(account.alert !== null));
    set.parallel.inc(at, callsAtOnce(account.limiter));
    set.flying.inc(at, rate?.underWay ?? 0);
    set.rate.inc(at, rate?.perMinute ?? 0);
    set.pause(at, pauseLeftMs(account.limiter, now) / 1_000);
    setMachines(set, at, { now, machines: figures.machines.get(account.id) ?? NO_MACHINES });
  }
}

/** Of those beyond the named ones, letters are added up and the longest time counts. */
function setWebhooks(registry: Registry, { figures, webhooks }: Standing): void {
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `slipway_webhook_${name}`, help, labelNames: ["webhook"], registers: [registry] });
  const waiting = gauge("waiting", "Deployments with events that the webhook has not been told of");
  const dead = gauge("dead_letters", "Events that it was not told of, and that are not tried any more");
  const failing = highest(gauge("failing_seconds", "Since when its tries fail"), "webhook");
  const labelOf = createLabels();
  for (const { webhook: of, ...standing } of webhooks.toSorted((a, b) => a.webhook.createdAt - b.webhook.createdAt)) {
    const webhook = labelOf(of.name);
    waiting.inc({ webhook }, standing.waiting);
    dead.inc({ webhook }, standing.dead);
    failing({ webhook }, ageS(standing.failing?.since ?? null, figures.now));
  }
}

const NO_MACHINES: MachineFigures = {
  open: 0,
  hourlyMicros: 0,
  unpriced: 0,
  debts: 0,
  debtHourlyMicros: 0,
  debtUnpriced: 0,
  debtSince: null,
  kept: 0,
  keptHourlyMicros: 0,
  keptUnpriced: 0,
  strays: 0,
};

type At = Record<(typeof OF_ACCOUNT)[number], string>;

function setMachines(
  set: ReturnType<typeof gaugesOf>,
  at: At,
  { now, machines }: { readonly now: number; readonly machines: MachineFigures },
): void {
  set.machines.inc(at, machines.open);
  set.dollars.inc(at, machines.hourlyMicros / MICROS);
  set.unpriced.inc(at, machines.unpriced);
  set.debts.inc(at, machines.debts);
  set.debtDollars.inc(at, machines.debtHourlyMicros / MICROS);
  set.debtUnpriced.inc(at, machines.debtUnpriced);
  set.debtAge(at, ageS(machines.debtSince, now));
  set.kept.inc(at, machines.kept);
  set.keptDollars.inc(at, machines.keptHourlyMicros / MICROS);
  set.keptUnpriced.inc(at, machines.keptUnpriced);
  set.strays.inc(at, machines.strays);
}

function gaugesOf(registry: Registry) {
  const gauge = <T extends string>(name: string, help: string, more: readonly T[] = []) =>
    new Gauge({ name: `slipway_${name}`, help, labelNames: [...OF_ACCOUNT, ...more], registers: [registry] });
  return {
    health: gauge("account_health", "1 for the health that the account has", ["health"]),
    enabled: gauge("account_enabled", "1: launches may use it"),
    meltdown: gauge("account_meltdown", "1: all its machines seemed gone at once, and nothing is concluded from lists"),
    parallel: gauge("limiter_parallel", "Calls that the account's cloud is asked at the same time at most"),
    flying: gauge("limiter_in_flight", "Calls for machines that wait for their answer"),
    rate: gauge("limiter_calls_per_minute", "Calls of the last minute"),
    pause: highest(
      gauge("limiter_pause_seconds", "How long the cloud is still left alone, since it throttled"),
      "account",
    ),
    machines: gauge("machines", "Machines that are asked for, in doubt or made, and not proven gone"),
    dollars: gauge("machines_dollars_per_hour", "What those cost, or may cost, as far as their prices are known"),
    unpriced: gauge("machines_unpriced", "How many of those cost something that nobody knows"),
    debts: gauge("debt_machines", "Machines that should be gone and are not proven gone"),
    debtDollars: gauge("debt_dollars_per_hour", "What those cost, or may cost, as far as their prices are known"),
    debtUnpriced: gauge("debt_unpriced", "How many of those cost something that nobody knows"),
    debtAge: highest(gauge("debt_oldest_seconds", "Since when the oldest is owed"), "account"),
    kept: gauge("quarantine_machines", "Machines that launches failed for and that are kept alone for a while"),
    keptDollars: gauge("quarantine_dollars_per_hour", "What those cost, as far as their prices are known"),
    keptUnpriced: gauge("quarantine_unpriced", "How many of those cost something that nobody knows"),
    strays: gauge("stray_machines", "Machines of ours that no deployment asked for, until they are removed"),
  };
}

/** Sets the highest of what is said of the same labels. */
function highest<L extends string>(gauge: Gauge<L>, key: L): (at: Record<L, string>, value: number) => void {
  const high = new Map<string, number>();
  return (at, value) => {
    const most = Math.max(high.get(at[key]) ?? 0, value);
    high.set(at[key], most);
    gauge.set(at, most);
  };
}
