// The API as pages: a page for each kind of thing, made from openapi.json alone.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const Schema = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
  required: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), Schema).optional();
  },
  get items() {
    return Schema.optional();
  },
  get anyOf() {
    return z.array(Schema).optional();
  },
  get oneOf() {
    return z.array(Schema).optional();
  },
  get allOf() {
    return z.array(Schema).optional();
  },
});
type Schema = z.infer<typeof Schema>;

const Content = z.record(z.string(), z.object({ schema: Schema })).optional();
const Operation = z.object({
  tags: z.array(z.string()).optional(),
  summary: z.string(),
  description: z.string().optional(),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean().optional(),
        schema: Schema,
        description: z.string().optional(),
      }),
    )
    .optional(),
  requestBody: z.object({ content: Content }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string(), content: Content })),
});
type Operation = z.infer<typeof Operation>;

const Document = z.object({
  info: z.object({ description: z.string() }),
  components: z.object({ schemas: z.record(z.string(), Schema) }),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
});

interface Call {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

export function apiPages(): readonly (readonly [path: string, text: string])[] {
  const text = readFileSync(join(import.meta.dirname, "../../openapi.json"), "utf8");
  const { info, components, paths } = Document.parse(JSON.parse(text));
  const calls = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const byTag = [...Map.groupBy(calls, ({ operation }) => operation.tags?.[0] ?? "server")].toSorted(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return [
    ["api/index.md", overview(info.description, byTag)],
    ...byTag.map(([tag, own]) => [`api/${tag}.md`, `# API: ${tag}\n\n${own.map(callText).join("\n")}`] as const),
    ["api/schemas.md", schemasText(components.schemas)],
  ];
}

function overview(description: string, byTag: readonly (readonly [string, readonly Call[]])[]): string {
  const lists = byTag.map(([tag, calls]) => {
    const rows = calls.map(
      (call) =>
        `| [${code(`${call.method} ${call.path}`)}](./${tag}.md#${anchorOf(call)}) | ${cell(call.operation.summary)} |`,
    );
    return `## ${tag}\n\n| call | what |\n|---|---|\n${rows.join("\n")}\n`;
  });
  const how =
    "Each request carries a token as `Authorization: Bearer TOKEN`. A running server has the description itself at `/v1/openapi.json`.";
  return `# API\n\n${plain(description)}\n\n${how} Errors are a [Problem](./schemas.md#problem).\n\n${lists.join("\n")}`;
}

const anchorOf = ({ method, path }: Call): string =>
  `${method}${path}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");

function callText(call: Call): string {
  const { operation, method, path } = call;
  const { summary, description, parameters = [], requestBody, responses } = operation;
  const rows = parameters.map(
    (one) =>
      `| \`${one.name}\` | ${one.in} | ${typeText(one.schema)} | ${one.required === true ? "yes" : ""} | ${cell(one.description ?? "")} |`,
  );
  const answers = Object.entries(responses).map(
    ([status, { description: what, content }]) => `| ${status} | ${contentText(content)} | ${cell(what)} |`,
  );
  return [
    `## ${code(`${method} ${path}`)} {#${anchorOf(call)}}\n`,
    `${plain(summary)}.\n`,
    ...(description === undefined ? [] : [`${plain(description)}\n`]),
    ...(rows.length === 0 ? [] : ["| parameter | in | type | needed | |", "|---|---|---|---|---|", ...rows, ""]),
    ...(requestBody === undefined ? [] : [`Body: ${contentText(requestBody.content)}\n`]),
    "| answer | body | |\n|---|---|---|",
    ...answers,
    "",
  ].join("\n");
}

const contentText = (content: z.infer<typeof Content>): string =>
  Object.values(content ?? {})
    .map(({ schema }) => typeText(schema))
    .join(" or ");

function schemasText(schemas: Readonly<Record<string, Schema>>): string {
  const each = Object.entries(schemas)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, schema]) => `## ${name} {#${name.toLowerCase()}}\n\n${schemaText(schema)}\n`);
  return `# API: what is sent\n\n${each.join("\n")}`;
}

function schemaText(schema: Schema): string {
  const { properties, required = [], description } = schema;
  const about = description === undefined ? "" : `${plain(description)}.\n\n`;
  if (properties === undefined) return `${about}${typeText(schema)}`;
  const rows = Object.entries(properties).map(
    ([name, one]) =>
      `| \`${name}\` | ${typeText(one)} | ${required.includes(name) ? "yes" : ""} | ${cell(one.description ?? "")} |`,
  );
  return `${about}| field | type | always | |\n|---|---|---|---|\n${rows.join("\n")}`;
}

/** A type in a cell, with links to those that have a name. */
function typeText(schema: Schema): string {
  const { $ref, type, enum: values, items, anyOf, oneOf, allOf } = schema;
  const name = $ref?.split("/").at(-1);
  if (name !== undefined) return `[${name}](./schemas.md#${name.toLowerCase()})`;
  const several = anyOf ?? oneOf ?? allOf;
  if (several !== undefined) return [...new Set(several.map(typeText))].join(" or ");
  if (values !== undefined) return values.map((value) => code(String(value))).join(", ");
  if (schema.const !== undefined) return code(String(schema.const));
  if (items !== undefined) return `list of ${typeText(items)}`;
  return [type ?? "anything"].flat().join(" or ");
}

const code = (text: string): string => `\`${text.replaceAll("|", "\\|")}\``;
/** Text of the description is no markup. */
const plain = (text: string): string =>
  text.replaceAll(/[<>{}]/g, (sign) => `&#${sign.codePointAt(0)};`).replaceAll("*", "\\*");
const cell = (text: string): string => plain(text).replaceAll("|", "\\|").replaceAll("\n", " ");
