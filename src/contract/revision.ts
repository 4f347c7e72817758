// What a deployment was to be, one change after the other.

import { z } from "zod";
import { CHANGE_KINDS } from "../core/change/difference.ts";
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
    changes: z
      .array(
        z.object({
          name: z.string(),
          change: z.enum(CHANGE_KINDS),
          reasons: z.array(z.string()).meta({ description: "Each to follow the name" }),
        }),
      )
      .meta({
        description:
          "What it makes of the revision before it, as planned, of members that are not kept; none of a launch",
      }),
  })
  .meta({ id: "Revision", description: "One blueprint that the deployment had, and what came of it" });
export type Revision = z.infer<typeof Revision>;
