// Accounts, pools, hardware profiles, blocks.

import { z } from "zod";
import { RETENTION_MOST } from "../core/people/retention.ts";
import { ACCOUNT_HEALTHS } from "../core/account.ts";
import { HARDWARE } from "../core/blueprint/model.ts";
import { SECRET_LEAST } from "../core/secrecy/secret.ts";
import { Profile } from "./deployment.ts";
import { QuarantineMs } from "./quarantine.ts";
import { Dollars, LeaseMs, Limit, Name, Near, orNull, Quota, Time, Usage, WHOLE_MOST } from "./terms.ts";

const Names = z.record(z.string(), z.string());
const Settings = z.record(z.string(), z.unknown()).meta({ description: "What the provider needs that is no secret" });
const SECRET_RULE = `must have at least ${SECRET_LEAST} characters: a shorter secret cannot be kept out of what clouds write`;
/** Why a secret is refused whatever it is for; null when it is not. */
export const secretProblem = (text: string): string | null => (text.trim().length >= SECRET_LEAST ? null : SECRET_RULE);

const Secret = z
  .string()
  .refine((text) => secretProblem(text) === null, SECRET_RULE)
  .meta({ minLength: SECRET_LEAST });
const Credentials = z
  .record(z.string(), Secret)
  .meta({ description: "What the provider needs that is secret; stored encrypted and never shown" });

export const NewAccount = z
  .strictObject({
    name: Name,
    provider: z.string(),
    settings: Settings.default({}),
    credentials: Credentials.default({}),
    enabled: z.boolean().default(true),
    limit: Limit.optional().meta({ description: "Slipway's own limit, besides the cloud's" }),
    images: Names.default({}).meta({ description: "Logical name → the cloud's" }),
    realms: Names.default({}).meta({
      description: "Logical name → the cloud's: the only realms that are launched in; empty: all that the cloud offers",
    }),
    pool: Name.optional().meta({
      description: "Also put it into this pool; the first pool, and one called default, is made when there is none",
    }),
    newPool: z.boolean().default(false).meta({ description: "Make the pool when there is none of that name" }),
  })
  .meta({ id: "NewAccount" });
export type NewAccount = z.input<typeof NewAccount>;

/** What is left out stays as it is. `images`, `realms`, `settings`, `limit` replace the whole, `credentials` only what is named. */
export const AccountPatch = z
  .strictObject({
    enabled: z.boolean().optional(),
    limit: Limit.optional(),
    images: Names.optional(),
    realms: Names.optional(),
    settings: Settings.optional(),
    credentials: z
      .record(z.string(), orNull(Secret))
      .optional()
      .meta({ description: "Those that change: what is left out stays as it is, null takes one out" }),
    force: z.boolean().optional().meta({
      description:
        "Store new settings and credentials also when they do not pass a try at the cloud, as they must while the account holds machines",
    }),
    sameCloud: z
      .boolean()
      .optional()
      .meta({ description: "The new settings lead to the same cloud: needed while the account holds machines" }),
  })
  .meta({ id: "AccountPatch" });
export type AccountPatch = z.input<typeof AccountPatch>;

export const Offer = z
  .object({
    realm: z.string(),
    size: z.string(),
    cpu: z.number(),
    memoryMib: z.number(),
    storageGib: z.number(),
    architecture: z.string(),
    accelerators: z.number(),
    acceleratorKind: z.string().nullable().meta({ description: "The cloud's word, such as a100" }),
    family: z.string().nullable().meta({ description: "What quotas of a family are counted by" }),
    spot: z.boolean().meta({ description: "The cloud may take it away at any time" }),
    hourlyCost: orNull(Dollars).meta({ description: "Null: not known, or cut to measure" }),
    cut: orNull(
      z.object({
        hourlyCostPerCpu: orNull(Dollars),
        hourlyCostPerGib: orNull(Dollars),
        step: z
          .object({ cpu: orNull(z.number()), memoryMib: orNull(z.number()), storageGib: orNull(z.number()) })
          .meta({
            description: "Machines are cut in whole steps, at least one; null: any amount",
          }),
      }),
    ).meta({ description: "Machines cut to measure: the measures are the largest, the prices those of the parts" }),
  })
  .meta({ id: "Offer", description: "What an account sells: a size in a realm" });
export type Offer = z.infer<typeof Offer>;

export const OfferPage = z
  .object({ offers: z.array(Offer), next: z.string().nullable().meta({ description: "The next page's cursor" }) })
  .meta({ id: "OfferPage" });
export type OfferPage = z.infer<typeof OfferPage>;

export const OFFERS_PER_PAGE = { usual: 100, most: 1_000 } as const;

export const CloudQuota = z
  .object({
    realm: z.string().nullable().meta({ description: "Null: of the whole account" }),
    dimension: z.string().meta({ description: "instances, cpu, memoryMib, or the cloud's own, such as cpu/standard" }),
    limit: z.number().nullable().meta({ description: "Null: not limited" }),
    used: z.number().meta({ description: "By anybody, as the cloud counted" }),
    held: z.number().meta({ description: "Beside that by launches here, not yet counted" }),
  })
  .meta({ id: "CloudQuota" });
export type CloudQuota = z.infer<typeof CloudQuota>;

export const AccountUsage = z
  .object({
    askedAt: Time.nullable().meta({ description: "When the cloud was asked; null: not yet" }),
    quotas: z.array(CloudQuota),
    realms: z.array(z.string()),
    images: z
      .array(
        z.object({
          realm: z.string(),
          choice: z.string().meta({ description: "As a blueprint or the account's own list calls it" }),
          image: z.string().nullable().meta({ description: "The cloud's name of it; null: nothing has that name" }),
          text: z.string().nullable(),
        }),
      )
      .meta({ description: "What is known: those that launches asked for, and those that the cloud tells" }),
  })
  .meta({ id: "AccountUsage", description: "What the account's cloud has counted and told" });
export type AccountUsage = z.infer<typeof AccountUsage>;

export const Account = z
  .object({
    id: z.string(),
    name: z.string(),
    provider: z.string(),
    settings: Settings,
    enabled: z.boolean(),
    health: z.enum(ACCOUNT_HEALTHS),
    healthText: z.string().nullable(),
    healthAt: Time.nullable(),
    alert: z
      .string()
      .nullable()
      .meta({ description: "Set while all its machines, or all of a realm, seem gone at once: nothing is concluded" }),
    limit: Quota,
    images: Names,
    realms: Names,
    pools: z.array(z.string()),
    openMachines: z.number().int(),
    parallelCalls: z.number().meta({ description: "Calls to the cloud at once, as its answers allow" }),
    callsUnderWay: z.number().int().meta({ description: "Calls that wait for the cloud's answer now" }),
    callsPerMinute: z.number().int().meta({ description: "Calls for machines and looks at the account, last 60 s" }),
    pausedUntil: Time.nullable().meta({
      description: "Nothing is asked of the cloud before, since it throttled; in the past: the last pause",
    }),
    quotas: z.array(CloudQuota).meta({ description: "The fullest of the cloud's own limits; all of them: …/usage" }),
    usageAt: Time.nullable().meta({ description: "When its cloud last counted them; null: not yet" }),
    offersAt: Time.nullable().meta({ description: "When its offers were last read whole; null: not yet" }),
    createdAt: Time,
  })
  .meta({ id: "Account" });
export type Account = z.infer<typeof Account>;

export const MadeDue = z
  .object({
    debts: z.number().int().meta({ description: "Machines that should be gone and are not proven gone" }),
    calls: z.number().int().meta({ description: "Other calls that were put off after a failure" }),
    launches: z.number().int().meta({ description: "Launches that look for an account" }),
  })
  .meta({ id: "MadeDue", description: "What waited for the account, and is tried now" });
export type MadeDue = z.infer<typeof MadeDue>;

export const CheckedAccount = Account.extend({
  madeDue: orNull(MadeDue).meta({ description: "Null: its cloud was not asked, or did not let us in" }),
  lacking: z.string().nullable().meta({
    description:
      "What of the account's own setting `where` is not there, so that launches fail; null: nothing, or its cloud was not asked",
  }),
}).meta({ id: "CheckedAccount" });
export type CheckedAccount = z.infer<typeof CheckedAccount>;

export const AccountList = z.object({ accounts: z.array(Account) }).meta({ id: "AccountList" });
export type AccountList = z.infer<typeof AccountList>;

const memberFields = {
  account: Name,
  group: z.number().int().min(0).max(WHOLE_MOST).default(0).meta({ description: "Lower is tried first" }),
  weight: z.number().int().min(-100).max(100).default(0).meta({ description: "Shifts the draw among equals" }),
};

const NewMember = z.strictObject(memberFields).meta({ id: "NewPoolMember" });

const Days = z.number().int().min(1).max(RETENTION_MOST).nullable().meta({ description: "In days; null: for ever" });

const retentionFields = {
  stepsDays: Days.meta({ description: "Steps, counted from the end or deletion of their deployment; null: for ever" }),
  consolesDays: Days.meta({ description: "Consoles of its machines, counted likewise; null: for ever" }),
  ledgerDays: Days.meta({
    description: "Attempts and machines, counted from the deletion of their deployment; null: for ever",
  }),
};

const Retention = z
  .object(retentionFields)
  .meta({ id: "Retention", description: "How long what belongs to ended deployments is kept, in days" });
export type Retention = z.infer<typeof Retention>;

const RetentionPatch = z.strictObject(retentionFields).partial().meta({ id: "RetentionPatch" });
export type RetentionPatch = z.infer<typeof RetentionPatch>;

const MaxLeaseMs = LeaseMs.nullable().meta({
  description: "How long a deployment may run there, so that each must have a lease; null: as long as anybody likes",
});

const MaxQuarantineMs = QuarantineMs.nullable().meta({
  description: "How long a machine that a launch failed for may be kept there; null: as long as the launch says",
});

const UserLimit = Limit.optional().meta({ description: "Of what each user may hold there" });

export const NewPool = z
  .strictObject({
    name: Name,
    enabled: z.boolean().default(true),
    members: z.array(NewMember).default([]),
    limit: Limit.optional(),
    userLimit: UserLimit,
    maxLeaseMs: MaxLeaseMs.optional(),
    maxQuarantineMs: MaxQuarantineMs.optional(),
    retention: RetentionPatch.optional(),
  })
  .meta({ id: "NewPool" });
export type NewPool = z.input<typeof NewPool>;

/** What is left out stays as it is; `members` and limits replace the whole. */
export const PoolPatch = z
  .strictObject({
    enabled: z.boolean().optional(),
    members: z.array(NewMember).optional(),
    limit: Limit.optional(),
    userLimit: UserLimit,
    maxLeaseMs: MaxLeaseMs.optional(),
    maxQuarantineMs: MaxQuarantineMs.optional(),
    retention: RetentionPatch.optional(),
  })
  .meta({ id: "PoolPatch" });
export type PoolPatch = z.input<typeof PoolPatch>;

export const Pool = z
  .object({
    name: z.string(),
    enabled: z.boolean(),
    members: z.array(z.object({ account: z.string(), group: z.number().int(), weight: z.number() })),
    limit: Quota,
    userLimit: Quota,
    used: Usage,
    near: Near,
    maxLeaseMs: MaxLeaseMs,
    maxQuarantineMs: MaxQuarantineMs,
    retention: Retention,
  })
  .meta({ id: "Pool" });
export type Pool = z.infer<typeof Pool>;

export const PoolList = z.object({ pools: z.array(Pool) }).meta({ id: "PoolList" });
export type PoolList = z.infer<typeof PoolList>;

export const ProfileBody = z
  .strictObject({
    cpu: z.number().min(HARDWARE.cpu.least).max(HARDWARE.cpu.most),
    memoryMib: z.number().int().min(HARDWARE.memoryMib.least).max(HARDWARE.memoryMib.most),
    storageGib: z.number().int().min(HARDWARE.storageGib.least).max(HARDWARE.storageGib.most).default(0),
    architecture: z.string().max(100).default("x86_64"),
    accelerators: z.number().int().min(HARDWARE.accelerators.least).max(HARDWARE.accelerators.most).default(0),
    acceleratorKind: z.string().max(64).nullable().default(null).meta({ description: "Null: any" }),
  })
  .meta({ id: "ProfileBody" });
export type ProfileBody = z.input<typeof ProfileBody>;

export const ProfileList = z.object({ profiles: z.array(Profile) }).meta({ id: "ProfileList" });
export type ProfileList = z.infer<typeof ProfileList>;
