// The hold: after the database was put back from a backup, nothing is removed before clouds and ledger have been compared.

import { z } from "zod";
import { OBSERVED_STATES } from "../core/machine.ts";
import { Time } from "./terms.ts";

const Stray = z
  .object({
    machine: z.string(),
    externalId: z.string().nullable(),
    account: z.string(),
    realm: z.string(),
    foundAt: Time,
    observed: z.enum(OBSERVED_STATES).meta({ description: "What the cloud last showed" }),
    deploymentName: z.string().nullable().meta({ description: "Of whom it was asked for; null: not known any more" }),
  })
  .meta({
    id: "Stray",
    description: "A machine with our label that no deployment knows; it is removed after the hold",
  });
export type Stray = z.infer<typeof Stray>;

export const Hold = z
  .object({
    restoredAt: Time.nullable().meta({ description: "When the database was put back; null: nothing is held" }),
    until: Time.nullable().meta({
      description: "Until then nothing is removed that was asked for before, and no launch of that time goes on",
    }),
    deployments: z.number().int().meta({ description: "Under way when the backup was made: they wait" }),
    strays: z.array(Stray),
  })
  .meta({ id: "Hold" });
export type Hold = z.infer<typeof Hold>;

export const NewHold = z
  .strictObject({ until: Time.meta({ description: "From now to 30 days ahead" }) })
  .meta({ id: "NewHold" });
export type NewHold = z.infer<typeof NewHold>;
