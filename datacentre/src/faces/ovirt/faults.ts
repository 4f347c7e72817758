// How the engine refuses: a fault with a reason and a detail, an empty 404, or a page of the server in front of it.

import type { CloudError, CloudErrorCode } from "../../cloud-api.ts";
import type { FaceReply } from "../face.ts";

/** A refusal of the engine's. */
export class EngineFault extends Error {
  override readonly name = "EngineFault";
  readonly status: number;
  readonly reason: string;
  readonly detail: string;
  constructor(status: number, detail: string, reason = "Operation Failed") {
    super(detail);
    this.status = status;
    this.reason = reason;
    this.detail = detail;
  }
}

/** The answer comes from the server in front of the engine, not from the engine. */
export class PageAnswer extends Error {
  override readonly name = "PageAnswer";
  readonly status: number;
  constructor(status: number, title: string) {
    super(title);
    this.status = status;
  }
}

/** What a member that is not there is answered with: nothing. */
export class NothingThere extends Error {
  override readonly name = "NothingThere";
}

const TITLES: Readonly<Record<number, string>> = { 401: "Unauthorized", 404: "Not Found", 503: "Service Unavailable" };

export function pageOf(status: number): PageAnswer {
  return new PageAnswer(status, TITLES[status] ?? "Error");
}

export function htmlReply({ status, message }: PageAnswer): FaceReply {
  const challenge = status === 401 ? { "www-authenticate": 'Basic realm="RESTAPI"' } : {};
  const body = `<html><head><title>${status} ${message}</title></head><body><h1>${message}</h1></body></html>`;
  return { status, headers: { "content-type": "text/html;charset=UTF-8", ...challenge }, body };
}

/** Of one or several of the engine's messages. */
export function failed(status: number, ...messages: readonly string[]): EngineFault {
  return new EngineFault(status, `[${messages.join(", ")}]`);
}

export function entityNotFound(what: string): EngineFault {
  return new EngineFault(404, `Entity not found: ${what}`);
}

/** What was asked for, in the engine's words for it. */
export type Deed = "add" | "run" | "stop" | "reboot" | "remove" | "other";

const CANNOT: Readonly<Record<Deed, string>> = {
  add: "Cannot add VM",
  run: "Cannot run VM",
  stop: "Cannot stop VM",
  reboot: "Cannot reboot VM",
  remove: "Cannot remove VM",
  other: "Cannot do so",
};

type Told = (error: CloudError, cannot: string) => Error;

const NO_HOST = "There is no host that satisfies current scheduling constraints. See below for details:";
const NO_HOST_UP = "There are no hosts to use. Check that the cluster contains at least one host in Up state.";

const TOLD: Readonly<Record<CloudErrorCode, Told>> = {
  insufficient_capacity: (_, cannot) => {
    const filter =
      "did not satisfy internal filter Memory because its available memory is too low (0 MB) to run the VM.";
    return failed(409, `${cannot}. ${NO_HOST}`, `The host host-1 ${filter}`);
  },
  quota_exceeded: quota,
  quota_zero: quota,
  // The engine itself refuses nobody for asking too often; what stands before it may.
  throttled: () => pageOf(503),
  wrong_key: () => pageOf(401),
  session_expired: () => pageOf(401),
  forbidden: () => failed(403, "User is not authorized to perform this action."),
  account_suspended: () => pageOf(401),
  invalid_request: ({ message }) => failed(400, message),
  invalid_name: ({ about }, cannot) =>
    about["most"] === undefined
      ? failed(400, `${cannot}. The given name contains special characters.`)
      : failed(400, `${cannot}. The given name is too long.`),
  invalid_realm: ({ message }) => entityNotFound(message),
  invalid_size: ({ message }, cannot) => failed(400, `${cannot}. Memory size exceeds supported limit: ${message}`),
  invalid_user_data: ({ message }) => failed(400, message),
  image_not_found: ({ message }) => entityNotFound(message),
  invalid_reference: ({ message }) => entityNotFound(message),
  price_too_low: ({ message }) => failed(400, message),
  no_free_address: (_, cannot) => failed(409, `${cannot}. Not enough MAC addresses left in MAC Address Pool.`),
  realm_down: (_, cannot) => failed(400, `${cannot}. ${NO_HOST_UP}`),
  internal_error: () => new EngineFault(500, "[Internal Engine Error]"),
  unavailable: () => pageOf(503),
  name_taken: (_, cannot) =>
    failed(409, `${cannot}. The VM name is already in use, please choose a unique name and try again.`),
  token_mismatch: ({ message }) => failed(409, message),
  token_spent: ({ message }) => failed(409, message),
  locked: (_, cannot) => locked(cannot),
  wrong_state: wrongState,
  in_use: ({ message }) => failed(409, message),
  protected: (_, cannot) =>
    failed(409, `${cannot}. Delete protection is enabled. In order to delete, disable Delete protection first.`),
  not_found: () => new NothingThere(),
  no_route: () => new NothingThere(),
  unexplained: ({ message }) => failed(400, message),
};

/** As the engine would put it. */
export function saidByEngine(error: CloudError, deed: Deed): Error {
  return TOLD[error.code](error, CANNOT[deed]);
}

function quota({ about }: CloudError, cannot: string): EngineFault {
  const isStorage = /^volume|^storage/.test(String(about["dimension"] ?? ""));
  return failed(409, `${cannot}. Quota has insufficient ${isStorage ? "storage" : "cluster"} resources.`);
}

function locked(cannot: string): EngineFault {
  if (cannot === CANNOT.stop) return failed(409, `${cannot}. VM is not running.`);
  if (cannot !== CANNOT.remove) return failed(409, `${cannot}. VM is locked. Please try again in a few minutes.`);
  return failed(409, `${cannot}: The following disks are locked. Please try again in a few minutes.`);
}

const STATE_WORDS: Readonly<Record<string, string>> = {
  pending: "Powering Up",
  running: "Up",
  stopping: "Powering Down",
  stopped: "Down",
  error: "Not Responding",
};

function wrongState({ about, message }: CloudError, cannot: string): EngineFault {
  const { state = "", action } = about;
  if (action === undefined) return failed(409, message);
  if (action === "remove") return failed(409, `${cannot}. VM is running.`);
  if (action === "stop") return failed(409, `${cannot}. VM is not running.`);
  return failed(409, `${cannot} because the VM is in ${STATE_WORDS[state] ?? state} status.`);
}
