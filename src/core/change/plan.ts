// What an update would do, before anything is asked for: what becomes of each instance, where what is new would go, and what it costs. What is new
// stays at the account, and is held beside what is there: whatever of that goes, goes last, but for the machines that the blueprint lets go first.

import { type Draft, draftOf } from "../decision/draft.ts";
import { isProtected } from "../decision/protect.ts";
import type { ResolvedBlueprint } from "../blueprint/model.ts";
import type { AccountId } from "../ids.ts";
import type { Machine } from "../machine.ts";
import type { Enquiry, Market } from "../market/market.ts";
import type { Place } from "../market/place.ts";
import type { Placement } from "../market/placement.ts";
import type { Snapshot } from "../snapshot.ts";
import { costsNow, hourlyMicrosNow, isUnpriced } from "../story/cost.ts";
import type { Refusal } from "../story/event.ts";
import { differenceOf, type InstanceChange } from "./difference.ts";
import { placesFor } from "./seek.ts";

export interface UpdateQuestion {
  /** Settled: it has an attempt. */
  readonly snapshot: Snapshot;
  readonly after: ResolvedBlueprint;
  /** Secret parameters that have another value. */
  readonly changedSecrets: ReadonlySet<string>;
  /** Protected members that may be replaced or removed all the same. */
  readonly allowReplace: readonly string[];
  readonly market: Market;
  readonly now: number;
  /** Address at which machines call home. */
  readonly callbackBase: string;
}

/** Per hour. */
export interface Bill {
  /** Millionths of a dollar, of those whose price is known. */
  readonly micros: number;
  /** Machines whose price is not. */
  readonly unpriced: number;
}

interface PlannedChange extends InstanceChange {
  /** Where it is; null: nowhere yet. */
  readonly from: Placement | null;
  /** Where its new machine would be; null: it gets none, or there is no place for it. */
  readonly to: Place | null;
  /** Its former machine goes before its new one is asked for. */
  readonly isRemovedFirst: boolean;
}

export interface PlannedUpdate {
  readonly account: AccountId;
  readonly changes: readonly PlannedChange[];
  /** Protected members that would be replaced or removed, and may not be. */
  readonly kept: readonly string[];
  /** Why what is new has no place at the account; none: it has. */
  readonly refused: readonly Refusal[];
  /** What to ask for before the account can be judged. */
  readonly unread: readonly Enquiry[];
  /** All that is open now, debt included. */
  readonly now: Bill;
  /** When it is over. Null: there is no place for what is new. */
  readonly later: Bill | null;
  /** While what is new comes up beside what is there. */
  readonly most: Bill | null;
}

/** Where what is new has no place, it says so if it had one with `removeFirst`. */
export function planUpdate(question: UpdateQuestion): PlannedUpdate {
  const planned = planAsked(question);
  const [first, ...rest] = planned.refused;
  if (first === undefined) return planned;
  const groups = beside(question.after, planned);
  if (groups.length === 0 || planAsked(withRemoval(question, groups)).refused.length > 0) return planned;
  const text = `${first.text}; it would fit with update.order: removeFirst for ${groups.join(", ")}: former machines go first then`;
  return { ...planned, refused: [{ ...first, text }, ...rest] };
}

/** Groups whose machines are replaced beside what is there. */
function beside({ instances }: ResolvedBlueprint, { changes }: PlannedUpdate): readonly string[] {
  const named = new Set(changes.flatMap((one) => (one.change === "replace" && !one.isRemovedFirst ? [one.name] : [])));
  return [...new Set(instances.filter(({ name }) => named.has(name)).map(({ group }) => group))];
}

function withRemoval(question: UpdateQuestion, groups: readonly string[]): UpdateQuestion {
  const { after } = question;
  const instances = after.instances.map((spec) =>
    groups.includes(spec.group) ? { ...spec, update: { order: "removeFirst" as const } } : spec,
  );
  return { ...question, after: { ...after, instances } };
}

function planAsked(question: UpdateQuestion): PlannedUpdate {
  const { snapshot, after, changedSecrets, now } = question;
  const draft = draftOf(snapshot, now);
  const before = snapshot.deployment.blueprint;
  const down = new Set(snapshot.instances.filter(({ readyAt }) => readyAt === null).map(({ name }) => name));
  const changes = differenceOf({ before, after, changedSecrets, down });
  const first = removedFirst(draft, after, changes);
  const { account, accountName } = draft.attempt();
  const kept = namesOf(changes, "keep");
  const fresh = namesOf(changes, "add", "replace");
  const found = placesFor(draft, question, { fresh, kept, first });
  const to = new Map(found.places?.map((place) => [place.instance, place]));
  const open = billOf(snapshot.machines.filter(costsNow));
  const stays = billOf(snapshot.machines.filter((row) => costsNow(row) && isKept(draft, row, kept)));
  const isThere = question.market.accounts.some((one) => one.account.id === account);
  const places = new Map(before.instances.map(({ name }) => [name, draft.placementOf(name)]));
  return {
    account,
    changes: changes.map((one) => ({
      ...one,
      reasons: first.has(one.name) ? [...one.reasons, FIRST] : one.reasons,
      from: places.get(one.name) ?? null,
      to: to.get(one.name) ?? null,
      isRemovedFirst: first.has(one.name),
    })),
    kept: [...namesOf(changes, "replace", "remove")].filter((name) => isKeptBack(draft, name, question.allowReplace)),
    refused: found.places !== null || isThere ? found.refused : [leftPool(accountName, question.market)],
    unread: found.unread,
    now: open,
    later: found.places?.map(costOf).reduce(plusBill, stays) ?? null,
    most: found.places?.map((place) => besideFormer(draft, place, first)).reduce(plusBill, open) ?? null,
  };
}

const FIRST = "its former machine goes before its new one is asked for";

/** A machine that is debt by then may never go: what is new comes beside it. */
function removedFirst(
  draft: Draft,
  { instances }: ResolvedBlueprint,
  changes: readonly InstanceChange[],
): ReadonlySet<string> {
  const replaced = namesOf(changes, "replace");
  const isOwed = (name: string): boolean => (draft.machineOf(draft.instance(name))?.debtSince ?? null) !== null;
  const named = instances.filter(({ name, update }) => replaced.has(name) && update.order === "removeFirst");
  return new Set(named.map(({ name }) => name).filter((name) => !isOwed(name)));
}

const isKeptBack = (draft: Draft, name: string, allowed: readonly string[]): boolean =>
  !allowed.includes(name) && isProtected(draft.spec(name), draft.instance(name));

const leftPool = (account: string, { pool }: Market): Refusal => ({
  account,
  realm: null,
  code: "disabled",
  text: `the account is not in pool ${pool.name} any more`,
});

function namesOf(
  changes: readonly InstanceChange[],
  ...kinds: readonly InstanceChange["change"][]
): ReadonlySet<string> {
  return new Set(changes.filter(({ change }) => kinds.includes(change)).map(({ name }) => name));
}

function isKept(draft: Draft, { id, instance }: Machine, kept: ReadonlySet<string>): boolean {
  return instance !== null && kept.has(instance) && draft.instance(instance).machine === id;
}

function billOf(machines: readonly Machine[]): Bill {
  return {
    micros: machines.reduce((total, machine) => total + hourlyMicrosNow(machine), 0),
    unpriced: machines.filter(isUnpriced).length,
  };
}

function costOf({ fit: { hourlyMicros } }: Place): Bill {
  return { micros: hourlyMicros ?? 0, unpriced: Number(hourlyMicros === null) };
}

const plusBill = (a: Bill, b: Bill): Bill => ({ micros: a.micros + b.micros, unpriced: a.unpriced + b.unpriced });

/** What it costs more than what is open: whoever goes first is never there twice. */
function besideFormer(draft: Draft, place: Place, first: ReadonlySet<string>): Bill {
  const cost = costOf(place);
  if (!first.has(place.instance)) return cost;
  const former = draft.machineOf(draft.instance(place.instance));
  const was = billOf(former !== null && costsNow(former) ? [former] : []);
  return { micros: Math.max(0, cost.micros - was.micros), unpriced: Math.max(0, cost.unpriced - was.unpriced) };
}
