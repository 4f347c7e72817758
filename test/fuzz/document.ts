// openapi.json as the fuzz reads it: what may be asked, and what must be answered.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
}

export interface Parameter {
  readonly in: "path" | "query" | "header";
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

interface DocumentedOperation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface Operation {
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | null;
  /** By status. */
  readonly replies: ReadonlyMap<number, Reply>;
}

/** What is wrong with a body; null for nothing. */
type Complaint = (body: unknown) => string | null;

/** What a documented reply may be, by media type; with none it has no body. */
type Reply = ReadonlyMap<string, Complaint>;

export interface Document {
  readonly operations: readonly Operation[];
  /** Of any error. */
  readonly problem: Complaint;
  readonly schemas: Readonly<Record<string, Schema>>;
}

/** The operation that a request leads to, whatever it was made of; null where it leads to none. */
export function reachedBy(
  { method, path }: { readonly method: string; readonly path: string },
  { operations }: Pick<Document, "operations">,
): Operation | null {
  const fits = operations.filter((one) => {
    const pattern = one.path.replaceAll(/\{\w+\}/g, "[^/?]+");
    return one.method === method && new RegExp(`^${pattern}(\\?|$)`).test(path);
  });
  // One that is named wholly comes before one with a name in it.
  return fits.toSorted((a, b) => Number(a.path.includes("{")) - Number(b.path.includes("{")))[0] ?? null;
}

export const operationName = ({ method, path }: Pick<Operation, "method" | "path">): string => `${method} ${path}`;

export function readDocument(): Document {
  const text = readFileSync(join(import.meta.dirname, "../../openapi.json"), "utf8");
  const document: OpenApi = JSON.parse(text);
  return documentFrom(document);
}

export function documentFrom({ paths, components: { schemas } }: OpenApi): Document {
  const complaints = complaintsBy(schemas);
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { parameters = [], requestBody, responses }]): Operation => {
      const [body = null] = Object.values(requestBody?.content ?? {}).map(({ schema }) => schema);
      const replies = Object.entries(responses).filter(([status]) => status !== "default");
      return {
        method: method.toUpperCase(),
        path,
        parameters,
        body,
        replies: new Map(replies.map(([status, { content = {} }]) => [Number(status), replyOf(content, complaints)])),
      };
    }),
  );
  return { operations, schemas, problem: complaints({ $ref: "#/components/schemas/Problem" }) };
}

type ComplaintOf = (schema: Schema) => Complaint;

function replyOf(content: Content, complaints: ComplaintOf): Reply {
  return new Map(Object.entries(content).map(([type, { schema }]) => [type, complaints(schema)]));
}

/** A reply must be exactly what its schema says: nothing missing, nothing more. */
function complaintsBy(schemas: OpenApi["components"]["schemas"]): ComplaintOf {
  const defs = exact(schemas);
  return (schema) => {
    const text = JSON.stringify({ ...exact(schema), $defs: defs }).replaceAll("#/components/schemas/", "#/$defs/");
    const made = z.fromJSONSchema(JSON.parse(text));
    return (body) => {
      const { error } = made.safeParse(body);
      return error === undefined ? null : z.prettifyError(error).replaceAll(/\s*\n\s*/g, " ");
    };
  };
}

function exact<T>(schema: T): T {
  const text = JSON.stringify(schema, (_, value: unknown) =>
    typeof value === "object" && value !== null && "properties" in value && !("additionalProperties" in value)
      ? { ...value, additionalProperties: false }
      : value,
  );
  return JSON.parse(text);
}
