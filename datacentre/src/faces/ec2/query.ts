// What Amazon's query services have in common: an action and its parameters in a form or in the query, answers in XML.

import type { FaceReply, FaceRequest } from "../face.ts";
import { parametersIn } from "../request.ts";
import { AwsError } from "./refusals.ts";

/** Parameters that are not the action's own. */
export const SAID_ALREADY = [
  "Action",
  "Version",
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Date",
  "X-Amz-Expires",
  "X-Amz-Security-Token",
  "X-Amz-Signature",
  "X-Amz-SignedHeaders",
];

interface Query {
  readonly parameters: URLSearchParams;
  readonly name: string;
}

/** Throws AwsError where it is no request of that version of a query service. */
export function queryIn(request: FaceRequest, version: string): Query {
  const { method, path } = request;
  if (path !== "/") throw new AwsError(404, "InvalidAction", `There is nothing at ${path}`);
  if (method !== "GET" && method !== "POST") throw new AwsError(405, "UnsupportedHttpVerb", `No requests by ${method}`);
  const parameters = parametersIn(request);
  const name = parameters.get("Action");
  if (name === null || name === "") {
    throw new AwsError(400, "MissingAction", "The request must contain the parameter Action");
  }
  const asked = parameters.get("Version");
  if (asked === null) throw new AwsError(400, "MissingParameter", "The request must contain the parameter Version");
  if (asked !== version) throw new AwsError(400, "NoSuchVersion", `The requested version (${asked}) does not exist`);
  return { parameters, name };
}

export function invalidAction(name: string): AwsError {
  return new AwsError(400, "InvalidAction", `The action ${name} is not valid for this web service.`);
}

export function xmlReply(status: number, body: string): FaceReply {
  return { status, headers: { "content-type": "text/xml;charset=UTF-8" }, body };
}
