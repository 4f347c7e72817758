// How often each of several things happened.

export type Counts = Readonly<Record<string, number>>;

export interface Counter {
  readonly add: (what: string, times?: number) => void;
  readonly counts: () => Counts;
}

export function createCounter(): Counter {
  const counts: Record<string, number> = {};
  return {
    add: (what, times = 1) => void (counts[what] = (counts[what] ?? 0) + times),
    counts: () => counts,
  };
}

export function sumOfCounts(a: Counts, b: Counts): Counts {
  const sum = { ...a };
  for (const [what, times] of Object.entries(b)) sum[what] = (sum[what] ?? 0) + times;
  return sum;
}

export const totalOf = (counts: Counts): number => Object.values(counts).reduce((sum, times) => sum + times, 0);
