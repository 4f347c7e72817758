// Where what is new of an update would go: at the account alone, beside all that is held, and then, one after the other, where former machines
// of it have made room.

import type { Draft } from "../decision/draft.ts";
import { placementOf } from "../decision/choose.ts";
import { nextPlaceNo } from "../decision/replace.ts";
import type { ResolvedBlueprint, ResolvedInstance } from "../blueprint/model.ts";
import type { AccountId } from "../ids.ts";
import { candidates, type Match } from "../market/candidates.ts";
import { type Enquiry, isHeld, type Market, marketMeanwhile } from "../market/market.ts";
import type { Place } from "../market/place.ts";
import type { Placement } from "../market/placement.ts";
import type { Refusal } from "../story/event.ts";
import type { UpdateQuestion } from "./plan.ts";

interface Wanted {
  readonly fresh: ReadonlySet<string>;
  readonly kept: ReadonlySet<string>;
  /** Those of the fresh ones whose former machine goes before they are asked for. */
  readonly first: ReadonlySet<string>;
}

interface Found {
  /** Null: there is none for all of them. */
  readonly places: readonly Place[] | null;
  readonly refused: readonly Refusal[];
  readonly unread: readonly Enquiry[];
}

/** What comes up beside what is there is placed first: it is there when the others follow. */
export function placesFor(draft: Draft, question: UpdateQuestion, { fresh, kept, first }: Wanted): Found {
  const stay = draft.instances().flatMap(({ name }) => (kept.has(name) ? [draft.placementOf(name)] : []));
  const held = draft.placements().filter(isHeld);
  const now = { settled: stay, held, market: question.market };
  const beside = seek(draft, question, { ...now, names: new Set([...fresh].filter((name) => !first.has(name))) });
  if (beside.places === null || first.size === 0) return beside;
  const rows = beside.places.map((place) => rowOf(draft, place));
  const freed = new Set([...first].map((name) => draft.placementOf(name)));
  const given = held.filter((row) => freed.has(row)).map((row) => ({ ...row, releasedAt: draft.now }));
  const wanted = {
    names: first,
    settled: [...stay, ...rows],
    held: [...held.filter((row) => !freed.has(row)), ...rows],
    market: marketMeanwhile(question.market, draft.deployment, { before: held, after: [...given, ...rows] }),
  };
  // Where they were they leave room, be it dearer than elsewhere.
  const home = seek(draft, question, { ...wanted, homes: [...freed].map(({ realm }) => realm) });
  const after = home.places === null ? seek(draft, question, wanted) : home;
  const unread = [...beside.unread, ...after.unread];
  return { ...after, places: after.places === null ? null : [...beside.places, ...after.places], unread };
}

/** Its row, were the update to begin now. */
function rowOf(draft: Draft, place: Place): Placement {
  const { account, no: attempt } = draft.attempt();
  return placementOf(draft, place, { account, attempt, no: nextPlaceNo(draft, place.instance), askOrder: 0, lost: [] });
}

interface Sought {
  readonly names: ReadonlySet<string>;
  /** Of members of the new set that have a place. */
  readonly settled: readonly Placement[];
  readonly held: readonly Placement[];
  readonly market: Market;
  /** Where all of them go that are to share a realm, and where nobody is yet; left out: anywhere. */
  readonly homes?: readonly string[];
}

function seek(
  draft: Draft,
  question: UpdateQuestion,
  { names, settled: rows, held, market, homes = [] }: Sought,
): Found {
  if (names.size === 0) return { places: [], refused: [], unread: [] };
  const { after, now, callbackBase } = question;
  const { id, seed, revisionNo, createdBy, createdAt } = draft.deployment;
  const settled = alternativesOf(after, rows);
  const instances = after.instances.filter(({ name }) => names.has(name)).map((spec) => narrowed(spec, settled));
  const there = rows.length === 0 ? homes : rows.map(({ realm }) => realm);
  const realms = after.policy.realms === "same" ? [...new Set(there)] : [];
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
  const [match] = found.matches;
  const places = match === undefined ? null : widened(match, settled);
  return { places, refused: places === null ? found.refused : [], unread: found.unread };
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

function widened({ places }: Match, settled: Alternatives): readonly Place[] {
  return places.map((place) => ({ ...place, alternative: settled.get(place.group) ?? place.alternative }));
}
