// What may be asked of members that have died, or are as good as dead, and of machines that will not go.

import { z } from "zod";

export const RepairRequest = z
  .strictObject({
    instances: z.array(z.string()).max(1_000).optional().meta({
      description: "Their names, failed or not: they are replaced; all that have failed, when left out",
    }),
    allowReplace: z.array(z.string()).max(1_000).optional().meta({
      description: "Protected ones that may be replaced all the same",
    }),
  })
  .meta({ id: "RepairRequest" });
export type RepairRequest = z.infer<typeof RepairRequest>;

export const RollbackRetry = z
  .strictObject({
    skip: z.array(z.string()).max(1_000).optional().meta({
      description:
        "Machines, by their id or their instance's name, that are given up as debt: the rollback goes on without them, and their removal is tried on",
    }),
  })
  .meta({ id: "RollbackRetry" });
export type RollbackRetry = z.infer<typeof RollbackRetry>;
