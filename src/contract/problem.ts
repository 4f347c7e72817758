// Errors as people and programs get them: RFC 9457 (application/problem+json). The table is the list of all codes.

import { z } from "zod";
import { HOLDER_KINDS } from "../core/story/event.ts";
import { quotaFields } from "./terms.ts";

interface ProblemKind {
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 411 | 413 | 415 | 431 | 500 | 503;
  readonly title: string;
}

/** Every code that a reply may carry, with its HTTP status. */
export const PROBLEMS = {
  bad_request: { status: 400, title: "The request is not right" },
  bad_http: { status: 400, title: "The request is not HTTP" },
  bad_json: { status: 400, title: "The body is not JSON" },
  bad_blueprint: { status: 400, title: "The blueprint is not right" },
  bad_parameter: { status: 400, title: "A parameter is not right" },
  bad_name: { status: 400, title: "The name is not right" },
  unknown_field: { status: 400, title: "A field is not known" },
  bad_pool: { status: 400, title: "The pool is not right" },
  not_offered: { status: 400, title: "No account of the pool offers this" },
  bad_lease: { status: 400, title: "The lease is not right" },
  bad_quarantine: { status: 400, title: "The quarantine is not right" },
  bad_account: { status: 400, title: "The account is not right" },
  not_authenticated: { status: 401, title: "A token is needed" },
  not_permitted: { status: 403, title: "The token's role does not permit this" },
  other_site: { status: 403, title: "A request from another site" },
  not_found: { status: 404, title: "Not found" },
  no_such_instance: { status: 404, title: "No such instance" },
  no_such_machine: { status: 404, title: "No such machine" },
  method_not_allowed: { status: 405, title: "Not with this method" },
  too_slow: { status: 408, title: "The request did not arrive in time" },
  ambiguous_name: { status: 409, title: "The name means several" },
  name_taken: { status: 409, title: "The name is taken" },
  key_reused: { status: 409, title: "The Idempotency-Key was used for another request" },
  not_in_this_state: { status: 409, title: "Not possible in this state" },
  plan_changed: { status: 409, title: "What was planned is not what would be done now" },
  plan_expired: { status: 409, title: "The plan has expired" },
  plan_applied: { status: 409, title: "The plan was carried out before" },
  protected: { status: 409, title: "The instance is protected" },
  over_quota: { status: 409, title: "A quota leaves no room for it" },
  no_place: { status: 409, title: "The account has no place for it" },
  has_debt: { status: 409, title: "Machines are not proven gone" },
  unproven: { status: 409, title: "Not proven at the cloud" },
  in_use: { status: 409, title: "Still in use" },
  length_required: { status: 411, title: "The body has no length" },
  too_large: { status: 413, title: "The body is too large" },
  not_json: { status: 415, title: "The body must be JSON" },
  head_too_large: { status: 431, title: "The request's head is too large" },
  internal: { status: 500, title: "A mistake of Slipway" },
  unavailable: { status: 503, title: "Not available now" },
} as const satisfies Record<string, ProblemKind>;
export type ProblemCode = keyof typeof PROBLEMS;

/** In the table's order, as a list that types can be made from. */
const CODES = z.enum(Object.keys(PROBLEMS).filter((code): code is ProblemCode => Object.hasOwn(PROBLEMS, code)));

export const ProblemError = z
  .object({
    pointer: z.string().meta({ description: "JSON pointer into the body, or into the blueprint; empty for the whole" }),
    line: z.number().int().optional().meta({ description: "In the blueprint's text, from 1" }),
    column: z.number().int().optional().meta({ description: "In the blueprint's text, from 1" }),
    parameter: z
      .string()
      .optional()
      .meta({ description: "The parameter for which another value would mend it; the line is its declaration's" }),
    detail: z.string().meta({ description: "What is wrong and what to do" }),
  })
  .meta({ id: "ProblemError" });
export type ProblemError = z.infer<typeof ProblemError>;

/** A limit that leaves no room, in numbers. */
export const OverLimit = z
  .object({
    of: z.enum(HOLDER_KINDS).meta({ description: "pool_user: of each user of the pool" }),
    name: z.string().meta({ description: "Of the pool, else of the user" }),
    ...quotaFields,
    needs: z.number().meta({ description: "What the launch would take, at the least" }),
    raisedBy: z.string().meta({ description: "Who can raise it, and how" }),
  })
  .meta({ id: "OverLimit" });
export type OverLimit = z.infer<typeof OverLimit>;

export const Problem = z
  .object({
    type: z.string().meta({ description: "urn:slipway:problem:CODE" }),
    title: z.string(),
    status: z.number().int(),
    code: CODES,
    detail: z.string().meta({ description: "One sentence for people: what is wrong and what to do" }),
    errors: z.array(ProblemError).meta({ description: "Each mistake with its place; empty when there is but one" }),
    candidates: z
      .array(z.string())
      .optional()
      .meta({ description: "With ambiguous_name: the ids of the deployments that are meant" }),
    over: z.array(OverLimit).optional().meta({ description: "With over_quota: each limit that is in the way" }),
    requestId: z.string().optional().meta({ description: "With internal: finds the line in the server's log" }),
  })
  .meta({ id: "Problem", description: "application/problem+json (RFC 9457)" });
export type Problem = z.infer<typeof Problem>;
