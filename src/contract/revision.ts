// What a deployment was to be, one change after the other.

import { z } from "zod";
import { ATTEMPT_OUTCOMES, REVISION_REASONS } from "../core/deployment.ts";
import { orNull, Time } from "./terms.ts";

export const Revision = z
  .object({
    no: z.number().int(),
    why: z.enum(REVISION_REASONS),
    by: z.string().meta({ description: "Who asked for it" }),
    begunAt: Time,
    endedAt: Time.nullable().meta({
      description: "When it had settled, whole or in part, or was given up; null while it is under way",
    }),
    outcome: orNull(z.enum(ATTEMPT_OUTCOMES)),
    reason: z.string().nullable().meta({ description: "Why it came to nothing" }),
  })
  .meta({ id: "Revision", description: "One blueprint that the deployment had, and what came of it" });
export type Revision = z.infer<typeof Revision>;
