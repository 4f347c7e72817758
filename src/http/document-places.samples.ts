// The places of requests that hold values, as openapi.json tells of them.

import { readFileSync } from "node:fs";

export interface Place {
  readonly method: string;
  /** A template. */
  readonly path: string;
  readonly in: "body" | "query" | "header" | "path";
  /** What leads to it: keys of the body, `*` for any of a list or a map; else the one name. */
  readonly keys: readonly string[];
  readonly schema: Schema;
}

export interface NumberPlace {
  /** "METHOD /path /pointer" of a body, "METHOD /path ?name" of a query, "METHOD /path name" of a header. */
  readonly name: string;
  /** Without a bound: infinite. */
  readonly least: number;
  readonly most: number;
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

interface Operation {
  readonly parameters?: readonly {
    readonly in: "query" | "header" | "path";
    readonly name: string;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** All of them, the whole body among them; of one with alternatives each. */
export function placesOf(): readonly Place[] {
  const document: OpenApi = JSON.parse(readFileSync(new URL("../../openapi.json", import.meta.url), "utf8"));
  const found: Place[] = [];
  const walk = (schema: Schema, at: Omit<Place, "schema">): void => {
    const { $ref, properties = {}, additionalProperties, items, anyOf = [] } = schema;
    if ($ref !== undefined) return walk(document.components.schemas[$ref.split("/").at(-1) ?? ""] ?? {}, at);
    found.push({ ...at, schema });
    const inside = (key: string) => ({ ...at, keys: [...at.keys, key] });
    for (const one of anyOf) walk(one, at);
    for (const [key, one] of Object.entries(properties)) walk(one, inside(key));
    if (typeof additionalProperties === "object") walk(additionalProperties, inside("*"));
    if (items !== undefined) walk(items, inside("*"));
  };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [name, { parameters = [], requestBody }] of Object.entries(item)) {
      const method = name.toUpperCase();
      for (const one of parameters) walk(one.schema, { method, path, in: one.in, keys: [one.name] });
      for (const { schema } of Object.values(requestBody?.content ?? {})) {
        walk(schema, { method, path, in: "body", keys: [] });
      }
    }
  }
  return found;
}

/** Each place of a number once. */
export function numbersOf(): readonly NumberPlace[] {
  const isNumber = ({ type = [] }: Schema) => [type].flat().some((one) => one === "integer" || one === "number");
  return placesOf().flatMap((place) => (isNumber(place.schema) ? [numberAt(place)] : []));
}

function numberAt({ method, path, in: where, keys, schema }: Place): NumberPlace {
  const { minimum, exclusiveMinimum, maximum } = schema;
  const lead = where === "body" ? "/" : where === "query" ? "?" : "";
  const name = `${method} ${path} ${lead}${keys.join("/")}`;
  return { name, least: minimum ?? exclusiveMinimum ?? -Infinity, most: maximum ?? Infinity };
}
