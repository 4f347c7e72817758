import { z } from "zod";
import { Dollars, orNull, Time } from "./terms.ts";

export const Instead = z
  .object({
    realm: z.string(),
    size: z.string(),
    hourlyCost: orNull(Dollars).meta({ description: "Null: not known" }),
    because: z.string().meta({ description: "What stood in its way when the other was chosen" }),
    at: Time.meta({ description: "When the other was chosen; the refusal that it was chosen for is older" }),
    takenHourlyCost: orNull(Dollars).meta({ description: "Of the one that was taken; null: not known" }),
  })
  .meta({ id: "Instead", description: "Cheaper or smaller than what was taken, and why it was not" });
export type Instead = z.infer<typeof Instead>;
