// The numbers that requests may hold, as openapi.json tells of them.

import { readFileSync } from "node:fs";

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
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** Each place once, with the widest bounds that it has. */
export function numbersOf(): readonly NumberPlace[] {
  const document: OpenApi = JSON.parse(readFileSync(new URL("../../openapi.json", import.meta.url), "utf8"));
  const found: NumberPlace[] = [];
  const walk = (schema: Schema, name: string): void => {
    const { $ref, type = [], properties = {}, additionalProperties, items, anyOf = [] } = schema;
    if ($ref !== undefined) walk(document.components.schemas[$ref.split("/").at(-1) ?? ""] ?? {}, name);
    if ([type].flat().some((one) => one === "integer" || one === "number")) found.push(placeOf(schema, name));
    for (const one of anyOf) walk(one, name);
    for (const [key, one] of Object.entries(properties)) walk(one, `${name}/${key}`);
    if (typeof additionalProperties === "object") walk(additionalProperties, `${name}/*`);
    if (items !== undefined) walk(items, `${name}/*`);
  };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, { parameters = [], requestBody }] of Object.entries(item)) {
      const operation = `${method.toUpperCase()} ${path} `;
      for (const one of parameters) walk(one.schema, `${operation}${one.in === "query" ? "?" : ""}${one.name}`);
      for (const { schema } of Object.values(requestBody?.content ?? {})) walk(schema, operation);
    }
  }
  return found;
}

function placeOf({ minimum, exclusiveMinimum, maximum }: Schema, name: string): NumberPlace {
  return { name, least: minimum ?? exclusiveMinimum ?? -Infinity, most: maximum ?? Infinity };
}
