// A plan that is kept, as it was made.

import type { KeptPlan } from "../../contract/kept-plan.ts";
import { UpdatePlan } from "../../contract/update.ts";
import { invariant } from "../../core/invariant.ts";
import type { PlanRow } from "../../ports/plans.ts";
import type { Reads } from "../../ports/store.ts";
import { time, timeOrNull } from "../show/terms.ts";
import { type Asking, findToAct } from "./find.ts";
import { findPlan, readPlan } from "./plan.ts";
import { otherForm } from "./plan-refusals.ts";

/** For those who see its pool; one of an update for those who may carry it out: it tells whether a secret value is another. */
export async function keptPlan(tx: Reads, id: string, by: Asking): Promise<KeptPlan> {
  const row = await findPlan(tx, id, by);
  const now = await tx.now();
  if (row.kind === "launch") return showLaunch(row, now);
  invariant(row.target !== null, `plan ${id} of an update is about no deployment`);
  const { id: deployment } = await findToAct(tx, row.target, by);
  return { kind: "update", ...common(row, now), deployment, plan: { ...readUpdate(row), ...underId(row) } };
}

function showLaunch(row: PlanRow, now: number): KeptPlan {
  const { request, shown } = readPlan(row);
  const { name = null, maxHourly = null } = request;
  const plan = { ...shown, ...underId(row) };
  return { kind: "launch", ...common(row, now), deployment: row.deployment, name, maxHourly, plan };
}

function readUpdate({ id, shown }: PlanRow): Omit<UpdatePlan, "id" | "expiresAt"> {
  const told = UpdatePlan.omit({ id: true, expiresAt: true }).safeParse(shown);
  if (!told.success) throw otherForm(id);
  return told.data;
}

const underId = ({ id, expiresAt }: PlanRow) => ({ id, expiresAt: time(expiresAt) });

function common(row: PlanRow, now: number) {
  const { createdBy, createdAt, appliedAt, expiresAt } = row;
  const isOver = expiresAt <= now;
  return {
    standing: appliedAt !== null ? "applied" : isOver ? "expired" : "open",
    createdAt: time(createdAt),
    createdBy,
    ...underId(row),
    appliedAt: timeOrNull(appliedAt),
  } as const;
}
