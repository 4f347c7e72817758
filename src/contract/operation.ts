// What those who run Slipway look after: debt, tokens, the server itself.

import { z } from "zod";
import { CALLS, OBSERVED_STATES } from "../core/machine.ts";
import { Grant, Role } from "./access.ts";
import { Dollars, Fault, orNull, Time } from "./terms.ts";

/** What is changed through the API, by the first word of its paths. */
export const RESOURCES = [
  "deployments",
  "debt",
  "accounts",
  "pools",
  "profiles",
  "blueprints",
  "blocks",
  "tokens",
  "users",
  "groups",
  "webhooks",
  "hold",
] as const;
export type Resource = (typeof RESOURCES)[number];

export const Debt = z
  .object({
    machine: z.string(),
    externalId: z.string().nullable(),
    deployment: z.string().nullable().meta({ description: "Null: unknown to the ledger, found by its labels" }),
    deploymentName: z.string().nullable(),
    instance: z.string().nullable(),
    account: z.string(),
    realm: z.string(),
    size: z.string(),
    since: Time,
    hourlyCost: orNull(Dollars).meta({ description: "Null: nobody knows the price" }),
    cost: orNull(Dollars).meta({ description: "Since it is debt, in dollars; null: nobody knows the price" }),
    observed: z.enum(OBSERVED_STATES).meta({ description: "What the cloud last showed" }),
    observedAt: Time.nullable(),
    call: orNull(z.enum(CALLS)),
    nextTryAt: Time.nullable(),
    failures: z.number().int(),
    fault: orNull(Fault),
    reason: z
      .string()
      .meta({ description: "Why it is not proven gone: what its cloud said, else what is still missing" }),
  })
  .meta({ id: "Debt", description: "A machine that should be gone and is not proven gone" });
export type Debt = z.infer<typeof Debt>;

export const DebtList = z
  .object({
    debts: z.array(Debt),
    hourlyCost: Dollars,
    cost: Dollars,
    unpriced: z.number().int().meta({ description: "In neither sum, since nobody knows their price" }),
  })
  .meta({ id: "DebtList" });
export type DebtList = z.infer<typeof DebtList>;

export const ServerClock = z
  .object({
    offsetMs: z.number().meta({ description: "What the server's time is ahead of its database's clock by" }),
    steps: z.number().int().meta({ description: "How often the database's clock was set and this was set right" }),
    lastAt: Time.nullable().meta({ description: "The last time, in the server's time" }),
    lastByMs: z.number().nullable().meta({ description: "By how much the clock was set then; negative: back" }),
  })
  .meta({
    id: "ServerClock",
    description: "The server's time goes on when its database's clock is set, so that no deadline moves",
  });
export type ServerClock = z.infer<typeof ServerClock>;

export const About = z
  .object({
    version: z.string(),
    installation: z.string().meta({ description: "On the labels of all machines" }),
    embedded: z.boolean().meta({ description: "The database is in a folder of this server" }),
    providers: z.array(z.string()),
    now: Time,
    clock: ServerClock,
    token: z
      .object({ name: z.string(), role: Role })
      .meta({ description: "The token that asked, with the highest role that it has in any pool" }),
    user: z.string().nullable().meta({ description: "Whose it is; null: a program's" }),
    grants: z.array(Grant).meta({ description: "What it may do, and where" }),
    may: z.array(z.enum(RESOURCES)).meta({
      description:
        "What that token may change, in one pool at least; tokens, users and groups also see. The rest may be seen by every token, as far as its pools go",
    }),
  })
  .meta({ id: "About" });
export type About = z.infer<typeof About>;

/** Signing in to the page, which then has a session instead of the token. */
export const SignIn = z.strictObject({ token: z.string().min(1).max(200) }).meta({ id: "SignIn" });
export type SignIn = z.infer<typeof SignIn>;
