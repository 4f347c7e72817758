// The kinds of clouds that a server can reach, and what an account at each needs.

import { z } from "zod";
import { WHERE_KEYS } from "../core/blueprint/model.ts";

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

export const ProviderWhere = z
  .object({
    name: z.enum(WHERE_KEYS),
    inAccount: z.boolean().meta({
      description: "An account may have a default of it, in its setting `where`; else it is a blueprint's to say",
    }),
    word: z.string().meta({ description: "What a value looks like" }),
    help: z.string(),
  })
  .meta({ id: "ProviderWhere", description: "Something that can be said of where machines are put" });
export type ProviderWhere = z.infer<typeof ProviderWhere>;

export const Provider = z
  .object({
    name: z.string(),
    about: z.string(),
    fields: z.array(ProviderField).meta({ description: "In the order in which a person is asked" }),
    where: z.array(ProviderWhere).meta({ description: "What it takes of where machines are put" }),
  })
  .meta({ id: "Provider" });
export type Provider = z.infer<typeof Provider>;

export const ProviderList = z.object({ providers: z.array(Provider) }).meta({ id: "ProviderList" });
export type ProviderList = z.infer<typeof ProviderList>;
