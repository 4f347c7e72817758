// What a schema has against a value, in this project's words: what the value must be, with its bounds. The one place for them, for zod's
// error map; only a rule that no schema can tell brings a message of its own.

import { z } from "zod";
import { listed } from "../core/blueprint/reader.ts";

type Form = z.core.JSONSchema.JSONSchema;

export const mistakeWords: z.core.$ZodErrorMap = (issue) => {
  const { schema, input, code } = issue;
  if (code === "unrecognized_keys") return `has what is not known here: ${issue.keys.join(", ")}`;
  const form: Form | null =
    schema === undefined ? null : z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  const must = form === null ? "have another form" : `be ${meaningOf(form)}`;
  return input === undefined ? `is missing: it must ${must}` : `must ${must}`;
};

/** Completes "must be …". */
function meaningOf(form: Form, defs = form.$defs ?? {}): string {
  const { $ref, anyOf, type } = form;
  if ($ref !== undefined) return meaningOf(defs[$ref.split("/").at(-1) ?? ""] ?? {}, defs);
  const several =
    anyOf?.map((one) => meaningOf(one, defs)) ??
    (typeof type === "object" ? type.map((one) => meaningOf({ ...form, type: one }, defs)) : undefined) ??
    form.enum?.map((one) => JSON.stringify(one));
  if (several !== undefined) return listed(several, "or");
  if (form.const !== undefined) return JSON.stringify(form.const);
  switch (type) {
    case "integer":
      return `a whole number${boundsOf(form)}`;
    case "number":
      return `a number${boundsOf(form)}`;
    case "string":
      return textOf(form);
    case "boolean":
      return "true or false";
    case "null":
      return "null";
    case "array":
      return `a list${countOf({ least: form.minItems, most: form.maxItems })}`;
    case "object":
      return objectOf(Object.keys(form.properties ?? {}));
    case undefined:
    default:
      return "of another form";
  }
}

function boundsOf({ minimum, exclusiveMinimum, maximum }: Form): string {
  if (exclusiveMinimum !== undefined)
    return ` above ${exclusiveMinimum}${countOf({ least: undefined, most: maximum })}`;
  return minimum !== undefined && maximum !== undefined
    ? ` from ${minimum} to ${maximum}`
    : countOf({ least: minimum, most: maximum });
}

function textOf({ minLength, maxLength }: Form): string {
  if (minLength === 1 && maxLength === undefined) return "text that is not empty";
  const count = countOf({ least: minLength, most: maxLength });
  return count === "" ? "text" : `text${count} characters`;
}

function countOf({ least, most }: { readonly least: number | undefined; readonly most: number | undefined }): string {
  if (least !== undefined && most !== undefined) return ` of ${least} to ${most}`;
  if (least !== undefined) return ` of at least ${least}`;
  return most === undefined ? "" : ` of at most ${most}`;
}

function objectOf(names: readonly string[]): string {
  return names.length === 0 ? "an object" : `an object with ${names.join(", ")}`;
}
