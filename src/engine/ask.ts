// Asking a cloud for something, with an end, so that whatever goes wrong comes back as a fault without credentials in it.

import type { Fault, FaultEffect } from "../core/fault.ts";
import { redactFault, redactText } from "../core/redact.ts";
import { chainOf, type Events } from "../events.ts";
import type { Clock } from "../ports/clock.ts";
import { ProviderFault } from "../ports/provider.ts";
import type { Opened } from "./clouds.ts";
import { Overdue, within } from "./deadline.ts";

export interface Asking {
  readonly clock: Clock;
  readonly events: Events;
  /** Cuts the call short: the process stops. */
  readonly cut: AbortSignal;
  readonly opened: Opened;
  readonly ms: number;
  /** For the log. */
  readonly what: string;
  /** What has to be assumed when no proper answer comes. */
  readonly effect: FaultEffect;
  /** Taken out of texts, besides the credentials. */
  readonly hidden?: readonly string[];
}

/** Throws only ProviderFault: the cloud's own, `timeout`, or `provider_broke` for what the provider should have translated. */
export async function ask<T>(asking: Asking, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  try {
    return await within(asking, act);
  } catch (error) {
    throw faultOf(asking, error);
  }
}

function faultOf(asking: Asking, error: unknown): ProviderFault {
  const { opened, events, what } = asking;
  const secrets = [...opened.secrets, ...(asking.hidden ?? [])];
  if (error instanceof ProviderFault) {
    const { externalId } = error;
    return new ProviderFault(redactFault(error.fault, secrets), externalId === null ? {} : { externalId });
  }
  if (error instanceof Overdue)
    return withoutAnswer(asking, { class: "transient", code: "timeout", text: error.message });
  const { name, provider } = opened.account;
  events.providerBroke(name, what, redactText(chainOf(error), secrets));
  const text = `provider ${provider} failed in a way it does not know; the log has the details`;
  return withoutAnswer(asking, { class: "unknown", code: "provider_broke", text });
}

function withoutAnswer({ effect }: Asking, why: Pick<Fault, "class" | "code" | "text">): ProviderFault {
  return new ProviderFault({ ...why, scope: "realm", effect, retryAfterMs: null, requestId: null });
}
