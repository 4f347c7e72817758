// Choosing the match: which account can host every instance, in which realms and sizes, why the others cannot, and in which
// order to try.

import type { Account } from "../account.ts";
import { brief } from "../story/brief.ts";
import { timeLeft } from "../story/times.ts";
import { isLoopback } from "../world/loopback.ts";
import { blockOf, blockText } from "./blocks.ts";
import { type ResolvedBlueprint, type ResolvedInstance, WHERE_KEYS } from "../blueprint/model.ts";
import type { Refusal, RefusalCode } from "../story/event.ts";
import type { AccountId, DeploymentId } from "../ids.ts";
import { pauseLeftMs } from "../world/limiter.ts";
import { groundOf } from "./ground.ts";
import { amountIn, sumOf } from "./amount.ts";
import { leastOf, type OverLimit } from "./holders.ts";
import { type Enquiry, isHeld, type Market, type MarketAccount } from "./market.ts";
import type { Conditions, OfferBook } from "./offer.ts";
import { type Place, placeAll } from "./place.ts";
import { type Exclusions, exclusionsOf, type History, type Placement } from "./placement.ts";
import { purseOf, type Taker } from "./purse.ts";
import { ranked } from "./rank.ts";

/** Of what an account's cloud has said: each of many accounts and realms tells its own cause, and has it in full elsewhere. */
const CAUSE_MOST = 256;

export interface Question {
  readonly blueprint: ResolvedBlueprint;
  readonly market: Market;
  /** What earlier attempts have taught. */
  readonly history: History;
  readonly now: number;
  /** Null for a plan. */
  readonly deployment: DeploymentId | null;
  /** Name of who launches it, and when. */
  readonly by: Taker["by"];
  /** Address at which machines call home. */
  readonly callbackBase: string;
  /** Names the draw: the same text draws the same order. */
  readonly draw: string;
}

/** An account, and a concrete realm, size and image for every instance. */
export interface Match {
  readonly account: AccountId;
  readonly accountName: string;
  /** In which it places something, in order of their names. */
  readonly realms: readonly string[];
  /** In the blueprint's order. */
  readonly places: readonly Place[];
  /** By group: why earlier alternatives were passed over. */
  readonly passedOver: ReadonlyMap<string, string>;
  /** Millionths of a dollar per hour, of those whose price is known. */
  readonly hourlyMicros: number;
  /** Instances whose price is not known. */
  readonly unpriced: number;
  /** Bytes of user data that each machine may have there. */
  readonly userDataBytesMost: number;
}

export interface Candidates {
  /** Best first: for each account, or account and realm, the best that is left. */
  readonly matches: readonly Match[];
  /** One per account, or per account and realm, that cannot host it. */
  readonly refused: readonly Refusal[];
  /** What to ask for before those accounts can be judged. */
  readonly unread: readonly Enquiry[];
  /** Limits of the pool and of who launches that keep it out of some of them, each once. */
  readonly over: readonly OverLimit[];
}

/** For every account of the pool (× realm, where all must share one) its best match or the reason why there is none. */
export function candidates(question: Question): Candidates {
  const found: { match: Match; of: MarketAccount }[] = [];
  const refused: Refusal[] = [];
  const over: OverLimit[] = [];
  const unread: Enquiry[] = [];
  const out = exclusionsOf(question.history);
  const order = new Map(question.blueprint.instances.map(({ name }, place) => [name, place]));
  for (const of of question.market.accounts) {
    const open = openAccount(question, of, out);
    if ("code" in open) {
      refused.push(open);
      continue;
    }
    refused.push(...open.refused);
    for (const realms of open.units) {
      const match = matchIn({ ...question, out }, of, { ...open, realms, unread, order });
      if ("match" in match) {
        found.push({ match: match.match, of });
        continue;
      }
      refused.push(match.refusal);
      if (match.over !== null) over.push(match.over);
    }
  }
  return { matches: ranked(found, question), refused, unread, over: leastOf(over) };
}

interface OpenAccount {
  readonly offers: OfferBook;
  /** What is tried as one: a realm each, or all of them together. */
  readonly units: readonly (readonly string[])[];
  readonly refused: readonly Refusal[];
}

/** The account's realms that are left, or why the whole account is out. */
function openAccount(question: Question, of: MarketAccount, out: Exclusions): OpenAccount | Refusal {
  const { account, offers } = of;
  const no = (code: RefusalCode, text: string): Refusal => ({ account: account.name, realm: null, code, text });
  const closed = closedBecause(question, account);
  if (closed !== null) return no(...closed);
  if (offers === null) return no("no_catalogue", "its offers have not been read yet");
  const unfit = misfit(question, account, offers);
  if (unfit !== null) return no(...unfit);
  if (out.account(account.id)) return no("tried", "tried before in this launch");
  if (offers.realms.length === 0) return no("no_realm", "the cloud offers no realm");
  const { left, refused } = openRealms(of, offers, out);
  const together = question.blueprint.policy.realms !== "same";
  const units = together && left.length > 0 ? [left] : left.map((realm) => [realm]);
  return { offers, units, refused };
}

/** The account's realms that this launch may use, and why not the others. */
export function openRealms(
  { account }: MarketAccount,
  offers: OfferBook,
  out: Exclusions,
): { readonly left: readonly string[]; readonly refused: readonly Refusal[] } {
  const named = [...new Set(Object.values(account.realms))];
  const left: string[] = [];
  const refused: Refusal[] = [];
  const no = (realm: string, code: RefusalCode, text: string) =>
    refused.push({ account: account.name, realm, code, text });
  for (const realm of named.length === 0 ? offers.realms : named) {
    if (!offers.realms.includes(realm)) {
      no(realm, "no_realm", "the account is limited to this realm, and the cloud does not offer it");
    } else if (out.realm(account.id, realm)) no(realm, "tried", "tried before in this launch");
    else if (account.alert?.realms.includes(realm) === true) no(realm, "unhealthy", account.alert.text);
    else left.push(realm);
  }
  return { left, refused };
}

/** Why nothing is chosen at this account, whatever it offers. */
export function closedBecause(
  question: Pick<Question, "market" | "deployment" | "now"> & { readonly blueprint: Pick<ResolvedBlueprint, "policy"> },
  account: Account,
): [RefusalCode, string] | null {
  const { blueprint, market, deployment, now } = question;
  if (!market.pool.enabled) return ["disabled", `pool ${market.pool.name} is disabled`];
  if (!account.enabled) return ["disabled", "the account is disabled"];
  if (account.health === "suspended" || account.health === "unreachable") {
    return ["unhealthy", `${account.health}: ${brief(account.healthText ?? "no reason known", CAUSE_MOST)}`];
  }
  if (account.alert?.realms.length === 0) return ["unhealthy", account.alert.text];
  const pauseMs = pauseLeftMs(account.limiter, now);
  // What is asked for there would not even be sent before the step's deadline.
  if (pauseMs >= blueprint.policy.deadlines.createMs) return ["paused", pausedText(pauseMs)];
  const block = blockOf(market.blocks, { account: account.id, realm: "", size: "", takes: {} }, { deployment, now });
  return block === undefined ? null : ["blocked", blockText(block, now)];
}

/** Why no machine of the blueprint would be of use there, whatever is free; null when they would be. */
function misfit(
  { blueprint, callbackBase }: Question,
  { provider }: Account,
  { userDataBytesMost, sharesLoopback, where }: Conditions,
): [RefusalCode, string] | null {
  const long = blueprint.instances.find(({ userDataBytesLeast }) => userDataBytesLeast > userDataBytesMost);
  if (long !== undefined) {
    const has = `user data of ${long.name} has ${long.userDataBytesLeast} bytes at the least`;
    return ["user_data", `${has}, and ${userDataBytesMost} are taken there`];
  }
  for (const spec of blueprint.instances) {
    const key = WHERE_KEYS.find((one) => spec.where[one] !== undefined && !where.includes(one));
    if (key !== undefined) return ["placement", `${provider} takes no ${key}, which ${spec.name} asks for`];
  }
  // Networks of its own may be others than those by which the account's machines reach it.
  const reaches = (spec: ResolvedInstance): boolean => sharesLoopback && spec.where.networks === undefined;
  const waiting = blueprint.instances.find((spec) => spec.ready.kind === "callback" && !reaches(spec));
  if (waiting === undefined || !isLoopback(callbackBase)) return null;
  const remedy = "set SLIPWAY_URL_PUBLIC to an address of this server that they reach";
  return ["callback", `${waiting.name} has to call home, and machines there do not reach ${callbackBase}: ${remedy}`];
}

function matchIn(
  question: Question & { readonly out: Exclusions },
  of: MarketAccount,
  at: Pick<OpenAccount, "offers"> & {
    readonly realms: readonly string[];
    readonly unread: Enquiry[];
    /** The blueprint's, by name. */
    readonly order: ReadonlyMap<string, number>;
  },
): { readonly match: Match } | { readonly refusal: Refusal; readonly over: OverLimit | null } {
  const { blueprint, market } = question;
  const { account } = of;
  const { policy } = blueprint;
  const ground = groundOf(of, at.offers, {
    asker: question,
    blocks: market.blocks,
    realms: at.realms,
    spread: policy.realms === "spread",
    unread: at.unread,
  });
  const holds = question.history.placements.filter(isHeld);
  const taker = { by: question.by, maxHourlyMicros: leftOf(policy.maxHourlyMicros, holds), holds };
  const placed = placeAll(blueprint, ground, purseOf(market, of, taker));
  if ("code" in placed) {
    const [realm = null] = policy.realms === "same" ? at.realms : [];
    const { code, text, over } = placed;
    return { refusal: { account: account.name, realm, code, text }, over };
  }
  const { userDataBytesMost } = at.offers;
  const sums = summed(at.order, placed.places);
  return { match: { account: account.id, accountName: account.name, userDataBytesMost, ...placed, ...sums } };
}

/** What of the launch's own cap its earlier attempts do not hold any more: debt costs as well. */
function leftOf(maxHourlyMicros: number | null, holds: readonly Placement[]): number | null {
  if (maxHourlyMicros === null) return null;
  const held = sumOf(holds.map(({ takes }) => takes));
  return maxHourlyMicros - amountIn(held, "hourlyMicros");
}

function summed(
  order: ReadonlyMap<string, number>,
  places: readonly Place[],
): Pick<Match, "realms" | "places" | "hourlyMicros" | "unpriced"> {
  const placeOf = ({ instance }: Place): number => Number(order.get(instance));
  const prices = places.map(({ fit }) => fit.hourlyMicros);
  return {
    realms: [...new Set(places.map(({ fit }) => fit.offer.realm))].sort(),
    places: places.toSorted((a, b) => placeOf(a) - placeOf(b)),
    hourlyMicros: prices.reduce<number>((sum, price) => sum + (price ?? 0), 0),
    unpriced: prices.filter((price) => price === null).length,
  };
}

function pausedText(pauseMs: number): string {
  return `its cloud throttles, and is left alone for another ${timeLeft(pauseMs)}; a check of the account ends the pause when it passes`;
}
