// The pages of one list against the ledger: only what may differ is compared, and of many pages together where little does.

import type { Observed } from "../core/machine.ts";
import type { DecidingDeps } from "./follow.ts";
import type { KnownList } from "./known-list.ts";
import { type Page, recordPage } from "./page.ts";
import type { Sighting } from "./sweep.ts";

/** So many at once … */
const TOGETHER = 500;
/** … or as many as have come when the first of them was asked for so long ago: what is new of it must not wait for the end of a long list. */
const WAIT_MS = 500;

interface Comparison extends Pick<Page, "secrets" | "note"> {
  readonly known: KnownList;
  readonly sighting: Omit<Sighting, "askedAt">;
}

export interface Comparing {
  take(machines: readonly Observed[], page: { readonly askedAt: number; readonly cameAt: number }): Promise<void>;
  /** All that was taken is recorded from then on. True when something was not, since its machine has had news after the list was asked for. */
  end(): Promise<boolean>;
}

export function createComparing(deps: DecidingDeps, { known, sighting, ...telling }: Comparison): Comparing {
  let waiting: Observed[] = [];
  let askedAt = 0;
  let isFirst = true;
  let overlooked = false;

  async function flush(): Promise<void> {
    const machines = waiting;
    waiting = [];
    const recorded = await recordPage(deps, { ...telling, machines, sighting: { ...sighting, askedAt } });
    known.compared(machines, recorded.differing);
    overlooked ||= recorded.overlooked;
  }

  return {
    async take(machines, page) {
      if (isFirst) {
        isFirst = false;
        known.read(await deps.store.read((tx) => tx.writtenSince(sighting.account, known.horizon), "alone"));
      }
      const unlike = known.unlike(machines);
      // Those of a later page count as if they had been asked for with the first that waits: what has had news since is looked at again.
      if (waiting.length === 0) ({ askedAt } = page);
      waiting.push(...unlike);
      if (waiting.length >= TOGETHER || page.cameAt - askedAt >= WAIT_MS) await flush();
    },
    async end() {
      await flush();
      return overlooked;
    },
  };
}
