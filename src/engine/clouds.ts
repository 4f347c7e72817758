// Opened accounts. A session is kept while the account's settings and credentials stay as they are; whether they did is
// looked up again after a few seconds, so that a corrected password works everywhere soon.

import type { Account } from "../core/account.ts";
import type { Fault } from "../core/fault.ts";
import type { AccountId } from "../core/ids.ts";
import { type Cloud, ProviderFault, type ProviderTraits } from "../ports/provider.ts";
import { translated } from "./ask.ts";
import { type Bugs, createBugs } from "./bugs.ts";
import type { EngineDeps } from "./deps.ts";
import { plausibleCloud } from "./plausible.ts";
import { openTexts } from "./sealing.ts";

const TRUSTED_MS = 5_000;

export interface Opened {
  readonly account: Account;
  readonly cloud: Cloud;
  readonly traits: ProviderTraits;
  /** Values of credentials, to be taken out of texts. */
  readonly secrets: readonly string[];
  /** Those of the account's provider that were met so far, under whatever settings. */
  readonly bugs: Bugs;
}

export interface Clouds {
  /** Throws a ProviderFault when the account cannot be used as it is set up. `fresh`: looks at the stored settings in any case. */
  open(id: AccountId, fresh?: "fresh"): Promise<Opened>;
}

interface Kept {
  readonly opened: Opened;
  readonly stamp: string;
  readonly checkedAt: number;
}

type CloudsDeps = Pick<EngineDeps, "store" | "providers" | "secrets" | "clock" | "events">;

export function createClouds({ store, providers, secrets, clock, events }: CloudsDeps): Clouds {
  const kept = new Map<AccountId, Kept>();
  const bugsBy = new Map<AccountId, Bugs>();

  function bugsOf(id: AccountId): Bugs {
    const bugs = bugsBy.get(id) ?? createBugs(clock);
    bugsBy.set(id, bugs);
    return bugs;
  }

  function openNow(account: Account, credentials: string | null): Opened {
    const provider = providers.get(account.provider);
    if (provider === undefined) {
      throw accountFault("provider_unknown", `provider ${account.provider} is not known to this version of Slipway`);
    }
    const texts = openTexts(secrets, credentials);
    const common = { account, secrets: Object.values(texts).map(String), bugs: bugsOf(account.id) };
    try {
      return { ...common, cloud: plausibleCloud(provider.open(account, texts)), traits: provider.traits };
    } catch (error) {
      throw translated(error, { ...common, events, what: "open", effect: "none" });
    }
  }

  return {
    async open(id, fresh) {
      const checkedAt = clock.monotonic();
      const known = kept.get(id);
      if (known !== undefined && fresh === undefined && checkedAt - known.checkedAt < TRUSTED_MS) return known.opened;
      const row = await store.read(async (tx) => ({
        account: await tx.account(id),
        credentials: await tx.credentials(id),
      }));
      if (row.account === null) {
        kept.delete(id);
        bugsBy.delete(id);
        throw accountFault("account_deleted", "the account has been deleted");
      }
      const { account, credentials } = row;
      const stamp = JSON.stringify([account.provider, account.name, account.settings, credentials]);
      const opened = known?.stamp === stamp ? { ...known.opened, account } : openNow(account, credentials);
      kept.set(id, { opened, stamp, checkedAt });
      return opened;
    },
  };
}

function accountFault(code: string, text: string): ProviderFault {
  const fault: Fault = {
    class: "account",
    scope: "account",
    effect: "none",
    retryAfterMs: null,
    code,
    text,
    requestId: null,
  };
  return new ProviderFault(fault);
}
