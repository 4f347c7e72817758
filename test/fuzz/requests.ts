// Requests to one operation: as the document has them, nearly so, and not at all.

import fc from "fast-check";
import { DEPLOYMENT_STATES } from "../../src/core/states.ts";
import type { Document, Operation, Parameter } from "./document.ts";
import { EDGE_NUMBERS, JUNK, type Known, NAMES, spoiled, valuesOf } from "./values.ts";
import type { Words } from "./words.ts";

const CALLERS = ["admin", "operator", "launcher", "viewer", "stranger", "nobody"] as const;
export type Caller = (typeof CALLERS)[number];

export interface Wire {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  readonly as: Caller;
}

const CHANGES = new Set(["PUT", "PATCH", "DELETE"]);
/** Nothing that is made under such a name is needed for anything. */
const ASKS_MUCH = new Set(["POST", "PUT", "PATCH"]);

export function requestsTo(operation: Operation, words: Words, document: Document): fc.Arbitrary<Wire> {
  const parts = { operation, words, document };
  return fc.oneof(
    { weight: 5, arbitrary: validRequests(parts) },
    { weight: 4, arbitrary: nearRequests(parts) },
    { weight: 1, arbitrary: wildRequests(parts) },
  );
}

interface Parts {
  readonly operation: Operation;
  readonly words: Words;
  readonly document: Document;
}

const JSON_TYPE = { "content-type": "application/json" };
/** An object may have a toString of its own that is no function. */
const JUNK_TEXT = JUNK.map((junk) => (typeof junk === "string" ? junk : (JSON.stringify(junk) ?? "")));
const MOSTLY_ADMIN = fc.oneof({ weight: 8, arbitrary: fc.constant("admin" as const) }, fc.constantFrom(...CALLERS));

function validRequests(parts: Parts): fc.Arbitrary<Wire> {
  const { operation } = parts;
  const body = operation.body === null ? fc.constant(null) : bodies(parts).map(jsonOf);
  return fc
    .record({ path: paths(parts, plainTexts), headers: headers(parts, plainTexts), body, as: MOSTLY_ADMIN })
    .map((made) => wire(operation.method, made));
}

function nearRequests(parts: Parts): fc.Arbitrary<Wire> {
  const { operation } = parts;
  const body = operation.body === null ? fc.option(JUNK.map(jsonOf)) : spoiled(bodies(parts)).map(jsonOf);
  return fc
    .record({ path: paths(parts, nearTexts), headers: headers(parts, nearTexts), body, as: MOSTLY_ADMIN })
    .map((made) => wire(operation.method, made));
}

const BYTES = fc.oneof(
  fc.json().map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(
      "{",
      "[",
      '{"a":1,}',
      '{"n":12345678901234567890}',
      '{"n":1e999}',
      '"\\ud800"',
      "\uFEFF{}",
      "nul",
      "1",
    )
    .map((text) => Buffer.from(text)),
  fc.nat({ max: 3_000 }).map((depth) => Buffer.from("[".repeat(depth) + "]".repeat(depth))),
  fc.constantFrom(1024 * 1024, 1024 * 1024 + 1).map((size) => Buffer.alloc(size, " ")),
);

const METHODS = fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE");
const TAILS = fc.constantFrom(
  "",
  "/",
  "//",
  "/..",
  "/%00",
  "/%ff",
  "/%2e%2e/",
  "/a%2Fb",
  `/${"x".repeat(3_000)}`,
  "?",
  "?a&a",
  "?=&%00=%ff",
);
const TYPES = fc.constantFrom(
  "application/json",
  "application/json; charset=utf-16",
  "text/plain",
  "",
  "application/xml",
);
const TOKENS = fc.constantFrom(
  "Bearer",
  "Bearer  ",
  "Basic YTpi",
  `Bearer ${"x".repeat(4_000)}`,
  "bearer keeper extra",
  "\xe9",
);

function wildRequests(parts: Parts): fc.Arbitrary<Wire> {
  const wild = () => JUNK_TEXT;
  const strange = fc.record({ "content-type": TYPES, authorization: TOKENS }, { requiredKeys: [] });
  return fc
    .record({
      method: METHODS,
      path: paths(parts, wild),
      tail: TAILS,
      headers: strange,
      body: fc.option(BYTES),
      as: fc.constantFrom(...CALLERS),
    })
    .map(({ method, path, tail, ...made }) => wire(method, { ...made, path: path + tail }));
}

function wire(method: string, made: Omit<Wire, "method">): Wire {
  const { headers: given, body } = made;
  return { ...made, method, headers: body === null ? given : { ...JSON_TYPE, ...given } };
}

function jsonOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value) ?? "");
}

/** From right texts for a parameter to those that are sent. */
type Texts = (texts: fc.Arbitrary<string>, parameter: Parameter) => fc.Arbitrary<string>;
const plainTexts: Texts = (texts) => texts;
const nearTexts: Texts = (texts, { schema }) => {
  const wrong = schema.type === "integer" ? EDGE_NUMBERS.map(String) : JUNK_TEXT;
  return fc.oneof({ weight: 3, arbitrary: texts }, { weight: 1, arbitrary: wrong });
};

function paths(parts: Parts, texts: Texts): fc.Arbitrary<string> {
  const { operation } = parts;
  const inPath = operation.parameters.filter((one) => one.in === "path");
  const inQuery = operation.parameters.filter((one) => one.in === "query");
  const filled = Object.fromEntries(inPath.map((one) => [one.name, texts(textsOf(one, parts), one)]));
  const query = Object.fromEntries(inQuery.map((one) => [one.name, texts(textsOf(one, parts), one)]));
  return fc.tuple(fc.record(filled), fc.record(query, { requiredKeys: required(inQuery) })).map(([names, asked]) => {
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => escaped(names[name] ?? ""));
    const pairs = Object.entries(asked).map(([name, text]) => `${name}=${escaped(text)}`);
    return pairs.length === 0 ? path : `${path}?${pairs.join("&")}`;
  });
}

const required = (parameters: readonly Parameter[]): string[] =>
  parameters.filter((one) => one.required === true).map(({ name }) => name);

/** What no address can hold, such as half of a character, goes as what stands for it. */
const escaped = (text: string): string => encodeURIComponent(text.toWellFormed().slice(0, 6_000));

function headers(parts: Parts, texts: Texts): fc.Arbitrary<Record<string, string>> {
  const asked = parts.operation.parameters.filter((one) => one.in === "header");
  const made = asked.map((one) => [one.name, texts(textsOf(one, parts), one).map(sendable)] as const);
  return fc
    .tuple(...made.map(([, text]) => fc.option(text)))
    .map((given) =>
      Object.fromEntries(made.flatMap(([name], place) => (given[place] === null ? [] : [[name, given[place] ?? ""]]))),
    );
}

/** Headers are bytes on one line. */
const sendable = (text: string): string => text.slice(0, 1_000).replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, "?");

function textsOf(parameter: Parameter, { operation, words, document }: Parts): fc.Arbitrary<string> {
  const known = parameter.in === "path" ? namesInPath(parameter.name, operation, words) : null;
  const named = knownOf(operation, words)(parameter.name);
  return (known ?? named ?? valuesOf(parameter.schema, () => null, document)).map(String);
}

const mostly = <T>(usual: readonly T[], others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

const oneOf = (names: readonly string[]): fc.Arbitrary<string> =>
  names.length === 0 ? fc.constant("nothing") : fc.constantFrom(...names);

/** What is there to be read, and what may be changed. */
function namesInPath(name: string, { method, path }: Operation, words: Words): fc.Arbitrary<string> | null {
  if (name === "deployment") return oneOf(words.deployments);
  if (name === "machine") return oneOf(words.machines);
  const [, noun = ""] = /^\/v1\/(\w+)\//.exec(path) ?? [];
  if (noun === "deployments") return oneOf(words.instances);
  if (noun === "blueprints") return oneOf(words.blueprints);
  if (noun !== "accounts" && noun !== "pools" && noun !== "profiles" && noun !== "tokens") return null;
  const { kept, free } = words[noun];
  return oneOf(CHANGES.has(method) ? free : [...kept, ...free]);
}

function knownOf({ method, path }: Operation, words: Words): Known {
  const all = ({ kept, free }: Words["accounts"]): fc.Arbitrary<string> => oneOf([...kept, ...free]);
  return (name) => {
    switch (name) {
      case "source":
        return oneOf(words.sources);
      case "pool":
        return path === "/v1/accounts" ? oneOf(words.pools.free) : mostly(words.pools.kept, words.pools.free);
      case "account":
        return all(words.accounts);
      case "realm":
        return fc.constantFrom(...words.realms);
      case "size":
        return fc.constantFrom(...words.sizes);
      case "provider":
        return fc.constantFrom("sim", "docker", "nimbus");
      case "settings":
        return fc.constantFrom(...words.settings);
      case "credentials":
        return fc.constantFrom(...words.credentials);
      case "parameters":
        return mostly(words.parameters.slice(0, 1), words.parameters);
      case "version":
        return fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 3 }) }, fc.constantFrom(2 ** 31 - 1, 1));
      case "state":
        return fc.subarray([...DEPLOYMENT_STATES], { minLength: 1 }).map((states) => states.join(","));
      case "q":
        return fc.constantFrom("", "h", "pair", "%");
      case "cursor":
        return oneOf(words.cursors);
      case "name":
        return ASKS_MUCH.has(method) ? namesIn(path, words) : null;
      default:
        return null;
    }
  };
}

/** In bodies: of what is made, or of a stored blueprint. */
function namesIn(path: string, words: Words): fc.Arbitrary<string> | null {
  switch (path) {
    case "/v1/accounts":
      return oneOf(words.accounts.free);
    case "/v1/pools":
      return oneOf(words.pools.free);
    case "/v1/tokens":
      return oneOf(words.tokens.free);
    default:
      return fc.oneof({ weight: 3, arbitrary: oneOf([...words.blueprints, "one"]) }, NAMES);
  }
}

function bodies({ operation, words, document }: Parts): fc.Arbitrary<unknown> {
  return valuesOf(operation.body ?? {}, knownOf(operation, words), document);
}
