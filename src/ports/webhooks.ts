// Webhooks in the database, and the way out to them. Part of the port to the database (store.ts): a lane is written in the transaction that
// writes an event, so that none is lost; one try at a time is made for each lane, which keeps the order of its deployment.

import type { DeploymentId } from "../core/ids.ts";
import type { Lane, Webhook } from "../core/story/delivery.ts";
import type { DeploymentEvent, EventKind } from "../core/story/event.ts";

export interface WebhookStanding {
  readonly webhook: Webhook;
  /** Deployments with events that it has not been told of. */
  readonly waiting: number;
  /** Since when tries fail for one of those, and how the latest of them did; null: none does. */
  readonly failing: { readonly since: number; readonly text: string } | null;
  readonly dead: number;
}

/** One event that a webhook took, or that is not tried any more. */
export interface Delivery {
  readonly deployment: DeploymentId;
  readonly deploymentName: string;
  readonly no: number;
  readonly kind: EventKind;
  readonly state: "delivered" | "dead";
  readonly endedAt: number;
  readonly tries: number;
  /** How the last try went. */
  readonly text: string;
  /** It is to be told again. */
  readonly again: boolean;
}

/** An event on its way, under a claim. */
export interface Letter {
  readonly webhook: Webhook;
  readonly sealedSecret: string;
  readonly deployment: {
    readonly id: DeploymentId;
    readonly name: string;
    readonly pool: string;
    readonly blueprint: string;
  };
  readonly event: DeploymentEvent;
  readonly claim: string;
  /** A person asked for it once more. */
  readonly again: boolean;
}

/** How a try went. */
export interface Answer {
  readonly isTaken: boolean;
  /** It is of no use to try this again: it was taken, or the receiver wants no more of it. */
  readonly isFinal: boolean;
  /** For people: no address, and nothing that the receiver has written. */
  readonly text: string;
  readonly retryAfterMs: number | null;
}

export interface Claim {
  /** Unguessable, fresh each time. */
  readonly claim: string;
  readonly claimMs: number;
}

/** `isDead`: the event is not tried any more. `next`: the one behind it, under the same claim. */
export interface Settled {
  readonly isDead: boolean;
  readonly next: Letter | null;
}

export interface Keeping {
  readonly limit: number;
  readonly keptMs: Readonly<Record<Delivery["state"], number>>;
}

export interface WebhookReads {
  /** By name. */
  webhooks(): Promise<readonly WebhookStanding[]>;
  webhookSecret(name: string): Promise<string | null>;
  /** Lanes of a webhook with their deployments' names, first those due next. */
  lanes(webhook: string, limit: number): Promise<readonly (Lane & { readonly deploymentName: string })[]>;
  /** Newest first. */
  deliveries(
    webhook: string,
    of: { readonly state: Delivery["state"] | null; readonly limit: number },
  ): Promise<readonly Delivery[]>;
  /** When the next try of any is due; null: nothing waits. */
  nextDelivery(): Promise<{ readonly now: number; readonly at: number | null }>;
}

export interface WebhookWrites {
  /** False when the name is taken. It is told of what is written from then on. */
  addWebhook(webhook: Webhook, sealedSecret: string): Promise<boolean>;
  /** Which kinds it is told of from now on, and of what waits; false when there is none. */
  changeWebhook(name: string, kinds: Webhook["kinds"]): Promise<boolean>;
  /** With all that waits for it; false when there is none. */
  deleteWebhook(name: string): Promise<boolean>;
  /**
   * Takes lanes that are due, at most `limit`, and of one webhook at most EACH_MOST over all processes. A webhook's first one comes before the
   * second of any other, and who is first among equals is drawn: one that answers late keeps nobody else waiting for long.
   */
  claimLetters(limit: number, claim: Claim): Promise<readonly Letter[]>;
  /**
   * Writes how a try went; null: the claim had run out, and somebody else has the lane. A letter that was taken is followed by the next of
   * its lane when `chain` is given, under a claim as long.
   */
  settleLetter(letter: Letter, answer: Answer, chain: { readonly claimMs: number } | null): Promise<Settled | null>;
  /** Has dead letters told again, all or one deployment's, and what waits for its next try be tried now. Returns how many letters. */
  replay(webhook: string, deployment: DeploymentId | null): Promise<number>;
  /** Takes away at most so many deliveries of each kind that were kept so long, and lanes of nobody; returns how many deliveries. */
  pruneDeliveries(of: Keeping): Promise<number>;
}

/** Tries that are made at the same time for one webhook. */
export const EACH_MOST = 4;

/** Carries one message to a webhook. Rejects never: what cannot be sent is an answer as well. */
export interface Courier {
  carry(letter: Letter): Promise<Answer>;
  /** A message that says nothing, to be tried with. */
  test(webhook: Webhook, sealedSecret: string): Promise<Answer>;
  /** Why nothing is sent to this address, as a predicate ("must begin with https://"); null: it may be. */
  refusal(url: string): string | null;
}
