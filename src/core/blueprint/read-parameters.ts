// The section `parameters`: what the person who launches may or must give.

import type { Parameter } from "./blueprint.ts";
import { type Cursor, entriesOf, fieldsOf, itemsOf, nameOf, readScalar, spotOf } from "./cursor.ts";
import { type Complaint, type Mistake, mistakeAt } from "./mistake.ts";
import { PARAMETER_TYPES } from "./model.ts";
import { valueNameFault } from "./name.ts";
import { compareDecimals } from "./number.ts";
import { boundReader, type Limits, valueReader } from "./parameter-value.ts";
import { type Given, isBlank, oneOf, text, truth } from "./reader.ts";

const SHAPE = {
  required: { type: "type: string" },
  optional: ["default", "required", "secret", "description", "choices", "min", "max"],
} as const;

const DESCRIPTION = text("must be text", /^/);

type Fields = ReadonlyMap<string, Cursor>;

export function readParameters(section: Cursor | undefined, mistakes: Mistake[]): ReadonlyMap<string, Parameter> {
  if (section === undefined) return new Map();
  const entries = entriesOf(section, "must be a map from names to parameters", mistakes);
  return new Map([...entries].map(([name, cursor]) => [name, readParameter(cursor, mistakes)]));
}

function readParameter(cursor: Cursor, mistakes: Mistake[]): Parameter {
  const spot = { path: cursor.path, at: cursor.keyAt };
  const fault = valueNameFault(nameOf(cursor), "a parameter");
  if (fault !== null) mistakes.push(mistakeAt(spot, { code: "bad_name", says: fault }));
  const fields = fieldsOf(cursor, SHAPE, mistakes);
  const found = mistakes.length;
  const type = readScalar(fields.get("type"), oneOf(PARAMETER_TYPES, "string"), mistakes);
  const isTyped = fields.has("type") && mistakes.length === found;
  const secret = readScalar(fields.get("secret"), truth(false), mistakes);
  const required = readScalar(fields.get("required"), truth(true), mistakes);
  const description = fields.has("description") ? readScalar(fields.get("description"), DESCRIPTION, mistakes) : null;
  const plain = { name: nameOf(cursor), type, secret, required, description, spot };
  // Without its type nothing can be said about the rest.
  if (!isTyped) return { ...plain, min: null, max: null, choices: null, default: null };
  const limits = readLimits(fields, { type, secret, choices: null, min: null, max: null }, mistakes);
  const parameter = { ...plain, ...limits, default: readDefault(fields, { ...limits, required }, mistakes) };
  checkTogether(parameter, fields, mistakes);
  return parameter;
}

function readLimits(fields: Fields, plain: Limits, mistakes: Mistake[]): Limits {
  const isNumeric = plain.type === "integer" || plain.type === "number";
  const [min = null, max = null] = ["min", "max"].map((key) => {
    const cursor = fields.get(key);
    const says = `is only for parameters of type integer or number, not ${plain.type}: leave it out`;
    if (cursor !== undefined && !isNumeric) {
      mistakes.push(mistakeAt({ path: cursor.path, at: cursor.keyAt }, { code: "bad_value", says }));
      return null;
    }
    return readScalar(cursor, boundReader(plain), mistakes);
  });
  const limits = { ...plain, min, max };
  return { ...limits, choices: readChoices(fields.get("choices"), limits, mistakes) };
}

function readChoices(cursor: Cursor | undefined, limits: Limits, mistakes: Mistake[]): readonly Given[] | null {
  if (cursor === undefined) return null;
  const items = itemsOf(cursor, "must be a list of values", mistakes);
  if (cursor.node.kind === "list" && items.length === 0) {
    const says = "has no choice in it: list at least one value, or leave it out";
    mistakes.push(mistakeAt(spotOf(cursor), { code: "bad_value", says }));
  }
  const values = items.map((item) => readScalar(item, valueReader({ ...limits, secret: false }), mistakes));
  const choices = values.filter((value) => value !== null);
  return choices.length === 0 ? null : choices;
}

function readDefault(fields: Fields, of: Limits & { required: boolean }, mistakes: Mistake[]): Given | null {
  const cursor = fields.get("default");
  const isLeftEmpty = cursor?.node.kind === "scalar" && cursor.node.value !== null && isBlank(cursor.node.value);
  if (isLeftEmpty && of.type === "string" && !of.required) return "";
  return readScalar(cursor, valueReader(of), mistakes);
}

function checkTogether(parameter: Parameter, fields: Fields, mistakes: Mistake[]): void {
  const complain = (key: string, complaint: Complaint): void => {
    const { path, at } = parameter.spot;
    mistakes.push(mistakeAt({ path: [...path, key], at: fields.get(key)?.keyAt ?? at }, complaint));
  };
  const { type, min, max } = parameter;
  if (min !== null && max !== null && compareDecimals(min, max) > 0) {
    complain("max", {
      code: "out_of_range",
      says: `is ${max.text} and thus below min, which is ${min.text}: exchange or mend them`,
    });
  }
  if (parameter.secret && type !== "string") {
    complain("secret", {
      code: "wrong_type",
      says: `is only for parameters of type string, not ${type}: leave it out, or change the type`,
    });
  }
  if (!parameter.required && type !== "string" && !fields.has("default")) {
    const says = `is missing: a parameter of type ${type} that is not required needs a value to fall back on: give it one, or leave required: false out`;
    complain("default", { code: "missing_key", says });
  }
}
