// The console of an instance: read from its cloud where its machine is there, else as it was kept when the machine was undone.

import type { Account } from "../../core/account.ts";
import type { DeploymentHead } from "../../core/deployment.ts";
import type { KnownMachine, Machine } from "../../core/machine.ts";
import { refOf } from "../../core/machine.ts";
import { redactText } from "../../core/secrecy/redact.ts";
import type { Evidence } from "../../core/snapshot.ts";
import { timeLeft } from "../../core/story/times.ts";
import { isOpen } from "../../core/states.ts";
import { pauseLeftMs } from "../../core/world/limiter.ts";
import { noSuch } from "../../contract/no-such.ts";
import { openTexts, openValues } from "../../ports/sealing.ts";
import type { Reads } from "../../ports/store.ts";
import type { HttpDeps } from "../http-deps.ts";
import { Refused } from "../problem.ts";
import { faultOf, openOrRefuse } from "./account-check.ts";

const CONSOLE_MOST = 64 * 1024;

export interface ReadConsole {
  readonly machine: string;
  readonly at: number;
  readonly live: boolean;
  readonly console: string | null;
}

interface Live {
  readonly machine: KnownMachine;
  readonly account: Account;
  readonly credentials: Readonly<Record<string, string>>;
  /** To be taken out of what it wrote. */
  readonly secrets: readonly string[];
  readonly now: number;
}

type Found = { readonly live: Live } | { readonly kept: Evidence };

/** Throws no_such_instance, not_found when there is neither machine nor anything kept, and unavailable with the cloud's words. */
export async function readConsole(
  deps: HttpDeps,
  find: (tx: Reads) => Promise<DeploymentHead>,
  asked: { readonly instance: string; readonly left: AbortSignal },
): Promise<ReadConsole> {
  const found = await deps.store.read(async (tx) =>
    lookUp(deps, tx, { ...(await find(tx)), instance: asked.instance }),
  );
  if ("kept" in found) {
    const { machine, at, console } = found.kept;
    return { machine, at, live: false, console };
  }
  const { live } = found;
  const text = await ask(deps, live, asked.left);
  const console = text === null ? null : redactText(text.slice(-CONSOLE_MOST), live.secrets);
  return { machine: live.machine.name, at: live.now, live: true, console };
}

async function lookUp(
  { secrets }: HttpDeps,
  tx: Reads,
  { id, name, instance }: DeploymentHead & { readonly instance: string },
): Promise<Found> {
  const snapshot = await tx.snapshot(id);
  const names = (snapshot?.instances ?? []).map((one) => one.name);
  const row = snapshot?.instances.find((one) => one.name === instance);
  if (row === undefined) {
    throw new Refused("no_such_instance", `In deployment ${name} ${noSuch("instance", instance, names)}`);
  }
  const all = (await tx.machinesOf(id)).filter((one) => one.instance === instance);
  const machine = all.find((one) => one.id === row.machine);
  if (machine !== undefined && isOpen(machine) && machine.externalId !== null) {
    const account = await tx.account(machine.account);
    if (account !== null) {
      const credentials = openTexts(secrets, await tx.credentials(account.id));
      const parameters = openValues(secrets, (await tx.secretSetsOf([id])).get(id));
      const known = { ...refOf(machine), externalId: machine.externalId };
      const hidden = [machine.nonce, ...Object.values(credentials), ...parameters];
      return { live: { machine: known, account, credentials, secrets: hidden, now: await tx.now() } };
    }
  }
  return { kept: await newestKept(tx, all, `${name}/${instance}`) };
}

/** Of those that are still kept. */
async function newestKept(tx: Reads, machines: readonly Machine[], name: string): Promise<Evidence> {
  for (const { id } of machines.toReversed()) {
    const kept = await tx.evidence(id);
    if (kept !== null) return kept;
  }
  throw new Refused(
    "not_found",
    `There is no console of ${name}: it has no machine at present, and of none before is one kept.`,
  );
}

async function ask(
  deps: HttpDeps,
  { account, credentials, machine, now }: Live,
  left: AbortSignal,
): Promise<string | null> {
  const pauseMs = pauseLeftMs(account.limiter, now);
  if (pauseMs > 0) {
    const text = `Account ${account.name} is left alone for another ${timeLeft(pauseMs)}, for its cloud throttles: ask again then.`;
    throw new Refused("unavailable", text);
  }
  const opened = openOrRefuse(deps, account, credentials);
  const ms = opened.traits.callTimeoutMs.other;
  const signal = AbortSignal.any([AbortSignal.timeout(ms), deps.closing, left]);
  try {
    await using cloud = opened;
    return await cloud.console(machine, signal);
  } catch (error) {
    const secrets = Object.values(credentials);
    const { text } = faultOf(deps, error, { account, secrets, ms, signal, what: "console" });
    throw new Refused("unavailable", `Account ${account.name} could not be asked for the console: ${text}.`);
  }
}
