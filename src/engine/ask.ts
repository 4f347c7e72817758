// Asking a cloud for something, with an end, so that whatever goes wrong comes back as a fault without credentials in it.

import type { Account } from "../core/account.ts";
import { type Fault, type FaultEffect, STOPPED, TIMEOUT } from "../core/fault.ts";
import { redactFault, redactText } from "../core/secrecy/redact.ts";
import { chainOf, type Events } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import { HandleNotKept, ProviderFault } from "../ports/provider.ts";
import type { Bugs } from "./bugs.ts";
import type { Opened } from "./clouds.ts";
import { CutShort, Overdue, within } from "./deadline.ts";

export interface Asking {
  readonly clock: Clock;
  readonly events: Events;
  /** Cuts the call short: the process stops. */
  readonly cut: AbortSignal;
  readonly opened: Opened;
  readonly ms: number;
  /** Which call it is, for log and metrics: one of a few. */
  readonly what: string;
  /** What has to be assumed when no proper answer comes. */
  readonly effect: FaultEffect;
  /** Taken out of texts, besides the credentials. */
  readonly hidden?: readonly string[];
}

/** Throws only ProviderFault: the cloud's own, `timeout`, `process_stopped`, or `provider_broke` for what the provider should have translated. */
export async function ask<T>(asking: Asking, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, events, what: call } = asking;
  const { account } = asking.opened;
  const askedAt = clock.monotonic();
  try {
    const answer = await within(asking, act);
    events.asked({ account, call, ms: clock.monotonic() - askedAt }, null);
    return answer;
  } catch (error) {
    const refusal = faultOf(asking, error);
    events.asked({ account, call, ms: clock.monotonic() - askedAt }, refusal.fault);
    throw refusal;
  }
}

function faultOf(asking: Asking, error: unknown): ProviderFault {
  const { opened, effect, events, what } = asking;
  const secrets = [...opened.secrets, ...(asking.hidden ?? [])];
  if (error instanceof Overdue)
    return withoutAnswer(effect, { class: "transient", code: TIMEOUT, text: error.message });
  if (error instanceof CutShort)
    return withoutAnswer(effect, { class: "transient", code: STOPPED, text: error.message });
  if (error instanceof HandleNotKept)
    return withoutAnswer(effect, { class: "transient", code: "handle_not_kept", text: error.message });
  return translated(error, { ...opened, events, what, effect, secrets });
}

export interface Trouble {
  readonly account: Account;
  readonly bugs: Bugs;
  readonly events: Events;
  readonly what: string;
  readonly effect: FaultEffect;
  readonly secrets: readonly string[];
}

/** What a provider threw, without secrets: its fault, or `provider_broke`. */
export function translated(error: unknown, trouble: Trouble): ProviderFault {
  const { account, bugs, events, what, effect, secrets } = trouble;
  if (error instanceof ProviderFault) {
    const { externalId } = error;
    return new ProviderFault(redactFault(error.fault, secrets), externalId === null ? {} : { externalId });
  }
  const isNews = bugs.met(what, error);
  events.providerBroke(account.name, { what, error: redactText(chainOf(error), secrets), isNews });
  const text = `provider ${account.provider} failed in a way it does not know; the log has the details`;
  return withoutAnswer(effect, { class: "unknown", code: "provider_broke", text });
}

function withoutAnswer(effect: FaultEffect, why: Pick<Fault, "class" | "code" | "text">): ProviderFault {
  return new ProviderFault({ ...why, scope: "realm", effect, retryAfterMs: null, requestId: null });
}
