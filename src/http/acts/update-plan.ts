// What an update would do, kept so that just that can be carried out.

import { randomBytes } from "node:crypto";
import type { ProblemError } from "../../contract/problem.ts";
import type { UpdatePlan, UpdateRequest } from "../../contract/update.ts";
import type { Blueprint } from "../../core/blueprint/blueprint.ts";
import { type Bill, type PlannedUpdate, planUpdate, type UpdateQuestion } from "../../core/change/plan.ts";
import type { Deployment } from "../../core/deployment.ts";
import { invariant } from "../../core/invariant.ts";
import { PLAN_MS, type PlanRow } from "../../ports/plans.ts";
import { sealTexts } from "../../ports/sealing.ts";
import { askUntil } from "../blueprint/asking.ts";
import type { HttpDeps } from "../http-deps.ts";
import { dollars, dollarsOrNull, time } from "../show/terms.ts";
import { type Asking, findToAct } from "./find.ts";
import { digestOf } from "./launch-request.ts";
import { withoutSecrets } from "./plan.ts";
import { questionOf } from "./update-question.ts";

interface UpdateReport extends PlannedUpdate {
  readonly deployment: Deployment;
  readonly question: UpdateQuestion;
  readonly written: Blueprint;
  /** Parameters without a value. */
  readonly spared: readonly ProblemError[];
}

/** `key`: id or name. */
interface Planned {
  readonly key: string;
  readonly by: Asking;
  readonly request: UpdateRequest;
  /** What is to be carried out as it was shown; null: none is. */
  readonly plan: PlanRow | null;
}

/** Throws not_found, not_permitted, not_in_this_state where there is nothing to update, plan_changed where it has moved on, and what is wrong with the blueprint. */
export function reportUpdate(deps: HttpDeps, { key, by, request, plan }: Planned): Promise<UpdateReport> {
  return askUntil(deps, async (tx) => {
    const { id, pool } = await findToAct(tx, key, by);
    const [snapshot, present] = [await tx.snapshot(id), await tx.launchSource(id)];
    invariant(snapshot !== null && present !== null, `deployment ${id} is there in part`);
    const market = () => tx.market(pool, [snapshot.deployment.createdBy]);
    const questioned = await questionOf(tx, deps, { snapshot, present, market, request, isWhole: false, plan });
    const planned = planUpdate(questioned.question);
    return { report: { ...planned, ...questioned, deployment: snapshot.deployment }, unread: planned.unread };
  });
}

/** The plan, kept where it can be carried out as it is. */
export async function makeUpdatePlan(deps: HttpDeps, asked: Omit<Planned, "plan">): Promise<UpdatePlan> {
  const report = await reportUpdate(deps, { ...asked, plan: null });
  const shown = showUpdatePlan(report);
  const { spared, kept, refused, deployment } = report;
  if (spared.length + kept.length + refused.length > 0) return { ...shown, id: null, expiresAt: null };
  const { stored, secrets } = withoutSecrets(asked.request, report.written);
  const id = randomBytes(8).toString("hex");
  const expiresAt = await deps.store.write(async (tx) => {
    const now = await tx.now();
    await tx.insertPlan({
      id,
      kind: "update",
      pool: deployment.pool,
      target: deployment.id,
      createdBy: asked.by.name,
      createdAt: now,
      expiresAt: now + PLAN_MS,
      request: stored,
      secrets: Object.keys(secrets).length === 0 ? null : sealTexts(deps.secrets, secrets),
      seed: deployment.seed,
      basis: basisOf(report),
      shown,
      appliedAt: null,
      deployment: null,
    });
    return now + PLAN_MS;
  });
  return { ...shown, id, expiresAt: time(expiresAt) };
}

/** What a plan stands on, without values of secret parameters. */
export function basisOf({ question, written }: Pick<UpdateReport, "question" | "written">): string {
  const secretParameters = written.parameters.filter(({ secret }) => secret);
  return digestOf({ blueprint: question.after, changed: [...question.changedSecrets], secretParameters });
}

export function showUpdatePlan(report: PlannedUpdate & Pick<UpdateReport, "deployment" | "spared" | "question">) {
  const { deployment, changes, kept, refused, spared, now, later, most, question } = report;
  const attempt = question.snapshot.attempts.find(({ no }) => no === deployment.attemptNo);
  invariant(attempt !== undefined, `deployment ${deployment.id} is up without an attempt`);
  return {
    deployment: deployment.name,
    revision: deployment.revisionNo,
    account: attempt.accountName,
    mistakes: [...spared],
    instances: changes.map(({ name, change, reasons, from, to, isRemovedFirst }) => ({
      name,
      change,
      reasons: [...reasons],
      from: from === null ? null : { realm: from.realm, size: from.size, hourlyCost: dollarsOrNull(from.hourlyMicros) },
      to:
        to === null
          ? null
          : { ...placeOf(to.fit.offer), image: to.image, hourlyCost: dollarsOrNull(to.fit.hourlyMicros) },
      isRemovedFirst,
    })),
    protected: [...kept],
    refused: [...refused],
    now: showBill(now),
    later: later === null ? null : showBill(later),
    most: most === null ? null : showBill(most),
  };
}

const placeOf = ({ realm, size }: { readonly realm: string; readonly size: string }) => ({ realm, size });

const showBill = ({ micros, unpriced }: Bill) => ({ hourlyCost: dollars(micros), unpriced });
