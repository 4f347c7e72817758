// What is sent to the engine, in JSON or XML, as one kind of tree: texts, and fields by name; elements of one name are a list.

import { type Reader, shape, ShapeError, text } from "../../shape.ts";
import { parseJson } from "../../wire/json.ts";
import { readXml, treeOf } from "../xml-document.ts";

/** Throws a ShapeError for what is neither. An empty body is an empty object. */
export function readBody(body: string, contentType: string): unknown {
  if (body.trim() === "") return {};
  if (contentType.includes("json")) return parseJson(body, "body");
  return treeOf(readXml(body));
}

/** A text, a number or a truth: the engine takes them with and without quotes. */
export const word: Reader<string> = (value, place) => text(isScalar(value) ? String(value) : value, place);

function isScalar(value: unknown): value is number | boolean {
  return typeof value === "number" || typeof value === "boolean";
}

export const wholeNumber: Reader<number> = (value, place) => {
  const written = word(value, place).trim();
  if (!/^\d{1,15}$/.test(written)) throw new ShapeError(place, "must be a whole number");
  return Number(written);
};

export const truth: Reader<boolean> = (value, place) => {
  const written = word(value, place).trim().toLowerCase();
  if (written !== "true" && written !== "false") throw new ShapeError(place, "must be true or false");
  return written === "true";
};

/** As `shape`; an element with nothing in it has no fields. */
export const structure: typeof shape = (required, optional) => {
  const read = shape(required, optional);
  return (value, place) => read(value === "" ? {} : value, place);
};

/** Another thing, by its id or its name. */
export const readReference = structure({}, { id: word, name: word, href: word });

/** Known, and of no consequence. */
export const anything: Reader<unknown> = (value) => value;
