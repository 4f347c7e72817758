// Who may do what where: roles and grants, tokens, users, groups.

import { z } from "zod";
import { ROLES } from "../core/people/grants.ts";
import { Limit, Name, Near, Quota, Time, Usage } from "./terms.ts";

export { ROLES };

export const Role = z.enum(ROLES).meta({
  id: "Role",
  description:
    "viewer: reads; launcher: also launches, and acts on what it launched; operator: acts on all deployments and debt; admin: everything",
});

export type Role = z.infer<typeof Role>;

const Pool = z
  .string()
  .nullable()
  .meta({ description: "Null: in every pool, and over what is in none: accounts, profiles, blueprints, people" });

export const Grant = z.object({ role: Role, pool: Pool }).meta({ id: "Grant", description: "A role in a pool" });
export type Grant = z.infer<typeof Grant>;

const NewGrant = z
  .strictObject({
    role: Role,
    pool: Name.nullable().default(null).meta({ description: "Null: everywhere" }),
  })
  .meta({ id: "NewGrant" });
const NewGrants = z.array(NewGrant).max(200);

const Token = z
  .object({
    name: z.string(),
    role: Role,
    pool: Pool,
    owner: z
      .string()
      .nullable()
      .meta({ description: "The user whose it is: it may do what both it and they may. Null: a program's" }),
    createdBy: z.string().nullable().meta({ description: "Null: the server's first start, or not known" }),
    createdAt: Time,
    expiresAt: Time.nullable().meta({ description: "From then on it counts no more; null: it has no end" }),
    lastUsedAt: Time.nullable().meta({ description: "To the minute; null: never yet" }),
  })
  .meta({ id: "Token" });

export const TokenList = z.object({ tokens: z.array(Token) }).meta({ id: "TokenList" });
export type TokenList = z.infer<typeof TokenList>;

export const NewToken = z
  .strictObject({
    name: Name,
    role: Role,
    pool: Name.optional().meta({ description: "It counts there alone; left out: everywhere" }),
    owner: Name.optional().meta({
      description: "A user. Left out: whoever asks, if that is a user; else it is a program's",
    }),
    expiresAt: Time.optional().meta({ description: "Left out: it has no end, or that of the token which asks" }),
  })
  .meta({ id: "NewToken" });
export type NewToken = z.infer<typeof NewToken>;

export const MadeToken = Token.extend({
  token: z.string().meta({ description: "Shown this once; only a hash of it is kept" }),
}).meta({ id: "MadeToken" });
export type MadeToken = z.infer<typeof MadeToken>;

const Enabled = z.boolean().meta({ description: "Without it no token of theirs counts" });

export const User = z
  .object({
    name: z.string(),
    enabled: Enabled,
    groups: z.array(z.string()).meta({ description: "That somebody put them in" }),
    provider: z
      .string()
      .nullable()
      .meta({ description: "The issuer of the identities by which they sign in; null: known here alone" }),
    claims: z.array(z.string()).meta({ description: "The provider's groups, as of when they last signed in" }),
    grants: z.array(Grant).meta({ description: "Beside those of the groups" }),
    limit: Quota.meta({ description: "Of all that they launch, whatever the pool" }),
    used: Usage,
    near: Near,
    createdAt: Time,
  })
  .meta({ id: "User" });
export type User = z.infer<typeof User>;

export const UserList = z.object({ users: z.array(User) }).meta({ id: "UserList" });
export type UserList = z.infer<typeof UserList>;

const Groups = z.array(Name).max(200);

export const NewUser = z
  .strictObject({
    name: Name,
    enabled: Enabled.default(true),
    groups: Groups.default([]),
    grants: NewGrants.default([]),
    limit: Limit.optional(),
  })
  .meta({ id: "NewUser" });
export type NewUser = z.input<typeof NewUser>;

export const UserPatch = z
  .strictObject({
    enabled: Enabled.optional(),
    groups: Groups.optional(),
    grants: NewGrants.optional(),
    limit: Limit.optional().meta({ description: "Replaces the whole" }),
  })
  .meta({ id: "UserPatch" });
export type UserPatch = z.infer<typeof UserPatch>;

const Claim = z
  .string()
  .min(1)
  .max(200)
  .meta({ description: "Users whom the provider of identities puts in a group of this name are in it" });

export const Group = z
  .object({ name: z.string(), claim: Claim.nullable(), grants: z.array(Grant), createdAt: Time })
  .meta({ id: "Group", description: "Users who hold the same grants" });
export type Group = z.infer<typeof Group>;

export const GroupList = z.object({ groups: z.array(Group) }).meta({ id: "GroupList" });
export type GroupList = z.infer<typeof GroupList>;

export const NewGroup = z
  .strictObject({ name: Name, claim: Claim.nullable().default(null), grants: NewGrants.default([]) })
  .meta({ id: "NewGroup" });
export type NewGroup = z.input<typeof NewGroup>;

export const GroupPatch = z
  .strictObject({ claim: Claim.nullable().optional(), grants: NewGrants.optional() })
  .meta({ id: "GroupPatch" });
export type GroupPatch = z.infer<typeof GroupPatch>;
