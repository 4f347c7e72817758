// A blueprint after parsing (parameters still open) and after resolution (ready to launch). All quantities carry their
// unit in their name; counts are expanded, references are checked, dependencies are names of instances.

/** What an instance needs of a machine. `name` is the logical profile, or "custom" when written out in the blueprint. */
export interface HardwareProfile {
  readonly name: string;
  readonly cpu: number;
  readonly memoryMib: number;
  readonly storageGib: number;
  readonly architecture: string;
  readonly accelerators: number;
  /** The kind that they must be, in the clouds' words, such as `a100`; null: any. */
  readonly acceleratorKind: string | null;
}

/** What may be asked of one machine. Machines are cut in hundredths of a CPU at the finest. */
export const HARDWARE = {
  cpu: { least: 0.01, most: 1024 },
  memoryMib: { least: 1, most: 8 * 1024 * 1024 },
  storageGib: { least: 0, most: 64 * 1024 },
  accelerators: { least: 0, most: 64 },
} as const;

/** How long a failed attempt may stay before it is undone, in milliseconds. */
export const STUDY_MS = { least: 1_000, most: 7 * 86_400_000 } as const;

/** How long the machine that an attempt failed for may be kept, in milliseconds. */
export const QUARANTINE_MS = { least: 1_000, most: 7 * 86_400_000 } as const;

/** How long a deployment may run before it stops by itself, in milliseconds. */
export const LEASE_MS = { least: 1_000, most: 366 * 86_400_000 } as const;

export type Readiness =
  | { readonly kind: "provider" }
  | { readonly kind: "tcp"; readonly port: number }
  | { readonly kind: "http"; readonly port: number; readonly path: string }
  | { readonly kind: "callback" };

/** A check of a member that is up: failed so often in a row, it counts as dead. */
export interface LiveCheck {
  readonly check: Extract<Readiness, { port: number }>;
  readonly periodMs: number;
  readonly failures: number;
}

export const REPAIR_MODES = ["never", "replace"] as const;

/** What becomes of a member that errs, vanishes or stops by itself once the launch has settled. */
export interface RepairPolicy {
  /** `replace`: it is proven gone, or debt, and launched anew at the same account. */
  readonly mode: (typeof REPAIR_MODES)[number];
  /** How many repairs begin by themselves within `withinMs` of the first of them. */
  readonly tries: number;
  readonly withinMs: number;
  /** Dependents whose user data holds its address, or its id, are replaced when it is up again. */
  readonly cascade: boolean;
}

export const DEFAULT_REPAIR: RepairPolicy = { mode: "never", tries: 3, withinMs: 3_600_000, cascade: false };

export const UPDATE_ORDERS = ["createFirst", "removeFirst"] as const;

/** How an update replaces a member. */
export interface UpdatePolicy {
  /** `removeFirst`: its former machine is proven gone before its new one is asked for. */
  readonly order: (typeof UPDATE_ORDERS)[number];
}

export const DEFAULT_UPDATE: UpdatePolicy = { order: "createFirst" };

export const INSTANCE_ATTRIBUTES = ["privateAddress", "publicAddress", "id", "name"] as const;
export type InstanceAttribute = (typeof INSTANCE_ATTRIBUTES)[number];

export const SELF_ATTRIBUTES = ["name", "index", "callbackUrl"] as const;
export type SelfAttribute = (typeof SELF_ATTRIBUTES)[number];

/**
 * A piece of user data or of an output: literal text, or a reference that is filled in when its value is needed. `instances` lists
 * the members meant; several are joined by commas (`${{ app.privateAddress }}` of a counted group).
 */
export type TemplatePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "parameter"; readonly name: string }
  | { readonly kind: "instance"; readonly instances: readonly string[]; readonly attribute: InstanceAttribute }
  | { readonly kind: "self"; readonly attribute: SelfAttribute }
  | { readonly kind: "deployment"; readonly attribute: "name" };
export type Template = readonly TemplatePart[];

/** What a deployment tells about itself once it is known, such as its address. */
export interface ResolvedOutput {
  readonly name: string;
  readonly description: string | null;
  /** Shown to those alone who may change deployments. */
  readonly secret: boolean;
  readonly value: Template;
}

/** How members of a group lie on the cloud's hosts: on different ones, or close together. */
export const HOST_CHOICES = ["spread", "compact"] as const;

/** What can be said of where a machine is put, in the order in which it is told. */
export const WHERE_KEYS = [
  "networks",
  "securityGroups",
  "key",
  "publicKey",
  "publicAddress",
  "hosts",
  "volumes",
] as const;
export type WhereKey = (typeof WHERE_KEYS)[number];

/** Stands for all realms. */
export const ALL_REALMS = "*";

/** How blueprints use the hosts of a cloud, and what its machines keep, is theirs alone: an account has no default for it. */
export const ACCOUNT_WHERE_KEYS = ["networks", "securityGroups", "key", "publicKey", "publicAddress"] as const;

/** Where a machine is put. What is left out is the account's choice, and then the cloud's. */
export interface Where {
  /** By the cloud's names or ids; in this order, the first one its own. */
  readonly networks?: readonly string[];
  readonly securityGroups?: readonly string[];
  /** Name of an ssh key that the account has. */
  readonly key?: string;
  /** As OpenSSH writes it: brought to the cloud for this machine, and taken away with it. Never beside `key`. */
  readonly publicKey?: string;
  readonly publicAddress?: boolean;
  readonly hosts?: (typeof HOST_CHOICES)[number];
  /** Volumes that are there already and outlive the machine, each with its place in it: `data:/var/lib/data`, `data:/etc/data:ro`. */
  readonly volumes?: readonly string[];
}

export interface ResolvedInstance {
  /** Unique in the deployment: the group's name, with `-1`, `-2` … when the group has a count. */
  readonly name: string;
  readonly group: string;
  /** 1-based place within the group. */
  readonly index: number;
  /** Alternatives, the first preferred; all members of a group take the same. */
  readonly images: readonly string[];
  /** Likewise. */
  readonly profiles: readonly HardwareProfile[];
  /** Machines that the cloud may take away at any time, up to a price each; null: lasting ones. */
  readonly spot: { readonly maxHourlyMicros: number | null } | null;
  /** As the blueprint says. */
  readonly where: Where;
  /** Names of instances, written or implied by references; no duplicates, no cycles. */
  readonly dependsOn: readonly string[];
  readonly userData: Template;
  /** Bytes that the user data has at the least, once it is filled in: secrets counted, what is not known yet as short as it can be. */
  readonly userDataBytesLeast: number;
  readonly ready: Readiness;
  /** Null: what its cloud says of it is enough. */
  readonly live: LiveCheck | null;
  readonly repair: RepairPolicy;
  readonly update: UpdatePolicy;
  /** Its machine is neither replaced nor removed before a person says that it may be. */
  readonly protect: boolean;
}

export const PARAMETER_TYPES = ["string", "integer", "number", "boolean"] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];
export type ParameterValue = string | number | boolean;

export interface LaunchPolicy {
  readonly maxAttempts: number;
  readonly onRollbackFailure: "stop" | "continue";
  /** `reverse`: dependents are undone before what they depend on. */
  readonly rollbackOrder: "parallel" | "reverse";
  readonly deadlines: Deadlines;
  /** `same`: all in one realm. `any`: each where it is cheapest. `spread`: members of a group evenly over realms. */
  readonly realms: "same" | "any" | "spread";
  /** `replace`: what was refused for lack of room or quota is asked for on the account's next offer, and the rest stays. */
  readonly onRefusal: "rollback" | "replace";
  /** Of the whole launch. */
  readonly maxReplacements: number;
  /** What all machines together may cost, in millionths of a dollar per hour; null: no cap. */
  readonly maxHourlyMicros: number | null;
  /** How long it runs from when all of it runs; then it is stopped. Null: until somebody stops it. */
  readonly leaseMs: number | null;
  /** How long a failed attempt stays as it is, for people to look at, before it is undone; null: not at all. */
  readonly studyMs: number | null;
  /** How long the machine that an attempt failed for is kept alone, while the rest is undone and the launch goes on; null: not at all. */
  readonly quarantineMs: number | null;
  /** After how many refused sizes a realm, and after how many refused realms an account, is out for the launch. */
  readonly refusals: { readonly sizes: number; readonly realms: number };
}

/** How long each step may take, in milliseconds (defaults: field notes on time-outs, docs/architecture.md). */
interface Deadlines {
  /** From the intent to the cloud's acceptance, retries of throttled calls included. */
  readonly createMs: number;
  /** From made to running (or to stopped on two-step clouds). */
  readonly bootMs: number;
  /** From our start of a stopped machine to running. */
  readonly startMs: number;
  /** From running to ready. */
  readonly readyMs: number;
  /** From undo asked to proven gone; after it the machine is debt. */
  readonly undoMs: number;
  /** The whole launch, all attempts. */
  readonly launchMs: number;
}

export const DEFAULT_POLICY: LaunchPolicy = {
  maxAttempts: 10,
  onRollbackFailure: "stop",
  rollbackOrder: "parallel",
  deadlines: {
    createMs: 5 * 60_000,
    bootMs: 10 * 60_000,
    startMs: 5 * 60_000,
    readyMs: 10 * 60_000,
    undoMs: 10 * 60_000,
    launchMs: 60 * 60_000,
  },
  realms: "same",
  onRefusal: "rollback",
  maxReplacements: 10,
  maxHourlyMicros: null,
  leaseMs: null,
  studyMs: null,
  quarantineMs: null,
  refusals: { sizes: 3, realms: 2 },
};

/** The blueprint as one launch uses it. Secret parameters are not here: their values travel sealed. */
export interface ResolvedBlueprint {
  readonly name: string;
  /** Values that may be shown; a secret's value is null. */
  readonly parameters: Readonly<Record<string, ParameterValue | null>>;
  /** In dependency order: every instance comes after all that it depends on. */
  readonly instances: readonly ResolvedInstance[];
  /** In the blueprint's order. */
  readonly outputs: readonly ResolvedOutput[];
  readonly policy: LaunchPolicy;
}
