// Rows by key in order of their first coming, and the same by group: checkers ask for those of one deployment all the time.

export interface Grouped<R> {
  readonly all: ReadonlyMap<string, R>;
  /** Those of one group; a row never changes its group. */
  readonly of: (group: string) => readonly R[];
  readonly set: (key: string, row: R) => void;
  readonly delete: (key: string) => void;
}

/** `groupOf`: null for rows that are asked for by key alone. */
export function grouped<R>(groupOf: (row: R) => string | null): Grouped<R> {
  const all = new Map<string, R>();
  const groups = new Map<string, Map<string, R>>();
  return {
    all,
    of: (group) => [...(groups.get(group)?.values() ?? [])],
    delete(key) {
      const row = all.get(key);
      all.delete(key);
      const group = row === undefined ? null : groupOf(row);
      if (group !== null) groups.get(group)?.delete(key);
    },
    set(key, row) {
      all.set(key, row);
      const group = groupOf(row);
      if (group === null) return;
      const rows = groups.get(group);
      if (rows === undefined) groups.set(group, new Map([[key, row]]));
      else rows.set(key, row);
    },
  };
}
