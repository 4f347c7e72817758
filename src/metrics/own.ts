// What this process has done, as counters and histograms that begin at nothing with it: Prometheus adds up those of all processes and
// minds their restarts.

import { collectDefaultMetrics, Counter, Histogram, Registry } from "prom-client";
import { LAUNCH_OUTCOMES } from "../core/story/launch-outcome.ts";
import { type AccountLabels, type Meters, WEBHOOK_OUTCOMES } from "../ports/meters.ts";
import { createLabels, OTHERS, PUMPS } from "./labels.ts";

const LAUNCH_S = [1, 2, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1_800];
const CALL_S = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60];
const DATABASE_S = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const LAG_S = [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];

const seconds = (ms: number): number => Math.max(0, ms) / 1_000;

export interface OwnMetrics {
  readonly meters: Meters;
  readonly registry: Registry;
}

export function createOwnMetrics(): OwnMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counts = ofLaunches(registry);
  const times = ofTimes(registry);
  const labelOf = createLabels();
  const at = ({ account, provider }: AccountLabels) => {
    const label = labelOf(account);
    return { account: label, provider: label === OTHERS ? OTHERS : provider };
  };
  for (const outcome of LAUNCH_OUTCOMES) counts.launches.inc({ outcome }, 0);
  for (const outcome of WEBHOOK_OUTCOMES) counts.webhooks.inc({ outcome }, 0);
  for (const pump of PUMPS) counts.rows.inc({ pump }, 0);
  for (const mode of ["read", "write"]) times.database.zero({ mode, outcome: "done" });
  const meters: Meters = {
    launchEnded: (outcome) => counts.launches.inc({ outcome }),
    launchSettled(account, { firstMs, allMs }) {
      if (firstMs !== null) times.firstRunning.observe(at(account), seconds(firstMs));
      if (allMs !== null) times.allRunning.observe(at(account), seconds(allMs));
    },
    attemptEnded: (account, outcome) => counts.attempts.inc({ ...at(account), outcome }),
    called(account, { call, result, refusal, ms }) {
      times.calls.observe({ provider: account.provider, call, result }, seconds(ms));
      if (refusal !== null) counts.refusals.inc({ ...at(account), class: refusal });
    },
    rowsTaken: (pump, rows) => counts.rows.inc({ pump }, rows),
    stepTold: (lagMs) => times.lag.observe(seconds(lagMs)),
    webhookTried: (outcome) => counts.webhooks.inc({ outcome }),
    transacted: (mode, outcome, ms) => times.database.observe({ mode, outcome }, seconds(ms)),
  };
  return { meters, registry };
}

function ofLaunches(registry: Registry) {
  const registers = [registry];
  return {
    launches: new Counter({
      name: "slipway_launches_total",
      help: "Launches that have ended: all running, settled with a part (incomplete), failed or cancelled",
      labelNames: ["outcome"],
      registers,
    }),
    attempts: new Counter({
      name: "slipway_attempts_total",
      help: "Attempts that have ended, each at one account",
      labelNames: ["account", "provider", "outcome"],
      registers,
    }),
    refusals: new Counter({
      name: "slipway_refusals_total",
      help: "Calls to clouds that were answered with a fault or not at all, by its class",
      labelNames: ["account", "provider", "class"],
      registers,
    }),
    webhooks: new Counter({
      name: "slipway_webhook_tries_total",
      help: "Events that this process has tried to tell a webhook; outcome: delivered, failed, or dead (not tried any more)",
      labelNames: ["outcome"],
      registers,
    }),
    rows: new Counter({
      name: "slipway_pump_rows_total",
      help: "Due rows that this process has taken",
      labelNames: ["pump"],
      registers,
    }),
  };
}

function ofTimes(registry: Registry) {
  const registers = [registry];
  const ofAccount = ["account", "provider"] as const;
  return {
    firstRunning: new Histogram({
      name: "slipway_launch_first_running_seconds",
      help: "From the request until the first instance ran, of launches that have settled, at the account where they did",
      labelNames: ofAccount,
      buckets: LAUNCH_S,
      registers,
    }),
    allRunning: new Histogram({
      name: "slipway_launch_all_running_seconds",
      help: "From the request until all instances were ready, at the account where they are",
      labelNames: ofAccount,
      buckets: LAUNCH_S,
      registers,
    }),
    calls: new Histogram({
      name: "slipway_cloud_call_seconds",
      help: "Calls of the engine to clouds; result: answered, timeout, stopped (by our own end), or the class of the fault",
      labelNames: ["provider", "call", "result"],
      buckets: CALL_S,
      registers,
    }),
    lag: new Histogram({
      name: "slipway_event_lag_seconds",
      help: "From a step's writing until it was read for a stream that waited for it",
      buckets: LAG_S,
      registers,
    }),
    database: new Histogram({
      name: "slipway_database_seconds",
      help: "Transactions with their wait for a turn; outcome: done, failed, or away (the database does its work for nobody)",
      labelNames: ["mode", "outcome"],
      buckets: DATABASE_S,
      registers,
    }),
  };
}
