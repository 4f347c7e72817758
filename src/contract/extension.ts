// Letting a deployment that has a lease run longer.

import { z } from "zod";
import { Time } from "./terms.ts";

export const Extension = z
  .strictObject({
    until: Time.meta({ description: "When the lease is to end; not before it ends now" }),
  })
  .meta({ id: "Extension" });
export type Extension = z.infer<typeof Extension>;
