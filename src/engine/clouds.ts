// Opened accounts. A session is kept while the account's settings and credentials stay as they are; whether they did is
// looked up again after a few seconds, so that a corrected password works everywhere soon. One that was replaced is disposed of when the
// last who uses it has ended, so that none stays open at a cloud.

import type { Account } from "../core/account.ts";
import type { WhereKey } from "../core/blueprint/model.ts";
import type { Fault } from "../core/fault.ts";
import type { AccountId } from "../core/ids.ts";
import { type Cloud, ProviderFault, type ProviderTraits } from "../ports/provider.ts";
import { translated } from "./ask.ts";
import { type Bugs, createBugs } from "./bugs.ts";
import type { EngineDeps } from "./engine-deps.ts";
import { openAccount } from "../ports/open-account.ts";
import { openTexts } from "../ports/sealing.ts";
import { createSessionEnds } from "./session-ends.ts";

const TRUSTED_MS = 5_000;

export interface Opened {
  readonly account: Account;
  readonly cloud: Cloud;
  readonly traits: ProviderTraits;
  /** What its provider takes of where a machine is put. */
  readonly where: readonly WhereKey[];
  /** Values of credentials, to be taken out of texts. */
  readonly secrets: readonly string[];
  /** Those of the account's provider that were met so far, under whatever settings. */
  readonly bugs: Bugs;
}

/** In use until it is disposed of: so long its session does not end, even if it was replaced. */
export type Lent = Opened & Disposable;

export interface Clouds {
  /**
   * Throws a ProviderFault when the account cannot be used as it is set up: whoever had a session goes on with it, nobody gets it any more.
   * `fresh`: looks at the stored settings in any case.
   */
  open(id: AccountId, fresh?: "fresh"): Promise<Lent>;
  /** Counts one more who uses it. */
  lend(opened: Opened): Lent;
  /** Ends the sessions of accounts that are none of these: they were removed. */
  retain(ids: ReadonlySet<AccountId>): void;
  /** Ends all sessions; nobody calls through them any more. */
  close(): Promise<void>;
}

interface Kept {
  readonly opened: Opened;
  readonly stamp: string;
  readonly checkedAt: number;
}

type CloudsDeps = Pick<EngineDeps, "store" | "providers" | "secrets" | "clock" | "events">;

export function createClouds(deps: CloudsDeps): Clouds {
  const { store, clock, events } = deps;
  const kept = new Map<AccountId, Kept>();
  const ends = createSessionEnds({ clock, events });
  const bugsBy = new Map<AccountId, Bugs>();

  function bugsOf(id: AccountId): Bugs {
    const bugs = bugsBy.get(id) ?? createBugs(clock);
    bugsBy.set(id, bugs);
    return bugs;
  }

  async function openStored(id: AccountId): Promise<Opened> {
    const checkedAt = clock.monotonic();
    const row = await store.read(async (tx) => ({
      account: await tx.account(id),
      credentials: await tx.credentials(id),
    }));
    const known = kept.get(id);
    if (row.account === null) {
      forget(id);
      throw accountFault("account_deleted", "the account has been deleted");
    }
    const { account, credentials } = row;
    const stamp = JSON.stringify([account.provider, account.name, account.settings, credentials]);
    if (known?.stamp === stamp) {
      const opened = { ...known.opened, account };
      kept.set(id, { opened, stamp, checkedAt });
      return opened;
    }
    // Before another is opened, which may fail: what was stored by then is not the account any more.
    replace(id);
    const opened = openNow(deps, { account, credentials, bugs: bugsOf(id) });
    kept.set(id, { opened, stamp, checkedAt });
    return opened;
  }

  function replace(id: AccountId): void {
    const known = kept.get(id);
    kept.delete(id);
    if (known !== undefined) ends.later(known.opened);
  }

  function forget(id: AccountId): void {
    replace(id);
    bugsBy.delete(id);
  }

  const flights = createFlights(openStored);
  const lend = (opened: Opened): Lent => ({ ...opened, [Symbol.dispose]: ends.use(opened) });

  return {
    open(id, fresh) {
      const known = kept.get(id);
      const isTrusted = known !== undefined && clock.monotonic() - known.checkedAt < TRUSTED_MS;
      if (isTrusted && fresh === undefined) return Promise.resolve(lend(known.opened));
      return flights.join(id, fresh).then(lend);
    },
    lend,
    retain(ids) {
      for (const id of kept.keys()) if (!ids.has(id)) forget(id);
    },
    async close() {
      const left = [...kept.values()];
      kept.clear();
      await ends.all(left.map(({ opened }) => opened));
    },
  };
}

/** One opening of each account at a time, for all who want it. */
function createFlights(open: (id: AccountId) => Promise<Opened>) {
  const opening = new Map<AccountId, Promise<Opened>>();
  return {
    join(id: AccountId, fresh?: "fresh"): Promise<Opened> {
      const before = opening.get(id);
      // Who wants it fresh must not get what was read before.
      if (before !== undefined && fresh === undefined) return before;
      const mine = (before ?? Promise.resolve()).then(
        () => open(id),
        () => open(id),
      );
      const flight = mine.finally(() => {
        if (opening.get(id) === flight) opening.delete(id);
      });
      opening.set(id, flight);
      return flight;
    },
  };
}

/** A session to the account as it is stored; nobody is contacted. */
function openNow(
  { providers, secrets, events }: CloudsDeps,
  { account, credentials, bugs }: { account: Account; credentials: string | null; bugs: Bugs },
): Opened {
  const texts = openTexts(secrets, credentials);
  const common = { account, secrets: Object.values(texts).map(String), bugs };
  try {
    const { cloud, provider } = openAccount(providers, account, texts);
    return { ...common, cloud, traits: cloud.traits, where: provider.form.where };
  } catch (error) {
    throw translated(error, { ...common, events, what: "open", effect: "none" });
  }
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
