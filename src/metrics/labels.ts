// Who metrics are told of. Each label of an account multiplies the series of a metric, so that only so many accounts have their own.

/** Accounts beyond these share one label. */
const NAMED_MOST = 100;
/** As no account is called: names have no brackets. */
export const OTHERS = "(others)";

/** The label of each name: the first ones have their own, for as long as the process lives. */
export function createLabels(most = NAMED_MOST): (name: string) => string {
  const named = new Set<string>();
  return (name) => {
    if (named.has(name)) return name;
    if (named.size >= most) return OTHERS;
    named.add(name);
    return name;
  };
}

export const PUMPS = ["advance", "call", "probe", "poll"] as const;
