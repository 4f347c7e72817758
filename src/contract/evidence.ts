// What was kept of a machine before it was deleted.

import { z } from "zod";
import { Time } from "./terms.ts";

export const Evidence = z
  .object({
    machine: z.string(),
    at: Time,
    console: z.string().nullable(),
    fault: z.string().nullable(),
  })
  .meta({ id: "Evidence", description: "Kept from a machine before it was deleted" });
export type Evidence = z.infer<typeof Evidence>;
