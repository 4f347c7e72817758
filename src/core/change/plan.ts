// What an update would do, before anything is asked for: what becomes of each instance, where what is new would go, and what it costs. What is new
// stays at the account, and is held beside what is there: whatever of that goes, goes last.

import { type Draft, draftOf } from "../decision/draft.ts";
import { isProtected } from "../decision/protect.ts";
import type { ResolvedBlueprint, ResolvedInstance } from "../blueprint/model.ts";
import type { AccountId } from "../ids.ts";
import type { Machine } from "../machine.ts";
import { candidates, type Match } from "../market/candidates.ts";
import { type Enquiry, isHeld, type Market } from "../market/market.ts";
import type { Place } from "../market/place.ts";
import type { Placement } from "../market/placement.ts";
import type { Snapshot } from "../snapshot.ts";
import { costsNow, hourlyMicrosNow, isUnpriced } from "../story/cost.ts";
import type { Refusal } from "../story/event.ts";
import { differenceOf, type InstanceChange } from "./difference.ts";

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

export function planUpdate(question: UpdateQuestion): PlannedUpdate {
  const { snapshot, after, changedSecrets, now } = question;
  const draft = draftOf(snapshot, now);
  const before = snapshot.deployment.blueprint;
  const down = new Set(snapshot.instances.filter(({ readyAt }) => readyAt === null).map(({ name }) => name));
  const changes = differenceOf({ before, after, changedSecrets, down });
  const places = new Map(before.instances.map(({ name }) => [name, draft.placementOf(name)]));
  const { account, accountName } = draft.attempt();
  const fresh = namesOf(changes, "add", "replace");
  const found = fresh.size === 0 ? NOTHING_NEW : seek(draft, question, { fresh, places, changes });
  const [match] = found.matches;
  const to = new Map(match?.places.map((place) => [place.instance, place]));
  const has = match !== undefined || fresh.size === 0;
  const open = billOf(snapshot.machines.filter(costsNow));
  const kept = namesOf(changes, "keep");
  const stays = billOf(snapshot.machines.filter((row) => costsNow(row) && isKept(draft, row, kept)));
  const isThere = question.market.accounts.some((one) => one.account.id === account);
  return {
    account,
    changes: changes.map((one) => ({
      ...one,
      from: places.get(one.name) ?? null,
      to: to.get(one.name) ?? null,
    })),
    kept: [...namesOf(changes, "replace", "remove")].filter((name) => isKeptBack(draft, name, question.allowReplace)),
    refused: has || isThere ? (has ? [] : found.refused) : [leftPool(accountName, question.market)],
    unread: found.unread,
    now: open,
    later: has ? sum(stays, match) : null,
    most: has ? sum(open, match) : null,
  };
}

const isKeptBack = (draft: Draft, name: string, allowed: readonly string[]): boolean =>
  !allowed.includes(name) && isProtected(draft.spec(name), draft.instance(name));

const NOTHING_NEW = { matches: [], refused: [], unread: [] } as const;

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

interface Wanted {
  readonly fresh: ReadonlySet<string>;
  readonly places: ReadonlyMap<string, Placement>;
  readonly changes: readonly InstanceChange[];
}

/** Where what is new would go: at the account alone, beside all that is held. */
function seek(draft: Draft, question: UpdateQuestion, { fresh, places, changes }: Wanted) {
  const { after, now, callbackBase, market } = question;
  const { id, seed, revisionNo, createdBy, createdAt } = draft.deployment;
  const kept = [...places].flatMap(([name, place]) => (namesOf(changes, "keep").has(name) ? [place] : []));
  const settled = alternativesOf(after, kept);
  const instances = after.instances.filter(({ name }) => fresh.has(name)).map((spec) => narrowed(spec, settled));
  const held = draft.placements().filter(isHeld);
  const realms = after.policy.realms === "same" ? [...new Set(kept.map(({ realm }) => realm))] : [];
  const found = candidates({
    blueprint: { ...after, instances },
    market: marketAt(market, draft.attempt().account, realms),
    // What it was refused at its launch is no reason now: blocks say what is refused.
    history: {
      placements: held.map((row) => ({ ...row, refused: null })),
      attempts: [],
      bounds: after.policy.refusals,
    },
    now,
    deployment: id,
    by: { name: createdBy, at: createdAt },
    callbackBase,
    draw: `${seed}/revision ${revisionNo + 1}`,
  });
  return { ...found, matches: found.matches.map((match) => widened(match, settled)) };
}

/** `realms`: those alone; none: all that the account has. */
function marketAt(market: Market, account: AccountId, realms: readonly string[]): Market {
  const accounts = market.accounts.filter((one) => one.account.id === account);
  if (realms.length === 0) return { ...market, accounts };
  const limited = Object.fromEntries(realms.map((realm) => [realm, realm]));
  return { ...market, accounts: accounts.map((one) => ({ ...one, account: { ...one.account, realms: limited } })) };
}

type Alternatives = ReadonlyMap<string, Placement["alternative"]>;

/** Members of a group take the same: what those that stay have taken is settled. By group. */
function alternativesOf({ instances }: ResolvedBlueprint, kept: readonly Placement[]): Alternatives {
  const taken = instances.flatMap(({ name, group }) =>
    kept.filter(({ instance }) => instance === name).map(({ alternative }) => [group, alternative] as const),
  );
  return new Map(taken);
}

function narrowed(spec: ResolvedInstance, settled: Alternatives): ResolvedInstance {
  const taken = settled.get(spec.group);
  if (taken === undefined) return spec;
  const { image, profile } = taken;
  return { ...spec, images: spec.images.slice(image, image + 1), profiles: spec.profiles.slice(profile, profile + 1) };
}

function widened(match: Match, settled: Alternatives): Match {
  const places = match.places.map((place) => ({
    ...place,
    alternative: settled.get(place.group) ?? place.alternative,
  }));
  return { ...match, places };
}

function billOf(machines: readonly Machine[]): Bill {
  return {
    micros: machines.reduce((total, machine) => total + hourlyMicrosNow(machine), 0),
    unpriced: machines.filter(isUnpriced).length,
  };
}

function sum({ micros, unpriced }: Bill, match: Match | undefined): Bill {
  if (match === undefined) return { micros, unpriced };
  return { micros: micros + match.hourlyMicros, unpriced: unpriced + match.unpriced };
}
