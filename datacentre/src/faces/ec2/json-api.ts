// Services of Amazon's that speak JSON: the action in a header, its parameters in the body.

import type { Operation } from "../../cloud-api.ts";
import type { Asked } from "../../desk/asked.ts";
import { type Reader, ShapeError } from "../../shape.ts";
import { parseJson } from "../../wire/json.ts";
import { AwsError } from "./refusals.ts";
import { type AwsApi, inOwnWords, type OwnWords, refusedCall } from "./api.ts";

type JsonReply = Readonly<Record<string, unknown>>;

export interface JsonAction {
  readonly operation: Operation;
  /** Throws a ShapeError for what makes no sense. */
  read(body: unknown): (asked: Asked) => JsonReply;
}

export function jsonAction<T>(
  operation: Operation,
  read: Reader<T>,
  answer: (asked: Asked, body: T) => JsonReply,
): JsonAction {
  return {
    operation,
    read(body) {
      const given = read(body, "body");
      return (asked) => answer(asked, given);
    },
  };
}

export interface JsonApiOptions {
  /** As in the scope of signatures. */
  readonly name: string;
  /** What stands before the action in the header. */
  readonly target: string;
  readonly actions: ReadonlyMap<string, JsonAction>;
}

const WORDS: OwnWords = {
  AuthFailure: [400, "UnrecognizedClientException"],
  SignatureDoesNotMatch: [400, "InvalidSignatureException"],
  IncompleteSignature: [400, "IncompleteSignatureException"],
  MissingAuthenticationToken: [400, "MissingAuthenticationTokenException"],
  RequestExpired: [400, "ExpiredTokenException"],
  UnauthorizedOperation: [400, "AccessDeniedException"],
  OptInRequired: [400, "AccessDeniedException"],
  RequestLimitExceeded: [400, "ThrottlingException"],
  Unavailable: [503, "ServiceUnavailableException"],
  InternalError: [500, "InternalServerError"],
};

export function jsonApi({ name, target, actions }: JsonApiOptions): AwsApi {
  return {
    name,
    isGlobal: false,
    read: (request) =>
      refusedCall("describe", () => {
        const [service, wanted = ""] = (request.headers["x-amz-target"] ?? "").split(".");
        const action = service === target ? actions.get(wanted) : undefined;
        if (action === undefined) throw new AwsError(400, "UnknownOperationException", `No action ${wanted}`);
        return refusedCall(action.operation, () => {
          const answer = readBody(action, request.body);
          return { subject: { operation: action.operation }, effect: (asked) => jsonReply(200, answer(asked)) };
        });
      }),
    failure(error) {
      const { status, code, message } = inOwnWords(error, WORDS);
      return jsonReply(status, { __type: code, message }, { "x-amzn-errortype": code });
    },
  };
}

function readBody(action: JsonAction, body: string): (asked: Asked) => JsonReply {
  try {
    return action.read(parseJson(body, "body") ?? {});
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new AwsError(400, "ValidationException", error.message);
  }
}

function jsonReply(status: number, body: JsonReply, headers: Readonly<Record<string, string>> = {}) {
  return { status, headers: { "content-type": "application/x-amz-json-1.1", ...headers }, body: JSON.stringify(body) };
}
