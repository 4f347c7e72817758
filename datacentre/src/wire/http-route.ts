// Routes as data: `POST /v1/machines/:id/start` and what it does.

import { ShapeError } from "../shape.ts";

export interface Call {
  /** What stands where the route has `:name`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The parsed JSON body; undefined when there is none. */
  readonly body: unknown;
}

export interface Route<T> {
  readonly route: string;
  readonly run: T;
}

/** The first route that fits, with what its parameters stand for; null: none does. */
export function findRoute<T>(
  routes: readonly Route<T>[],
  asked: { readonly method: string; readonly path: string },
): { readonly run: T; readonly params: Readonly<Record<string, string>> } | null {
  for (const { route, run } of routes) {
    const params = matchRoute(route, `${asked.method} ${asked.path}`);
    if (params !== null) return { run, params };
  }
  return null;
}

/** The routes of a list, and of each in it by its id. */
export function listAndEach<T>(path: string, [list, each]: readonly [T, T]): readonly Route<T>[] {
  return [
    { route: `GET ${path}`, run: list },
    { route: `GET ${path}/:id`, run: each },
  ];
}

function matchRoute(route: string, asked: string): Readonly<Record<string, string>> | null {
  const wanted = route.split("/");
  const given = asked.split("/");
  if (wanted.length !== given.length) return null;
  const params = new Map<string, string>();
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    if (part.startsWith(":")) params.set(part.slice(1), decode(value));
    else if (part !== value) return null;
  }
  return Object.fromEntries(params);
}

/** A parameter that the route is known to have. */
export function param({ params }: Pick<Call, "params">, name: string): string {
  const value = params[name];
  if (value === undefined) throw new Error(`the route has no :${name}`);
  return value;
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new ShapeError("path", `${value} is not well encoded`);
  }
}
