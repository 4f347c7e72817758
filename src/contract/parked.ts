// Why nothing can be decided for a deployment.

import { z } from "zod";
import { Time } from "./terms.ts";

export const Parked = z
  .object({
    text: z.string().meta({ description: "Why, to follow: Slipway cannot go on with it" }),
    since: Time,
    tries: z.number().int(),
    nextTryAt: Time,
  })
  .meta({
    id: "Parked",
    description: "Nothing can be decided for it; it is tried again by itself, and at once when something is asked for",
  });
export type Parked = z.infer<typeof Parked>;
