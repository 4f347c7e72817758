// Fills templates in at the moment their text is needed: only then are addresses known and secrets opened.

import type { InstanceAttribute, ParameterValue, Template, TemplatePart } from "./model.ts";

export interface RenderContext {
  /** All parameters by name, secrets opened; null: a secret that was not opened. */
  readonly parameters: Readonly<Record<string, ParameterValue | null>>;
  readonly instances: Readonly<Record<string, Readonly<Record<InstanceAttribute, string | null>>>>;
  /** Null for a text that belongs to no instance. */
  readonly self: { readonly name: string; readonly index: number; readonly callbackUrl: string } | null;
  readonly deployment: { readonly name: string };
}

/** The text, or what was not there to be filled in ("db.privateAddress"), by name and never by value. */
export type Rendered = { readonly text: string } | { readonly missing: string };

export function renderTemplate(template: Template, context: RenderContext): Rendered {
  const missing = new Set<string>();
  const pieces = template.map((part) => {
    const values = valuesOf(part, context);
    for (const { value, name } of values) if (value === null || value === undefined) missing.add(name);
    return values.map(({ value }) => String(value)).join(",");
  });
  return missing.size > 0 ? { missing: [...missing].join(", ") } : { text: pieces.join("") };
}

interface NamedValue {
  readonly name: string;
  readonly value: ParameterValue | null | undefined;
}

function valuesOf(part: TemplatePart, context: RenderContext): readonly NamedValue[] {
  switch (part.kind) {
    case "text":
      return [{ name: "", value: part.text }];
    case "parameter":
      return [{ name: `params.${part.name}`, value: own(context.parameters, part.name) }];
    case "instance":
      return part.instances.map((name) => ({
        name: `${name}.${part.attribute}`,
        value: own(context.instances, name)?.[part.attribute],
      }));
    case "self":
      return [{ name: `self.${part.attribute}`, value: context.self?.[part.attribute] }];
    case "deployment":
      return [{ name: `deployment.${part.attribute}`, value: context.deployment[part.attribute] }];
  }
}

/** Never what a record inherits: "constructor" is a possible name. */
function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
