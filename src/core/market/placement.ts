// Where one instance of an attempt is placed, and what earlier placements of the launch have taught: what is out for the
// rest of it.

import type { Attempt, Deployment } from "../deployment.ts";
import type { Fault, FaultScope } from "../fault.ts";
import type { AccountId, DeploymentId } from "../ids.ts";
import type { Amount } from "./amount.ts";

/** The concrete realm, size and image of an instance. Held against quotas until everything asked for under it is proven gone. */
export interface Placement {
  readonly deployment: DeploymentId;
  readonly attempt: number;
  readonly instance: string;
  /** 1, 2, …: an instance that is placed anew inside its attempt gets the next. */
  readonly no: number;
  /** Number of the revision that it was chosen in. */
  readonly revision: number;
  readonly account: AccountId;
  readonly realm: string;
  readonly size: string;
  /** The cloud's own name of the image. */
  readonly image: string;
  /** Which of the blueprint's alternatives were taken, from 0. */
  readonly alternative: { readonly profile: number; readonly image: number };
  /** Millionths of a dollar per hour; null: not known. */
  readonly hourlyMicros: number | null;
  /** What it holds of quotas, in every dimension. */
  readonly takes: Amount;
  /** The cheaper one, or smaller one, that would usually have been taken, and why it was not; null: this is the usual one. */
  readonly instead: Instead | null;
  /** Place in which the instances of its launch are asked for, from 0: the scarcest first. */
  readonly askOrder: number;
  readonly chosenAt: number;
  /** Refused, by a fault of this scope, or failed beside the one that ended its attempt; null: not, or not yet. */
  readonly refused: FaultScope | null;
  /** When it was given back; null: held. */
  readonly releasedAt: number | null;
}

/** What would have been chosen, had nothing stood in its way. */
export interface Instead {
  readonly realm: string;
  readonly size: string;
  readonly hourlyMicros: number | null;
  /** For people, as of when the other was chosen. */
  readonly because: string;
}

/** After how many refusals a wider scope is out for the launch. */
interface RefusalBounds {
  /** Refused sizes that put a realm out. */
  readonly sizes: number;
  /** Refused realms that put the account out. */
  readonly realms: number;
}

/** The last word on the offer and on the scopes above it. */
export interface Exclusions {
  account(account: AccountId): boolean;
  realm(account: AccountId, realm: string): boolean;
  offer(account: AccountId, realm: string, size: string): boolean;
}

export interface History {
  /** Of all attempts, as far as they are of use. */
  readonly placements: readonly Placement[];
  readonly attempts: readonly Attempt[];
  readonly bounds: RefusalBounds;
}

/**
 * What is out for the rest of the launch. A refusal, for lack of room or for what is asked of the offer, the realm or the account, excludes what
 * its scope says (of a quota the offer: who else takes of it is blocked, and may be tried again when that is over); what is no refusal (boot, readiness, error, vanished) excludes the realm in which it happened. So a match that failed is
 * never chosen again.
 */
export function exclusionsOf({ placements, attempts, bounds }: History): Exclusions {
  const accounts = new Set<string>();
  const realms = new Map<string, Set<string>>();
  const offers = new Map<string, Map<string, Set<string>>>();
  const realmsAt = (account: string): Set<string> => entryOf(realms, account, () => new Set());
  const exclude = ({ account, realm, size }: Placement, scope: FaultScope): void => {
    if (scope === "realm") realmsAt(account).add(realm);
    else if (scope !== "offer" && scope !== "quota") accounts.add(account);
    else {
      const sizes = entryOf(
        entryOf(offers, account, () => new Map()),
        realm,
        () => new Set(),
      );
      if (sizes.add(size).size >= bounds.sizes) realmsAt(account).add(realm);
    }
  };
  for (const placement of placements) if (placement.refused !== null) exclude(placement, placement.refused);
  const failed = attempts.filter(failedOtherwise);
  for (const attempt of failed.filter(wasMisfit)) {
    for (const guilty of guiltyOf(attempt, placements)) exclude(guilty, attempt.fault.scope);
  }
  for (const [account, refused] of realms) if (refused.size >= bounds.realms) accounts.add(account);
  for (const attempt of failed.filter((one) => !wasMisfit(one))) {
    for (const { realm } of guiltyOf(attempt, placements)) realmsAt(attempt.account).add(realm);
  }
  return {
    account: (account) => accounts.has(account),
    realm: (account, realm) => realms.get(account)?.has(realm) ?? false,
    offer: (account, realm, size) => offers.get(account)?.get(realm)?.has(size) ?? false,
  };
}

/** Whether decisions need it: of the present attempt, held, or one from which the launch has learnt what is out. */
export function isOfUse(
  placement: Placement,
  { attemptNo }: Pick<Deployment, "attemptNo">,
  attempts: readonly Attempt[],
): boolean {
  const { attempt, no, refused, releasedAt, instance } = placement;
  if (attempt === attemptNo || releasedAt === null || refused !== null || no > 1) return true;
  const own = attempts.find((one) => one.no === attempt);
  return own !== undefined && (own.failedInstance === null || own.failedInstance === instance);
}

function entryOf<V>(map: Map<string, V>, key: string, empty: () => V): V {
  const found = map.get(key) ?? empty();
  map.set(key, found);
  return found;
}

/** Ended without success, and not for a lack of room. */
function failedOtherwise({ outcome, fault }: Attempt): boolean {
  return outcome !== null && outcome !== "succeeded" && fault?.class !== "capacity" && fault?.class !== "quota";
}

/** The cloud would not have what it was asked for: of a size, a realm, an account. */
function wasMisfit(attempt: Attempt): attempt is Attempt & { readonly fault: Fault } {
  return attempt.fault?.class === "config" && attempt.fault.effect === "none";
}

/** Of the instance that ended the attempt; all of the attempt where no single one did. */
function guiltyOf(attempt: Attempt, placements: readonly Placement[]): readonly Placement[] {
  const own = placements.filter((placement) => placement.attempt === attempt.no);
  const guilty = own.findLast(({ instance }) => instance === attempt.failedInstance);
  return guilty === undefined ? own : [guilty];
}
