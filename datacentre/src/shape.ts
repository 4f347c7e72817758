// Reads values from outside (JSON over HTTP, a config file) into narrow types. The first thing that is wrong is named
// with its place; unknown fields are wrong too, because a misspelt option would otherwise do nothing.

export class ShapeError extends Error {
  override readonly name = "ShapeError";
  constructor(place: string, problem: string) {
    super(`${place}: ${problem}`);
  }
}

/** Returns the value in its narrow type or throws a ShapeError that names `place`. */
export type Reader<T> = (value: unknown, place: string) => T;
export type Read<R> = R extends Reader<infer T> ? T : never;

type Fields = Readonly<Record<string, Reader<unknown>>>;
type Shaped<R extends Fields, O extends Fields> = { readonly [K in keyof R]: Read<R[K]> } & {
  readonly [K in keyof O]?: Read<O[K]>;
};
type Kinds<T extends Fields> = { readonly [K in keyof T]: { readonly kind: K } & Read<T[K]> }[keyof T];

export const text: Reader<string> = (value, place) => {
  if (typeof value !== "string") throw new ShapeError(place, "must be a text");
  return value;
};

export const flag: Reader<boolean> = (value, place) => {
  if (typeof value !== "boolean") throw new ShapeError(place, "must be true or false");
  return value;
};

/** Zero or more; never NaN. */
export const amount: Reader<number> = (value, place) => {
  if (typeof value !== "number" || !(value >= 0)) throw new ShapeError(place, "must be a number, zero or more");
  return value;
};

export const positive: Reader<number> = (value, place) => {
  if (typeof value !== "number" || !(value > 0)) throw new ShapeError(place, "must be a number above zero");
  return value;
};

export function nullable<T>(item: Reader<T>): Reader<T | null> {
  return (value, place) => (value === null ? null : item(value, place));
}

/** The second where the first does not fit; what is wrong is told by the second. */
export function either<A, B>(first: Reader<A>, second: Reader<B>): Reader<A | B> {
  return (value, place) => {
    try {
      return first(value, place);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      return second(value, place);
    }
  };
}

export function oneOf<const V extends readonly string[]>(values: V): Reader<V[number]> {
  return (value, place) => {
    const found = values.find((candidate) => candidate === value);
    if (found === undefined) throw new ShapeError(place, `must be one of ${values.join(", ")}`);
    return found;
  };
}

export function listOf<T>(item: Reader<T>): Reader<readonly T[]> {
  return (value, place) => {
    if (!Array.isArray(value)) throw new ShapeError(place, "must be a list");
    return value.map((element: unknown, index) => item(element, `${place}[${index}]`));
  };
}

export function mapOf<T>(item: Reader<T>): Reader<Readonly<Record<string, T>>> {
  return (value, place) =>
    Object.fromEntries(entriesOf(value, place).map(([key, element]) => [key, item(element, `${place}.${key}`)]));
}

export function shape<R extends Fields, O extends Fields = Record<never, never>>(
  required: R,
  optional?: O,
): Reader<Shaped<R, O>> {
  return (value, place) => {
    const given = new Map(entriesOf(value, place).filter(([, element]) => element !== undefined));
    const unknownKey = [...given.keys()].find((key) => !(key in required) && !(key in (optional ?? {})));
    if (unknownKey !== undefined) throw new ShapeError(`${place}.${unknownKey}`, "is not known here");
    const fields = [
      ...Object.entries(required),
      ...Object.entries(optional ?? {}).filter(([key]) => given.has(key)),
    ].map(([key, read]) => [key, read(given.get(key), `${place}.${key}`)]);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- built from the two tables that the type is made of, key by key
    return Object.fromEntries(fields) as Shaped<R, O>;
  };
}

/** A union told apart by `kind`: `{ kind: "fixed", ms: 5 }` with `kindOf({ fixed: shape({ ms: amount }) })`. */
export function kindOf<T extends Fields>(kinds: T): Reader<Kinds<T>> {
  return (value, place) => {
    const fields = Object.fromEntries(entriesOf(value, place));
    const kind = oneOf(Object.keys(kinds))(fields["kind"], `${place}.kind`);
    const { kind: _, ...rest } = fields;
    const variant: unknown = { kind, ...Object(kinds[kind]?.(rest, place)) };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above: the variant that `kind` names
    return variant as Kinds<T>;
  };
}

function entriesOf(value: unknown, place: string): [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ShapeError(place, "must be an object");
  }
  return Object.entries(value);
}
