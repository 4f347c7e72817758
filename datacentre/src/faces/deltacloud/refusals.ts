// How Deltacloud refuses: an error document with the status, and what the cloud behind it said. Only the text tells a quota or a lack
// of room from anything else that went wrong there.

import type { CloudError, CloudErrorCode } from "../../cloud-api.ts";
import type { FaceReply, FaceRequest } from "../face.ts";
import { parametersIn } from "../request.ts";
import { cdata, element, textElement, xmlDocument } from "./document.ts";

/** A refusal of Deltacloud's own. `text`: as plain text, without a document. */
export class DeltacloudError extends Error {
  override readonly name = "DeltacloudError";
  readonly status: number;
  readonly isText: boolean;
  constructor(status: number, message: string, isText = false) {
    super(message);
    this.status = status;
    this.isText = isText;
  }
}

export function missing(name: string): DeltacloudError {
  return new DeltacloudError(400, `Required parameter [${name}] was not found`, true);
}

const STATUS: Readonly<Record<CloudErrorCode, number>> = {
  insufficient_capacity: 502,
  quota_exceeded: 502,
  quota_zero: 502,
  throttled: 502,
  wrong_key: 401,
  session_expired: 401,
  forbidden: 403,
  account_suspended: 403,
  invalid_request: 400,
  invalid_name: 400,
  invalid_realm: 404,
  invalid_size: 400,
  invalid_user_data: 400,
  image_not_found: 404,
  invalid_reference: 404,
  price_too_low: 400,
  no_free_address: 502,
  realm_down: 504,
  internal_error: 500,
  unavailable: 502,
  name_taken: 409,
  token_mismatch: 409,
  token_spent: 409,
  locked: 405,
  wrong_state: 405,
  in_use: 409,
  protected: 403,
  not_found: 404,
  no_route: 404,
  unexplained: 500,
};

/**
 * What the cloud behind it says where nothing else tells what it is about: RHEV-M of its hosts (the sentence that the driver itself looks for),
 * OpenStack of quotas and images.
 */
const SENTENCES: Readonly<Partial<Record<CloudErrorCode, string>>> = {
  insufficient_capacity: "Cannot run VM. There are no available running Hosts in the Host Cluster.",
  quota_exceeded: "Quota exceeded for instances.",
  quota_zero: "Quota exceeded for instances.",
  image_not_found: "Can not find requested image.",
};

function sentenceOf({ code, message }: CloudError): string {
  const sentence = SENTENCES[code];
  return sentence === undefined ? message : `${sentence} ${message}`;
}

/** What is not there is 404 to those who look, and 403 to those who ask something of it. */
export function saidByDeltacloud(error: CloudError, { method }: FaceRequest): DeltacloudError {
  const { code } = error;
  const message = sentenceOf(error);
  if (code === "wrong_key" || code === "session_expired") return new DeltacloudError(401, "Not authorized", true);
  if (code === "not_found" && method !== "GET") return new DeltacloudError(403, message);
  const status = STATUS[code];
  return new DeltacloudError(status, status === 500 ? `Unhandled exception or status code (${message})` : message);
}

/** Where the answer goes. */
export interface Place {
  readonly request: FaceRequest;
  readonly driver: string;
  /** Absolute, as all references are. */
  readonly url: string;
}

export function refusalReply({ status, message, isText }: DeltacloudError, { request, driver, url }: Place): FaceReply {
  const isStranger = status === 401 && request.headers["authorization"] === undefined;
  const challenge = isStranger ? { "www-authenticate": 'Basic realm="Deltacloud API"' } : {};
  if (isText) {
    return { status, headers: { "content-type": "text/html;charset=utf-8", ...challenge }, body: message };
  }
  // What was sent comes back, user data and passwords too.
  const parameters = [...parametersIn(request)].map(([name, value]) => element("param", { name }, cdata(value)));
  const body = xmlDocument(
    element(
      "error",
      { url, status },
      element("backend", { driver }),
      textElement("code", status),
      textElement("message", cdata(message)),
      textElement("backtrace", status === 500 ? cdata(BACKTRACE) : cdata("")),
      element("request", {}, ...parameters),
    ),
  );
  return { status, headers: { "content-type": "application/xml;charset=utf-8", ...challenge }, body };
}

const BACKTRACE = "lib/deltacloud/helpers/driver_helper.rb: in `rescue in run'\n".repeat(200);
