// The fuzz must notice what it is there for.

import { expect, test } from "vitest";
import { type ProblemCode, PROBLEMS } from "../../src/contract/problem.ts";
import { SAFE_HEADERS } from "../../src/http/safe-headers.ts";
import { documentFrom, type OpenApi, operationName, reachedBy, readDocument } from "./document.ts";
import { faultsOf } from "./verdict.ts";

const document = readDocument();
const operation = (name: string) => {
  const found = document.operations.find((one) => operationName(one) === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};
const PROFILES = operation("GET /v1/profiles");

function reply(status: number, body: unknown, type = "application/json") {
  const headers = new Headers({ ...Object.fromEntries(SAFE_HEADERS), "content-type": type });
  return { method: "GET", status, headers, text: body === null ? "" : JSON.stringify(body) };
}

function problem(code: ProblemCode, more: object = {}) {
  const { status, title } = PROBLEMS[code];
  const body = { type: `urn:slipway:problem:${code}`, title, status, code, detail: "x", errors: [], ...more };
  return reply(status, body, "application/problem+json");
}

const small = {
  name: "small",
  cpu: 1,
  memoryMib: 1024,
  storageGib: 0,
  architecture: "x86_64",
  accelerators: 0,
  acceleratorKind: null,
};

test("a reply as documented, and any problem, is right", () => {
  expect(faultsOf(reply(200, { profiles: [small] }), PROFILES, document)).toEqual([]);
  expect(faultsOf(problem("not_found"), PROFILES, document)).toEqual([]);
  expect(
    faultsOf(
      { ...reply(204, null), headers: new Headers([...SAFE_HEADERS].map(([a, b]) => [a, b])) },
      operation("DELETE /v1/profiles/{name}"),
      document,
    ),
  ).toEqual([]);
});

const EXPORT = operation("GET /v1/export");

test("a reply may be of each type that the document has, and of no other", () => {
  const csv = { ...reply(200, null, "text/csv; charset=utf-8; header=present"), text: "name,state\n" };
  expect(faultsOf(csv, EXPORT, document)).toEqual([]);
  expect(faultsOf(reply(200, [{ name: "shop" }]), EXPORT, document)).toEqual([]);
  expect(faultsOf(reply(200, { name: "shop" }), EXPORT, document).join()).toMatch(/array|list/);
  expect(faultsOf({ ...csv, headers: reply(200, null, "text/html").headers }, EXPORT, document)).toEqual([
    "type text/html in place of text/csv or application/json",
  ]);
});

test.each([
  ["a field that is missing", reply(200, { profiles: [{ ...small, cpu: undefined }] }), /cpu/],
  ["a field of a wrong type", reply(200, { profiles: [{ ...small, cpu: "1" }] }), /cpu/],
  ["a field that nobody documented", reply(200, { profiles: [], more: 1 }), /more/],
  ["a field that nobody documented, further inside", reply(200, { profiles: [{ ...small, secret: 1 }] }), /secret/],
  ["no JSON", { ...reply(200, null), text: "<html>" }, /no JSON/],
  ["another type", reply(200, { profiles: [] }, "text/plain"), /type text\/plain/],
  ["a status that nobody documented", reply(201, { profiles: [] }), /status 201 .* neither documented/],
  ["a status with a body that must have none", reply(304, null, "text/plain"), /neither documented/],
  ["a mistake of the server", problem("internal"), /status 500/],
  ["a server that is away", problem("unavailable"), /status 503/],
  ["a problem under another status", { ...problem("not_found"), status: 400 }, /not_found with the status 400/],
  ["a problem with more in it", problem("not_found", { stack: "x" }), /stack/],
  ["a refusal that is no problem", reply(400, { error: "x" }), /neither documented nor a problem/],
  [
    "a reply without safe headers",
    { ...reply(200, { profiles: [] }), headers: new Headers({ "content-type": "application/json" }) },
    /no header/,
  ],
  ["a reply to HEAD with a body", { ...reply(200, { profiles: [] }), method: "HEAD" }, /HEAD/],
])("%s is noticed", (_, given, fault) => {
  expect(faultsOf(given, PROFILES, document).join("\n")).toMatch(fault);
});

test("references and objects of any names are read as the document means them", () => {
  const schemas = { Leaf: { type: "object", properties: { n: { type: "integer" } }, required: ["n"] } };
  const schema = { type: "object", additionalProperties: { $ref: "#/components/schemas/Leaf" } };
  const api: OpenApi = {
    components: { schemas: { ...schemas, Problem: {} } },
    paths: { "/x": { get: { responses: { 200: { content: { "application/json": { schema } } } } } } },
  };
  const [one] = documentFrom(api).operations;
  const complaint = one?.replies.get(200)?.get("application/json");
  expect([complaint?.({ a: { n: 1 }, b: { n: 2 } }), complaint?.({ a: { n: 1.5 } }) === null]).toEqual([null, false]);
  expect(complaint?.({ a: { n: 1, m: 1 } })).not.toBeNull();
});

test.each([
  ["GET", "/v1/profiles", "GET /v1/profiles"],
  ["GET", "/v1/profiles?a&a", "GET /v1/profiles"],
  ["DELETE", "/v1/profiles/a%2Fb?x=1", "DELETE /v1/profiles/{name}"],
  ["POST", "/v1/blueprints/check", "POST /v1/blueprints/check"],
  ["GET", "/v1/profiles/", null],
  ["PURGE", "/v1/profiles", null],
  ["GET", "/v1/profiles/a/b", null],
])("%s %s leads to %s", (method, path, name) => {
  const reached = reachedBy({ method, path }, document);
  expect(reached === null ? null : operationName(reached)).toBe(name);
});
