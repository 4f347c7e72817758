// Where sessions to accounts are opened, whoever calls through them.

import type { Account } from "../core/account.ts";
import { plausibleCloud } from "./plausible-cloud.ts";
import { type Cloud, type Provider, ProviderFault } from "./provider.ts";

type Access = Pick<Account, "id" | "name" | "settings" | "provider">;

/**
 * A session to an account; nobody is contacted. Throws a ProviderFault with what is wrong in settings or credentials (AccountFormFault), or
 * when no provider has that name.
 */
export function openAccount(
  providers: ReadonlyMap<string, Provider>,
  account: Access,
  credentials: Readonly<Record<string, string>>,
): { readonly cloud: Cloud; readonly provider: Provider } {
  const provider = providers.get(account.provider);
  if (provider !== undefined) return { cloud: plausibleCloud(provider.open(account, credentials)), provider };
  throw new ProviderFault({
    class: "account",
    scope: "account",
    effect: "none",
    retryAfterMs: null,
    code: "provider_unknown",
    text: `provider ${account.provider} is not known to this version of Slipway`,
    requestId: null,
  });
}
