// What one tenant can do at one simulated cloud, in process (datacentre.ts) and over HTTP (client.ts) alike.

/** What fault rules and latencies are keyed by: the methods of `CloudApi` and, after those, of `TenantApi`. */
export const OPERATIONS = [
  "describe",
  "create",
  "get",
  "findByName",
  "list",
  "start",
  "stop",
  "remove",
  "console",
  "probe",
  "traits",
  "realms",
  "sizes",
  "images",
  "usage",
  "createPart",
  "getPart",
  "listParts",
  "attachPart",
  "detachPart",
  "removePart",
  "getOperation",
  "listOperations",
  "getMany",
  "changes",
  "watch",
  "things",
  "importKey",
  "removeKey",
  "reboot",
  "login",
  "logout",
] as const;
export type Operation = (typeof OPERATIONS)[number];

/**
 * `pending` also while a stopped machine is starting. `terminated` machines linger in answers for a while. `unknown`: its realm does
 * not answer, and nothing but id, realm and time of creation is told.
 */
export type MachineState = "pending" | "running" | "stopped" | "stopping" | "error" | "terminated" | "unknown";

/** Everything that a cloud refuses with, and the HTTP status it does so with. */
export const CLOUD_ERRORS = {
  /** No host has room. A server error, as at EC2: who retries every 5xx hammers a full realm. */
  insufficient_capacity: 503,
  quota_exceeded: 403,
  /** The limit itself is zero: waiting will not help. */
  quota_zero: 403,
  /** Carries `retryAfterMs`. */
  throttled: 429,
  wrong_key: 401,
  /** The session is over: log in again. Nothing was done. */
  session_expired: 401,
  forbidden: 403,
  account_suspended: 403,
  invalid_request: 400,
  /** Too long, or with characters that this cloud does not take. */
  invalid_name: 400,
  invalid_realm: 400,
  invalid_size: 400,
  invalid_user_data: 400,
  image_not_found: 400,
  /** Something else that the request names is not there, or not in this realm. */
  invalid_reference: 400,
  /** Less was offered for spot than it costs. */
  price_too_low: 400,
  /** The network has no address left. */
  no_free_address: 409,
  /** The realm does not answer at present; what is in it goes on. Nothing was done. */
  realm_down: 503,
  /** The effect of the request is not known. */
  internal_error: 500,
  unavailable: 503,
  /** Another machine has the name (only where names are unique). */
  name_taken: 409,
  /** The token was used for a different request. */
  token_mismatch: 409,
  /** The token's machine is gone already. */
  token_spent: 409,
  /** The image is still being copied; try again later. */
  locked: 409,
  wrong_state: 409,
  /** It is part of a machine. */
  in_use: 409,
  /** Deletion is forbidden until a person lifts it. */
  protected: 409,
  not_found: 404,
  /** Nothing of this cloud is at that path: it says nothing of any machine. */
  no_route: 404,
  /** Nothing a client could know. */
  unexplained: 418,
} as const;
export type CloudErrorCode = keyof typeof CLOUD_ERRORS;

interface CloudErrorOptions {
  readonly retryAfterMs?: number | null;
  readonly about?: CloudError["about"];
}

/** The cloud's refusal. Whether anything was made all the same depends on the code, as with real clouds. */
export class CloudError extends Error {
  override readonly name = "CloudError";
  readonly code: CloudErrorCode;
  readonly status: number;
  readonly retryAfterMs: number | null;
  /** What the message says, for faces that say it in other words. */
  readonly about: Readonly<Record<string, string | number>>;
  constructor(code: CloudErrorCode, message: string, options: CloudErrorOptions = {}) {
    super(message);
    this.code = code;
    this.status = CLOUD_ERRORS[code];
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.about = options.about ?? {};
  }
}

/** The request went out and no answer will come: whether it was carried out is unknown. */
export class LostAnswer extends Error {
  override readonly name = "LostAnswer";
}

/** What a script has the cloud answer, word for word, where it is answered over HTTP. */
export class ScriptedAnswer extends Error {
  override readonly name = "ScriptedAnswer";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  constructor(answer: Pick<ScriptedAnswer, "status" | "headers" | "body">) {
    super(`Answered by script: ${answer.status}`);
    this.status = answer.status;
    this.headers = answer.headers;
    this.body = answer.body;
  }
}

/** No connection could be made, so the request certainly was not sent. Only over HTTP. */
export class CloudUnreachable extends Error {
  override readonly name = "CloudUnreachable";
}

interface Amount {
  readonly instances: number;
  readonly cpu: number;
  readonly memoryMib: number;
}

/** Of a machine to be: one that is there, by its id, or one that is made along with it. */
export type PartChoice =
  | { readonly id: string }
  | {
      readonly kind: "port" | "volume" | "address";
      /** Of volumes: as the machine's size says unless told. */
      readonly sizeGib?: number;
      /** Whether it stays when its machine goes: as the cloud does it unless told. */
      readonly stays?: boolean;
      /** Of ports, by id or name: the machine's own unless told. */
      readonly network?: string;
      /** The machine's own unless told, where the cloud labels parts that are made along. */
      readonly labels?: Readonly<Record<string, string>>;
    };

/** A limit per dimension; null: not limited. `usage` of TenantApi has all dimensions. */
type QuotaLimit = { readonly [D in keyof Amount]: number | null };

export interface Size {
  readonly name: string;
  readonly cpu: number;
  readonly memoryMib: number;
  readonly storageGib: number;
  readonly architecture: string;
  readonly accelerators: number;
  /** Dollars. */
  readonly hourlyPrice: number;
}

export interface CloudDescription {
  readonly cloud: string;
  readonly realms: readonly { readonly name: string; readonly images: readonly string[] }[];
  readonly sizes: readonly Size[];
  readonly quota: { readonly limit: QuotaLimit; readonly used: Amount };
  readonly traits: {
    /** A created machine ends up `stopped`, and host room is only asked for when it is started. */
    readonly twoStep: boolean;
    /** How long a new machine may be missing from `list` and `findByName`. */
    readonly visibilityMs: number;
    readonly uniqueNames: boolean;
    readonly tokens: boolean;
  };
}

export interface CreateRequest {
  readonly name: string;
  readonly realm: string;
  readonly size: string;
  /** Its id; also its name or an alias, where the cloud takes those. */
  readonly image: string;
  /** Where the cloud cuts machines to measure, with `size: "custom"`. */
  readonly measure?: { readonly cpu: number; readonly memoryMib: number; readonly storageGib: number };
  readonly userData?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly parts?: readonly PartChoice[];
  /** True: has one, false: has none; as the cloud does it unless told. */
  readonly publicAddress?: boolean;
  /** By id or name: one network, security groups, an ssh key, which may be a part. Each must exist. */
  readonly network?: string;
  readonly securityGroups?: readonly string[];
  readonly sshKey?: string;
  /** To be had for less, and taken back when the price rises above the most that is offered. */
  readonly spot?: { readonly maxHourlyPrice?: number };
  /** Machines of one group lie on different hosts of their realm (`spread`), or on one (`compact`). */
  readonly group?: { readonly name: string; readonly hosts: "spread" | "compact" };
  /** Idempotency key: the same token with the same request gives the same machine for as long as that is known. */
  readonly token?: string;
}

export interface Machine {
  readonly id: string;
  readonly name: string;
  readonly realm: string;
  readonly size: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: MachineState;
  /** Why it is in error, or went down without being asked to. */
  readonly fault: { readonly code: CloudErrorCode; readonly text: string } | null;
  readonly privateAddress: string | null;
  readonly publicAddress: string | null;
  /** Milliseconds of the datacentre's clock. */
  readonly createdAt: number;
}

export interface ListQuery {
  readonly cursor?: string;
  /** Only machines that carry all of these. */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface MachinePage {
  readonly machines: readonly Machine[];
  /** Cursor of the next page; null on the last one. */
  readonly next: string | null;
  /** Realms that could not be listed: that a machine of theirs is missing proves nothing. */
  readonly unreachableRealms: readonly string[];
}

export type ProbeTarget =
  | { readonly kind: "tcp"; readonly port: number }
  | { readonly kind: "http"; readonly port: number; readonly path: string };

/** Of TCP whether the port is open, of HTTP the status of the answer; `closed` where nothing listens. */
export type ProbeAnswer = "open" | "closed" | number;

/**
 * One tenant at one cloud. Every method rejects with CloudError, with LostAnswer, or with the signal's reason; an abort
 * takes nothing back that is already on its way. Ids that the cloud does not know, or no longer, are `not_found`.
 */
export interface CloudApi {
  describe(signal?: AbortSignal): Promise<CloudDescription>;
  create(request: CreateRequest, signal?: AbortSignal): Promise<Machine>;
  get(id: string, signal?: AbortSignal): Promise<Machine>;
  /** All with this name, oldest first; lags like `list`. */
  findByName(name: string, signal?: AbortSignal): Promise<readonly Machine[]>;
  list(query: ListQuery, signal?: AbortSignal): Promise<MachinePage>;
  /** Asks for the start of a stopped machine; changes nothing when it runs or starts already. */
  start(id: string, signal?: AbortSignal): Promise<Machine>;
  stop(id: string, signal?: AbortSignal): Promise<Machine>;
  /** Asks for the end; the machine is gone only when it is `terminated` or not found. May be repeated. */
  remove(id: string, signal?: AbortSignal): Promise<Machine>;
  console(id: string, signal?: AbortSignal): Promise<string>;
  /** What answers there, as seen from inside the cloud's network. */
  probe(id: string, target: ProbeTarget, signal?: AbortSignal): Promise<ProbeAnswer>;
}
