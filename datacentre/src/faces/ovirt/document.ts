// What the engine tells, as JSON or as XML, by what is asked for.
//
// In JSON every number, truth and word is a string, times are numbers of milliseconds, and the root has no name. In XML ids,
// references and relations are attributes, and times are dates.

import type { FaceReply } from "../face.ts";
import { escapedXml } from "../xml-text.ts";

/** An array stands for elements of that name, one after the other. */
type Value = string | number | boolean | Date | null | undefined | readonly Fields[] | Fields;
export interface Fields {
  readonly [name: string]: Value;
}

export interface Told {
  readonly status?: number;
  /** Its name in XML. */
  readonly root: string;
  readonly content: Fields;
  readonly headers?: Readonly<Record<string, string>>;
}

/** XML unless JSON is asked for. */
export function write({ status = 200, root, content, headers = {} }: Told, accept: string): FaceReply {
  if (accept.includes("json")) {
    return {
      status,
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(jsonOf(content)),
    };
  }
  const body = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${xmlOf(root, content)}`;
  return { status, headers: { "content-type": "application/xml;charset=utf-8", ...headers }, body };
}

function isTold(value: Value): value is Exclude<Value, null | undefined> {
  return value !== null && value !== undefined;
}

function isFields(value: Value): value is Fields {
  return typeof value === "object" && value !== null && !(value instanceof Date) && !Array.isArray(value);
}

function jsonOf(content: Fields): unknown {
  const told = Object.entries(content).flatMap(([name, value]) => {
    if (!isTold(value)) return [];
    if (value instanceof Date) return [[name, value.getTime()] as const];
    if (Array.isArray(value)) return value.length === 0 ? [] : [[name, value.map(jsonOf)] as const];
    return [[name, isFields(value) ? jsonOf(value) : wordOf(value)] as const];
  });
  return Object.fromEntries(told);
}

const ATTRIBUTES: readonly string[] = ["href", "id", "rel"];

function xmlOf(name: string, content: Fields): string {
  const told = Object.entries(content).filter(([, value]) => isTold(value));
  const isAttribute = ([field, value]: readonly [string, Value]): boolean =>
    ATTRIBUTES.includes(field) && typeof value === "string";
  const attributes = told.filter(isAttribute).map(([field, value]) => ` ${field}="${escapedXml(wordOf(value))}"`);
  const elements = told.filter((entry) => !isAttribute(entry)).map(([field, value]) => elementsOf(field, value));
  const start = `<${name}${attributes.join("")}`;
  return elements.length === 0 ? `${start}/>` : `${start}>${elements.join("")}</${name}>`;
}

function elementsOf(name: string, value: Value): string {
  if (Array.isArray(value)) return value.map((each: Fields) => xmlOf(name, each)).join("");
  if (isFields(value)) return xmlOf(name, value);
  return `<${name}>${escapedXml(wordOf(value))}</${name}>`;
}

function wordOf(value: Value): string {
  if (value instanceof Date) return value.toISOString().replace("Z", "+00:00");
  return typeof value === "object" || value === undefined ? "" : String(value);
}
