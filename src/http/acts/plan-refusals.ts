// Why a plan is not carried out, in words.

import type { Match } from "../../core/market/candidates.ts";
import type { PlannedMatch } from "../../contract/plan.ts";
import { UpdatePlan } from "../../contract/update.ts";
import type { Deployment } from "../../core/deployment.ts";
import type { PlanRow } from "../../ports/plans.ts";
import { PLANS_MOST } from "../../ports/plans.ts";
import { Refused } from "../problem.ts";
import { dollars, time } from "../show/terms.ts";

const AGAIN = "plan again, look at the new plan, and apply that";

export function noSuchPlan(id: string): Refused {
  const known = `plans are forgotten a day after they expire, and of those that one person makes the newest ${PLANS_MOST} are kept`;
  return new Refused("not_found", `There is no plan ${id}: ${known}.`);
}

/** Carried out where launches are. */
export function ofUpdate({ id, target }: PlanRow): Refused {
  const where = `POST /v1/deployments/${target}/update, as \`slipway update ${target} --apply ${id}\` does`;
  return new Refused("not_found", `Plan ${id} is no plan of a launch, but of an update: carry it out by ${where}.`);
}

export function appliedBefore({ id, kind, deployment, appliedAt }: PlanRow): Refused {
  const when = appliedAt === null ? "" : ` at ${time(appliedAt)}`;
  const done =
    kind === "launch"
      ? `it is deployment ${deployment ?? "unknown"}. To launch the same once more, plan again`
      : `deployment ${deployment ?? "unknown"} was updated by it. To change it once more, plan again`;
  return new Refused("plan_applied", `Plan ${id} was carried out${when}: ${done}.`);
}

export function expired({ id, expiresAt }: PlanRow): Refused {
  return new Refused("plan_expired", `Plan ${id} expired at ${time(expiresAt)}: ${AGAIN}.`);
}

/** `what`: a sentence's part, as "the price of web-1 at east is $0.0300 per hour, and was $0.0200". */
export function changed(id: string, what: string, would: "launched" | "done" = "launched"): Refused {
  const nothing = would === "launched" ? "Nothing was launched" : "Nothing was changed";
  return new Refused("plan_changed", `Plan ${id} is not what would be ${would} now: ${what}. ${nothing}; ${AGAIN}.`);
}

/** Of a row that is not written as this version of Slipway writes them. */
export function otherForm(id: string): Refused {
  return new Refused(
    "plan_changed",
    `Plan ${id} was made by another version of Slipway, and this one cannot read it: ${AGAIN}.`,
  );
}

/** What it has shown. Throws plan_changed for one that another version of Slipway wrote in another form. */
export function plannedUpdate({ id, shown }: PlanRow): Pick<UpdatePlan, "deployment" | "revision" | "instances"> {
  const read = UpdatePlan.omit({ id: true, expiresAt: true }).safeParse(shown);
  if (!read.success) throw otherForm(id);
  return read.data;
}

/** Throws plan_changed unless the deployment is what it was when the plan was made. */
export function refuseMoved(plan: PlanRow, { revisionNo }: Pick<Deployment, "revisionNo">): void {
  const { deployment, revision } = plannedUpdate(plan);
  if (revisionNo === revision) return;
  throw changed(plan.id, `${deployment} has revision ${revisionNo} now, and had ${revision}`, "done");
}

/** What is not as it was where the plan goes first; null when all is. */
export function offerChange(was: PlannedMatch, is: Match | undefined): string | null {
  if (is === undefined) return `${was.account} cannot host it any more, and no other account of the pool can`;
  if (is.accountName !== was.account)
    return `it would go to account ${is.accountName} now, and was planned for ${was.account}`;
  for (const { instance, fit, image } of is.places) {
    const planned = was.placements[instance];
    if (planned === undefined) return `${instance} was not planned`;
    const { realm, size } = fit.offer;
    if (realm !== planned.realm) return `${instance} would go to realm ${realm}, and was planned for ${planned.realm}`;
    if (size !== planned.size) return `${instance} would get size ${size}, and was planned as ${planned.size}`;
    if (image !== planned.image)
      return `${instance} would start from image ${image}, and was planned from ${planned.image}`;
    const price = fit.hourlyMicros === null ? null : dollars(fit.hourlyMicros);
    if (price !== planned.hourlyCost) {
      return `the price of ${instance}, size ${size} in ${realm} of ${was.account}, is ${priceText(price)} now, and was ${priceText(planned.hourlyCost)}`;
    }
  }
  return null;
}

const priceText = (price: number | null): string => (price === null ? "not known" : `$${price.toFixed(4)} per hour`);
