// The server as the page speaks to it: typed by the contract, and every way to fail turned into one Failure.

import type {
  MadeWebhook,
  NewWebhook,
  Replayed,
  Webhook,
  WebhookDeliveries,
  WebhookList,
  WebhookPatch,
  WebhookTest,
} from "../../src/contract/webhook.ts";
import type { ProviderList } from "../../src/contract/provider.ts";
import type {
  Account,
  AccountList,
  AccountPatch,
  CheckedAccount,
  NewAccount,
  NewPool,
  Pool,
  PoolList,
  PoolPatch,
  ProfileList,
  AccountUsage,
  OfferPage,
} from "../../src/contract/account.ts";
import type { Block, BlockList } from "../../src/contract/block.ts";
import type {
  BlueprintList,
  BlueprintCheck,
  BlueprintOutline,
  PutBlueprint,
  StoredBlueprint,
  BlueprintText,
} from "../../src/contract/blueprint.ts";
import type {
  Deployment,
  DeploymentPage,
  DeploymentState,
  LaunchRequest,
  RelaunchRequest,
} from "../../src/contract/deployment.ts";
import type { Evidence } from "../../src/contract/evidence.ts";
import type { Update, UpdatePlan, UpdateRequest } from "../../src/contract/update.ts";
import type { Extension } from "../../src/contract/extension.ts";
import type { RepairRequest, RollbackRetry } from "../../src/contract/repair.ts";
import type { Hold } from "../../src/contract/hold.ts";
import type { OutputList } from "../../src/contract/output.ts";
import type { Plan } from "../../src/contract/plan.ts";
import type { EventPage } from "../../src/contract/event.ts";
import type { AuditPage } from "../../src/contract/audit.ts";
import type { IdentityAbout } from "../../src/contract/identity.ts";
import type {
  Group,
  GroupList,
  GroupPatch,
  MadeToken,
  NewGroup,
  NewToken,
  NewUser,
  TokenList,
  User,
  UserList,
  UserPatch,
} from "../../src/contract/access.ts";
import type { About, Debt, DebtList } from "../../src/contract/operation.ts";
import type { Problem, ProblemCode, ProblemError } from "../../src/contract/problem.ts";
import { learnClock } from "./clock.ts";

/** What went wrong with a request: the server's problem, or that there was no answer to understand. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: ProblemCode | "unreachable" | "garbled";
  readonly title: string;
  readonly errors: readonly ProblemError[];
  readonly requestId: string | null;
  constructor(of: Pick<Failure, "code" | "title" | "errors" | "requestId"> & { readonly detail: string }) {
    super(of.detail);
    this.code = of.code;
    this.title = of.title;
    this.errors = of.errors;
    this.requestId = of.requestId;
  }
}

const NO_ANSWER = { errors: [], requestId: null } as const;

export function unreachable(): Failure {
  const detail =
    "The server does not answer. What was asked for may or may not have reached it: look before you ask again.";
  return new Failure({ code: "unreachable", title: "No connection", detail, ...NO_ANSWER });
}

function garbled({ status, statusText }: Response): Failure {
  const detail = `Something between this page and Slipway answered ${`${status} ${statusText}`.trim()}.`;
  return new Failure({ code: "garbled", title: "An answer that is not Slipway's", detail, ...NO_ANSWER });
}

/** All of it; throws a Failure when the line breaks in the middle. */
function textOf(reply: Response): Promise<string> {
  return reply.text().catch((error: unknown) => {
    // fetch rejects so for a line that broke; what was aborted stays so.
    throw error instanceof TypeError ? unreachable() : error;
  });
}

/** The failure that a reply which is not OK tells of. */
export async function failureOf(reply: Response): Promise<Failure> {
  const isProblem = (reply.headers.get("Content-Type") ?? "").startsWith("application/problem+json");
  if (!isProblem) return garbled(reply);
  const problem: Problem = JSON.parse(await textOf(reply));
  const { code, title, detail, errors, requestId = null } = problem;
  return new Failure({ code, title, detail, errors, requestId });
}

export function failureFrom(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new Failure({ code: "internal", title: "A mistake of this page", detail, ...NO_ANSWER });
}

/** The single mistakes of what was sent, each with its place; none where nothing failed. */
export const errorsOf = (error: unknown): readonly ProblemError[] => (error === null ? [] : failureFrom(error).errors);

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

interface Asked {
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Throws a Failure; an aborted request rejects as fetch does. */
async function ask<T>(method: Method, path: string, { body, signal, headers = {} }: Asked = {}): Promise<T> {
  const reply = await fetch(path, {
    method,
    // The server takes a cookie's word for changes only with this type, which no form of another site can send.
    headers: method === "GET" ? headers : { "Content-Type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: signal ?? null,
  }).catch((error: unknown) => {
    throw signal?.aborted === true ? error : unreachable();
  });
  learnClock(reply);
  if (!reply.ok) throw await failureOf(reply);
  const text = await textOf(reply);
  // A network that wants one to sign in answers everything with a page of its own.
  if (text !== "" && !(reply.headers.get("Content-Type") ?? "").startsWith("application/json")) throw garbled(reply);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the contract says what the server sends; page and server are of one build
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** A path from its template, every value escaped. */
export function path(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return String.raw({ raw: parts }, ...values.map(encodeURIComponent));
}

/** `?a=1&b=2` of what is given; nothing of nothing. */
function query(given: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && value !== "") pairs.append(name, String(value));
  }
  return pairs.size === 0 ? "" : `?${pairs.toString()}`;
}

export interface DeploymentFilter {
  readonly states?: readonly DeploymentState[];
  readonly pool?: string;
  readonly search?: string;
  readonly deleted?: boolean;
  readonly cursor?: string;
  readonly limit?: number;
}

export interface DeleteWishes {
  readonly stop?: boolean;
  readonly abandonDebt?: boolean;
}

const listPath = ({ states = [], search, ...filter }: DeploymentFilter): string =>
  `/v1/deployments${query({ ...filter, state: states.join(","), q: search })}`;

/** All that the page asks of the server, a function each. */
export const api = {
  signIn: (token: string) => ask<About>("POST", "/v1/session", { body: { token } }),
  signOut: () => ask<void>("DELETE", "/v1/session"),
  about: () => ask<About>("GET", "/v1/about"),

  deployments: (filter: DeploymentFilter, signal: AbortSignal) =>
    ask<DeploymentPage>("GET", listPath(filter), { signal }),
  deployment: (id: string) => ask<Deployment>("GET", path`/v1/deployments/${id}`),
  events: (id: string, after: number, limit: number) =>
    ask<EventPage>("GET", path`/v1/deployments/${id}/events` + query({ after, limit })),
  outputs: (id: string) => ask<OutputList>("GET", path`/v1/deployments/${id}/outputs`),
  evidence: (machine: string) => ask<Evidence>("GET", path`/v1/machines/${machine}/evidence`),
  launch: (body: LaunchRequest, key: string) =>
    ask<Deployment>("POST", "/v1/deployments", { body, headers: { "Idempotency-Key": key } }),
  relaunch: (id: string, body: RelaunchRequest = {}, key: string | null = null) =>
    ask<Deployment>("POST", path`/v1/deployments/${id}/relaunch`, {
      body,
      ...(key === null ? {} : { headers: { "Idempotency-Key": key } }),
    }),
  launchedFrom: (id: string) => ask<BlueprintText>("GET", path`/v1/deployments/${id}/blueprint`),
  plan: (body: LaunchRequest, signal: AbortSignal) =>
    ask<Plan>("POST", "/v1/plan", { body: { ...body, keep: false }, signal }),
  planUpdate: (id: string, body: UpdateRequest) =>
    ask<UpdatePlan>("POST", path`/v1/deployments/${id}/update/plan`, { body }),
  /** Exactly what was planned, or nothing. */
  applyUpdate: (id: string, plan: string) =>
    ask<Deployment>("POST", path`/v1/deployments/${id}/update`, { body: { plan } satisfies Update }),
  cancel: (id: string) => ask<Deployment>("POST", path`/v1/deployments/${id}/cancel`),
  release: (id: string) => ask<Deployment>("POST", path`/v1/deployments/${id}/release`),
  /** What is kept of it in quarantine. */
  releaseInstance: (id: string, instance: string) =>
    ask<Deployment>("POST", path`/v1/deployments/${id}/instances/${instance}/release`),
  stop: (id: string) => ask<Deployment>("POST", path`/v1/deployments/${id}/stop`),
  extend: (id: string, until: string) =>
    ask<Deployment>("POST", path`/v1/deployments/${id}/extend`, { body: { until } satisfies Extension }),
  retryRollback: (id: string, skip: readonly string[] = []) =>
    ask<Deployment>("POST", path`/v1/deployments/${id}/retry-rollback`, {
      body: (skip.length === 0 ? {} : { skip: [...skip] }) satisfies RollbackRetry,
    }),
  /** What is named is said to be replaced, protected or not. */
  repair: (id: string, instances: string[]) =>
    ask<Deployment>("POST", path`/v1/deployments/${id}/repair`, {
      body: { instances, allowReplace: instances } satisfies RepairRequest,
    }),
  reboot: (id: string, instance: string) =>
    ask<Deployment>("POST", path`/v1/deployments/${id}/instances/${instance}/reboot`),
  retryInstance: (id: string, instance: string) =>
    ask<Deployment>("POST", path`/v1/deployments/${id}/instances/${instance}/retry`),
  remove: (id: string, wishes: DeleteWishes = {}) =>
    ask<Deployment>("DELETE", path`/v1/deployments/${id}` + query({ ...wishes })),

  blueprints: () => ask<BlueprintList>("GET", "/v1/blueprints"),
  blueprint: (name: string, version?: number) =>
    ask<StoredBlueprint>("GET", path`/v1/blueprints/${name}` + query({ version })),
  blueprintVersions: (name: string) => ask<BlueprintList>("GET", path`/v1/blueprints/${name}/versions`),
  checkBlueprint: (body: BlueprintCheck, signal: AbortSignal) =>
    ask<BlueprintOutline>("POST", "/v1/blueprints/check", { body, signal }),
  putBlueprint: (name: string, source: string) =>
    ask<PutBlueprint>("PUT", path`/v1/blueprints/${name}`, { body: { source } }),
  removeBlueprint: (name: string) => ask<void>("DELETE", path`/v1/blueprints/${name}`),

  accounts: () => ask<AccountList>("GET", "/v1/accounts"),
  account: (name: string) => ask<Account>("GET", path`/v1/accounts/${name}`),
  addAccount: (body: NewAccount) => ask<Account>("POST", "/v1/accounts", { body }),
  changeAccount: (name: string, body: AccountPatch) =>
    ask<CheckedAccount>("PATCH", path`/v1/accounts/${name}`, { body }),
  usage: (name: string) => ask<AccountUsage>("GET", path`/v1/accounts/${name}/usage`),
  /** `cursor`: empty for the first page. */
  offers: (name: string, cursor: string, signal: AbortSignal) =>
    ask<OfferPage>("GET", path`/v1/accounts/${name}/offers` + query(cursor === "" ? {} : { cursor }), { signal }),
  removeAccount: (name: string) => ask<void>("DELETE", path`/v1/accounts/${name}`),
  checkAccount: (name: string) => ask<CheckedAccount>("POST", path`/v1/accounts/${name}/check`),
  providers: () => ask<ProviderList>("GET", "/v1/providers"),
  blocks: () => ask<BlockList>("GET", "/v1/blocks"),
  liftBlock: ({ account, realm, size, reason }: Block) =>
    ask<void>("DELETE", `/v1/blocks${query({ account, realm, size, reason })}`),

  pools: () => ask<PoolList>("GET", "/v1/pools"),
  addPool: (body: NewPool) => ask<Pool>("POST", "/v1/pools", { body }),
  changePool: (name: string, body: PoolPatch) => ask<Pool>("PATCH", path`/v1/pools/${name}`, { body }),
  removePool: (name: string) => ask<void>("DELETE", path`/v1/pools/${name}`),
  profiles: () => ask<ProfileList>("GET", "/v1/profiles"),

  hold: () => ask<Hold>("GET", "/v1/hold"),
  endHold: () => ask<void>("DELETE", "/v1/hold"),
  debt: () => ask<DebtList>("GET", "/v1/debt"),
  retryDebt: (machine: string) => ask<Debt>("POST", path`/v1/debt/${machine}/retry`),

  audit: (filter: { by?: string; cursor?: string }) =>
    ask<AuditPage>("GET", `/v1/audit?${new URLSearchParams(filter)}`),
  identities: () => ask<IdentityAbout>("GET", "/v1/oidc"),
  users: () => ask<UserList>("GET", "/v1/users"),
  addUser: (body: NewUser) => ask<User>("POST", "/v1/users", { body }),
  changeUser: (name: string, body: UserPatch) => ask<User>("PATCH", path`/v1/users/${name}`, { body }),
  removeUser: (name: string) => ask<void>("DELETE", path`/v1/users/${name}`),
  groups: () => ask<GroupList>("GET", "/v1/groups"),
  addGroup: (body: NewGroup) => ask<Group>("POST", "/v1/groups", { body }),
  changeGroup: (name: string, body: GroupPatch) => ask<Group>("PATCH", path`/v1/groups/${name}`, { body }),
  removeGroup: (name: string) => ask<void>("DELETE", path`/v1/groups/${name}`),
  webhooks: () => ask<WebhookList>("GET", "/v1/webhooks"),
  addWebhook: (body: NewWebhook) => ask<MadeWebhook>("POST", "/v1/webhooks", { body }),
  changeWebhook: (name: string, body: WebhookPatch) => ask<Webhook>("PATCH", path`/v1/webhooks/${name}`, { body }),
  removeWebhook: (name: string) => ask<void>("DELETE", path`/v1/webhooks/${name}`),
  testWebhook: (name: string) => ask<WebhookTest>("POST", path`/v1/webhooks/${name}/test`),
  webhookDeliveries: (name: string) => ask<WebhookDeliveries>("GET", path`/v1/webhooks/${name}/deliveries`),
  replayWebhook: (name: string) => ask<Replayed>("POST", path`/v1/webhooks/${name}/replay`, { body: {} }),
  tokens: () => ask<TokenList>("GET", "/v1/tokens"),
  addToken: (body: NewToken) => ask<MadeToken>("POST", "/v1/tokens", { body }),
  removeToken: (name: string) => ask<void>("DELETE", path`/v1/tokens/${name}`),
};
