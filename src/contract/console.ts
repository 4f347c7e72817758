import { z } from "zod";
import { Time } from "./terms.ts";

export const Console = z
  .object({
    machine: z.string(),
    at: Time.meta({ description: "When it was read" }),
    live: z.boolean().meta({ description: "Read just now; false: kept from the instance's last machine that has any" }),
    console: z.string().nullable().meta({ description: "Its newest 64 KiB; null: the cloud keeps none" }),
  })
  .meta({ id: "Console", description: "What an instance's machine has written" });
export type Console = z.infer<typeof Console>;
