// The rows of one kind in a decision, and what was done to them.

import { invariant } from "../invariant.ts";

/** Rows by key in their first order, with a note of which were set. */
export interface KeyedRows<K, R> {
  readonly get: (key: K) => R;
  readonly find: (key: K) => R | undefined;
  readonly all: () => R[];
  readonly set: (row: R) => void;
  readonly drop: (key: K) => void;
  /** All that there are, in this order. */
  readonly arrange: (keys: readonly K[]) => void;
  /** Rows set since the last call that were there before. */
  readonly takeChanged: () => R[];
  /** Rows set since the last call that were not; before those that have changed are taken. */
  readonly takeBorn: () => R[];
  /** Keys dropped since the last call. */
  readonly takeDropped: () => K[];
}

export function rowsOf<K, R>(rows: readonly R[], keyOf: (row: R) => K): KeyedRows<K, R> {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  const touched = new Set<K>();
  const written = new Set(byKey.keys());
  const dropped = new Set<K>();
  const get = (key: K): R => {
    const row = byKey.get(key);
    invariant(row !== undefined, `no row ${String(key)} in the snapshot`);
    return row;
  };
  return {
    get,
    find: (key) => byKey.get(key),
    all: () => [...byKey.values()],
    drop(key) {
      byKey.delete(key);
      touched.delete(key);
      dropped.add(key);
      written.delete(key);
    },
    arrange(keys) {
      const ordered = keys.map((key) => [key, get(key)] as const);
      byKey.clear();
      for (const [key, row] of ordered) byKey.set(key, row);
    },
    set(row: R) {
      byKey.set(keyOf(row), row);
      touched.add(keyOf(row));
    },
    takeBorn() {
      const born = [...touched].filter((key) => !written.has(key)).map(get);
      for (const row of born) touched.delete(keyOf(row));
      for (const row of born) written.add(keyOf(row));
      return born;
    },
    takeDropped() {
      const keys = [...dropped];
      dropped.clear();
      return keys;
    },
    takeChanged() {
      const changed = [...touched].map(get);
      touched.clear();
      return changed;
    },
  };
}
