// How far a reboot of an instance has come.

import { z } from "zod";
import { Time } from "./terms.ts";

export const Reboot = z
  .object({
    step: z.enum(["asked", "under_way"]).meta({
      description:
        "asked: its cloud has not answered yet; under_way: that it stands still counts for nothing, and its live check waits",
    }),
    until: Time.meta({
      description: "asked: what was not sent by then is not sent any more; under_way: when what is seen counts again",
    }),
  })
  .meta({ id: "Reboot" });
export type Reboot = z.infer<typeof Reboot>;
