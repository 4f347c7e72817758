// What Deltacloud answers, narrowed to what is used here: https://deltacloud.apache.org/rest-api.html

import { z } from "zod";
import { shaped as shapedAs } from "../../cloud-http/answer.ts";
import { AMOUNT_MOST } from "../../core/market/sound.ts";
import { rootIn, unescaped } from "./xml.ts";

/** Reads a body whose root has a name. Throws UnreadableAnswer with the place of what does not fit. */
function shaped<T>(root: string, schema: z.ZodType<T>): (body: Buffer) => T {
  const read = shapedAs(root, schema);
  return (body) => read(rootIn(body, root));
}

const Attribute = z.string().transform(unescaped);
const Id = Attribute.refine((id) => id !== "", "is empty");
const Leaf = z.object({ "#text": Attribute }).transform((leaf) => leaf["#text"]);

/** An element that is there once, or not. A second one is a name that holds elements: nothing beside it can be believed. */
const once = <T>(element: z.ZodType<T>) =>
  z
    .array(element)
    .max(1)
    .optional()
    .transform((found) => found?.[0]);

const Text = once(Leaf);
const Reference = once(z.object({ "@id": Id }).transform((one) => one["@id"]));

const Link = z.object({ "@rel": Attribute });
const Links = once(z.object({ link: z.array(Link).default([]) })).transform((found) =>
  (found?.link ?? []).map((link) => link["@rel"]),
);

const Address = z
  .object({ "#text": Attribute, "@type": Attribute.optional() })
  .transform((one) => ({ text: one["#text"], type: one["@type"] ?? null }));
const Addresses = once(z.object({ address: z.array(Address).default([]) })).transform((found) => found?.address ?? []);

const Instance = z
  .object({
    "@id": Id,
    name: Text,
    realm: Reference,
    state: Text,
    actions: Links,
    public_addresses: Addresses,
    private_addresses: Addresses,
  })
  .transform(({ "@id": id, name = "", realm = null, state = "", actions, ...addresses }) => ({
    id,
    name,
    realm,
    state: state.toUpperCase(),
    actions,
    publicAddresses: addresses.public_addresses,
    privateAddresses: addresses.private_addresses,
  }));
export type Instance = z.infer<typeof Instance>;

export const readInstance = shaped("instance", Instance);
export const readInstances = shaped(
  "instances",
  z.object({ instance: z.array(Instance).default([]) }).transform(({ instance }) => instance),
);

const Feature = z
  .object({
    "@name": Attribute,
    constraint: z
      .array(z.object({ "@name": Attribute, "#text": Attribute, "@value": Attribute.optional() }))
      .default([]),
  })
  .transform(({ "@name": name, constraint }) => ({
    name,
    constraints: new Map(constraint.map((one) => [one["@name"], one["@value"] ?? one["#text"]])),
  }));

export const readEntry = shaped(
  "api",
  z
    .object({
      "@driver": Attribute,
      link: z.array(z.object({ "@rel": Attribute, feature: z.array(Feature).default([]) })).default([]),
    })
    .transform(({ "@driver": driver, link }) => ({
      driver,
      /** What can be done with each collection, by its name. */
      collections: new Map(link.map(({ "@rel": rel, feature }) => [rel, feature])),
    })),
);
export type Entry = ReturnType<typeof readEntry>;

export const readDrivers = shaped(
  "drivers",
  z
    .object({ driver: z.array(z.object({ "@id": Id })).default([]) })
    .transform(({ driver }) => driver.map((one) => one["@id"])),
);

const Transition = z.object({ "@to": Attribute, "@action": Attribute.optional() });

/** By state, both in lower case. */
export const readStates = shaped(
  "states",
  z
    .object({ state: z.array(z.object({ "@name": Id, transition: z.array(Transition).default([]) })).default([]) })
    .transform(
      ({ state }) =>
        new Map(
          state.map(({ "@name": name, transition }) => [
            name.toLowerCase(),
            transition.map((one) => ({ to: one["@to"].toLowerCase(), action: one["@action"] ?? null })),
          ]),
        ),
    ),
);
export type States = ReturnType<typeof readStates>;

export const readRealms = shaped(
  "realms",
  z
    .object({ realm: z.array(z.object({ "@id": Id, name: Text, state: Text })).default([]) })
    .transform(({ realm }) => realm.map(({ "@id": id, name = "", state = "" }) => ({ id, name, state }))),
);
export type Realm = ReturnType<typeof readRealms>[number];

/** Amounts that make no sense are left out with the profile that has them. */
export const amountIn = (text: string): number | null => {
  const amount = Number(text);
  return text !== "" && Number.isFinite(amount) && amount >= 0 && amount <= AMOUNT_MOST ? amount : null;
};

const Property = z
  .object({
    "@name": Attribute,
    "@kind": Attribute.default("fixed"),
    "@unit": Attribute.default(""),
    "@value": Attribute.default(""),
    range: once(z.object({ "@first": Attribute, "@last": Attribute })),
    enum: once(z.object({ entry: z.array(z.object({ "@value": Attribute })).default([]) })),
  })
  .transform(({ "@name": name, "@kind": kind, "@unit": unit, "@value": value, range, enum: choice }) => ({
    name,
    kind,
    unit,
    value,
    range: range === undefined ? null : { first: amountIn(range["@first"]), last: amountIn(range["@last"]) },
    entries: (choice?.entry ?? []).map((one) => one["@value"]),
  }));
export type Property = z.infer<typeof Property>;

const Profile = z
  .object({ "@id": Id, property: z.array(Property).default([]) })
  .transform(({ "@id": id, property }) => ({ id, properties: new Map(property.map((one) => [one.name, one])) }));
export type Profile = z.infer<typeof Profile>;

export const readProfiles = shaped(
  "hardware_profiles",
  z.object({ hardware_profile: z.array(Profile).default([]) }).transform((all) => all.hardware_profile),
);

const Named = z.object({ "@id": Id, name: Text }).transform(({ "@id": id, name = "" }) => ({ id, name }));
export type Named = z.infer<typeof Named>;

export const readImages = shaped(
  "images",
  z.object({ image: z.array(Named).default([]) }).transform(({ image }) => image),
);
export const readKeys = shaped(
  "keys",
  z.object({ key: z.array(Named).default([]) }).transform(({ key }) => key),
);
export const readFirewalls = shaped(
  "firewalls",
  z.object({ firewall: z.array(Named).default([]) }).transform(({ firewall }) => firewall),
);

/** What is said of the request in it may hold secrets, and is not read. */
export const readError = shaped(
  "error",
  z
    .object({ "@status": Attribute.optional(), "@url": Attribute.optional(), message: Text })
    .transform(({ "@status": status = "", "@url": url = "", message = "" }) => ({ status, url, message })),
);
