// The kinds of clouds that a server can reach, and what an account at each needs.

import { z } from "zod";

const facts = {
  name: z.string(),
  of: z.enum(["setting", "credential"]).meta({ description: "Where it is given; credentials are never shown again" }),
  label: z.string(),
  help: z.string(),
  isRequired: z.boolean(),
  example: z.string().nullable(),
  default: z
    .union([z.string(), z.number(), z.boolean()])
    .nullable()
    .meta({ description: "What counts when it is left out; null: nothing" }),
};

export const ProviderField = z
  .discriminatedUnion("kind", [
    z.object({ ...facts, kind: z.enum(["text", "address", "flag", "lines"]) }),
    z.object({ ...facts, kind: z.literal("amount"), least: z.number(), most: z.number() }),
    z.object({ ...facts, kind: z.literal("choice"), choices: z.array(z.string()) }),
  ])
  .meta({ id: "ProviderField", description: "`lines`: text of several lines, such as PEM" });
export type ProviderField = z.infer<typeof ProviderField>;

export const Provider = z
  .object({
    name: z.string(),
    about: z.string(),
    fields: z.array(ProviderField).meta({ description: "In the order in which a person is asked" }),
  })
  .meta({ id: "Provider" });
export type Provider = z.infer<typeof Provider>;

export const ProviderList = z.object({ providers: z.array(Provider) }).meta({ id: "ProviderList" });
export type ProviderList = z.infer<typeof ProviderList>;
