// Sums per dimension: what a placement takes, what is held, what a quota allows. Clouds count in dimensions of their own
// (`cpu/standard`, `addresses`), so a dimension is a name; those that Slipway always limits itself are in OWN_DIMENSIONS.

/** What is not named is zero. */
export type Amount = Readonly<Record<string, number>>;

/** Millionths of a dollar per hour are a dimension like any other: a spend cap is a quota. */
const OWN_DIMENSIONS = [
  "instances",
  "cpu",
  "memoryMib",
  "storageGib",
  "accelerators",
  "deployments",
  "hourlyMicros",
] as const;
type OwnDimension = (typeof OWN_DIMENSIONS)[number];

/** Slipway's own limit of an account, a pool or a user; null: not limited. */
export type QuotaLimit = Readonly<Record<OwnDimension, number | null>> & {
  /** Of what is counted by family: `accelerators/h100` of any cloud, `cpu/standard` and others as clouds name them. */
  readonly families: Readonly<Record<string, number>>;
};

export const UNLIMITED: QuotaLimit = {
  instances: null,
  cpu: null,
  memoryMib: null,
  storageGib: null,
  accelerators: null,
  deployments: null,
  hourlyMicros: null,
  families: {},
};

/** Begins the dimensions of what is counted here whether clouds count it or not: theirs may have the same names. */
const OURS = "own/";
const STORAGE = `${OURS}storageGib`;
const ACCELERATORS = `${OURS}accelerators`;

/** What a machine with these measures takes beside `instances`, `cpu` and `memoryMib`. */
export function measured(of: {
  readonly storageGib: number;
  readonly accelerators: number;
  readonly acceleratorKind: string | null;
}): Amount {
  const { storageGib, accelerators, acceleratorKind: kind } = of;
  return {
    ...(storageGib > 0 ? { [STORAGE]: storageGib } : {}),
    ...(accelerators > 0 ? { [ACCELERATORS]: accelerators } : {}),
    ...(accelerators > 0 && kind !== null ? { [`${ACCELERATORS}/${kind}`]: accelerators } : {}),
  };
}

/** One dimension of a limit. */
export interface Bound {
  /** As the limit names it. */
  readonly name: string;
  readonly dimension: string;
  readonly most: number;
}

/** All that is limited. */
export function boundsOf({ families, ...own }: QuotaLimit): readonly Bound[] {
  const ours = OWN_DIMENSIONS.flatMap((name) => {
    const most = own[name];
    return most === null ? [] : [{ name, dimension: dimensionOf(name), most }];
  });
  const named = Object.entries(families).map(([name, most]) => ({ name, dimension: dimensionOf(name), most }));
  return [...ours, ...named];
}

/** Of what limits name so. */
export function dimensionOf(name: string): string {
  if (name === "storageGib") return STORAGE;
  return name === "accelerators" || name.startsWith("accelerators/") ? `${OURS}${name}` : name;
}

export function amountIn(amount: Amount, dimension: string): number {
  // What is not there, also under the name of something that every object has, is nothing.
  return Number(Object.hasOwn(amount, dimension) && amount[dimension]);
}

/** What machines of every cloud take by the same name. */
const COMMON: ReadonlySet<string> = new Set(["instances", "cpu", "memoryMib", "deployments", "hourlyMicros"]);
const isOwn = (dimension: string): boolean => COMMON.has(dimension) || dimension.startsWith(OURS);

/** Those of the cloud's own, such as `cpu/standard`. */
export const cloudDimensions = (takes: Amount): readonly string[] =>
  Object.keys(takes).filter((dimension) => !isOwn(dimension));

/** `a + sign × b`. */
export function plus(a: Amount, b: Amount, sign: 1 | -1 = 1): Amount {
  const sum: Record<string, number> = { ...a };
  for (const dimension of Object.keys(b)) sum[dimension] = amountIn(a, dimension) + sign * amountIn(b, dimension);
  return sum;
}

export function sumOf(amounts: readonly Amount[]): Amount {
  return amounts.reduce((sum, one) => plus(sum, one), {});
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ["instances", "instances"],
  ["cpu", "cpu"],
  ["memoryMib", "MiB of memory"],
  [STORAGE, "GiB of storage"],
  [ACCELERATORS, "accelerators"],
  ["deployments", "deployments"],
  ["hourlyMicros", "per hour"],
]);

const SINGLE: ReadonlySet<string> = new Set(["instances", "deployments", ACCELERATORS]);

const wordsOf = (dimension: string): string =>
  WORDS.get(dimension) ?? `of ${dimension.startsWith(OURS) ? dimension.slice(OURS.length) : dimension}`;

/** "4 cpu", "$0.1200 per hour", "2 of addresses". */
export function amountText(count: number, dimension: string): string {
  const words = wordsOf(dimension);
  const isOne = count === 1 && SINGLE.has(dimension);
  return `${countText(count, dimension)} ${isOne ? words.replace(/s$/, "") : words}`;
}

/** Without the unit, but for dollars. Up to three decimals: sums of fractions of a processor are not told to the last bit. */
export function countText(count: number, dimension: string): string {
  if (dimension === "hourlyMicros") return `$${(count / 1_000_000).toFixed(4)}`;
  return String(Math.round(count * 1000) / 1000);
}
