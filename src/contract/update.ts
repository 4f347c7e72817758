// What another blueprint, or other values, would change in a deployment that is up.

import { z } from "zod";
import { COUNT_MOST } from "../core/blueprint/instance-values.ts";
import { CHANGE_KINDS } from "../core/change/difference.ts";
import { BlueprintChoice, LaunchRequest } from "./deployment.ts";
import { Refusal } from "./plan.ts";
import { ProblemError } from "./problem.ts";
import { Dollars, orNull, Time } from "./terms.ts";

/** How many members a group may have. */
export const COUNT = { least: 1, most: COUNT_MOST } as const;

export const UpdateRequest = z
  .strictObject({
    blueprint: BlueprintChoice.optional().meta({ description: "The one that it has, when left out" }),
    parameters: LaunchRequest.shape.parameters.unwrap().optional().meta({
      description: "Others than it has; those left out are as they are, secret ones too",
    }),
    counts: z.record(z.string(), z.number().int().min(COUNT.least).max(COUNT.most)).optional().meta({
      description:
        "How many members groups have from now on, whatever the blueprint says; numbers stay with their machines, the highest go, and a gap is filled first",
    }),
    remove: z.array(z.string()).max(1_000).optional().meta({
      description: "Members of counted groups that go in place of the highest numbers: `web-2`, or `web[2]`",
    }),
    allowReplace: z.array(z.string()).max(1_000).optional().meta({
      description: "Protected members that may be replaced or removed all the same",
    }),
  })
  .meta({ id: "UpdateRequest" });
export type UpdateRequest = z.infer<typeof UpdateRequest>;

export const Update = z
  .strictObject({
    ...UpdateRequest.shape,
    plan: z.string().min(1).max(100).optional().meta({ description: "Id of a plan, alone: exactly that, or nothing" }),
  })
  .refine(({ plan, ...asked }) => plan === undefined || Object.values(asked).every((one) => one === undefined), {
    error: "a plan says what is done: it stands alone",
    path: ["plan"],
  })
  .meta({ id: "Update" });
export type Update = z.infer<typeof Update>;

const Bill = z.object({
  hourlyCost: Dollars.meta({ description: "Of those whose price is known" }),
  unpriced: z.number().int().meta({ description: "Machines whose price is not known" }),
});

export const PlannedChange = z
  .object({
    name: z.string(),
    change: z.enum(CHANGE_KINDS).meta({ description: "A group that is renamed is removed and added" }),
    reasons: z.array(z.string()).meta({ description: "Each to follow the name; of one that is kept, what is another" }),
    from: orNull(z.object({ realm: z.string(), size: z.string(), hourlyCost: orNull(Dollars) })).meta({
      description: "Where it is; null: nowhere yet",
    }),
    to: orNull(z.object({ realm: z.string(), size: z.string(), image: z.string(), hourlyCost: orNull(Dollars) })).meta({
      description: "Where its new machine would be; null: it gets none, or there is no place for it",
    }),
    isRemovedFirst: z.boolean().meta({
      description: "Its former machine goes, and is proven gone, before its new one is asked for",
    }),
  })
  .meta({ id: "PlannedChange" });
export type PlannedChange = z.infer<typeof PlannedChange>;

export const UpdatePlan = z
  .object({
    id: z.string().nullable().meta({ description: "By which it is carried out; null: it cannot be as it is" }),
    expiresAt: Time.nullable(),
    deployment: z.string(),
    revision: z.number().int().meta({ description: "The one that it has, which the changes are against" }),
    account: z.string().meta({ description: "Where it is; what is new would be there as well" }),
    mistakes: z.array(ProblemError).meta({ description: "Parameters without a value, which only user data uses" }),
    instances: z
      .array(PlannedChange)
      .meta({ description: "In dependency order, then those that go, dependents first" }),
    protected: z.array(z.string()).meta({
      description: "Protected members that would be replaced or removed, and that the request does not allow",
    }),
    refused: z.array(Refusal).meta({
      description: "Why what is new has no place at the account beside what is there; empty: it has",
    }),
    now: Bill.meta({ description: "All that is open now, debt included" }),
    later: orNull(Bill).meta({ description: "When it is over; null: there is no place for what is new" }),
    most: orNull(Bill).meta({ description: "While what is new runs beside what is there" }),
  })
  .meta({ id: "UpdatePlan" });
export type UpdatePlan = z.infer<typeof UpdatePlan>;
