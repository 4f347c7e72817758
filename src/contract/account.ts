// Accounts, pools, hardware profiles, blocks.

import { z } from "zod";
import { ACCOUNT_HEALTHS } from "../core/account.ts";
import { HARDWARE } from "../core/blueprint/model.ts";
import { SECRET_LEAST } from "../core/secret.ts";
import { Profile } from "./deployment.ts";
import { Dollars, Limit, Name, orNull, Time, WHOLE_MOST } from "./terms.ts";

const Names = z.record(z.string(), z.string());
const Settings = z.record(z.string(), z.unknown()).meta({ description: "What the provider needs that is no secret" });
const Secret = z
  .string()
  .refine(
    (text) => text.trim().length >= SECRET_LEAST,
    `must have at least ${SECRET_LEAST} characters: a shorter secret cannot be kept out of what clouds write`,
  )
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
    pool: Name.optional().meta({ description: "Also put it into this pool, which is made when there is none" }),
  })
  .meta({ id: "NewAccount" });
export type NewAccount = z.input<typeof NewAccount>;

/** What is left out stays as it is. `images`, `realms`, `settings`, `limit` replace the whole. */
export const AccountPatch = z
  .strictObject({
    enabled: z.boolean().optional(),
    limit: Limit.optional(),
    images: Names.optional(),
    realms: Names.optional(),
    settings: Settings.optional(),
    credentials: Credentials.optional().meta({ description: "Replaces all of them" }),
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

const Amount = z.object({ instances: z.number(), cpu: z.number(), memoryMib: z.number() }).meta({ id: "Amount" });

const Quota = z
  .object({ instances: z.number().nullable(), cpu: z.number().nullable(), memoryMib: z.number().nullable() })
  .meta({ id: "Quota", description: "Null: not limited" });

export const Size = z
  .object({
    name: z.string(),
    cpu: z.number(),
    memoryMib: z.number(),
    storageGib: z.number(),
    architecture: z.string(),
    accelerators: z.number(),
    hourlyCost: Dollars,
    realms: z.array(z.string()),
  })
  .meta({ id: "Size" });
export type Size = z.infer<typeof Size>;

export const Catalogue = z
  .object({
    realms: z.array(z.string()),
    sizes: z.array(Size),
    flexible: orNull(
      z.object({
        max: z.object({ instances: z.number(), cpu: z.number(), memoryMib: z.number(), storageGib: z.number() }),
        architecture: z.string(),
        hourlyCostPerCpu: Dollars,
        hourlyCostPerGib: Dollars,
      }),
    ).meta({ description: "Machines cut to measure" }),
    images: z.array(z.string()),
    limit: Quota,
    used: Amount,
    sharesLoopback: z
      .boolean()
      .meta({ description: "Machines there reach what listens on the loopback of the server's machine" }),
    userDataBytesMost: z.number().int().meta({ description: "Bytes of user data that a machine may have, filled in" }),
    readAt: Time,
  })
  .meta({ id: "Catalogue", description: "What the account's cloud offers" });
export type Catalogue = z.infer<typeof Catalogue>;

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
      .meta({ description: "Set while all its machines seem gone at once: nothing is concluded" }),
    limit: Quota,
    images: Names,
    realms: Names,
    pools: z.array(z.string()),
    openMachines: z.number().int(),
    parallelCalls: z.number().meta({ description: "Calls to the cloud at once, as its answers allow" }),
    callsUnderWay: z.number().int().meta({ description: "Calls that wait for the cloud's answer now" }),
    callsPerMinute: z.number().int().meta({ description: "Calls for machines and looks at the account, last 60 s" }),
    pausedUntil: Time.nullable().meta({ description: "The cloud asked for a pause; in the past: the last one" }),
    catalogue: orNull(Catalogue).meta({ description: "Null: not read yet" }),
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

export const NewPool = z
  .strictObject({
    name: Name,
    enabled: z.boolean().default(true),
    members: z.array(NewMember).default([]),
    limit: Limit.optional(),
  })
  .meta({ id: "NewPool" });
export type NewPool = z.input<typeof NewPool>;

/** What is left out stays as it is; `members` and `limit` replace the whole. */
export const PoolPatch = z
  .strictObject({
    enabled: z.boolean().optional(),
    members: z.array(NewMember).optional(),
    limit: Limit.optional(),
  })
  .meta({ id: "PoolPatch" });
export type PoolPatch = z.input<typeof PoolPatch>;

export const Pool = z
  .object({
    name: z.string(),
    enabled: z.boolean(),
    members: z.array(z.object({ account: z.string(), group: z.number().int(), weight: z.number() })),
    limit: Quota,
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
  })
  .meta({ id: "ProfileBody" });
export type ProfileBody = z.input<typeof ProfileBody>;

export const ProfileList = z.object({ profiles: z.array(Profile) }).meta({ id: "ProfileList" });
export type ProfileList = z.infer<typeof ProfileList>;
