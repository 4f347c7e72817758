// The whole of what a tenant can do at one simulated cloud: CloudApi, and everything that clouds differ in.

import type {
  CloudApi,
  CloudErrorCode,
  CreateRequest,
  ListQuery,
  Machine,
  MachinePage,
  MachineState,
} from "./cloud-api.ts";

export interface Accelerators {
  readonly kind: string;
  readonly count: number;
}

/** What an account can count on at this cloud. */
export interface Traits {
  /** As in CloudDescription. */
  readonly twoStep: boolean;
  readonly visibilityMs: number;
  readonly uniqueNames: boolean;
  readonly tokens: boolean;
  /** Of machines and parts; null: no rule. The pattern has to fit the whole name. */
  readonly names: { readonly most: number | null; readonly pattern: string | null };
  readonly userDataBytesMost: number;
  /** Whether calls need a session. */
  readonly needsLogin: boolean;
  /** How long ids are not found after they were told. */
  readonly idVisibilityMs: number;
  /** How many ids `getMany` takes at once. */
  readonly lookMost: number;
  /** Whether there is a stream of changes. */
  readonly pushes: boolean;
  /** Machines cut to measure; null: sizes only. */
  readonly custom: Custom | null;
  readonly parts: PartTraits;
}

/** How machines and their parts belong together. */
export interface PartTraits {
  /** Kinds of which a request for a machine has to name one each, made before it. */
  readonly needed: readonly MadeAlong[];
  /** Kinds that are made with every machine whose request names none. */
  readonly implied: readonly MadeAlong[];
  /** Whether those carry the machine's labels. */
  readonly labelled: boolean;
  /** Machines have a public address only by a part. */
  readonly publicByPart: boolean;
  /** An ssh key can be brought as a part. */
  readonly keys: boolean;
}

/** From one step up to the most, in whole steps. */
export interface Steps {
  readonly most: number;
  readonly step: number;
}

export interface Custom {
  readonly cpu: Steps;
  readonly memoryMib: Steps;
  readonly storageGib: Steps;
  readonly architecture: string;
  readonly family: string;
  /** Null: the cloud tells no prices. */
  readonly hourlyPricePerCpu: number | null;
  readonly hourlyPricePerGib: number | null;
}

/**
 * How much of what, by dimension: `instances`, `cpu`, `memoryMib`, `storageGib`, `accelerators`; `instances/FAMILY`, `cpu/FAMILY`,
 * `accelerators/KIND`; `spotInstances`, `spotCpu`; `ports`, `volumes`, `volumeGib`, `addresses`, `keys`.
 */
export type Amounts = Readonly<Record<string, number>>;
/** By dimension; what is null or missing is not limited. */
export type Limits = Readonly<Record<string, number | null>>;

export interface UsageRow {
  readonly dimension: string;
  /** Null: of the whole account. */
  readonly realm: string | null;
  /** Null: not limited. */
  readonly limit: number | null;
  /** Whoever uses it: also machines that others made in the account. */
  readonly used: number;
}

export interface Usage {
  /** When it was counted, in milliseconds of the datacentre's clock. */
  readonly at: number;
  /** Whatever is limited or used. */
  readonly rows: readonly UsageRow[];
}

export interface RealmView {
  readonly name: string;
  /** False: it does not answer at present, and what is in it is unknown. */
  readonly isUp: boolean;
}

/** One size in one realm. */
export interface Offer {
  readonly realm: string;
  readonly size: string;
  readonly family: string;
  readonly cpu: number;
  readonly memoryMib: number;
  readonly storageGib: number;
  readonly architecture: string;
  readonly accelerators: Accelerators | null;
  /** Dollars; null: the cloud tells no prices. */
  readonly hourlyPrice: number | null;
  /** Null: not to be had as spot, or no prices are told. */
  readonly spotPrice: number | null;
}

export interface OfferQuery {
  /** All unless told. */
  readonly realm?: string;
  readonly cursor?: string;
}

/** Offers come realm by realm, in the order of the cloud's table; one that is withdrawn between two pages moves no other. */
export interface OfferPage {
  readonly offers: readonly Offer[];
  /** That an offer of these is missing says nothing. */
  readonly unreachableRealms: readonly string[];
  /** Null on the last page. */
  readonly next: string | null;
}

export interface ImageView {
  readonly realm: string;
  readonly id: string;
  /** Several images may have the same. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly architecture: string | null;
}

/** Only images for which all that is told is true. */
export interface ImageQuery {
  readonly realm?: string;
  readonly id?: string;
  readonly name?: string;
  readonly alias?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly cursor?: string;
}

export interface ImagePage {
  readonly images: readonly ImageView[];
  readonly unreachableRealms: readonly string[];
  readonly next: string | null;
}

/** Network interfaces, disks, and public addresses, which may be made along with a machine. */
export const MADE_ALONG = ["port", "volume", "address"] as const;
export type MadeAlong = (typeof MADE_ALONG)[number];

/** All that can be had by itself: also ssh keys for one machine, where the cloud has them as parts. */
export const PART_KINDS = [...MADE_ALONG, "key"] as const;
export type PartKind = (typeof PART_KINDS)[number];

/** `available` without a machine, `attached` with one. */
export type PartState = "making" | "available" | "attached" | "removing" | "error";

export interface Part {
  readonly id: string;
  readonly kind: PartKind;
  readonly name: string;
  readonly realm: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: PartState;
  readonly fault: { readonly code: CloudErrorCode; readonly text: string } | null;
  /** Id of the machine that it is part of; null: it is alone. */
  readonly machine: string | null;
  /** Id of the latest operation on it. */
  readonly operation: string | null;
  /** Whether it stays when its machine goes. */
  readonly stays: boolean;
  /** Of volumes. */
  readonly sizeGib: number | null;
  /** Of ports: the name of their network. */
  readonly network: string | null;
  /** Of ports a private one, of addresses a public one. */
  readonly address: string | null;
  /** Of keys. */
  readonly publicKey: string | null;
  readonly createdAt: number;
}

/** A part made by itself, before or after its machine. */
export interface PartRequest {
  readonly kind: PartKind;
  readonly name: string;
  readonly realm: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of volumes, which have to have one. */
  readonly sizeGib?: number;
  /** Of ports: by id or name. */
  readonly network?: string;
  /** Of keys, which have to have one: as OpenSSH writes it. */
  readonly publicKey?: string;
  /** Whose part it is from the beginning. */
  readonly machine?: string;
  /** True unless told. */
  readonly stays?: boolean;
}

/** Only parts for which all that is told is true. */
export interface PartQuery {
  readonly kind?: PartKind;
  readonly name?: string;
  readonly machine?: string;
  /** Whether it is part of no machine. */
  readonly isLone?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly cursor?: string;
}

export interface PartPage {
  readonly parts: readonly Part[];
  readonly next: string | null;
  readonly unreachableRealms: readonly string[];
}

export type OperationKind = "create" | "start" | "stop" | "reboot" | "remove" | "createPart" | "removePart";

/** Something that was accepted and takes a while. Where a machine does not show why it failed, or is gone, this does. */
export interface Operation {
  readonly id: string;
  readonly kind: OperationKind;
  /** Id and name of the machine or part that it is about. */
  readonly target: string;
  readonly name: string;
  readonly realm: string;
  /** As the caller called it. */
  readonly correlation: string | null;
  readonly startedAt: number;
  readonly state: "running" | "done" | "failed";
  readonly fault: { readonly code: CloudErrorCode; readonly text: string } | null;
  readonly endedAt: number | null;
}

/** Only operations for which all that is told is true. */
export interface OperationQuery {
  readonly target?: string;
  readonly name?: string;
  readonly state?: Operation["state"];
  readonly correlation?: string;
  readonly cursor?: string;
}

/** Oldest first. */
export interface OperationPage {
  readonly operations: readonly Operation[];
  readonly next: string | null;
}

/** Only machines for which all that is told is true. */
export interface DetailQuery extends ListQuery {
  readonly name?: string;
  readonly realm?: string;
  /** In milliseconds of the datacentre's clock: what has changed since then, also what is gone, as `terminated`. */
  readonly changedSince?: number;
}

/** Of the ids that were asked for: those that are there, or where the cloud does it so, all or a refusal. */
export interface Look {
  readonly machines: readonly MachineDetail[];
  /** That a machine of these is missing proves nothing. */
  readonly unreachableRealms: readonly string[];
}

/** A new state of a machine, part or operation. */
export interface Change {
  readonly number: number;
  readonly at: number;
  readonly what: "machine" | "part" | "operation";
  readonly id: string;
  readonly name: string;
  readonly realm: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `gone` of parts that are; `terminated` of machines. */
  readonly state: MachineState | PartState | Operation["state"] | "gone";
}

export interface ChangeQuery {
  /** Only later ones than this number: all that are kept unless told, and for streams those from now on. */
  readonly after?: number;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Changes {
  readonly changes: readonly Change[];
  /** To ask after next time. */
  readonly last: number;
  /** True: some that came after are not kept any more. */
  readonly isGap: boolean;
}

export interface ThingsView {
  readonly networks: readonly {
    readonly id: string;
    readonly name: string;
    /** Null: in all. */
    readonly realms: readonly string[] | null;
    /** Null: without an end. */
    readonly freeAddresses: number | null;
  }[];
  readonly securityGroups: readonly { readonly id: string; readonly name: string }[];
  readonly sshKeys: readonly SshKeyView[];
}

export interface SshKeyRequest {
  readonly name: string;
  /** As OpenSSH writes it. */
  readonly publicKey: string;
}

export interface SshKeyView extends SshKeyRequest {
  readonly fingerprint: string;
}

export interface MachineDetail extends Machine {
  /** Name of its network; null: the cloud has none. */
  readonly network: string | null;
  readonly securityGroups: readonly string[];
  readonly sshKey: string | null;
  readonly isSpot: boolean;
  readonly changedAt: number;
  readonly goneAt: number | null;
  /** Id of the latest operation on it. */
  readonly operation: string | null;
  /** Of the image that was chosen by id, name or alias. */
  readonly imageId: string;
  /** Ids. */
  readonly parts: readonly string[];
}

export interface DetailPage extends MachinePage {
  readonly machines: readonly MachineDetail[];
}

/** What a login gives: used instead of the key until it is over. */
export interface Session {
  readonly token: string;
  /** In milliseconds of the datacentre's clock. */
  readonly expiresAt: number;
}

export interface TenantApi extends CloudApi {
  /** By the key. */
  login(signal?: AbortSignal): Promise<Session>;
  logout(token: string, signal?: AbortSignal): Promise<null>;
  create(request: CreateRequest, signal?: AbortSignal): Promise<MachineDetail>;
  get(id: string, signal?: AbortSignal): Promise<MachineDetail>;
  findByName(name: string, signal?: AbortSignal): Promise<readonly MachineDetail[]>;
  /** The same for several names; at most as many as `getMany` takes. */
  findByNames(names: readonly string[], signal?: AbortSignal): Promise<readonly MachineDetail[]>;
  list(query: DetailQuery, signal?: AbortSignal): Promise<DetailPage>;
  getMany(ids: readonly string[], signal?: AbortSignal): Promise<Look>;
  changes(query: ChangeQuery, signal?: AbortSignal): Promise<Changes>;
  /** Resolves when the stream is open; it tells until it is left, the signal aborts, or the connection is lost (LostAnswer). */
  watch(query: ChangeQuery, signal?: AbortSignal): Promise<AsyncIterable<Change>>;
  start(id: string, signal?: AbortSignal): Promise<MachineDetail>;
  stop(id: string, signal?: AbortSignal): Promise<MachineDetail>;
  /** It runs all the while, and its services are away for a time. */
  reboot(id: string, signal?: AbortSignal): Promise<MachineDetail>;
  remove(id: string, signal?: AbortSignal): Promise<MachineDetail>;

  traits(signal?: AbortSignal): Promise<Traits>;
  realms(signal?: AbortSignal): Promise<readonly RealmView[]>;
  sizes(query: OfferQuery, signal?: AbortSignal): Promise<OfferPage>;
  images(query: ImageQuery, signal?: AbortSignal): Promise<ImagePage>;
  usage(signal?: AbortSignal): Promise<Usage>;
  things(signal?: AbortSignal): Promise<ThingsView>;
  importKey(request: SshKeyRequest, signal?: AbortSignal): Promise<SshKeyView>;
  /** Machines that have it keep it. */
  removeKey(name: string, signal?: AbortSignal): Promise<null>;
  createPart(request: PartRequest, signal?: AbortSignal): Promise<Part>;
  getPart(id: string, signal?: AbortSignal): Promise<Part>;
  listParts(query: PartQuery, signal?: AbortSignal): Promise<PartPage>;
  attachPart(id: string, machine: string, signal?: AbortSignal): Promise<Part>;
  detachPart(id: string, signal?: AbortSignal): Promise<Part>;
  /** Asks for the end of a part that is in no machine; it is gone when it is not found. */
  removePart(id: string, signal?: AbortSignal): Promise<Part>;
  /** Operations are forgotten some time after they have ended. */
  getOperation(id: string, signal?: AbortSignal): Promise<Operation>;
  listOperations(query: OperationQuery, signal?: AbortSignal): Promise<OperationPage>;
}
