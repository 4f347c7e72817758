// The audit log: every change that a request makes is written down in the transaction that makes it, by the store that routes are given.
// A route cannot forget it, and there is no entry of what was not done. What machines and the engine do is in the steps of deployments.

import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import type { AuditKind } from "../contract/audit.ts";
import type { Account, Pool } from "../core/account.ts";
import type { DeploymentHead } from "../core/deployment.ts";
import type { AccountId } from "../core/ids.ts";
import type { Group, User } from "../core/people/grants.ts";
import type { EventBody } from "../core/story/event.ts";
import type { AuditEntry } from "../ports/audit.ts";
import type { Access, Reads, Store, Token, Tx } from "../ports/store.ts";
import { accountNames } from "./acts/find.ts";
import { showLimit } from "./show/terms.ts";

/** Who asks for what, and from where. */
export type Asked = Pick<AuditEntry, "by" | "token" | "via" | "address" | "request">;

const asking = new AsyncLocalStorage<Asked>();

/** What `act` writes is written down as theirs. */
export function asAsked<T>(asked: Asked, act: () => Promise<T>): Promise<T> {
  return asking.run(asked, act);
}

/** Writes down what is no change of a row: somebody came in at the page. */
export async function noteSession(
  store: Store,
  asked: Asked,
  { id, endsAt }: { readonly id: string; readonly endsAt: number },
): Promise<void> {
  const change = { kind: "session", subject: id, before: null, after: { endsAt: timeText(endsAt) } };
  await store.write((tx) => tx.putAudit([{ ...asked, ...change, id: nextId() }]));
}

/** The same store; what is written on behalf of nobody is not written down. */
export function audited(store: Store): Store {
  return {
    ...store,
    write: (act) => {
      const asked = asking.getStore();
      if (asked === undefined) return store.write(act);
      return store.write(async (tx) => {
        const notes = new Notes();
        const result = await act(noting(tx, notes));
        await tx.putAudit(notes.entries(asked));
        return result;
      });
    },
  };
}

type Values = Readonly<Record<string, unknown>>;

/** What was changed in one transaction: each thing once, as it was before all of it and after. */
class Notes {
  readonly #things = new Map<
    string,
    { kind: AuditKind; subject: string; before: Values | null; after: Values | null }
  >();

  note(
    kind: AuditKind,
    subject: string,
    change: { readonly before: Values | null; readonly after: Values | null },
  ): void {
    const key = `${kind} ${subject}`;
    const known = this.#things.get(key);
    this.#things.set(key, {
      kind,
      subject,
      before: known === undefined ? change.before : known.before,
      after: change.after,
    });
  }

  entries(asked: Asked): AuditEntry[] {
    return [...this.#things.values()].flatMap(({ before, after, ...thing }) => {
      const differs = before === null || after === null ? { before, after } : difference(before, after);
      return differs === null ? [] : [{ ...asked, ...thing, ...differs, id: nextId() }];
    });
  }
}

let made = 0;

/** In order within a millisecond of this process, and nobody else's. */
function nextId(): string {
  made = (made + 1) % 2 ** 32;
  return made.toString(16).padStart(8, "0") + randomBytes(8).toString("hex");
}

/** The fields that differ, and of those that have fields themselves only what differs there; null: none does. */
function difference(before: Values, after: Values): { readonly before: Values; readonly after: Values } | null {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  if (changed.length === 0) return null;
  const parts = changed.map((name) => {
    const [was, is] = [before[name] ?? null, after[name] ?? null];
    const within = hasFields(was) && hasFields(is) ? difference(was, is) : null;
    return [name, within ?? { before: was, after: is }] as const;
  });
  const only = (when: "before" | "after") => Object.fromEntries(parts.map(([name, part]) => [name, part[when]]));
  return { before: only("before"), after: only("after") };
}

const hasFields = (value: unknown): value is Values =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Every way in which a request changes something. */
function noting(tx: Tx, notes: Notes): Tx {
  return {
    ...tx,
    ...notingDeployments(tx, notes),
    ...notingClouds(tx, notes),
    ...notingPeople(tx, notes),
    ...notingWebhooks(tx, notes),
  };
}

function notingDeployments(tx: Tx, notes: Notes): Pick<Tx, "insertDeployment" | "apply" | "putStray" | "setHold"> {
  // What is written in waves is one change.
  const told = new Map<string, EventBody[]>();
  return {
    insertDeployment: async (row) => {
      await tx.insertDeployment(row);
      const { id, name, pool, partial, relaunchOf, blueprint } = row.deployment;
      const after = { id, pool, blueprint: blueprint.name, parameters: blueprint.parameters, partial, relaunchOf };
      notes.note("deployment", name, { before: null, after });
    },
    apply: async (changes) => {
      for (const change of changes) {
        const { id } = change.deployment;
        const before = await tx.deploymentHead(id);
        const bodies = [...(told.get(id) ?? []), ...change.events.map(({ body }) => body)];
        told.set(id, bodies);
        if (before !== null) notes.note("deployment", before.name, askedOf(before, change.deployment, bodies));
      }
      await tx.apply(changes);
    },
    putStray: async (machine) => {
      notes.note("machine", machine.id, { before: null, after: { triedAgain: true } });
      return tx.putStray(machine);
    },
    setHold: async (until) => {
      const hold = await tx.hold();
      await tx.setHold(until);
      notes.note("hold", "until", {
        before: hold === null ? null : { until: timeText(hold.until) },
        after: { until: timeText(until) },
      });
    },
  };
}

const timeText = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** What was asked of a deployment; what comes of it is in its steps. */
function askedOf(before: DeploymentHead, deployment: DeploymentHead, bodies: readonly EventBody[]) {
  const wishes = ({ cancelAskedAt, stopAskedAt, deleteAskedAt, leaseEndsAt, ...of }: DeploymentHead) => ({
    id: of.id,
    cancelAskedAt: timeText(cancelAskedAt),
    stopAskedAt: timeText(stopAskedAt),
    deleteAskedAt: timeText(deleteAskedAt),
    leaseEndsAt: timeText(leaseEndsAt),
    abandonDebt: of.abandonDebt,
    studyUntil: timeText(of.studyUntil),
    successor: of.successor,
    revision: of.revisionNo,
  });
  const lists = Object.entries({ ...membersIn(bodies), steps: bodies.map(({ kind }) => kind) });
  const told = Object.fromEntries(lists.filter(([, names]) => names.length > 0));
  return { before: wishes(before), after: { ...wishes(deployment), ...told } };
}

/** To which members, or machines, something was to be done. */
function membersIn(bodies: readonly EventBody[]): Readonly<Record<string, readonly string[]>> {
  const [update] = bodies.filter((body) => body.kind === "update_begun");
  const instances = (kind: "repair_begun" | "reboot_asked" | "instance_retry_asked"): string[] =>
    bodies.flatMap((body) => (body.kind === kind ? [body.instance] : []));
  return {
    added: update?.added ?? [],
    removed: update?.removed ?? [],
    replaced: update?.replaced ?? [],
    repaired: instances("repair_begun"),
    rebooted: instances("reboot_asked"),
    retried: instances("instance_retry_asked"),
    skipped: bodies.flatMap((body) => (body.kind === "machine_skipped" ? [body.machine] : [])),
  };
}

type OfClouds = Pick<
  Tx,
  | "putAccount"
  | "deleteAccount"
  | "putPool"
  | "deletePool"
  | "putProfile"
  | "deleteProfile"
  | "addBlueprint"
  | "deleteBlueprint"
  | "clearBlock"
>;

function notingClouds(tx: Tx, notes: Notes): OfClouds {
  return {
    putAccount: async (account, sealed) => {
      const before = await tx.account(account.id);
      await tx.putAccount(account, sealed);
      const after = { ...accountShown(account), ...(sealed === null ? {} : { credentials: "given" }) };
      notes.note("account", account.name, { before: before === null ? null : accountShown(before), after });
    },
    deleteAccount: async (id) => {
      const before = await tx.account(id);
      await tx.deleteAccount(id);
      if (before !== null) notes.note("account", before.name, { before: accountShown(before), after: null });
    },
    putPool: async (pool) => {
      const [before, names] = [await poolNamed(tx, pool.name), await accountNames(tx)];
      await tx.putPool(pool);
      notes.note("pool", pool.name, {
        before: before === null ? null : poolShown(before, names),
        after: poolShown(pool, names),
      });
    },
    deletePool: async (name) => {
      const [before, names] = [await poolNamed(tx, name), await accountNames(tx)];
      await tx.deletePool(name);
      if (before !== null) notes.note("pool", name, { before: poolShown(before, names), after: null });
    },
    putProfile: async (profile) => {
      const before = (await tx.profiles()).find(({ name }) => name === profile.name);
      await tx.putProfile(profile);
      notes.note("profile", profile.name, {
        before: before === undefined ? null : { ...before },
        after: { ...profile },
      });
    },
    deleteProfile: async (name) => {
      const before = (await tx.profiles()).find((one) => one.name === name);
      await tx.deleteProfile(name);
      if (before !== undefined) notes.note("profile", name, { before: { ...before }, after: null });
    },
    addBlueprint: async (given) => {
      const row = await tx.addBlueprint(given);
      const before = row.version === 1 ? null : { version: row.version - 1 };
      notes.note("blueprint", row.name, { before, after: { version: row.version } });
      return row;
    },
    deleteBlueprint: async (name) => {
      const before = await tx.blueprint(name);
      await tx.deleteBlueprint(name);
      if (before !== null) notes.note("blueprint", name, { before: { version: before.version }, after: null });
    },
    clearBlock: async (block) => {
      await tx.clearBlock(block);
      const { realm, size, reason } = block;
      const account = (await tx.account(block.account))?.name ?? block.account;
      notes.note("block", `${account}, ${realm}/${size}`, { before: { reason }, after: null });
    },
  };
}

/** Without what Slipway itself keeps in it. */
const accountShown = ({ name, provider, settings, enabled, health, limit, images, realms }: Account): Values => ({
  name,
  provider,
  settings,
  enabled,
  health,
  images,
  realms,
  limit: showLimit(limit),
});

function poolShown({ members, limit, userLimit, ...pool }: Pool, names: ReadonlyMap<AccountId, string>): Values {
  const named = members.map(({ account, ...member }) => ({ account: names.get(account) ?? account, ...member }));
  return { ...pool, members: named, limit: showLimit(limit), userLimit: showLimit(userLimit) };
}

const poolNamed = async (tx: Reads, name: string): Promise<Pool | null> =>
  (await tx.pools()).find((one) => one.name === name) ?? null;

type OfPeople = Pick<
  Tx,
  "putToken" | "deleteToken" | "putUser" | "deleteUser" | "putGroup" | "deleteGroup" | "endSession"
>;

function notingWebhooks(tx: Tx, notes: Notes): Pick<Tx, "addWebhook" | "changeWebhook" | "deleteWebhook" | "replay"> {
  const shown = async (name: string): Promise<Values | null> => {
    const found = (await tx.webhooks()).find(({ webhook }) => webhook.name === name);
    if (found === undefined) return null;
    const { url, pool, kinds } = found.webhook;
    // What follows the host may be a secret.
    return { host: URL.parse(url)?.host ?? null, pool, kinds };
  };
  return {
    addWebhook: async (webhook, sealedSecret) => {
      const isAdded = await tx.addWebhook(webhook, sealedSecret);
      if (isAdded) notes.note("webhook", webhook.name, { before: null, after: await shown(webhook.name) });
      return isAdded;
    },
    changeWebhook: async (name, kinds) => {
      const before = await shown(name);
      const isChanged = await tx.changeWebhook(name, kinds);
      if (isChanged) notes.note("webhook", name, { before, after: await shown(name) });
      return isChanged;
    },
    replay: async (name, deployment) => {
      const letters = await tx.replay(name, deployment);
      // What waited for its next try is tried now, whether there are dead letters or not.
      notes.note("webhook", name, { before: {}, after: { toldAgain: letters, deployment: deployment ?? "all" } });
      return letters;
    },
    deleteWebhook: async (name) => {
      const before = await shown(name);
      const isGone = await tx.deleteWebhook(name);
      if (isGone) notes.note("webhook", name, { before, after: null });
      return isGone;
    },
  };
}

function notingPeople(tx: Tx, notes: Notes): OfPeople {
  const was = async <K extends "tokens" | "users" | "groups">(
    kind: K,
    name: string,
  ): Promise<Access[K][number] | null> => (await tx.access())[kind].find((one) => one.name === name) ?? null;
  return {
    endSession: async (id, until) => {
      await tx.endSession(id, until);
      notes.note("session", id, { before: { endsAt: timeText(until) }, after: null });
    },
    putToken: async (token) => {
      const before = await was("tokens", token.name);
      await tx.putToken(token);
      notes.note("token", token.name, {
        before: before === null ? null : tokenShown(before),
        after: tokenShown(token),
      });
    },
    deleteToken: async (name) => {
      const before = await was("tokens", name);
      await tx.deleteToken(name);
      if (before !== null) notes.note("token", name, { before: tokenShown(before), after: null });
    },
    putUser: async (user) => {
      const before = await was("users", user.name);
      await tx.putUser(user);
      notes.note("user", user.name, { before: before === null ? null : userShown(before), after: userShown(user) });
    },
    deleteUser: async (name) => {
      const before = await was("users", name);
      await tx.deleteUser(name);
      if (before !== null) notes.note("user", name, { before: userShown(before), after: null });
    },
    putGroup: async (group) => {
      const before = await was("groups", group.name);
      await tx.putGroup(group);
      notes.note("group", group.name, {
        before: before === null ? null : groupShown(before),
        after: groupShown(group),
      });
    },
    deleteGroup: async (name) => {
      const before = await was("groups", name);
      await tx.deleteGroup(name);
      if (before !== null) notes.note("group", name, { before: groupShown(before), after: null });
    },
  };
}

const tokenShown = ({ role, pool, owner, expiresAt }: Token): Values => ({
  role,
  pool,
  owner,
  expiresAt: timeText(expiresAt),
});

const userShown = ({ enabled, groups, subject, claims, grants, limit }: User): Values => ({
  limit: showLimit(limit),
  enabled,
  groups,
  subject,
  claims,
  grants,
});

const groupShown = ({ claim, grants }: Group): Values => ({ claim, grants });
