// Making, changing, trying out and deleting accounts. Credentials are sealed before they reach the store.

import { RETENTION } from "../../core/people/retention.ts";
import { randomUUID } from "node:crypto";
import type { z } from "@hono/zod-openapi";
import { noSuch } from "../../contract/no-such.ts";
import type { AccountPatch, NewAccount } from "../../contract/account.ts";
import type { Account, Pool } from "../../core/account.ts";
import type { MadeDue } from "../../core/world/hurry.ts";
import { accountId } from "../../core/ids.ts";
import { pointerOf } from "../../core/blueprint/mistake.ts";
import { FRESH_LIMITER } from "../../core/world/limiter.ts";
import { hurryAccount } from "../../ports/hurry-account.ts";
import type { UsageRead } from "../../ports/offers.ts";
import { openTexts, sealTexts } from "../../ports/sealing.ts";
import type { Secrets } from "../../ports/secrets.ts";
import type { Reads, Tx } from "../../ports/store.ts";
import { contact, type Credentials, type Found, openOrRefuse } from "./account-check.ts";
import type { HttpDeps } from "../http-deps.ts";
import { findAccount } from "./find.ts";
import { badField, notFound, Refused } from "../problem.ts";
import { UNLIMITED } from "../../core/market/amount.ts";
import { readLimit } from "../show/terms.ts";

export async function makeAccount(deps: HttpDeps, given: z.output<typeof NewAccount>): Promise<void> {
  const { credentials, pool, newPool, limit, ...fields } = given;
  const id = accountId(`acc-${randomUUID()}`);
  openOrRefuse(deps, { id, ...fields }, credentials);
  const sealed = sealTexts(deps.secrets, credentials);
  await deps.store.write(async (tx) => {
    const now = await tx.now();
    const account: Account = {
      id,
      ...fields,
      health: "unknown",
      healthText: null,
      healthAt: null,
      limit: limit === undefined ? UNLIMITED : readLimit(limit),
      offersAt: null,
      usageAt: null,
      limiter: FRESH_LIMITER,
      alert: null,
      pollAt: now,
      createdAt: now,
    };
    await tx.putAccount(account, sealed);
    if (pool !== undefined) await joinPool(tx, { pool, mayBeNew: newPool }, account);
  });
}

/** A name that is misspelt would make a pool that nobody launches in: a new one beside others must be wanted. */
async function joinPool(
  tx: Tx,
  { pool: name, mayBeNew }: { readonly pool: string; readonly mayBeNew: boolean },
  { id }: Account,
): Promise<void> {
  const pools = await tx.pools();
  const found = pools.find((one) => one.name === name);
  if (found === undefined && !mayBeNew && pools.length > 0 && name !== "default") {
    const names = pools.map((one) => one.name);
    throw badField("/pool", `${noSuch("pool", name, names)} newPool makes one of that name.`, "bad_pool");
  }
  const pool: Pool = found ?? {
    name,
    enabled: true,
    members: [],
    limit: UNLIMITED,
    userLimit: UNLIMITED,
    maxLeaseMs: null,
    maxQuarantineMs: null,
    retention: RETENTION,
  };
  await tx.putPool({ ...pool, members: [...pool.members, { account: id, group: 0, weight: 0 }] });
}

type Patch = z.output<typeof AccountPatch>;

/** Settings and credentials as they would stand after the change. */
interface Opened {
  readonly account: Account;
  readonly credentials: Credentials;
}

interface Trial extends Opened {
  /** Database's clock. */
  readonly askedAt: number;
}

/** A trial that its cloud has let in, and what it has told. */
interface Proof extends Trial, Pick<Found, "lacking"> {
  readonly told: Told;
}

interface Told extends Pick<Found, "offers"> {
  readonly usage: UsageRead;
}

interface Wish {
  readonly name: string;
  readonly patch: Patch;
  readonly proof: Proof | null;
}

/** What came of asking the account's cloud. */
interface Checked extends Pick<Found, "lacking"> {
  /** Null: it was not asked, or did not let us in. */
  readonly madeDue: MadeDue | null;
}

const UNASKED: Checked = { madeDue: null, lacking: null };

/**
 * Returns what came of asking the cloud, where it was asked. While machines are there, other settings and credentials must pass a try
 * before they are stored, outside any transaction: with wrong ones, nobody could watch or remove those machines.
 */
export async function changeAccount(deps: HttpDeps, name: string, patch: Patch): Promise<Checked> {
  const first = await deps.store.write((tx) => change(deps, tx, { name, patch, proof: null }));
  if (!("credentials" in first)) return UNASKED;
  const proof = await prove(deps, first, patch);
  const done = await deps.store.write((tx) => change(deps, tx, { name, patch, proof }));
  if ("credentials" in done) throw changedMeanwhile(name);
  const { before, madeDue } = done;
  if (before.health !== "healthy") deps.events.healthChanged(name, before.health, PROVEN);
  if (madeDue !== null) deps.events.madeDue(name, madeDue);
  return { madeDue, lacking: proof.lacking };
}

interface Changed {
  readonly before: Account;
  readonly madeDue: MadeDue | null;
}

/** The change, or what has to be tried first. */
async function change(deps: HttpDeps, tx: Tx, { name, patch, proof }: Wish): Promise<Changed | Trial> {
  const { credentials, settings } = patch;
  const madeDue = proof === null ? null : await hurryAccount(tx, proof.account.id, { pauses: true });
  const before = await lockNamed(tx, name);
  const leadsElsewhere = isElsewhere(before, patch);
  if (leadsElsewhere) await refuseOtherCloud(tx, before);
  if (patch.realms !== undefined && settings === undefined) await refuseUnknownRealm(tx, before, patch.realms);
  const now = await tx.now();
  const account: Account = {
    ...before,
    enabled: patch.enabled ?? before.enabled,
    limit: patch.limit === undefined ? before.limit : readLimit(patch.limit),
    images: patch.images ?? before.images,
    realms: patch.realms ?? before.realms,
    settings: settings ?? before.settings,
    pollAt: now,
  };
  if (credentials === undefined && settings === undefined) {
    await tx.putAccount(account, null);
    return { before, madeDue };
  }
  const given = changedCredentials(deps.secrets, await tx.credentials(before.id), credentials);
  openOrRefuse(deps, account, given);
  const sealed = sealTexts(deps.secrets, given);
  if (proof === null) {
    if (patch.force !== true && (await openMachines(tx, before)) > 0) {
      return { account, credentials: given, askedAt: now };
    }
    await tx.putAccount({ ...account, health: "unknown", healthText: null }, sealed);
    if (leadsElsewhere) await tx.forgetOffers(account.id);
    return { before, madeDue };
  }
  if (!isSame(proof, { account, credentials: given })) throw changedMeanwhile(name);
  await tx.putAccount(proven(account, now), sealed);
  if (leadsElsewhere) await tx.forgetOffers(account.id);
  await putTold(tx, account, proof.told);
  return { before, madeDue };
}

/** Those that are stored, with what is named changed or taken out: whoever changes one need not know the others. */
function changedCredentials(secrets: Secrets, sealed: string | null, patch: Patch["credentials"]): Credentials {
  const all = Object.entries({ ...storedCredentials(secrets, sealed, patch !== undefined), ...patch });
  return Object.fromEntries(all.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])));
}

/** Where the key is lost that they were sealed with, what is given anew is all that there is. */
function storedCredentials(secrets: Secrets, sealed: string | null, isGiven: boolean): Credentials {
  try {
    return openTexts(secrets, sealed);
  } catch (error) {
    if (isGiven) return {};
    throw error;
  }
}

/** Whether these settings may lead to another cloud: not by what they say of where machines are put. */
function isElsewhere({ settings: before }: Account, { settings, sameCloud }: Patch): boolean {
  if (settings === undefined || sameCloud === true) return false;
  const leading = (all: Account["settings"]): string => {
    const entries = Object.entries(all).filter(([name]) => name !== "where");
    return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  return leading(before) !== leading(settings);
}

function isSame(a: Opened, b: Opened): boolean {
  const keyOf = ({ account, credentials }: Opened): string =>
    JSON.stringify([account.id, account.provider, account.settings, credentials]);
  return keyOf(a) === keyOf(b);
}

/** Asks the cloud whether it lets in who comes so. */
async function prove(deps: HttpDeps, trial: Trial, patch: Patch): Promise<Proof> {
  const { account, credentials } = trial;
  // What was known is of what is stored now, and says nothing of these.
  const stranger: Account = { ...account, health: "unknown", healthText: null };
  const { offers, quotas, lacking, health, healthText } = await contact(deps, stranger, credentials);
  if (quotas !== null) return { ...trial, lacking, told: { offers, usage: { askedAt: trial.askedAt, quotas } } };
  const named = [patch.settings === undefined ? [] : "settings", patch.credentials === undefined ? [] : "credentials"];
  const what = `the new ${named.flat().join(" and ")}`;
  const how = health === "suspended" ? `its cloud refuses ${what}` : `${what} could not be tried`;
  const why = healthText === null ? "" : `: ${healthText.replace(/\.$/, "")}`;
  const open = await deps.store.read((tx) => openMachines(tx, account));
  const detail = `Account ${account.name} holds ${machines(open)}, and ${how}${why}.`;
  const anyway = { pointer: "/force", detail: "true stores them all the same" };
  throw new Refused("unproven", `${detail} Nothing was changed.`, { errors: [anyway] });
}

/** Only what is known to be wrong is refused: before the first look at the cloud, and with other settings, nothing is. */
async function refuseUnknownRealm(
  tx: Reads,
  { id, name, offersAt }: Account,
  realms: Account["realms"],
): Promise<void> {
  if (offersAt === null) return;
  const known = await tx.realms(id);
  for (const [logical, realm] of Object.entries(realms)) {
    if (known.includes(realm)) continue;
    throw badField(
      pointerOf(["realms", logical]),
      `at account ${name} ${noSuch("realm", realm, known)}`,
      "bad_account",
    );
  }
}

/** Settings that lead elsewhere would make all machines seem gone, and the ledger would close rows of machines that run. */
async function refuseOtherCloud(tx: Reads, account: Account): Promise<void> {
  const open = await openMachines(tx, account);
  if (open === 0) return;
  const detail = `Account ${account.name} holds ${machines(open)}, which settings that lead to another cloud would lose.`;
  const same = {
    pointer: "/sameCloud",
    detail: "true says that they lead to the same cloud; for another one add an account",
  };
  throw new Refused("in_use", `${detail} Nothing was changed.`, { errors: [same] });
}

/** Contacts the cloud outside any transaction, and stores what it said. */
export async function checkAccount(deps: HttpDeps, name: string): Promise<Checked> {
  const { account, sealed, askedAt } = await deps.store.read(async (tx) => {
    const found = await findAccount(tx, name);
    return { account: found, sealed: await tx.credentials(found.id), askedAt: await tx.now() };
  });
  const tried = { account, credentials: openTexts(deps.secrets, sealed) };
  const found = await contact(deps, account, tried.credentials);
  const { before, madeDue } = await deps.store.write(async (tx): Promise<Changed> => {
    const { health, healthText, offers, quotas } = found;
    const due = quotas === null ? null : await hurryAccount(tx, account.id, { pauses: true });
    const locked = await tx.lockAccount(account.id);
    if (locked === null) throw notFound(`account ${name}`);
    const credentials = openTexts(deps.secrets, await tx.credentials(account.id));
    if (!isSame(tried, { account: locked, credentials })) throw changedMeanwhile(name);
    const now = await tx.now();
    const seen = { ...locked, health, healthText, healthAt: now, pollAt: now };
    await tx.putAccount(quotas === null ? seen : proven(locked, now), null);
    if (quotas !== null) await putTold(tx, account, { offers, usage: { askedAt, quotas } });
    return { before: locked, madeDue: due };
  });
  if (before.health !== found.health) deps.events.healthChanged(name, before.health, found);
  if (madeDue !== null) deps.events.madeDue(name, madeDue);
  return { madeDue, lacking: found.lacking };
}

const PROVEN = { health: "healthy", healthText: null } as const;

/** The account after its cloud has let us in: whatever stood in its way is over. */
function proven(account: Account, now: number): Account {
  const limiter = { parallel: Math.max(1, account.limiter.parallel), pausedUntil: null };
  return { ...account, ...PROVEN, healthAt: now, limiter, pollAt: now };
}

async function putTold(tx: Tx, { id }: Account, { offers, usage }: Told): Promise<void> {
  if (offers !== null) await tx.putOffers(id, offers);
  await tx.putUsage(id, usage);
}

function changedMeanwhile(name: string): Refused {
  return new Refused(
    "in_use",
    `Account ${name} was changed by somebody else in this moment; look at it and try again.`,
  );
}

async function openMachines(tx: Reads, { id }: Pick<Account, "id">): Promise<number> {
  return (await tx.openMachines()).get(id) ?? 0;
}

/** The ledger keeps its accounts: one that ever held a machine can only be disabled. */
export async function removeAccount({ store }: HttpDeps, name: string): Promise<void> {
  await store.write(async (tx) => {
    const { id } = await lockNamed(tx, name);
    const open = (await tx.openMachines()).get(id) ?? 0;
    if (open > 0)
      throw new Refused(
        "in_use",
        `Account ${name} holds ${machines(open)}: stop what runs there first, and see the debts for what is owed.`,
      );
    if (await tx.hasMachines(id)) {
      const detail = `Account ${name} stays, because machines of the ledger were there; disable it instead.`;
      throw new Refused("in_use", detail);
    }
    await tx.deleteAccount(id);
  });
}

async function lockNamed(tx: Tx, name: string): Promise<Account> {
  const { id } = await findAccount(tx, name);
  // What is there is counted: a launch that has just chosen it must be seen.
  await tx.lockChoice(id);
  const account = await tx.lockAccount(id);
  if (account === null) throw notFound(`account ${name}`);
  return account;
}

function machines(count: number): string {
  return count === 1 ? "1 machine" : `${count} machines`;
}
