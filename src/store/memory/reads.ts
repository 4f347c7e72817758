// What anyone may read, each statement on what is committed when it runs.

import { callsPerMinute } from "../../core/world/call-rate.ts";
import type { Attempt } from "../../core/deployment.ts";
import type { AccountId } from "../../core/ids.ts";
import { isHeld } from "../../core/market/market.ts";
import { isOpen } from "../../core/states.ts";
import type { PastBoot } from "../../core/world/usual.ts";
import type { Counted } from "../../ports/offers.ts";
import type {
  CallRate,
  DeploymentFilter,
  DeploymentSummary,
  NextDue,
  Reads,
  StoredBlueprint,
} from "../../ports/store.ts";
import { accessAt, accessOf, byName } from "./access.ts";
import { readingAudit } from "./audit.ts";
import { marketOf, uncountedOf } from "./accounts.ts";
import { clockState } from "./clock.ts";
import { headOf, machinesOf, namesakes, secretSetsOf, secretsOf, snapshotOf } from "./deployments.ts";
import { readingFigures } from "./figures.ts";
import { readingOffers } from "./offers.ts";
import { readingPlans } from "./plans.ts";
import { readingKept } from "./pruning.ts";
import { dueTimes, earliest } from "./due.ts";
import { readingHold } from "./hold.ts";
import { callsInFlight } from "./machines.ts";
import { numberedKey, blueprintKey, compare, placementKey, type DeploymentRow, type Views } from "./rows.ts";
import type { Transaction } from "./transaction.ts";
import { quotas } from "./quotas.ts";
import { readingWebhooks } from "./webhooks.ts";

export function reading(tx: Transaction): Reads {
  const { views } = tx;
  return {
    now: () => tx.statement(() => tx.now()),
    clock: () => tx.statement(() => clockState(views)),
    vitals: () => tx.statement(() => ({ processes: 1, schema: "memory" })),
    nextDue: () => tx.statement(() => nextDue(views, tx.now())),
    ...readingFigures(tx),
    snapshot: (id) => tx.statement(() => snapshotOf(views, id)),
    deployment: (id) => tx.statement(() => views.deployments.get(id)?.row ?? null),
    deploymentHead: (id) =>
      tx.statement(() => views.deployments.get(id)?.row ?? null).then((row) => (row === null ? null : headOf(row))),
    secretsOf: (ids) => tx.statement(() => secretsOf(views, ids)),
    secretSetsOf: (ids) => tx.statement(() => secretSetsOf(views, ids)),
    asideSecrets: (id) => tx.statement(() => views.deployments.get(id)?.aside?.secrets ?? null),
    launchSource: (id) => tx.statement(() => views.deployments.get(id)?.source ?? null),
    deploymentsNamed: (name, pool) => tx.statement(() => namesakes(views, name, pool).map(headOf)),
    deployments: (filter) => tx.statement(() => deployments(views, filter)),
    ...readingMachines(tx),
    ...readingHold(tx),
    ...readingWebhooks(tx),
    events: (id, after, limit) =>
      tx.statement(() =>
        views.events
          .group(id)
          .filter((event) => event.no > after)
          .sort((a, b) => a.no - b.no)
          .slice(0, limit),
      ),
    lastEvents: (ids) =>
      tx.statement(() => {
        const rows = ids.flatMap((id) => views.deployments.get(id) ?? []);
        return new Map(rows.map(({ row }) => [row.id, row.eventNo]));
      }),
    accounts: () =>
      tx.statement(() =>
        views.accounts
          .all()
          .map(({ row }) => row)
          .sort((a, b) => compare(a.name, b.name)),
      ),
    accountNamed: (name) => tx.statement(() => views.accounts.all().find(({ row }) => row.name === name)?.row ?? null),
    account: (id) => tx.statement(() => views.accounts.get(id)?.row ?? null),
    callRates: () => tx.statement(() => callRates(views, tx.now())),
    writtenSince: (id, since) => tx.statement(() => tx.writtenSince(id, since)),
    pastBoots: (account, sizes, each) =>
      tx.statement(() => sizes.flatMap((size) => bootsOf(views, { account, size }).slice(0, each))),
    openMachines: () => tx.statement(() => openMachines(views)),
    hasMachines: (id) => tx.statement(() => views.machines.all().some(({ row }) => row.account === id)),
    credentials: (id) => tx.statement(() => views.accounts.get(id)?.credentials ?? null),
    pools: () => tx.statement(() => byName(views.pools.all())),
    blocks: () => tx.statement(() => views.blocks.all()),
    debts: () => tx.statement(() => debts(views)),
    market: (pool, by = []) => tx.statement(() => marketOf(views, pool, { by, now: tx.now() })),
    quotas: () => tx.statement(() => quotas(views)),
    profiles: () => tx.statement(() => byName(views.profiles.all())),
    ...readingBlueprints(tx),
    tokens: () => tx.statement(() => byName(views.tokens.all())),
    access: () => tx.statement(() => accessAt(views, tx.now())),
    accessOf: (pass) => tx.statement(() => accessOf(views, tx.now(), pass)),
    ...readingAudit(tx),
    ...readingOffers(tx),
    ...readingKept(tx),
    ...readingPlans(tx),
    counts: () => tx.statement(() => countsOf(views)),
    setting: (name) => tx.statement(() => views.settings.get(name) ?? null),
  };
}

function readingBlueprints(tx: Transaction): Pick<Reads, "blueprints" | "blueprint" | "blueprintVersions"> {
  const { views } = tx;
  return {
    blueprints: () => tx.statement(() => newestBlueprints(views)),
    blueprint: (name, version) =>
      tx.statement(() => {
        if (version !== undefined) return views.blueprints.get(blueprintKey({ name, version })) ?? null;
        return newestBlueprints(views).find((row) => row.name === name) ?? null;
      }),
    blueprintVersions: (name) =>
      tx.statement(() => [...views.blueprints.group(name)].sort((a, b) => b.version - a.version)),
  };
}

type ReadingMachines = Pick<Reads, "machinesOf" | "machine" | "machineByNonce" | "placementOf" | "evidence">;

function readingMachines(tx: Transaction): ReadingMachines {
  const { views } = tx;
  return {
    machinesOf: (id) => tx.statement(() => machinesOf(views, id)),
    machine: (id) => tx.statement(() => views.machines.get(id)?.row ?? null),
    machineByNonce: (nonce) =>
      tx.statement(() => views.machines.all().find(({ row }) => row.nonce === nonce)?.row ?? null),
    placementOf: ({ deployment, attemptNo: attempt, instance, placementNo: no }) =>
      tx.statement(() => {
        if (deployment === null || instance === null) return null;
        return views.placements.get(placementKey({ deployment, attempt, instance, no })) ?? null;
      }),
    evidence: (id) => tx.statement(() => views.evidence.get(id) ?? null),
  };
}

function newestBlueprints(views: Views): StoredBlueprint[] {
  const newest = new Map<string, StoredBlueprint>();
  for (const row of views.blueprints.all()) {
    if ((newest.get(row.name)?.version ?? 0) < row.version) newest.set(row.name, row);
  }
  return byName(newest.values());
}

function callRates(views: Views, now: number): Map<AccountId, CallRate> {
  const inFlight = callsInFlight(views, now);
  return new Map(
    views.accounts.all().map(({ row: { id }, calls }) => {
      return [id, { perMinute: callsPerMinute(calls, now), underWay: inFlight.get(id)?.size ?? 0 }];
    }),
  );
}

/** Newest first. */
function bootsOf(views: Views, { account, size }: { account: AccountId; size: string }): PastBoot[] {
  const machines = views.machines.all().map(({ row }) => row);
  return machines
    .filter((row) => row.account === account && row.size === size)
    .sort((a, b) => compare(b.madeAt ?? 0, a.madeAt ?? 0))
    .flatMap(({ id, madeAt, bootedAt, attemptNo }) => {
      const found = views.instances.all().find(({ row }) => row.machine === id)?.row;
      if (madeAt === null || bootedAt === null || bootedAt <= madeAt) return [];
      if (found === undefined || found.runningAt === null) return [];
      const { name, runningAt, readyAt, deployment } = found;
      const endedAt = views.attempts.get(numberedKey({ deployment, no: attemptNo }))?.endedAt ?? Infinity;
      if (runningAt > endedAt) return [];
      return [
        {
          instance: name,
          size,
          bootMs: bootedAt - madeAt,
          startMs: bootedAt < runningAt ? runningAt - bootedAt : null,
          readyMs: readyAt === null || readyAt > endedAt ? null : readyAt - runningAt,
        },
      ];
    });
}

function openMachines(views: Views): Map<AccountId, number> {
  const counts = new Map<AccountId, number>();
  for (const { row } of views.machines.all()) {
    if (isOpen(row)) counts.set(row.account, (counts.get(row.account) ?? 0) + 1);
  }
  return counts;
}

function nextDue(views: Views, now: number): NextDue {
  const times = dueTimes(views, now);
  return {
    now,
    advance: earliest(times.advance()),
    call: earliest(times.call()),
    probe: earliest(times.probe()),
    poll: earliest(times.poll()),
  };
}

function deployments(views: Views, filter: DeploymentFilter): { rows: DeploymentSummary[]; next: string | null } {
  const placed = (at: string, id: string) => `${at.padStart(14, "0")} ${id}`;
  const place = ({ row }: DeploymentRow) => placed(String(row.createdAt), row.id);
  const [at = "", id = ""] = filter.cursor?.split(" ") ?? [];
  const search = filter.search?.toLowerCase() ?? "";
  const found = views.deployments
    .all()
    .filter(
      ({ row }) =>
        (filter.deleted === true || row.deletedAt === null) &&
        (filter.pool === undefined || row.pool === filter.pool) &&
        (filter.pools === undefined || filter.pools.includes(row.pool)) &&
        (filter.states === undefined || filter.states.includes(row.state)) &&
        row.name.toLowerCase().includes(search),
    )
    .sort((a, b) => compare(place(b), place(a)))
    .filter((row) => filter.cursor === undefined || place(row) < placed(at, id));
  const page = found.slice(0, filter.limit);
  const last = page.at(-1);
  return {
    rows: page.map(({ row }) => summary(views, row)),
    next: last === undefined || found.length === page.length ? null : place(last),
  };
}

function summary(views: Views, deployment: DeploymentRow["row"]): DeploymentSummary {
  const { id, attemptNo } = deployment;
  const instances = views.instances.group(id);
  const attempt = views.attempts.get(numberedKey({ deployment: id, no: attemptNo }));
  return {
    deployment: headOf(deployment),
    attempt: attempt === undefined ? null : attemptShown(attempt),
    instanceCount: instances.length,
    readyCount: instances.filter(({ row }) => row.readyAt !== null).length,
    debtCount: machinesOf(views, id).filter((row) => isOpen(row) && row.debtSince !== null).length,
  };
}

function attemptShown({ accountName, outcome, endedAt }: Attempt): DeploymentSummary["attempt"] {
  return { account: accountName, outcome, endedAt };
}

function debts(views: Views) {
  return views.machines
    .all()
    .map(({ row }) => row)
    .filter((row) => isOpen(row) && row.debtSince !== null)
    .sort((a, b) => compare(a.debtSince ?? 0, b.debtSince ?? 0) || compare(a.id, b.id))
    .map((machine) => ({
      machine,
      deploymentName:
        machine.deployment === null ? null : (views.deployments.get(machine.deployment)?.row.name ?? null),
      pool: machine.deployment === null ? null : (views.deployments.get(machine.deployment)?.row.pool ?? null),
      accountName: views.accounts.get(machine.account)?.row.name ?? machine.account,
    }));
}

function countsOf(views: Views): ReadonlyMap<AccountId, Counted> {
  const holding = views.placements.all().filter(isHeld);
  const asked = views.accounts.all().flatMap(({ row: { id } }) => {
    const usage = views.usages.get(id);
    if (usage === undefined) return [];
    const here = holding.filter((row) => row.account === id);
    return [[id, { quotas: usage.quotas, uncounted: uncountedOf(views, id, here) }] as const];
  });
  return new Map(asked);
}
