// A plan as it was made, of a launch or of an update, and what became of it.

import { z } from "zod";
import { Plan } from "./plan.ts";
import { Dollars, orNull, Time } from "./terms.ts";
import { UpdatePlan } from "./update.ts";

const keptFields = {
  id: z.string(),
  standing: z.enum(["open", "applied", "expired"]).meta({ description: "Only an open one can be applied" }),
  createdAt: Time,
  createdBy: z.string(),
  expiresAt: Time,
  appliedAt: Time.nullable(),
};

const KeptLaunchPlan = z
  .object({
    kind: z.literal("launch"),
    ...keptFields,
    deployment: z.string().nullable().meta({ description: "Id of the deployment that came of it" }),
    name: z.string().nullable().meta({
      description: "What the deployment will be called; null: as the blueprint, with a number when that is taken",
    }),
    maxHourly: orNull(Dollars).meta({ description: "Dollars per hour at the most; null: not limited by the request" }),
    plan: Plan,
  })
  .meta({ id: "KeptLaunchPlan" });
export type KeptLaunchPlan = z.infer<typeof KeptLaunchPlan>;

const KeptUpdatePlan = z
  .object({
    kind: z.literal("update"),
    ...keptFields,
    deployment: z.string().meta({ description: "Id of the deployment that it would change, or has changed" }),
    plan: UpdatePlan,
  })
  .meta({ id: "KeptUpdatePlan" });

export const KeptPlan = z.discriminatedUnion("kind", [KeptLaunchPlan, KeptUpdatePlan]).meta({
  id: "KeptPlan",
  description: "A plan as it was made, by what it carries out, and what became of it",
});
export type KeptPlan = z.infer<typeof KeptPlan>;
