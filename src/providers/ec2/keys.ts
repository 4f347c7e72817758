// The ssh key that a machine brings along: a key pair named and tagged after it, imported before it, and gone before it counts as gone. An
// instance tells the name of its key for as long as it is shown, so that nobody asks for keys of machines that have none.

import type { Instance, KeyPairInfo } from "@aws-sdk/client-ec2";
import type { Fault } from "../../core/fault.ts";
import { type CreateRequest, type Handle, type KnownMachine, type Observed, OWNER_LABELS } from "../../core/machine.ts";
import { chunks } from "../../cloud-http/pages.ts";
import { type Keep, ProviderFault } from "../../ports/provider.ts";
import type { Desk } from "./desk.ts";
import { accountFault, isCode, unreadableFault } from "./faults.ts";
import { VALUES_MOST } from "./instances.ts";
import { groupIn, nameIn, named, ownedBy, ownerIn, realmIn, tagsFor } from "./names.ts";

const keyNameOf = (machine: string): string => `${machine}-key`;

/** Kinds that EC2 imports. */
const KINDS: ReadonlySet<string> = new Set(["ssh-rsa", "ssh-ed25519"]);

/** In words what stands against bringing a key of this kind; empty: nothing. */
export function lackedKind(publicKey: string | undefined): readonly string[] {
  const [kind = ""] = (publicKey ?? "").split(" ");
  if (publicKey === undefined || KINDS.has(kind)) return [];
  return [`EC2 takes ssh keys of the kinds ${[...KINDS].join(" and ")}, and ${kind} is none of them`];
}

/** Said of every instance, so that one without parts is known to have none. Null for one whose tags somebody has taken off. */
export function handleIn(instance: Pick<Instance, "Tags" | "KeyName">): Handle | null {
  const name = nameIn(instance);
  if (name === null) return null;
  const group = groupIn(instance);
  return {
    ...(group === null ? {} : { group }),
    ...(instance.KeyName === keyNameOf(name) ? { key: keyNameOf(name) } : {}),
  };
}

/** Null: nobody knows. */
export const mayHaveKey = ({ handle }: Pick<KnownMachine, "handle">): boolean =>
  handle === null || handle["key"] !== undefined;

/**
 * Imports it and keeps that it is there, with what was kept before; returns its name. One that is there already under the machine's own name, and is ours, was
 * imported by a request before whose answer was lost.
 */
export async function bringKey(
  desk: Desk,
  {
    request,
    publicKey,
    kept,
    keep,
  }: { readonly request: CreateRequest; readonly publicKey: string; readonly kept: Handle; readonly keep: Keep },
  signal: AbortSignal,
): Promise<string> {
  const KeyName = keyNameOf(request.name);
  const asked = {
    KeyName,
    PublicKeyMaterial: Buffer.from(publicKey),
    TagSpecifications: tagsFor(request, { kinds: ["key-pair"], own: desk.settings.given.tags }),
  };
  try {
    await desk.session.ask((ec2, options) => ec2.importKeyPair(asked, options), signal);
  } catch (error) {
    if (!isCode(error, "InvalidKeyPair.Duplicate")) throw error;
    const [ours] = await keysOf(desk, { names: [request.name], owner: ownerOf(request) }, signal);
    if (ours?.key !== KeyName) throw takenKey(KeyName);
  }
  await keep({ ...kept, key: KeyName });
  return KeyName;
}

function takenKey(name: string): ProviderFault {
  const text = `the account has a key pair ${name} that Slipway has not made: remove it`;
  return accountFault({ class: "config", code: "InvalidKeyPair.Duplicate" }, text);
}

export const ownerOf = ({ labels }: Pick<CreateRequest, "labels">): string =>
  labels[OWNER_LABELS.installation] ?? "nobody";

/** A key pair that was imported for a machine. */
export interface BroughtKey {
  readonly id: string;
  /** Its name. */
  readonly key: string;
  readonly owner: string;
  readonly machine: string;
  readonly realm: string;
  readonly importedAt: number;
}

/** Of these machines; of all of this owner where no names are given. EC2 answers all that there are, without pages. */
export async function keysOf(
  desk: Desk,
  { names, owner }: { readonly names: readonly string[] | null; readonly owner: string | null },
  signal: AbortSignal,
): Promise<readonly BroughtKey[]> {
  const owned = owner === null ? [] : [ownedBy(owner)];
  const some = names === null ? [owned] : chunks(names, VALUES_MOST).map((few) => [...owned, named(few)]);
  const keys: BroughtKey[] = [];
  for (const Filters of some) {
    const { KeyPairs: shown } = await desk.session.ask(
      (ec2, options) => ec2.describeKeyPairs({ Filters }, options),
      signal,
    );
    // EC2 says so when there are none.
    if (shown === undefined) throw unreadableFault("DescribeKeyPairs without a keySet");
    keys.push(...shown.flatMap(broughtKey));
  }
  return keys.filter((one) => (owner === null || one.owner === owner) && (names?.includes(one.machine) ?? true));
}

/** None for a key that is not what it would be if we had imported it. */
function broughtKey({ KeyPairId: id, KeyName: key, CreateTime: imported, ...tagged }: KeyPairInfo): BroughtKey[] {
  const [machine, owner] = [nameIn(tagged), ownerIn(tagged)];
  if (id === undefined || machine === null || owner === null || key !== keyNameOf(machine)) return [];
  return [{ id, key, owner, machine, realm: realmIn(tagged) ?? "", importedAt: imported?.getTime() ?? 0 }];
}

export async function removeKeys(desk: Desk, keys: readonly BroughtKey[], signal: AbortSignal): Promise<void> {
  for (const { id: KeyPairId } of keys) {
    try {
      await desk.session.ask((ec2, options) => ec2.deleteKeyPair({ KeyPairId }, options), signal);
    } catch (error) {
      if (!isCode(error, "InvalidKeyPair.NotFound")) throw error;
    }
  }
}

/** Takes back the key that was imported for a machine that was not made. True when it has provably gone. */
export async function isTakenBack(desk: Desk, request: CreateRequest, signal: AbortSignal): Promise<boolean> {
  const KeyName = keyNameOf(request.name);
  try {
    await desk.session.ask((ec2, options) => ec2.deleteKeyPair({ KeyName }, options), signal);
    return (await keysOf(desk, { names: [request.name], owner: ownerOf(request) }, signal)).length === 0;
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    return false;
  }
}

export interface Whose {
  readonly owner: string;
  /** Of the machine. */
  readonly name: string;
}

const LONE = /^parts:(?<owner>[^/]*)\/(?<name>.+)$/;

/** The id of a machine of which only parts are there. */
export const loneId = ({ owner, name }: Whose): string => `parts:${owner}/${name}`;

export function readLoneId(externalId: string): Whose | null {
  const { owner, name } = LONE.exec(externalId)?.groups ?? {};
  return owner === undefined || name === undefined ? null : { owner, name };
}

/** EC2 shows a key before its instance. Whose clock is further off than this, EC2 refuses. */
const YOUNG_MS = 10 * 60_000;

export const isYoung = ({ importedAt }: BroughtKey): boolean => Date.now() - importedAt < YOUNG_MS;

export const KEY_LEFT: Fault = {
  class: "transient",
  scope: "realm",
  effect: "made",
  code: "parts_alone",
  text: "of the machine only its key pair is there",
  retryAfterMs: null,
  requestId: null,
};

/** A machine of which only the key is there. */
export function observeKey({ owner, machine, realm, key }: BroughtKey): Observed {
  return {
    externalId: loneId({ owner, name: machine }),
    name: machine,
    realm,
    state: "error",
    fault: KEY_LEFT,
    privateAddress: null,
    publicAddress: null,
    handle: { key },
  };
}
