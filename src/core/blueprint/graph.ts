// Order and cycles of what depends on what.

/** Where one circle is, many are; a few show the way out. */
const CYCLES_MOST = 20;

export interface Edge {
  readonly from: string;
  readonly to: string;
}

export interface Graph {
  /** Every node after all that it needs; nodes that are free to choose keep their order. Whole only without cycles. */
  readonly order: readonly string[];
  /** For every edge that closes a cycle, up to a bound, the cycle; it ends with that edge, which leads back to its start. */
  readonly cycles: readonly (readonly Edge[])[];
}

/** Depth first in the order of `edges`; what is needed without being a key needs nothing itself. */
export function graphOf(edges: ReadonlyMap<string, readonly string[]>): Graph {
  const order = new Set<string>();
  const cycles: (readonly Edge[])[] = [];
  const path: string[] = [];
  const visit = (node: string): void => {
    if (order.has(node) || cycles.length >= CYCLES_MOST) return;
    const begun = path.indexOf(node);
    if (begun !== -1) {
      const around = path.slice(begun);
      cycles.push(around.map((from, place) => ({ from, to: around[place + 1] ?? node })));
      return;
    }
    path.push(node);
    for (const needed of edges.get(node) ?? []) visit(needed);
    path.pop();
    order.add(node);
  };
  for (const node of edges.keys()) visit(node);
  return { order: [...order], cycles };
}
