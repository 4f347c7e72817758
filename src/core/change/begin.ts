// An update begins: its revision is the deployment's from then on, and what it replaces and removes is put aside with the revision as it was.

import type { ResolvedBlueprint } from "../blueprint/model.ts";
import { placementOf, takeProbes } from "../decision/choose.ts";
import { type Instance, UNPROBED } from "../deployment.ts";
import { type Draft, draftOf } from "../decision/draft.ts";
import { isWornOut, wornOutText } from "../decision/repair.ts";
import { nextPlaceNo } from "../decision/replace.ts";
import type { Market } from "../market/market.ts";
import { memberOf } from "../machine.ts";
import { mayUpdate } from "../people/actions.ts";
import { newInstance, UNDER_WAY } from "../people/new-deployment.ts";
import { type Asked, notNow, type RequestRefusal } from "../people/requests.ts";
import type { Snapshot } from "../snapshot.ts";
import { brief } from "../story/brief.ts";
import { warnNear } from "../decision/warn.ts";
import { type InstanceChange, isSame } from "./difference.ts";
import { type PlannedUpdate, planUpdate, type UpdateQuestion } from "./plan.ts";

/** Begins it, or says what keeps it from that: it is begun whole or not at all. `plan`: another way to the plan of this question, where it is known. */
export function askUpdate(question: UpdateQuestion, by: string, plan = planUpdate): Asked {
  const { snapshot, after, changedSecrets, now, market } = question;
  const cannot = cannotUpdate(snapshot);
  if (cannot !== null) return cannot;
  const planned = plan(question);
  const { blueprint } = snapshot.deployment;
  const isAllKept = planned.changes.every(({ change }) => change === "keep");
  if (isAllKept && changedSecrets.size === 0 && isSame(blueprint, after)) return { changes: [] };
  const refused = refusalOf(snapshot, planned);
  if (refused !== null) return { refused };
  const draft = draftOf(snapshot, now);
  const worn = namesOf(planned, "add", "replace").find((name) => isWornOut(draft, name));
  if (worn !== undefined) return notNow(draft.deployment, `cannot be updated: ${wornOutText(worn)}`);
  begin(draft, { planned, after, by, market });
  warnNear(draft, market, snapshot.placements);
  return { changes: draft.waves() };
}

/** Why another blueprint cannot be held against it now; null: it can. */
export function cannotUpdate({
  deployment,
  instances,
  machines,
  revisions,
}: Snapshot): { readonly refused: RequestRefusal } | null {
  const { name } = deployment;
  const under = revisions.find(({ aside }) => aside !== null);
  if (under !== undefined) {
    const what = `the update to revision ${under.no}, which ${under.by} asked for, is not over`;
    return {
      refused: {
        code: "not_in_this_state",
        text: `deployment ${name} is ${deployment.state}: ${what}; wait, or cancel it`,
      },
    };
  }
  if (!mayUpdate(deployment)) return notNow(deployment, "only one that is up can be updated");
  const busy = instances.find(isOnItsWay);
  if (busy !== undefined) {
    return notNow(deployment, `cannot be updated while ${busy.name} is on its way; wait until it is up or has failed`);
  }
  const rebooted = machines.find(({ rebootUntil }) => rebootUntil !== null);
  return rebooted === undefined
    ? null
    : notNow(deployment, `cannot be updated while ${memberOf(rebooted)} is being rebooted; wait until that is over`);
}

/** By itself, or by a repair: nobody knows yet what it will be. */
function isOnItsWay({ state, repairSince, runningAt, readyAt, deadSince }: Instance): boolean {
  if (repairSince !== null || state === "pending" || state === "shutting_down") return true;
  return (state === "stopped" && runningAt === null) || (state === "running" && readyAt === null && deadSince === null);
}

function refusalOf({ deployment: { name } }: Snapshot, { kept, refused }: PlannedUpdate): RequestRefusal | null {
  const [first] = kept;
  if (first !== undefined) {
    const text = `deployment ${name}: ${first} is protected, and would be replaced or removed; allow it by name, with allowReplace`;
    return { code: "protected", text };
  }
  const [no] = refused;
  if (no !== undefined) {
    const text = `deployment ${name}: account ${no.account} has no place for what is new beside what is there: ${no.text}`;
    return { code: "no_place", text: brief(text) };
  }
  return null;
}

function namesOf(
  { changes }: PlannedUpdate,
  ...kinds: readonly PlannedUpdate["changes"][number]["change"][]
): string[] {
  return changes.filter(({ change }) => kinds.includes(change)).map(({ name }) => name);
}

/** Without where each goes, and without those that are kept. */
function changesOf({ changes }: PlannedUpdate): readonly InstanceChange[] {
  const other = changes.filter(({ change }) => change !== "keep");
  return other.map(({ name, change, reasons }) => ({ name, change, reasons }));
}

interface Begun {
  readonly planned: PlannedUpdate;
  readonly after: ResolvedBlueprint;
  readonly by: string;
  readonly market: Market;
}

function begin(draft: Draft, of: Begun): void {
  const { planned, after, by } = of;
  const { id: deployment, blueprint, revisionNo: revision } = draft.deployment;
  const no = draft.revisionsEver() + 1;
  const [replaced, added, removed] = [namesOf(planned, "replace"), namesOf(planned, "add"), namesOf(planned, "remove")];
  const anew = askedAnew(blueprint, after).filter((name) => !replaced.includes(name));
  const checked = checkedAnew(blueprint, after).filter((name) => ![...replaced, ...anew].includes(name));
  const instances = [...replaced, ...removed, ...anew, ...checked].map((name) => draft.instance(name));
  draft.putRevision({
    deployment,
    no,
    why: "update",
    by,
    begunAt: draft.now,
    ...UNDER_WAY,
    changes: changesOf(planned),
    aside: { revision, blueprint, instances },
  });
  draft.setDeployment({ revisionNo: no, blueprint: after, failure: null, cancelAskedAt: null });
  draft.tell({ kind: "update_begun", by, replaced, added, removed });
  draft.moveDeployment("update_begun", null);
  for (const name of removed) draft.dropInstance(name);
  for (const name of [...replaced, ...added]) {
    draft.putInstance(newInstance({ deployment, name, revision: no, since: draft.now }));
  }
  for (const name of anew) {
    const row = draft.instance(name);
    draft.putInstance({ ...row, revision: no, since: draft.now, readyAt: null, ...UNPROBED, probeAt: draft.now });
  }
  for (const name of checked) {
    const { live } = draft.spec(name);
    const probeAt = live === null ? null : draft.now + live.periodMs;
    draft.putInstance({ ...draft.instance(name), revision: no, ...UNPROBED, probeAt });
  }
  draft.arrangeInstances();
  place(draft, of);
}

/** Kept members whose readiness check is another. That its cloud says that one runs is known of what is up; whoever is to call home is replaced. */
function askedAnew(before: ResolvedBlueprint, after: ResolvedBlueprint): string[] {
  const former = new Map(before.instances.map(({ name, ready }) => [name, ready]));
  return after.instances.flatMap(({ name, ready }) => {
    const was = former.get(name);
    return was !== undefined && ready.kind !== "provider" && !isSame(was, ready) ? [name] : [];
  });
}

/** Kept members whose live check is another: what the former one has found, and when it comes next, counts no more. */
function checkedAnew(before: ResolvedBlueprint, after: ResolvedBlueprint): string[] {
  const former = new Map(before.instances.map((spec) => [spec.name, spec]));
  return after.instances.flatMap(({ name, live }) => {
    const was = former.get(name);
    return was !== undefined && !isSame(was.live, live) ? [name] : [];
  });
}

/** What is new is reserved beside what is there; whoever waits for room of its own has what it has. */
function place(draft: Draft, { planned: { account, changes }, market }: Begun): void {
  const places = changes.flatMap(({ to, isRemovedFirst }) => (to === null || isRemovedFirst ? [] : [to]));
  const { no: attempt } = draft.attempt();
  const last = Math.max(0, ...draft.placements().map(({ askOrder }) => askOrder));
  for (const [at, one] of places.entries()) {
    const no = nextPlaceNo(draft, one.instance);
    draft.putPlacement(placementOf(draft, one, { account, attempt, no, askOrder: last + at + 1, lost: [] }));
  }
  takeProbes(draft, market, { account, places });
}
