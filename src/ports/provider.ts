// The port to clouds. One folder per provider implements it; provider-suite/ is what each must pass.

import type { Account } from "../core/account.ts";
import type { Readiness, Where } from "../core/blueprint/model.ts";
import type { Fault } from "../core/fault.ts";
import type { CreateRequest, Handle, KnownMachine, MachineRef, Observed } from "../core/machine.ts";
import type { AccountForm } from "./account-form.ts";
import type { Probed } from "./reach.ts";
import type { CloudQuota } from "../core/market/market.ts";
import type { Offer } from "../core/market/offer.ts";

/** What a provider throws for anything the cloud refuses or fails at. An abort of the signal needs no fault: the caller knows. */
export class ProviderFault extends Error {
  override readonly name = "ProviderFault";
  readonly fault: Fault;
  /** Known when `fault.effect` is `made`. */
  readonly externalId: string | null;
  constructor(fault: Fault, options?: { cause?: unknown; externalId?: string }) {
    super(`${fault.class}: ${fault.code}: ${fault.text}`, { cause: options?.cause });
    this.fault = fault;
    this.externalId = options?.externalId ?? null;
  }
}

/** What a `keep` throws that could not be written, or that somebody else's claim has overtaken: the create ends without another request. */
export class HandleNotKept extends Error {
  override readonly name = "HandleNotKept";
}

/** Writes what is known of a machine's parts so far, before the next one is asked for. Throws HandleNotKept. */
export type Keep = (handle: Handle) => Promise<void>;

/** Facts of the cloud of an account that the engine must know. */
export interface ProviderTraits {
  /** How long a machine may be missing from look-ups and lists after it was made. */
  readonly visibilityMs: number;
  /** A call that has not answered by then counts as lost. */
  readonly callTimeoutMs: { readonly create: number; readonly other: number };
  /** Usual time from made to running; the tracker looks first around then. */
  readonly usualBootMs: number;
  /** So many machines `look` and `lookup` take at once. */
  readonly lookMost: number;
  /** A look at several is about one request to the cloud; else it is one for each of them. */
  readonly looksTogether: boolean;
  /** Bytes of user data that a create may carry: of more nothing is asked. */
  readonly userDataBytesMost: number;
}

export interface Provider {
  /** As in `account add --provider NAME`. */
  readonly name: string;
  /** What an account there needs. */
  readonly form: AccountForm;
  /**
   * Checks settings and credentials for form and opens a session to one account; contacts nobody.
   * Throws a ProviderFault (class config, scope account) that names the wrong field and the remedy.
   */
  open(account: Pick<Account, "id" | "name" | "settings">, credentials: Readonly<Record<string, string>>): Cloud;
}

export interface SizesPage {
  readonly offers: readonly Offer[];
  /** Realms that did not answer: that nothing is told of them proves nothing. */
  readonly unlisted: readonly string[];
  readonly next: string | null;
}

export type ImageChoice =
  /** The cloud's own name of it, as `create` takes it. */
  | { readonly image: string }
  /** Nothing has that name; `text` where there is more to say, such as that several have it. */
  | { readonly image: null; readonly text: string | null };

export interface ImagesPage {
  readonly images: readonly { readonly realm: string; readonly choice: string; readonly image: string }[];
  readonly next: string | null;
}

export interface Listing {
  readonly machines: readonly Observed[];
  readonly next: string | null;
  /** Realms that the cloud could not list: that nothing of them is shown proves nothing. */
  readonly unlisted: readonly string[];
}

/** What a search by name says of a machine. */
export type Found =
  /** What has its name and this installation's owner label, and lone parts of such, oldest first. None: neither exists. */
  | { readonly kind: "found"; readonly observed: readonly Observed[] }
  /** Nothing can be said of it at the moment. */
  | { readonly kind: "unknown"; readonly fault: Fault };

/** What a direct look says of a machine. */
export type Look =
  | { readonly kind: "seen"; readonly observed: Observed }
  /** Neither it nor a part of it exists. */
  | { readonly kind: "absent" }
  /** Nothing can be said of it at the moment. */
  | { readonly kind: "unknown"; readonly fault: Fault };

/**
 * One account at one cloud. Every method honours its signal and throws only ProviderFault, the signal's reason, or what its `keep` threw.
 * Disposed of when nobody uses it any more: it then ends its session there, if there is one.
 */
export interface Cloud extends AsyncDisposable {
  readonly traits: ProviderTraits;
  /** Its machines reach what listens on the loopback of Slipway's own machine. */
  readonly sharesLoopback: boolean;
  /** Names of all realms, also of those that cannot be listed at present. Proves endpoint and credentials. */
  realms(signal: AbortSignal): Promise<readonly string[]>;
  /** One page of what can be made, in all realms. A spot offer is an offer of its own, with a name of its own. */
  sizes(cursor: string | null, signal: AbortSignal): Promise<SizesPage>;
  /** The cloud's own limits, and what it has counted of them by anybody, in whatever dimensions it has. Proves endpoint and credentials. */
  usage(signal: AbortSignal): Promise<readonly CloudQuota[]>;
  /** What a name of an image means in a realm: an id, a name, or whatever else the cloud lets images be chosen by. */
  image(choice: string, realm: string, signal: AbortSignal): Promise<ImageChoice>;
  /**
   * What of this is not there in a realm, in words: what a blueprint asks with the account's own defaults behind it; null: all of it is. Of a
   * public key only its kind is told, such as `ssh-ed25519`. Left out by a provider whose form takes nothing of it.
   */
  lacks?(where: Where, realm: string, signal: AbortSignal): Promise<string | null>;
  /** One page of names by which images can be chosen, where the cloud can tell them all: for hints only. */
  images?(cursor: string | null, signal: AbortSignal): Promise<ImagesPage>;
  /**
   * Asks for a machine under `request.name`. Must not retry inside: a second request is the engine's decision.
   * After a normal return the machine exists; after effect `none` neither it nor a part of it does, provably. A machine that is made in
   * several requests is kept after each of them; the name or label of each part follows from the machine's, so that one that was
   * made just before a crash is found without a handle. A public key that `where` brings is such a part.
   */
  create(request: CreateRequest, keep: Keep, signal: AbortSignal): Promise<Observed>;
  /**
   * By name what has the names of these machines, whatever its state, what has ended left out; at most `lookMost` at once. What goes
   * wrong for one of them only is said of it alone.
   */
  lookup(
    installation: string,
    machines: readonly MachineRef[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Found>>;
  /** By name what is seen of machines with these ids, at most `lookMost` at once. What goes wrong for one of them only is said of it alone. */
  look(machines: readonly KnownMachine[], signal: AbortSignal): Promise<ReadonlyMap<string, Look>>;
  /** Starts a stopped machine. Fine when it runs already. */
  start(machine: KnownMachine, signal: AbortSignal): Promise<void>;
  /**
   * Boots a running machine again, with its disks as they are: its guest is asked first where the cloud can do that. Never asks twice: a guest
   * that is asked in the midst of it goes down again. Left out by a provider whose cloud cannot.
   */
  reboot?(machine: KnownMachine, signal: AbortSignal): Promise<void>;
  /** Asks for the end of a machine in whatever state, with all that belongs to it. Fine when it is gone already. */
  destroy(machine: KnownMachine, signal: AbortSignal): Promise<void>;
  /** Console output, newest 64 KiB at most; null when the cloud keeps none. */
  console(machine: KnownMachine, signal: AbortSignal): Promise<string | null>;
  /**
   * One page of what carries this installation's owner label. Machines that have ended and that the cloud still shows are on it as
   * `gone`: a proof, never a stray.
   */
  list(installation: string, cursor: string | null, signal: AbortSignal): Promise<Listing>;
  /** One try of a readiness check, where the machine cannot be reached directly from this process. */
  probe?(machine: KnownMachine, check: Readiness, signal: AbortSignal): Promise<Probed>;
  /** Calls `changed` when the cloud announces a change of ours; a hint only. Ends with the signal. */
  watch?(installation: string, changed: () => void, signal: AbortSignal): Promise<void>;
}
