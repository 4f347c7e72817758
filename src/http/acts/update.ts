// Carrying out an update, as it is asked for or as it was planned: begun whole, or not at all.

import { UpdateRequest } from "../../contract/update.ts";
import type { DeploymentId } from "../../core/ids.ts";
import { askUpdate } from "../../core/change/begin.ts";
import { planUpdate } from "../../core/change/plan.ts";
import type { PlanRow } from "../../ports/plans.ts";
import { openTexts, sealTexts } from "../../ports/sealing.ts";
import type { Reads, Tx } from "../../ports/store.ts";
import type { HttpDeps } from "../http-deps.ts";
import { notFound, refusedBy } from "../problem.ts";
import { type Asking, findToAct } from "./find.ts";
import { appliedBefore, changed, expired, noSuchPlan, otherForm, plannedUpdate } from "./plan-refusals.ts";
import { refuseOthers } from "./plan.ts";
import { basisOf, reportUpdate, showUpdatePlan } from "./update-plan.ts";
import { questionOf } from "./update-question.ts";
import { writeWaves } from "./waves.ts";

export interface Update {
  /** Id or name. */
  readonly key: string;
  readonly by: Asking;
  readonly request: UpdateRequest;
  /** What is carried out just as it was shown; null: what is asked for, as it comes to now. */
  readonly plan: PlanRow | null;
}

/** Throws what keeps it from being begun: nothing is changed then. */
export async function update(deps: HttpDeps, asked: Update): Promise<DeploymentId> {
  // Its account is asked for what is not known of it before anything is locked.
  await reportUpdate(deps, asked);
  return deps.store.write((tx) => beginUpdate(deps, tx, asked));
}

async function beginUpdate(deps: HttpDeps, tx: Tx, { key, by, request, plan }: Update): Promise<DeploymentId> {
  const { id, pool } = await findToAct(tx, key, by);
  const { ids } = await tx.lock([id]);
  const [snapshot] = await tx.snapshots(ids);
  const present = await tx.launchSource(id);
  if (snapshot === undefined || present === null) throw notFound(`deployment ${key}`);
  const market = async () => (await tx.markets([pool], [snapshot.deployment.createdBy])).get(pool) ?? null;
  const questioned = await questionOf(tx, deps, { snapshot, present, market, request, isWhole: true, plan });
  const { question, source, secrets } = questioned;
  const planned = planUpdate(question);
  if (plan !== null) {
    const change = changeOf(plan, { ...planned, ...questioned, deployment: snapshot.deployment });
    if (change !== null) throw changed(plan.id, change, "done");
    if (!(await tx.applyPlan(plan.id, id))) throw appliedBefore(plan);
  }
  const begun = askUpdate(question, by.name, () => planned);
  if ("refused" in begun) throw refusedBy(begun.refused);
  await writeWaves(tx, begun.changes);
  const last = begun.changes.at(-1)?.deployment;
  if (last === undefined) return id;
  const sealed = Object.keys(secrets).length === 0 ? null : sealTexts(deps.secrets, secrets);
  await tx.turnSource({ deployment: id, revision: last.revisionNo, source, secrets: sealed });
  return id;
}

/** The plan with this id. Throws what keeps it from being carried out, as far as that is known without looking at the deployment. */
export async function findUpdatePlan(
  deps: HttpDeps,
  { id, key, by }: { readonly id: string; readonly key: string; readonly by: Asking },
): Promise<{ readonly plan: PlanRow; readonly request: UpdateRequest }> {
  const plan = await deps.store.read((tx) => readPlan(tx, { id, key, by }));
  const request = UpdateRequest.safeParse(plan.request);
  if (!request.success) throw otherForm(id);
  const secrets = openTexts(deps.secrets, plan.secrets);
  return { plan, request: { ...request.data, parameters: { ...request.data.parameters, ...secrets } } };
}

async function readPlan(
  tx: Reads,
  { id, key, by }: { readonly id: string; readonly key: string; readonly by: Asking },
): Promise<PlanRow> {
  const head = await findToAct(tx, key, by);
  const plan = await tx.plan(id);
  if (plan === null || plan.kind !== "update" || plan.target !== head.id) throw noSuchPlan(id);
  if (plan.appliedAt !== null) throw appliedBefore(plan);
  if (plan.expiresAt <= (await tx.now())) throw expired(plan);
  if (plan.secrets !== null) refuseOthers(plan, by);
  return plan;
}

/** What is not as it was planned; null: all is. */
function changeOf(
  plan: PlanRow,
  is: Parameters<typeof showUpdatePlan>[0] & Parameters<typeof basisOf>[0],
): string | null {
  const { instances } = plannedUpdate(plan);
  const now = showUpdatePlan(is);
  const planned = new Map(instances.map((one) => [one.name, JSON.stringify(one)]));
  const other = now.instances.find((one) => planned.get(one.name) !== JSON.stringify(one));
  if (other !== undefined) {
    const to =
      other.to === null
        ? ""
        : ` on ${other.to.size} in ${other.to.realm} at ${other.to.hourlyCost ?? "an unknown price"}`;
    return `what becomes of ${other.name} is another: ${other.change}${to}`;
  }
  if (now.instances.length !== instances.length) return "it has other members now";
  return basisOf(is) === plan.basis ? null : "its blueprint, or a profile or rule that it goes by, has changed since";
}
