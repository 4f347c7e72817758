// Parameters of a query request: `InstanceId.1=i-…`, `TagSpecification.1.Tag.2.Key=…`. Whoever reads them says what is known;
// what nobody has read is refused, since a misspelt parameter would otherwise do nothing.

import { AwsError, badValue } from "./refusals.ts";

export interface Given {
  text(name: string): string | undefined;
  /** Throws MissingParameter. */
  needed(name: string): string;
  whole(name: string): number | undefined;
  flag(name: string): boolean | undefined;
  /** `Name.1`, `Name.2` … */
  list(name: string): readonly string[];
  /** `Name.1.…`, `Name.2.…` */
  groups(name: string): readonly Given[];
  /** `Name.…` */
  under(name: string): Given;
  has(name: string): boolean;
  /** These are known and change nothing here. */
  ignore(...names: readonly string[]): void;
  /** These are Amazon's, and the datacentre has nothing like it. Throws UnsupportedOperation where one is given. */
  lack(...names: readonly string[]): void;
  /** Throws UnknownParameter where something has not been read. */
  finish(): void;
}

export function givenIn(parameters: URLSearchParams, known: readonly string[] = []): Given {
  const values = new Map(parameters);
  return reader({ values, read: new Set(known) }, "");
}

interface Source {
  readonly values: ReadonlyMap<string, string>;
  readonly read: Set<string>;
}

function reader(source: Source, prefix: string): Given {
  const { values, read } = source;
  const text = (name: string): string | undefined => {
    read.add(prefix + name);
    return values.get(prefix + name);
  };
  const keysUnder = (name: string): readonly string[] =>
    [...values.keys()].filter((key) => key === prefix + name || key.startsWith(`${prefix}${name}.`));
  const numbersOf = (name: string): readonly number[] => {
    const start = `${prefix}${name}.`.length;
    const numbers = keysUnder(name).map((key) => Number(/^\d+/.exec(key.slice(start))?.[0] ?? Number.NaN));
    return [...new Set(numbers)].filter((number) => !Number.isNaN(number)).toSorted((a, b) => a - b);
  };
  return {
    text,
    needed(name) {
      const value = text(name);
      if (value === undefined || value === "") throw missing(prefix + name);
      return value;
    },
    whole(name) {
      const value = text(name);
      if (value === undefined) return undefined;
      if (/^-?\d{1,9}$/.test(value)) return Number(value);
      throw badValue(`Invalid value '${value}' for ${prefix}${name}: must be an integer`);
    },
    flag(name) {
      const value = text(name)?.toLowerCase();
      if (value === undefined) return undefined;
      if (value === "true" || value === "false") return value === "true";
      throw badValue(`Invalid value '${value}' for ${prefix}${name}: must be true or false`);
    },
    list: (name) => numbersOf(name).map((number) => text(`${name}.${number}`) ?? ""),
    groups: (name) => numbersOf(name).map((number) => reader(source, `${prefix}${name}.${number}.`)),
    under: (name) => reader(source, `${prefix}${name}.`),
    has: (name) => keysUnder(name).length > 0,
    ignore(...names) {
      for (const name of names) for (const key of keysUnder(name)) read.add(key);
    },
    lack(...names) {
      const lacking = names.find((name) => keysUnder(name).length > 0);
      if (lacking === undefined) return;
      const text = `The parameter ${prefix}${lacking} is not supported by this datacentre`;
      throw new AwsError(400, "UnsupportedOperation", text);
    },
    finish() {
      const unread = [...values.keys()].find((key) => !read.has(key));
      if (unread !== undefined)
        throw new AwsError(400, "UnknownParameter", `The parameter ${unread} is not recognized`);
    },
  };
}

export function missing(name: string): AwsError {
  return new AwsError(400, "MissingParameter", `The request must contain the parameter ${name}`);
}

export type Tags = Readonly<Record<string, string>>;

const TAGS_MOST = 50;

/** `TagSpecification.n` by the type of what they are for. Throws for types that the action does not make. */
export function tagSpecifications(given: Given, types: readonly string[]): Readonly<Record<string, Tags>> {
  const all: Record<string, Tags> = {};
  for (const specification of given.groups("TagSpecification")) {
    const type = specification.needed("ResourceType");
    if (!types.includes(type)) throw badValue(`'${type}' is not a valid taggable resource type for this operation.`);
    if (type in all) throw badValue(`Duplicate tag specification for the resource type '${type}'.`);
    all[type] = readTags(specification);
  }
  return all;
}

/** `Tag.n.Key`, `Tag.n.Value`. */
function readTags(given: Given): Tags {
  const pairs = given.groups("Tag").map((tag) => [tag.needed("Key"), tag.text("Value") ?? ""] as const);
  if (pairs.length > TAGS_MOST) throw new AwsError(400, "TagLimitExceeded", `You can have ${TAGS_MOST} tags at most`);
  for (const [key, value] of pairs) {
    if (key.startsWith("aws:")) throw badValue(`Tag keys starting with 'aws:' are reserved for internal use`);
    if (key.length > 128) throw badValue(`Tag key exceeds the maximum length of 128 characters`);
    if (value.length > 256) throw badValue(`Tag value exceeds the maximum length of 256 characters`);
  }
  const keys = pairs.map(([key]) => key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw badValue(`Duplicate tag key '${twice}' specified.`);
  return Object.fromEntries(pairs);
}
