// Every error becomes a problem here, and only here is a status chosen: by its code, from the contract's table.

import { randomUUID } from "node:crypto";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { z } from "@hono/zod-openapi";
import { pathOf } from "../contract/pointer.ts";
import { type OverLimit, type Problem, type ProblemCode, type ProblemError, PROBLEMS } from "../contract/problem.ts";
import { dotted, pointerOf } from "../core/blueprint/mistake.ts";
import { LAUNCH } from "../core/blueprint/read-policy.ts";
import type { RequestRefusal } from "../core/people/requests.ts";
import { parseTraceparent } from "../core/traceparent.ts";
import type { Events } from "../log.ts";
import { StoreAway, StoreConflict } from "../ports/store.ts";
import { SAFE_HEADERS } from "./safe-headers.ts";

interface More {
  readonly errors?: readonly ProblemError[];
  /** Ids that an ambiguous name may mean. */
  readonly candidates?: readonly string[];
  /** Limits that leave no room. */
  readonly over?: readonly OverLimit[];
  /** Of what is unavailable: when it is worth another try. Default: a second. */
  readonly retryAfterS?: number;
}

/** Thrown by routes for whatever is the asker's business. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly code: ProblemCode;
  readonly more: More;
  constructor(code: ProblemCode, detail: string, more: More = {}) {
    super(detail);
    this.code = code;
    this.more = more;
  }
}

/** `meant`: "did you mean …?", where that is known. */
export function notFound(what: string, meant: string | null = null): Refused {
  const list = LISTS.get(what.split(" ", 1).join(""));
  const remedy = meant ?? (list === undefined ? "" : `\`slipway ${list}\` lists those that there are.`);
  return new Refused("not_found", `There is no ${what}${remedy === "" ? "." : `: ${remedy}`}`);
}

/** What lists things of a kind. */
const LISTS: ReadonlyMap<string, string> = new Map([
  ["deployment", "ls"],
  ["debt", "debt ls"],
]);

/** A mistake at one place of the body. */
export function badField(pointer: string, detail: string, code: ProblemCode = "bad_request"): Refused {
  return new Refused(code, `${dotted(pathOf(pointer))}: ${detail}`, { errors: [{ pointer, detail }] });
}

/** A mistake in the query. */
export function badQuery(name: string, detail: string, code: ProblemCode = "bad_request"): Refused {
  const sentence = detail.charAt(0).toUpperCase() + detail.slice(1);
  return new Refused(code, sentence, { errors: [errorAt([name], "query", detail)] });
}

/** The core's no, word for word. */
export function refusedBy({ code, text }: RequestRefusal): Refused {
  return new Refused(code, `${text.charAt(0).toUpperCase()}${text.slice(1)}.`);
}

/** Mistakes that the contract's schemas find in a request; `where` is the part of the request they are in. */
export function badRequest(issues: readonly z.core.$ZodIssue[], where: string): Refused {
  const errors = issues.flatMap((issue) => errorsOf(issue, where));
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  const place = first === undefined || first.pointer === "" ? "" : `${dotted(pathOf(first.pointer))}: `;
  const isUnknown = issues.every(({ code }) => code === "unrecognized_keys");
  const code = where === "json" ? (isUnknown ? "unknown_field" : codeOf(errors)) : "bad_request";
  return new Refused(code, `${place}${first?.detail ?? "not right"}${more}`, { errors });
}

/** What has a title of its own when all that is wrong is in it. */
const FIELD_CODES: ReadonlyMap<string, ProblemCode> = new Map([
  ["name", "bad_name"],
  ["pool", "bad_pool"],
  ["parameters", "bad_parameter"],
]);

function codeOf(errors: readonly ProblemError[]): ProblemCode {
  const [field, ...others] = new Set(errors.map(({ pointer }) => pointer.split("/")[1] ?? ""));
  return (others.length === 0 && FIELD_CODES.get(field ?? "")) || "bad_request";
}

function errorsOf(issue: z.core.$ZodIssue, where: string): ProblemError[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => errorAt([...path, key], where, `is not known here: ${remedyFor(key)}`));
  }
  return [errorAt(path, where, issue.message)];
}

/** What a blueprint says is looked for in the request to launch it. */
function remedyFor(key: string): string {
  const isOfBlueprint = LAUNCH.optional.includes(key);
  return isOfBlueprint ? "of a launch, the blueprint says it, in its section launch" : "leave it out, or mend its name";
}

function errorAt(path: readonly string[], where: string, detail: string): ProblemError {
  // A pointer points into the body; what is wrong elsewhere is named in the text.
  if (where !== "json") return { pointer: "", detail: `${where} ${path.join(".")}: ${detail}` };
  return { pointer: pointerOf(path), detail };
}

/** The answer to a request that ended in `error`. A bug is logged under the id that the answer carries. */
export function answerProblem(c: Context, error: unknown, events: Events): Response {
  const refused = refusedFrom(error);
  if (refused !== null) return respond(c, problemOf(refused), refused.more.retryAfterS);
  const requestId = randomUUID();
  const sender = parseTraceparent(c.req.header("traceparent"));
  const traced = sender === null ? {} : { trace_id: sender.traceId };
  events.requestBroke({ requestId, method: c.req.method, path: c.req.path, ...traced }, error);
  const detail = `Slipway made a mistake; its log has the details under request ${requestId}.`;
  return respond(c, { ...problemOf(new Refused("internal", detail)), requestId });
}

function refusedFrom(error: unknown): Refused | null {
  if (error instanceof Refused) return error;
  if (error instanceof StoreAway) return refusedByDatabase(error);
  if (error instanceof StoreConflict)
    return new Refused("name_taken", `The name of this ${error.what} is taken; take another one.`);
  // Whatever else is no JSON has been refused before.
  if (error instanceof HTTPException && error.status < 500) return new Refused("bad_request", NO_BODY);
  return null;
}

const NO_BODY = "The body is missing: it must be JSON, as the document at /v1/openapi.json describes it.";

/** Seconds: as long as Slipway itself pauses at most between two tries. */
const AWAY_S = 5;

/** Says why, and nothing of where the database is or what it said. */
function refusedByDatabase({ message }: StoreAway): Refused {
  const why = `${message.charAt(0).toUpperCase()}${message.slice(1)}`;
  const detail = `${why}; what is under way goes on by itself as soon as it can, try again in a moment.`;
  return new Refused("unavailable", detail, { retryAfterS: AWAY_S });
}

function problemOf({ code, message, more }: Refused): Problem {
  const { status, title } = PROBLEMS[code];
  const problem = { type: `urn:slipway:problem:${code}`, title, status, code, detail: message };
  return {
    ...problem,
    errors: [...(more.errors ?? [])],
    ...(more.candidates === undefined ? {} : { candidates: [...more.candidates] }),
    ...(more.over === undefined ? {} : { over: [...more.over] }),
  };
}

/** The answer to what never became a request of the application. */
export function problemWithoutContext(refused: Refused): { status: number; headers: Headers; body: string } {
  const problem = problemOf(refused);
  const headers = new Headers({ ...Object.fromEntries(SAFE_HEADERS), "Content-Type": "application/problem+json" });
  return { status: problem.status, headers, body: JSON.stringify(problem) };
}

function respond(c: Context, problem: Problem, retryAfterS = 1): Response {
  if (problem.code === "not_authenticated") c.header("WWW-Authenticate", 'Bearer realm="slipway"');
  if (problem.code === "unavailable") c.header("Retry-After", String(retryAfterS));
  c.header("Content-Type", "application/problem+json");
  return c.body(JSON.stringify(problem), PROBLEMS[problem.code].status);
}
