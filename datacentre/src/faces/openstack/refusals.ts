// How each service refuses: Nova with a document named after the fault, Keystone with an error, Neutron with the name of an exception, Glance
// with a page.

import type { CloudError, CloudErrorCode } from "../../cloud-api.ts";
import type { FaceReply } from "../face.ts";
import type { Service } from "./names.ts";

/** A refusal of a service's own. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly retryAfterMs: number | null;
  /** Neutron names its exceptions; the others have one word a status. */
  readonly type: string | null;
  constructor(status: number, message: string, more: { type?: string; retryAfterMs?: number | null } = {}) {
    super(message);
    this.status = status;
    this.type = more.type ?? null;
    this.retryAfterMs = more.retryAfterMs ?? null;
  }
}

/** What something in front of the services answers, or a path that nobody knows. */
export class PageAnswer extends Error {
  override readonly name = "PageAnswer";
  readonly status: number;
  constructor(status: number) {
    super(TITLES[status] ?? "Error");
    this.status = status;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  406: "Not Acceptable",
  409: "Conflict",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** Nova's names of its faults. */
const NOVA: Readonly<Record<number, string>> = {
  400: "badRequest",
  401: "unauthorized",
  403: "forbidden",
  404: "itemNotFound",
  406: "notAcceptable",
  409: "conflictingRequest",
  413: "overLimit",
  429: "overLimit",
  503: "serviceUnavailable",
};

export const UNAUTHENTICATED = "The request you have made requires authentication.";
const UNEXPECTED =
  "Unexpected API Error. Please report this at http://bugs.launchpad.net/nova/ and attach the Nova API log if possible.\n<class 'oslo_messaging.exceptions.MessagingTimeout'>";

/** What the request was about, in the words of the service. */
export interface Deed {
  /** `server`, `keypair`, `flavor`, `network` and so on. */
  readonly kind: string;
  readonly id?: string;
  /** What was asked of a server: `start`, `stop`, `delete`. */
  readonly action?: string;
}

type Told = (error: CloudError, deed: Deed) => Refusal | PageAnswer;

const bad: Told = ({ message }) => new Refusal(400, message);
const conflict: Told = ({ message }) => new Refusal(409, message);
const unauthenticated: Told = () => new Refusal(401, UNAUTHENTICATED);

const TOLD: Readonly<Record<CloudErrorCode, Told>> = {
  insufficient_capacity: () => new Refusal(500, "No valid host was found. There are not enough hosts available."),
  quota_exceeded: quota,
  quota_zero: quota,
  throttled: ({ retryAfterMs }) => new Refusal(429, "This request was rate-limited.", { retryAfterMs }),
  wrong_key: unauthenticated,
  session_expired: unauthenticated,
  forbidden: (_, { kind }) =>
    new Refusal(403, `Policy doesn't allow os_compute_api:${kind}s:create to be performed.`, {
      type: "PolicyNotAuthorized",
    }),
  // Tokens of a project that is disabled are good no more.
  account_suspended: unauthenticated,
  invalid_request: bad,
  invalid_name: ({ message }) => new Refusal(400, `Invalid input for field/attribute name. ${message}`),
  invalid_realm: () => new Refusal(400, "The requested availability zone is not available"),
  invalid_size: ({ message }) => new Refusal(400, `Flavor could not be found: ${message}`),
  invalid_user_data: ({ about }) =>
    new Refusal(400, `Invalid input for field/attribute user_data. It is longer than ${about["most"] ?? 65_535}`),
  image_not_found: () => new Refusal(400, "Can not find requested image"),
  invalid_reference: reference,
  price_too_low: bad,
  no_free_address: ({ about }) =>
    new Refusal(400, `No more IP addresses available on network ${about["network"] ?? ""}.`, {
      type: "IpAddressGenerationFailure",
    }),
  realm_down: (_, { action }) =>
    action === "create"
      ? new Refusal(400, "The requested availability zone is not available")
      : new Refusal(503, "The cell does not respond."),
  internal_error: () => new Refusal(500, UNEXPECTED),
  unavailable: () => new PageAnswer(503),
  name_taken: ({ about, message }, { kind }) =>
    new Refusal(409, kind === "keypair" ? `Key pair '${about["name"] ?? ""}' already exists.` : message),
  token_mismatch: conflict,
  token_spent: conflict,
  locked: wrongState,
  wrong_state: wrongState,
  in_use: conflict,
  protected: (_, { id, action }) =>
    new Refusal(409, `Cannot '${action ?? "delete"}' instance ${id} while it is locked`),
  not_found: missing,
  no_route: () => new PageAnswer(404),
  unexplained: ({ message }) => scripted(message),
};

/** `403 text`: that status with that text, whatever it is. */
function scripted(message: string): Refusal {
  const { status = "400", said = message } = /^(?<status>[45]\d\d) (?<said>.*)$/s.exec(message)?.groups ?? {};
  return new Refusal(Number(status), said);
}

export function missing(_: unknown, { kind, id = "" }: Deed): Refusal {
  const what = kind === "server" ? "Instance" : `${kind.slice(0, 1).toUpperCase()}${kind.slice(1)}`;
  return new Refusal(404, `${what} ${id} could not be found.`, { type: `${what}NotFound` });
}

const QUOTAS: ReadonlyMap<string, string> = new Map([
  ["instances", "instances"],
  ["cpu", "cores"],
  ["memoryMib", "ram"],
]);

function quota({ about }: CloudError): Refusal {
  const { dimension = "", requested = 1, used = 0, limit = 0 } = about;
  const name = QUOTAS.get(String(dimension));
  if (dimension === "ports") return new Refusal(403, "Maximum number of ports exceeded");
  if (dimension === "keys") return new Refusal(403, "Quota exceeded, too many key pairs.");
  const of = name ?? "instances";
  return new Refusal(
    403,
    `Quota exceeded for ${of}: Requested ${requested}, but already used ${used} of ${limit} ${of}`,
  );
}

function reference({ about, message }: CloudError): Refusal {
  const { kind, name = "" } = about;
  if (kind === "network") return new Refusal(400, `Network ${name} could not be found.`);
  if (kind === "security group") {
    return new Refusal(400, `Unable to find security_group with name or id '${name}'`);
  }
  if (kind === "ssh key") return new Refusal(400, "Invalid key_name provided.");
  if (message.includes("must name one")) {
    return new Refusal(409, "Multiple possible networks found, use a Network ID to be more specific.");
  }
  return new Refusal(400, message);
}

const STATES: Readonly<Record<string, string>> = { running: "active", pending: "building", stopping: "active" };

function wrongState({ about }: CloudError, { id, action }: Deed): Refusal {
  const { state = "active" } = about;
  return new Refusal(
    409,
    `Cannot '${action ?? "act"}' instance ${id} while it is in vm_state ${STATES[String(state)] ?? state}`,
  );
}

export const saidBy = (error: CloudError, deed: Deed): Refusal | PageAnswer => TOLD[error.code](error, deed);

/** As the service writes it down. */
export function refusalReply(refusal: Refusal, service: Service): FaceReply {
  const { status, message, retryAfterMs } = refusal;
  const headers = {
    ...(status === 401 ? { "www-authenticate": 'Keystone uri="/identity"' } : {}),
    ...(retryAfterMs === null ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1000)) }),
  };
  // Whoever has no token is refused before any service is reached, in Keystone's words.
  if (service === "image" && status !== 401) return pageReply({ status, message });
  const body = JSON.stringify(documentOf(refusal, service));
  return { status, headers: { "content-type": "application/json", ...headers }, body };
}

function documentOf({ status, message, type }: Refusal, service: Service): object {
  if (service === "identity" || status === 401) {
    return { error: { code: status, message, title: TITLES[status] ?? "Error" } };
  }
  if (service === "network") {
    return { NeutronError: { type: type ?? TITLES[status] ?? "Error", message, detail: "" } };
  }
  return { [NOVA[status] ?? "computeFault"]: { code: status, message } };
}

export function pageReply({ status, message }: Pick<PageAnswer, "status" | "message">): FaceReply {
  const title = TITLES[status] ?? "Error";
  const body = `<html>\n <head>\n  <title>${status} ${title}</title>\n </head>\n <body>\n  <h1>${status} ${title}</h1>\n  ${message}<br /><br />\n </body>\n</html>`;
  return { status, headers: { "content-type": "text/html; charset=UTF-8" }, body };
}
