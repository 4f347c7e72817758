// The language of `${{ … }}`: params.NAME, self.ATTRIBUTE, deployment.name, INSTANCE.ATTRIBUTE, INSTANCE[N].ATTRIBUTE.
// `$${{` stands for the three characters themselves.

import { type Complaint, quoted } from "./mistake.ts";
import { INSTANCE_ATTRIBUTES, type InstanceAttribute, SELF_ATTRIBUTES, type SelfAttribute } from "./model.ts";
import { nearest } from "./nearest.ts";
import { listed } from "./reader.ts";

/** What a text is made of. Offsets count from the beginning of the text and point at the `$` of a reference. */
export type Piece = { readonly kind: "text"; readonly text: string } | Marked;

/** What begins with the mark of a reference. */
export type Marked =
  | { readonly kind: "expression"; readonly expression: string; readonly offset: number }
  | { readonly kind: "unterminated"; readonly offset: number };

export type Reference =
  | { readonly kind: "parameter"; readonly name: string }
  | { readonly kind: "self"; readonly attribute: SelfAttribute }
  | { readonly kind: "deployment"; readonly attribute: "name" }
  | {
      readonly kind: "group";
      readonly group: string;
      readonly member: number | null;
      readonly attribute: InstanceAttribute;
    };

const OPEN = "${{";
const CLOSE = "}}";
/** Bounds the search for the end, so that reading stays linear whatever the text. */
const EXPRESSION_MOST = 200;
const EXPRESSION = /^([A-Za-z][A-Za-z0-9_-]*)(?:\[(\d{1,4})\])?\.([A-Za-z][A-Za-z0-9_-]*)$/;

export function hasReference(text: string): boolean {
  return text.includes(OPEN);
}

export function scanTemplate(template: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (let open = template.indexOf(OPEN); open !== -1; open = template.indexOf(OPEN, from)) {
    const isEscaped = open > from && template[open - 1] === "$";
    const before = template.slice(from, isEscaped ? open - 1 : open);
    if (before !== "") pieces.push({ kind: "text", text: before });
    from = open + OPEN.length;
    if (isEscaped) {
      pieces.push({ kind: "text", text: OPEN });
      continue;
    }
    const ahead = template.slice(from, from + EXPRESSION_MOST);
    const [expression = ""] = ahead.split(CLOSE, 1);
    if (expression === ahead || expression.includes("\n") || expression.includes(OPEN)) {
      pieces.push({ kind: "unterminated", offset: open });
      continue;
    }
    pieces.push({ kind: "expression", expression: expression.trim(), offset: open });
    from += expression.length + CLOSE.length;
  }
  if (from < template.length) pieces.push({ kind: "text", text: template.slice(from) });
  return pieces;
}

export const UNTERMINATED: Complaint = {
  code: "bad_reference",
  says: 'has a "${{" without its "}}" on the same line: close it, or write "$${{" for the characters themselves',
};

/** What an expression means; whether the parameter or the instance exists is for the caller to say. */
export function readReference(expression: string): Reference | { readonly complaint: Complaint } {
  const [, root = "", member, attribute = ""] = EXPRESSION.exec(expression) ?? [];
  if (root === "" || (member !== undefined && OWN_ROOTS.has(root))) return malformed(expression);
  if (root === "params") return { kind: "parameter", name: attribute };
  if (root === "self") {
    const found = SELF_ATTRIBUTES.find((known) => known === attribute);
    return found === undefined ? unknownAttribute(expression, SELF_ATTRIBUTES) : { kind: "self", attribute: found };
  }
  if (root === "deployment") {
    return attribute === "name" ? { kind: "deployment", attribute } : unknownAttribute(expression, ["name"]);
  }
  const found = INSTANCE_ATTRIBUTES.find((known) => known === attribute);
  if (found === undefined) return unknownAttribute(expression, INSTANCE_ATTRIBUTES);
  return { kind: "group", group: root, member: member === undefined ? null : Number(member), attribute: found };
}

/** Words that mean something else before the dot, so that no instance may be called so. */
export const OWN_ROOTS: ReadonlySet<string> = new Set(["params", "self", "deployment"]);

function malformed(expression: string): { complaint: Complaint } {
  const forms = "params.NAME, self.ATTRIBUTE, deployment.name, INSTANCE.ATTRIBUTE or INSTANCE[N].ATTRIBUTE";
  const says = `has the reference ${quoted(expression)}, which cannot be read: write ${forms}`;
  return { complaint: { code: "bad_reference", says } };
}

function unknownAttribute(expression: string, known: readonly string[]): { complaint: Complaint } {
  const attribute = expression.slice(expression.indexOf(".") + 1);
  const meant = nearest(attribute, known);
  const all = listed(
    known.filter((name) => name !== meant),
    "or",
  );
  const remedy = meant === null ? `write ${all} after the dot` : `did you mean "${meant}", or else ${all}?`;
  const says = `refers to ${quoted(expression)}, which does not exist: ${remedy}`;
  return { complaint: { code: "bad_reference", says } };
}
