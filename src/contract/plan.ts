// What a launch would be: where it would be placed, at what price, and who refuses it.

import { z } from "zod";
import { REFUSAL_CODES } from "../core/story/event.ts";
import { Block } from "./block.ts";
import { LaunchRequest, ParameterValue, Profile, Readiness } from "./deployment.ts";
import { PlannedOutput } from "./output.ts";
import { ProblemError } from "./problem.ts";
import { QuarantineMs } from "./quarantine.ts";
import { HoldMs } from "./study.ts";
import { Dollars, LeaseMs, orNull, Time } from "./terms.ts";

export const Refusal = z
  .object({
    account: z.string(),
    realm: z.string().nullable().meta({ description: "Null: the whole account" }),
    code: z.enum(REFUSAL_CODES),
    text: z.string(),
  })
  .meta({ id: "Refusal", description: "Why an account or realm cannot host a deployment" });
export type Refusal = z.infer<typeof Refusal>;

export const PlannedInstance = z
  .object({
    name: z.string(),
    group: z.string(),
    index: z.number().int(),
    image: z.string().meta({ description: "The first of its alternatives" }),
    profile: Profile.meta({ description: "The first of its alternatives" }),
    alternatives: z
      .object({ images: z.array(z.string()), profiles: z.array(Profile) })
      .meta({ description: "All that may be taken, the first preferred" }),
    spot: z.boolean().meta({ description: "The cloud may take it away at any time" }),
    dependsOn: z.array(z.string()),
    readiness: Readiness,
  })
  .meta({ id: "PlannedInstance" });
export type PlannedInstance = z.infer<typeof PlannedInstance>;

export const PlannedMatch = z
  .object({
    rank: z.number().int().meta({ description: "From 1; the order in which they would be tried" }),
    account: z.string(),
    realms: z.array(z.string()).meta({ description: "In which it places something" }),
    hourlyCost: Dollars.meta({ description: "Of those whose price is known" }),
    usualHourlyCost: orNull(Dollars).meta({
      description: "What it would be if no refusal were remembered, see blocks; null: some price is not known",
    }),
    unpriced: z.number().int().meta({ description: "Instances whose price is not known" }),
    placements: z.record(
      z.string(),
      z.object({
        realm: z.string(),
        size: z.string(),
        image: z.string(),
        profile: z.string(),
        hourlyCost: orNull(Dollars),
        usually: orNull(z.object({ realm: z.string(), size: z.string() })).meta({
          description: "Where and what it would be if no refusal were remembered; null: the same",
        }),
      }),
    ),
    passedOver: z
      .array(z.object({ group: z.string(), because: z.string() }))
      .meta({ description: "Groups that do not take their first alternative, and why" }),
    pausedUntil: Time.nullable().meta({ description: "Nothing is asked of it before: its cloud throttles" }),
  })
  .meta({ id: "PlannedMatch" });
export type PlannedMatch = z.infer<typeof PlannedMatch>;

export const PlanRequest = LaunchRequest.extend({
  keep: z.boolean().optional().meta({ description: "False: it is looked at only, and gets no id. True when left out" }),
}).meta({ id: "PlanRequest" });
export type PlanRequest = z.infer<typeof PlanRequest>;

export const Plan = z
  .object({
    id: z.string().nullable().meta({
      description:
        "POST /v1/plans/{plan}/apply launches exactly this. Null: nothing could be launched as it is, see mistakes, notOffered and matches; or it was not to be kept",
    }),
    expiresAt: Time.nullable().meta({ description: "Until then it can be launched; null without an id" }),
    blueprint: z.string(),
    pool: z.string(),
    parameters: z.record(z.string(), orNull(ParameterValue)).meta({
      description: "Null: secret. Without those that `mistakes` are about",
    }),
    mistakes: z.array(ProblemError).meta({
      description: "Parameters for which a launch would be refused: only user data uses them, so a plan does without",
    }),
    notOffered: z.array(ProblemError).meta({
      description:
        "Images, hardware and placements that no account of the pool has: a launch is refused for them, but with `anyway`",
    }),
    leaseMs: LeaseMs.nullable().meta({
      description:
        "How long it would run, from when all of it runs, until it stops by itself; null: until it is stopped",
    }),
    holdMs: HoldMs.nullable().meta({
      description: "How long a failed attempt would stay for study before it is undone; null: it is undone at once",
    }),
    quarantineMs: QuarantineMs.nullable().meta({
      description:
        "How long the machine that an attempt failed for would be kept alone; null: it is undone with the rest",
    }),
    instances: z.array(PlannedInstance).meta({ description: "In dependency order" }),
    outputs: z.array(PlannedOutput).meta({ description: "What the deployment will tell about itself" }),
    matches: z.array(PlannedMatch).meta({ description: "Best first" }),
    refused: z.array(Refusal),
    blocks: z.array(Block).meta({ description: "Offers of the matches that launches leave alone for now" }),
  })
  .meta({ id: "Plan" });
export type Plan = z.infer<typeof Plan>;
