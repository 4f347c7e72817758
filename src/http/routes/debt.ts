// Machines that should be gone and are not proven gone, and what they may cost.

import { createRoute } from "@hono/zod-openapi";
import { Debt, DebtList } from "../../contract/operation.ts";
import { costMicros, costMicrosOrNull, hourlyMicrosNow, isUnpriced } from "../../core/story/cost.ts";
import { debtReason, dueNow, isDebt, retryDebt } from "../../core/people/debt.ts";
import { type MachineId, machineId } from "../../core/ids.ts";
import { allows } from "../../core/people/grants.ts";
import type { Debt as DebtRow, Reads, Store } from "../../ports/store.ts";
import { type Asking, maySee, notPermitted } from "../acts/find.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { notFound } from "../problem.ts";
import { MachineInPath, PROBLEM, reply, SECURITY } from "../route.ts";
import { dollars, dollarsOrNull, time, timeOrNull } from "../show/terms.ts";
import { writeWaves } from "../acts/waves.ts";

const common = { tags: ["debt"], security: SECURITY };

const list = createRoute({
  method: "get",
  path: "/v1/debt",
  summary: "List machines that should be gone and are not proven gone",
  ...common,
  responses: { 200: reply(DebtList, "All debt"), ...PROBLEM },
});

const retry = createRoute({
  method: "post",
  path: "/v1/debt/{machine}/retry",
  summary: "Try to remove such a machine now",
  ...common,
  request: { params: MachineInPath },
  responses: { 200: reply(Debt, "The debt, due now"), ...PROBLEM },
});

export function addDebtRoutes(app: App, { store }: HttpDeps): void {
  app.openapi(list, async (c) => {
    const caller = c.get("caller");
    const { debts, now } = await store.read(async (tx) => ({
      debts: await debtsSeen(tx, caller),
      now: await tx.now(),
    }));
    const machines = debts.map(({ machine }) => machine);
    const hourly = machines.reduce((sum, machine) => sum + hourlyMicrosNow(machine), 0);
    const cost = machines.reduce((sum, machine) => sum + costMicros(machine, now, machine.debtSince ?? now), 0);
    const shown = debts.map((debt) => showDebt(debt, now));
    const unpriced = machines.filter(isUnpriced).length;
    return c.json({ debts: shown, hourlyCost: dollars(hourly), cost: dollars(cost), unpriced }, 200);
  });

  app.openapi(retry, async (c) => {
    const id = machineId(c.req.valid("param").machine);
    const caller = c.get("caller");
    await retryNow(store, id, caller);
    const { debts, now } = await store.read(async (tx) => ({
      debts: await debtsSeen(tx, caller),
      now: await tx.now(),
    }));
    const debt = debts.find(({ machine }) => machine.id === id);
    if (debt === undefined) throw notFound(`debt ${id}`);
    return c.json(showDebt(debt, now), 200);
  });
}

/** What belongs to no deployment is in no pool. */
async function debtsSeen(tx: Reads, asking: Asking): Promise<readonly DebtRow[]> {
  return (await tx.debts()).filter(({ pool }) => maySee(asking, pool));
}

async function retryNow(store: Store, id: MachineId, asking: Asking): Promise<void> {
  await store.write(async (tx) => {
    const debt = (await debtsSeen(tx, asking)).find(({ machine }) => machine.id === id);
    if (debt === undefined) throw notFound(`debt ${id}`);
    const needed = { role: "operator", pool: debt.pool } as const;
    if (!allows(asking.grants, needed)) throw notPermitted(asking, needed);
    const deployment = (await tx.machine(id))?.deployment ?? null;
    if (deployment !== null) {
      const { now, ids } = await tx.lock([deployment]);
      for (const snapshot of await tx.snapshots(ids)) await writeWaves(tx, retryDebt(snapshot, id, now));
      return;
    }
    const locked = await tx.lockMachine(id);
    if (locked !== null && isDebt(locked.machine)) await tx.putStray(dueNow(locked.machine, locked.now));
  });
}

function showDebt({ machine, deploymentName, accountName }: DebtRow, now: number): Debt {
  const { id, externalId, deployment, instance, realm, size, call, failures, fault } = machine;
  return {
    machine: id,
    externalId,
    deployment,
    deploymentName,
    instance,
    account: accountName,
    realm,
    size,
    since: time(machine.debtSince ?? now),
    hourlyCost: dollarsOrNull(machine.hourlyMicros),
    cost: dollarsOrNull(costMicrosOrNull(machine, now, machine.debtSince ?? now)),
    observed: machine.observed,
    observedAt: timeOrNull(machine.observedAt),
    call,
    nextTryAt: timeOrNull(machine.callAt),
    failures,
    fault,
    reason: debtReason(machine),
  };
}
