// Everything that changes in one cloud, numbered, for those who are told rather than ask. The oldest is dropped.

import type { Change, Changes } from "../tenant-api.ts";

const KEPT_MOST = 10_000;

export interface ChangeLog {
  add(change: Omit<Change, "number"> & { readonly tenant: string }): void;
  /** What came after that number. */
  after(number: number, tenant: string): Changes;
  /** Number of the newest; 0: none yet. */
  last(): number;
  /** Called after each addition, until the function returned is. */
  onAdd(listener: () => void): () => void;
}

interface Entry {
  readonly tenant: string;
  readonly change: Change;
}

export function createChangeLog(keptMost = KEPT_MOST): ChangeLog {
  let entries: Entry[] = [];
  let added = 0;
  const listeners = new Set<() => void>();
  return {
    add({ tenant, ...change }) {
      entries.push({ tenant, change: { ...change, number: ++added } });
      if (entries.length > 2 * keptMost) entries = entries.slice(-keptMost);
      for (const listener of listeners) listener();
    },
    after(number, tenant) {
      const oldest = entries[0]?.change.number ?? added + 1;
      // Numbers have no gap, so the place of one follows from it.
      const rest = entries.slice(Math.max(0, number + 1 - oldest));
      return {
        changes: rest.filter((entry) => entry.tenant === tenant).map(({ change }) => change),
        last: added,
        isGap: number + 1 < oldest,
      };
    },
    last: () => added,
    onAdd(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
