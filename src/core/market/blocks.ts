// Remembered refusals: an offer that was refused is left alone for a while by all launches, twice as long each time, and
// then tried by one launch only.

import type { Block } from "../account.ts";
import { brief } from "../story/brief.ts";
import { timeLeft } from "../story/times.ts";
import { type Fault, pauseWished } from "../fault.ts";
import type { AccountId, DeploymentId } from "../ids.ts";
import { type Amount, amountIn, cloudDimensions } from "./amount.ts";
import type { Changes } from "../snapshot.ts";
import type { Placement } from "./placement.ts";

export const ANY = "*";

/** In place of a size: every size that takes of this quota of its cloud's. */
const takersOf = (dimension: string): string => `${ANY} of ${dimension}`;

/** What blocks are about. */
interface Sold {
  readonly account: AccountId;
  readonly realm: string;
  readonly size: string;
  /** What one machine of it takes of quotas. */
  readonly takes: Amount;
}

/** First pause and the longest, by reason (field practice: minutes for capacity, longer for quota). */
const PAUSE: Record<Block["reason"], { readonly firstMs: number; readonly mostMs: number }> = {
  capacity: { firstMs: 3 * 60_000, mostMs: 30 * 60_000 },
  quota: { firstMs: 10 * 60_000, mostMs: 60 * 60_000 },
};

/** How long the one launch that tries an expired block has before another may. */
const PROBE_MS = 10 * 60_000;

/** The block that stands in the way of this offer for this deployment, if any. */
export function blockOf(
  blocks: readonly Block[],
  offer: Sold,
  asker: { deployment: DeploymentId | null; now: number },
): Block | undefined {
  return blocks.find((block) => covers(block, offer) && bars(block, asker));
}

function covers(block: Block, offer: Sold): boolean {
  return (
    block.account === offer.account &&
    (block.realm === ANY || block.realm === offer.realm) &&
    (block.size === ANY || block.size === offer.size || isTaker(block, offer))
  );
}

const isTaker = ({ size }: Block, { takes }: Sold): boolean =>
  cloudDimensions(takes).some((dimension) => takersOf(dimension) === size && amountIn(takes, dimension) > 0);

function bars(block: Block, asker: { deployment: DeploymentId | null; now: number }): boolean {
  if (block.until > asker.now) return true;
  return block.probe !== null && block.probe.until > asker.now && block.probe.deployment !== asker.deployment;
}

/** When each of these stops being in somebody's way, as long as nothing new happens. */
export function expiries(blocks: readonly Block[], now: number): number[] {
  return blocks.flatMap(({ until, probe }) => [until, probe?.until ?? until]).filter((at) => at > now);
}

/** Marks the expired blocks on these offers as being tried by this deployment. */
export function probes(
  blocks: readonly Block[],
  offers: readonly Sold[],
  asker: { deployment: DeploymentId; now: number },
): Block[] {
  return blocks
    .filter((block) => block.until <= asker.now && offers.some((offer) => covers(block, offer)))
    .map((block) => ({ ...block, probe: { deployment: asker.deployment, until: asker.now + PROBE_MS } }));
}

/** The deployments whose attempt these changes end, and with it what they tried: whatever came of it, others may try. */
export function triesEnded(changes: readonly Pick<Changes, "attempts">[]): DeploymentId[] {
  return changes.flatMap(({ attempts }) => attempts.filter(isOver).map(({ deployment }) => deployment));
}

const isOver = ({ endedAt }: Changes["attempts"][number]): boolean => endedAt !== null;

/** The blocks without the tries of these deployments. */
export function withoutTries(blocks: readonly Block[], ended: readonly DeploymentId[]): readonly Block[] {
  if (ended.length === 0) return blocks;
  return blocks.map((block) =>
    block.probe !== null && ended.includes(block.probe.deployment) ? { ...block, probe: null } : block,
  );
}

/**
 * The block that a fault of a machine under this placement leads to: as wide as the fault's scope; null when the fault says nothing about
 * the offer, or when the offer is blocked already.
 */
export function blockFor(
  fault: Fault,
  failed: { readonly placement: Pick<Placement, "account" | "realm" | "size" | "takes">; readonly now: number },
  known: readonly Block[],
): Block | null {
  if (fault.class !== "capacity" && fault.class !== "quota") return null;
  const { account } = failed.placement;
  const key = { account, ...reachOf(fault, failed.placement), reason: fault.class };
  const before = known.find(
    (block) =>
      block.account === key.account &&
      block.realm === key.realm &&
      block.size === key.size &&
      block.reason === key.reason,
  );
  if (before !== undefined && before.until > failed.now) return null;
  const strikes = (before?.strikes ?? 0) + 1;
  const pauseMs = Math.max(pauseWished(fault.retryAfterMs) ?? 0, pauseAfter(fault.class, strikes));
  return { ...key, text: fault.text, strikes, until: failed.now + pauseMs, probe: null };
}

function reachOf(
  { scope }: Fault,
  { realm, size, takes }: Pick<Placement, "realm" | "size" | "takes">,
): Pick<Block, "realm" | "size"> {
  if (scope === "offer") return { realm, size };
  if (scope === "realm") return { realm, size: ANY };
  const [dimension, ...more] = scope === "quota" ? cloudDimensions(takes) : [];
  // Of several nobody knows which one it was.
  return { realm: ANY, size: dimension === undefined || more.length > 0 ? ANY : takersOf(dimension) };
}

function pauseAfter(reason: Block["reason"], strikes: number): number {
  const { firstMs, mostMs } = PAUSE[reason];
  return Math.min(mostMs, firstMs * 2 ** Math.min(strikes - 1, 20));
}

/** When this offer, or what it lies in, was refused last to any launch; where the cloud wished for a pause, later than it was. 0: never. */
export function lastRefusedAt(blocks: readonly Block[], offer: Sold): number {
  const times = blocks.filter((block) => covers(block, offer));
  return Math.max(0, ...times.map(({ until, reason, strikes }) => until - pauseAfter(reason, strikes)));
}

/** Of what the cloud has said. */
const CAUSE_MOST = 256;

/** What was refused, whatever the time. */
export function refusedText({ reason, text }: Pick<Block, "reason" | "text">): string {
  const told = brief(text, CAUSE_MOST);
  return reason === "quota" ? `quota at its cloud: ${told} (raised by its operator)` : `capacity was refused: ${told}`;
}

/** Why a blocked offer is left alone, for people. */
export function blockText(block: Block, now: number): string {
  const text = refusedText(block);
  if (block.until <= now) return `${text}; another launch is trying it`;
  return `${text}; next try in ${timeLeft(block.until - now)}`;
}
