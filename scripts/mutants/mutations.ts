// Small changes of a source that its tests should notice: a number is another, a comparison takes or leaves its bound, an entry of
// a table is missing.

import { parseAst } from "vitest/node";

/** `from` to `to` of the text becomes `text`. */
export interface Mutation {
  readonly from: number;
  readonly to: number;
  readonly text: string;
  /** As in "32 → 33". */
  readonly what: string;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

const OTHER: Readonly<Record<string, string>> = {
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "===": "!==",
  "!==": "===",
};

export function mutationsOf(source: string): readonly Mutation[] {
  const found: Mutation[] = [];
  const visit = (node: Node, above: readonly Node[]): void => {
    if (isType(node)) return;
    found.push(...numbers(node), ...comparisons(node, source), ...(isTable(above) ? entries(node, source) : []));
    for (const child of childrenOf(node)) visit(child, [...above, node]);
  };
  for (const node of childrenOf(parsed(source))) visit(node, []);
  return found;
}

function parsed(source: string): Node {
  const program: unknown = parseAst(source, { lang: "ts" });
  if (!isNode(program)) throw new Error("the parser gave no program");
  return program;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value && "end" in value;
}

function childrenOf(node: Node): Node[] {
  return Object.values(node)
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .filter(isNode);
}

/** Types leave no trace in what runs. */
function isType({ type }: Node): boolean {
  return /^TS(?!(?:As|Satisfies|NonNull)Expression)/.test(type) || type === "ImportDeclaration";
}

/** One more of a thousand is nothing that anybody would notice. */
const LARGE = 1_000;

function numbers({ type, value, start, end, raw }: Node): Mutation[] {
  if (type !== "Literal" || typeof value !== "number") return [];
  const other = value < LARGE ? value + 1 : value * 2;
  return [{ from: start, to: end, text: String(other), what: `${String(raw)} → ${other}` }];
}

function comparisons(node: Node, source: string): Mutation[] {
  const { type, operator, left, right } = node;
  const other = typeof operator === "string" ? OTHER[operator] : undefined;
  if (type !== "BinaryExpression" || other === undefined || !isNode(left) || !isNode(right)) return [];
  const between = source.slice(left.end, right.start);
  const from = left.end + between.indexOf(String(operator));
  const to = from + String(operator).length;
  return [{ from, to, text: other, what: `${source.slice(node.start, node.end)}: ${String(operator)} → ${other}` }];
}

/**
 * Within the value of a constant of the file, and in no function of it. Lists from which types are made (`as const`) are left out: the
 * compiler misses what is missing there.
 */
function isTable(above: readonly Node[]): boolean {
  const isTop = above.every(({ type }) => !/Function|Class|Statement|TSAsExpression/.test(type));
  return isTop && above.some(({ type }) => type === "VariableDeclarator");
}

function entries(node: Node, source: string): Mutation[] {
  const list =
    node.type === "ArrayExpression" ? node["elements"] : node.type === "ObjectExpression" ? node["properties"] : [];
  const members = Array.isArray(list) ? list.filter(isNode) : [];
  return members.map(({ start, end }) => {
    // With the comma behind it; the last one may stand without.
    const comma = /^\s*,/.exec(source.slice(end))?.[0].length ?? 0;
    return {
      from: start,
      to: end + comma,
      text: "",
      what: `without ${source.slice(start, end).replaceAll(/\s+/g, " ")}`,
    };
  });
}
