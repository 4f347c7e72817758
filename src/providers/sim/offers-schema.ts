// What a datacentre answers about its offers, narrowed to what is used here.

import {
  type Custom,
  type ImagePage,
  type ImageView,
  type Offer,
  type OfferPage,
  MADE_ALONG,
  type MadeAlong,
  type RealmView,
  type Steps,
  type ThingsView,
  type Traits,
  type Usage,
} from "../../../datacentre/src/tenant-api.ts";
import {
  amountAt,
  type Fields,
  listAt,
  numberAt,
  objectAt,
  textAt,
  textOr,
  textsOr,
  UnreadableAnswer,
} from "../../cloud-http/read.ts";
import { limitAt, readFlag } from "./schema.ts";

export function readRealms(value: unknown): readonly RealmView[] {
  return listAt(value, "realms").map((realm) => {
    const own = objectAt(realm, "realm");
    return { name: textAt(own, "name"), isUp: readFlag(own["isUp"]) };
  });
}

export function readOffers(value: unknown): OfferPage {
  const fields = objectAt(value, "sizes");
  return { offers: listAt(fields["offers"], "offers").map(readOffer), ...endOf(fields) };
}

function readOffer(value: unknown): Offer {
  const fields = objectAt(value, "offer");
  const { accelerators } = fields;
  return {
    realm: textAt(fields, "realm"),
    size: textAt(fields, "size"),
    family: textAt(fields, "family"),
    cpu: amountAt(fields, "cpu"),
    memoryMib: amountAt(fields, "memoryMib"),
    storageGib: amountAt(fields, "storageGib"),
    architecture: textAt(fields, "architecture"),
    accelerators:
      accelerators === null || accelerators === undefined
        ? null
        : readAccelerators(objectAt(accelerators, "accelerators")),
    hourlyPrice: limitAt(fields, "hourlyPrice"),
    spotPrice: limitAt(fields, "spotPrice"),
  };
}

const readAccelerators = (fields: Fields): NonNullable<Offer["accelerators"]> => ({
  kind: textAt(fields, "kind"),
  count: amountAt(fields, "count"),
});

export function readImages(value: unknown): ImagePage {
  const fields = objectAt(value, "images");
  return { images: listAt(fields["images"], "images").map(readImage), ...endOf(fields) };
}

function endOf(fields: Fields): Pick<OfferPage, "unreachableRealms" | "next"> {
  return { unreachableRealms: textsOr(fields, "unreachableRealms"), next: textOr(fields, "next", null) };
}

function readImage(value: unknown): ImageView {
  const fields = objectAt(value, "image");
  return {
    realm: textAt(fields, "realm"),
    id: textAt(fields, "id"),
    name: textAt(fields, "name"),
    aliases: textsOr(fields, "aliases"),
    tags: {},
    architecture: textOr(fields, "architecture", null),
  };
}

export function readUsage(value: unknown): Usage {
  const fields = objectAt(value, "usage");
  const rows = listAt(fields["rows"], "rows").map((row) => {
    const own = objectAt(row, "row");
    return {
      dimension: textAt(own, "dimension"),
      realm: textOr(own, "realm", null),
      limit: limitAt(own, "limit"),
      used: amountAt(own, "used"),
    };
  });
  return { at: numberAt(fields, "at"), rows };
}

export function readThings(value: unknown): SimThings {
  const fields = objectAt(value, "things");
  const networks = listAt(fields["networks"], "networks").map((network) => {
    const own = objectAt(network, "network");
    return { ...namedAt(own), realms: own["realms"] === null ? null : textsOr(own, "realms") };
  });
  const securityGroups = listAt(fields["securityGroups"], "securityGroups").map((one) =>
    namedAt(objectAt(one, "group")),
  );
  const sshKeys = listAt(fields["sshKeys"], "sshKeys").map((one) => ({ name: textAt(objectAt(one, "key"), "name") }));
  return { networks, securityGroups, sshKeys };
}

/** What machines are placed by. */
export interface SimThings {
  readonly networks: readonly Pick<Network, "id" | "name" | "realms">[];
  readonly securityGroups: ThingsView["securityGroups"];
  readonly sshKeys: readonly Pick<ThingsView["sshKeys"][number], "name">[];
}
type Network = ThingsView["networks"][number];

const namedAt = (fields: Fields) => ({ id: textAt(fields, "id"), name: textAt(fields, "name") });

export type SimTraits = Pick<Traits, "custom" | "names" | "parts">;

export function readTraits(value: unknown): SimTraits {
  const { custom, names, parts } = objectAt(value, "traits");
  const rules = objectAt(names, "names");
  const belonging = objectAt(parts, "parts");
  return {
    custom: custom === null || custom === undefined ? null : readCustom(objectAt(custom, "custom")),
    names: { most: limitAt(rules, "most"), pattern: textOr(rules, "pattern", null) },
    parts: {
      needed: readKinds(belonging, "needed"),
      implied: readKinds(belonging, "implied"),
      labelled: readFlag(belonging["labelled"]),
      publicByPart: readFlag(belonging["publicByPart"]),
      keys: readFlag(belonging["keys"]),
    },
  };
}

function readKinds(fields: Fields, key: string): readonly MadeAlong[] {
  return textsOr(fields, key).map((kind) => {
    const known = MADE_ALONG.find((one) => one === kind);
    if (known === undefined) throw new UnreadableAnswer(key, "holds a kind of part that is not known here");
    return known;
  });
}

function readCustom(fields: Fields): Custom {
  return {
    cpu: readSteps(fields, "cpu"),
    memoryMib: readSteps(fields, "memoryMib"),
    storageGib: readSteps(fields, "storageGib"),
    architecture: textAt(fields, "architecture"),
    family: textAt(fields, "family"),
    hourlyPricePerCpu: limitAt(fields, "hourlyPricePerCpu"),
    hourlyPricePerGib: limitAt(fields, "hourlyPricePerGib"),
  };
}

function readSteps(fields: Fields, key: string): Steps {
  const own = objectAt(fields[key], key);
  return { most: amountAt(own, "most"), step: amountAt(own, "step") };
}
