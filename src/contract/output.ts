// What a deployment tells about itself, as its blueprint says under `outputs`.

import { z } from "zod";

const outputFields = {
  name: z.string(),
  description: z.string().nullable(),
  secret: z.boolean().meta({ description: "Its value is for those who may change deployments" }),
};

export const Output = z
  .object({
    ...outputFields,
    value: z.string().nullable().meta({ description: "Null: not known, or secret and not told here" }),
    missing: z.string().nullable().meta({
      description:
        "What it lacks to be known, such as web-1.publicAddress: not there yet, or not any more; null: nothing, or secret and not told here",
    }),
  })
  .meta({ id: "Output" });
export type Output = z.infer<typeof Output>;

export const OutputList = z
  .object({ outputs: z.array(Output).meta({ description: "In the blueprint's order" }) })
  .meta({ id: "OutputList" });
export type OutputList = z.infer<typeof OutputList>;

export const OutlinedOutput = z.object(outputFields).meta({ id: "OutlinedOutput" });
export type OutlinedOutput = z.infer<typeof OutlinedOutput>;

export const PlannedOutput = z
  .object({
    ...outputFields,
    from: z.array(z.string()).meta({ description: "Instances of which something has to be known for it" }),
  })
  .meta({ id: "PlannedOutput" });
export type PlannedOutput = z.infer<typeof PlannedOutput>;
