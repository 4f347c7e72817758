// Making, changing, trying out and deleting accounts. Credentials are sealed before they reach the store.

import { randomUUID } from "node:crypto";
import type { z } from "@hono/zod-openapi";
import type { AccountPatch, NewAccount } from "../contract/account.ts";
import type { Account, Pool } from "../core/account.ts";
import { accountId } from "../core/ids.ts";
import { FRESH_LIMITER } from "../core/limiter.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { Reads, Tx } from "../ports/store.ts";
import { contact, type Credentials, openAccount } from "./account-check.ts";
import type { HttpDeps } from "./deps.ts";
import { findAccount } from "./find.ts";
import { badField, notFound, Refused } from "./problem.ts";
import { UNLIMITED } from "./terms.ts";

export async function makeAccount(deps: HttpDeps, given: z.output<typeof NewAccount>): Promise<void> {
  const { credentials, pool, limit, ...fields } = given;
  const id = accountId(`acc-${randomUUID()}`);
  openAccount(deps, { id, ...fields }, credentials);
  const sealed = sealCredentials(deps.secrets, credentials);
  await deps.store.write(async (tx) => {
    const now = await tx.now();
    const account: Account = {
      id,
      ...fields,
      health: "unknown",
      healthText: null,
      healthAt: null,
      limit: limit ?? UNLIMITED,
      catalogue: null,
      limiter: FRESH_LIMITER,
      alert: null,
      pollAt: now,
      createdAt: now,
    };
    await tx.putAccount(account, sealed);
    if (pool !== undefined) await joinPool(tx, pool, account);
  });
}

async function joinPool(tx: Tx, name: string, { id }: Account): Promise<void> {
  const pools = await tx.pools();
  const fresh: Pool = { name, enabled: true, members: [], limit: UNLIMITED };
  const pool = pools.find((one) => one.name === name) ?? fresh;
  await tx.putPool({ ...pool, members: [...pool.members, { account: id, group: 0, weight: 0 }] });
}

export async function changeAccount(deps: HttpDeps, name: string, patch: z.output<typeof AccountPatch>): Promise<void> {
  const { credentials, sameCloud, settings } = patch;
  const isReopened = credentials !== undefined || settings !== undefined;
  await deps.store.write(async (tx) => {
    const before = await lockNamed(tx, name);
    if (settings !== undefined && sameCloud !== true) await refuseOtherCloud(tx, before);
    if (patch.realms !== undefined && settings === undefined) refuseUnknownRealm(before, patch.realms);
    const account: Account = {
      ...before,
      enabled: patch.enabled ?? before.enabled,
      limit: patch.limit ?? before.limit,
      images: patch.images ?? before.images,
      realms: patch.realms ?? before.realms,
      settings: settings ?? before.settings,
      pollAt: await tx.now(),
    };
    if (!isReopened) return tx.putAccount(account, null);
    const opened = credentials ?? openCredentials(deps.secrets, await tx.credentials(before.id));
    openAccount(deps, account, opened);
    const unknown = { health: "unknown", healthText: null } as const;
    await tx.putAccount({ ...account, ...unknown }, sealCredentials(deps.secrets, opened));
  });
}

/** Only what is known to be wrong is refused: before the first look at the cloud, and with other settings, nothing is. */
function refuseUnknownRealm({ name, catalogue }: Account, realms: Account["realms"]): void {
  if (catalogue === null) return;
  for (const [logical, realm] of Object.entries(realms)) {
    if (catalogue.realms.includes(realm)) continue;
    const detail = `account ${name} has no realm ${realm}; it has ${catalogue.realms.join(", ") || "none"}`;
    throw badField(`/realms/${logical}`, detail, "bad_account");
  }
}

/** Settings that lead elsewhere would make all machines seem gone, and the ledger would close rows of machines that run. */
async function refuseOtherCloud(tx: Reads, { id, name }: Account): Promise<void> {
  const open = (await tx.machineCounts()).get(id)?.open ?? 0;
  if (open === 0) return;
  const remedy = "send sameCloud: true when the new settings lead to the same cloud, or add another account";
  throw new Refused("in_use", `Account ${name} holds ${machines(open)}, which other settings could lose; ${remedy}.`);
}

/** Contacts the cloud outside any transaction, and stores what it said. */
export async function checkAccount(deps: HttpDeps, name: string): Promise<void> {
  const { account, sealed } = await deps.store.read(async (tx) => {
    const found = await findAccount(tx, name);
    return { account: found, sealed: await tx.credentials(found.id) };
  });
  const found = await contact(deps, account, openCredentials(deps.secrets, sealed));
  const before = await deps.store.write(async (tx) => {
    const locked = await tx.lockAccount(account.id);
    if (locked === null) throw notFound(`account ${name}`);
    const now = await tx.now();
    const { health, healthText, catalogue } = found;
    const seen = catalogue === null ? {} : { catalogue: { ...catalogue, readAt: now } };
    await tx.putAccount({ ...locked, ...seen, health, healthText, healthAt: now, pollAt: now }, null);
    return locked;
  });
  if (before.health !== found.health) deps.events.healthChanged(name, before.health, found);
}

/** The ledger keeps its accounts: one that ever held a machine can only be disabled. */
export async function removeAccount({ store }: HttpDeps, name: string): Promise<void> {
  await store.write(async (tx) => {
    const { id } = await lockNamed(tx, name);
    const { open, all } = (await tx.machineCounts()).get(id) ?? { open: 0, all: 0 };
    if (open > 0) throw new Refused("in_use", `Account ${name} holds ${machines(open)}; stop what runs there first.`);
    if (all > 0) {
      const detail = `Account ${name} stays, because ${machines(all)} of the ledger were there; disable it instead.`;
      throw new Refused("in_use", detail);
    }
    await tx.deleteAccount(id);
  });
}

async function lockNamed(tx: Tx, name: string): Promise<Account> {
  const { id } = await findAccount(tx, name);
  const account = await tx.lockAccount(id);
  if (account === null) throw notFound(`account ${name}`);
  return account;
}

function sealCredentials(secrets: Secrets, credentials: Credentials): string {
  return secrets.seal(JSON.stringify(credentials));
}

function openCredentials(secrets: Secrets, sealed: string | null): Credentials {
  if (sealed === null) return {};
  const credentials: Record<string, string> = JSON.parse(secrets.open(sealed));
  return credentials;
}

function machines(count: number): string {
  return count === 1 ? "1 machine" : `${count} machines`;
}
