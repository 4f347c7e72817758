// The check of a member that is up, as the blueprint says, and how it stands.

import { z } from "zod";
import { Time } from "./terms.ts";

export const Live = z
  .object({
    kind: z.enum(["tcp", "http"]),
    port: z.number().int(),
    path: z.string().nullable().meta({ description: "Of http; else null" }),
    periodMs: z.number(),
    failures: z.number().int().meta({ description: "So many in a row, and the instance counts as dead" }),
    missed: z.number().int().meta({ description: "How many have failed in a row now" }),
    lastAnswer: z.string().nullable().meta({ description: "What the last of those met instead; null: it passed" }),
    deadSince: Time.nullable().meta({
      description: "Since when it counts as dead though its cloud shows it running; null: it does not",
    }),
  })
  .meta({ id: "Live" });
export type Live = z.infer<typeof Live>;
