// Trying an account out: whether what was written down can be used, and what its cloud says to it.

import { noSuch } from "../../contract/no-such.ts";
import type { Account } from "../../core/account.ts";
import { briefFault } from "../../core/story/brief.ts";
import type { Fault } from "../../core/fault.ts";
import { redactFault, redactText } from "../../core/secrecy/redact.ts";
import { healthAfter } from "../../core/world/tracking.ts";
import { chainOf } from "../../log.ts";
import { readUsage, walkOffers } from "../../ports/offer-walk.ts";
import type { OffersRead } from "../../ports/offers.ts";
import type { CloudQuota } from "../../core/market/market.ts";
import { AccountFormFault } from "../../ports/account-form.ts";
import { openAccount } from "../../ports/open-account.ts";
import { pointerOf } from "../../core/blueprint/mistake.ts";
import { type Cloud, type Provider, ProviderFault } from "../../ports/provider.ts";
import type { HttpDeps } from "../http-deps.ts";
import { badField, Refused } from "../problem.ts";
import { lackingOf } from "./account-where.ts";

export type Credentials = Readonly<Record<string, string>>;

/** Throws bad_account for a provider that does not exist. */
function providerOf({ providers }: HttpDeps, name: string): Provider {
  const provider = providers.get(name);
  if (provider !== undefined) return provider;
  throw badField("/provider", noSuch("provider", name, [...providers.keys()]), "bad_account");
}

/** A session to the account, without contacting anybody. Throws bad_account with what is wrong in settings or credentials. */
export function openOrRefuse(
  deps: HttpDeps,
  account: Pick<Account, "id" | "name" | "settings" | "provider">,
  credentials: Credentials,
): Cloud {
  const provider = providerOf(deps, account.provider);
  try {
    return openAccount(deps.providers, account, credentials).cloud;
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    const secrets = Object.values(credentials);
    const { text } = redactFault(error.fault, secrets);
    const mistakes = error instanceof AccountFormFault ? error.mistakes : [];
    const errors = mistakes.map(({ path, of, problem }) => {
      const where = of ?? provider.form.fields.find(({ name }) => name === path[0])?.of ?? "setting";
      const pointer = pointerOf([`${where}s`, ...path.map((part) => redactText(part, secrets))]);
      return { pointer, detail: redactText(problem, secrets) };
    });
    const end = /[.?]$/.test(text) ? "" : ".";
    throw new Refused("bad_account", `Account ${account.name} at provider ${account.provider}: ${text}${end}`, {
      errors,
    });
  }
}

export interface Found extends Pick<Account, "health" | "healthText"> {
  /** Null: not read, or not in the time of one call. */
  readonly offers: OffersRead | null;
  readonly quotas: readonly CloudQuota[] | null;
  /** What of the account's own `where` is not there; null: nothing, or not asked. */
  readonly lacking: string | null;
}

/** Asks the account's cloud for usage and offers, now: it proves endpoint and credentials on the way. */
export async function contact(deps: HttpDeps, account: Account, credentials: Credentials): Promise<Found> {
  let opened: Cloud;
  try {
    opened = openOrRefuse(deps, account, credentials);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { health: "suspended", healthText: error.message, ...NOTHING };
  }
  const { traits } = opened;
  const { where } = providerOf(deps, account.provider).form;
  const secrets = Object.values(credentials);
  const ms = traits.callTimeoutMs.other;
  const signal = AbortSignal.any([AbortSignal.timeout(ms), deps.closing]);
  try {
    await using cloud = opened;
    const quotas = await readUsage(cloud, signal);
    const startedAt = performance.now();
    const walked = await walkOffers(
      { cloud, traits, where },
      {
        ask: (_, act) => act(signal),
        isOver: () => performance.now() - startedAt > ms / 2,
        from: null,
      },
    );
    const lacking = await lackingOf(cloud, { account, taken: where, secrets }, signal);
    if ("cursor" in walked) return { ...healthAfter(account, null), quotas, lacking, offers: null };
    if (walked.leftOut.length > 0) deps.events.offersLeftOut(account.name, walked.leftOut);
    return { ...healthAfter(account, null), quotas, lacking, offers: walked.read };
  } catch (error) {
    const fault = faultOf(deps, error, { account, secrets, ms, signal, what: "check" });
    if (fault.class === "throttle") {
      // A cloud that is only busy has said nothing of the account, but why nothing is known can be told.
      const { health, healthText } = account;
      return { health, healthText: health === "unknown" ? fault.text : healthText, ...NOTHING };
    }
    // A person who asks wants to know at once: no second failure is waited for.
    const before = account.health === "healthy" ? ({ health: "unknown", healthText: null } as const) : account;
    return { ...healthAfter(before, fault), ...NOTHING };
  }
}

const NOTHING = { offers: null, quotas: null, lacking: null } as const;

interface Asking {
  readonly account: Account;
  readonly secrets: readonly string[];
  readonly ms: number;
  readonly signal: AbortSignal;
  /** For the log. */
  readonly what: string;
}

/** What went wrong in a call that a person waits for. */
export function faultOf({ events }: HttpDeps, error: unknown, { account, secrets, ms, signal, what }: Asking): Fault {
  const nothing = { effect: "none", scope: "account", retryAfterMs: null, requestId: null } as const;
  if (error instanceof ProviderFault) return briefFault(redactFault(error.fault, secrets));
  if (signal.aborted) return { ...nothing, class: "transient", code: "timeout", text: `no answer within ${ms} ms` };
  events.providerBroke(account.name, { what, error: redactText(chainOf(error), secrets), isNews: true });
  const text = `provider ${account.provider} failed in a way it does not know; the log has the details`;
  return { ...nothing, class: "unknown", code: "provider_broke", text };
}
