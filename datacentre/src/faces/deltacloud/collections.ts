// Everything but instances: the entry point, realms, hardware profiles, images, states, keys, volumes, drivers.

import type { Asked } from "../../desk/asked.ts";
import { removePart, seenParts } from "../../desk/parts.ts";
import { importKey, removeKey } from "../../desk/things.ts";
import { isDown } from "../../state/realm.ts";
import type { CloudState } from "../../state/cloud-state.ts";
import type { Image } from "../../state/images.ts";
import type { PartRecord } from "../../state/part-record.ts";
import { isFor } from "../../state/size-table.ts";
import type { Steps } from "../../tenant-api.ts";
import { param } from "../../wire/http-route.ts";
import { element, textElement } from "./document.ts";
import { DeltacloudError, missing } from "./refusals.ts";
import { type Ask, type Collection, destroying, reading } from "./route.ts";

export const VERSION = "1.1.3";

const COLLECTIONS = [
  "realms",
  "hardware_profiles",
  "images",
  "instance_states",
  "instances",
  "keys",
  "storage_volumes",
  "drivers",
];

/** Null: nobody knows of which cloud. */
export function entryElement(settings: CloudState["settings"] | null, { href }: Pick<Ask, "href">): string {
  const links = COLLECTIONS.map((rel) => {
    const features = rel === "instances" ? featuresOf(settings) : [];
    return element("link", { rel, href: href(rel) }, ...features);
  });
  return element("api", { driver: settings?.name ?? "mock", version: VERSION }, ...links);
}

function featuresOf(settings: CloudState["settings"] | null): readonly string[] {
  const most = settings?.names.most ?? null;
  const limit = most === null ? null : element("constraint", { name: "max_length" }, String(most));
  const feature = (name: string, parameter: string, constraint: string | null = null) =>
    element("feature", { name, rel: "create" }, element("param", { name: parameter }), constraint);
  return [
    feature("user_name", "name", limit),
    feature("user_data", "user_data"),
    feature("authentication_key", "keyname"),
  ];
}

export const entry = reading("describe", ({ cloud }, ask) => entryElement(cloud.settings, ask));

interface Listing<R> {
  readonly operation: Parameters<typeof reading>[0];
  readonly plural: string;
  readonly rows: (asked: Asked, given: URLSearchParams) => readonly R[];
  readonly idOf: (row: R) => string;
  readonly show: (row: R, own: string, ask: Ask) => string;
}

/** A list, and each of it by its id. */
function listing<R>({ operation, plural, rows, idOf, show }: Listing<R>): readonly [list: Collection, get: Collection] {
  const place = (row: R, { href }: Ask): string => href(plural, idOf(row));
  const list = reading(operation, (asked, ask) => {
    return element(plural, {}, ...rows(asked, ask.given).map((row) => show(row, place(row, ask), ask)));
  });
  const get = reading(operation, (asked, ask) => {
    const one = rows(asked, new URLSearchParams()).find((row) => idOf(row) === param(ask, "id"));
    if (one === undefined) throw new DeltacloudError(404, `No ${param(ask, "id")} among ${plural}`);
    return show(one, place(one, ask), ask);
  });
  return [list, get];
}

export const realms = listing({
  operation: "realms",
  plural: "realms",
  rows: ({ cloud }) =>
    [...cloud.realms.values()].map((realm) => ({ name: realm.name, isUp: !isDown(realm, cloud.agenda.now()) })),
  idOf: ({ name }) => name,
  show: ({ name, isUp }, href) =>
    element(
      "realm",
      { href, id: name },
      textElement("name", name),
      textElement("state", isUp ? "AVAILABLE" : "UNAVAILABLE"),
    ),
});

interface Profile {
  readonly name: string;
  readonly properties: readonly string[];
  readonly architecture: string;
}

function profilesOf({ cloud, tenant }: Asked): readonly Profile[] {
  const { custom } = cloud.settings;
  const fixed = [...cloud.sizes.values()]
    .filter((row) => isFor(row, tenant.name))
    .map(({ size: { name, cpu, memoryMib, storageGib, architecture } }) => ({
      name,
      architecture,
      properties: [
        property("cpu", "count", cpu),
        property("memory", "MB", memoryMib),
        property("storage", "GB", storageGib),
        property("architecture", "label", architecture),
      ],
    }));
  if (custom === null) return fixed;
  const { architecture } = custom;
  const properties = [
    range("cpu", "count", custom.cpu),
    range("memory", "MB", custom.memoryMib),
    range("storage", "GB", custom.storageGib),
  ];
  return [
    ...fixed,
    { name: "custom", architecture, properties: [...properties, property("architecture", "label", architecture)] },
  ];
}

function property(name: string, unit: string, value: string | number): string {
  return element("property", { name, kind: "fixed", unit, value });
}

function range(name: string, unit: string, { step, most }: Steps): string {
  const parameter = element("param", { name: `hwp_${name}`, operation: "create", method: "post" });
  const bounds = element("range", { first: step, last: most });
  return element("property", { name, kind: "range", unit, value: step }, parameter, bounds);
}

export const hardwareProfiles = listing({
  operation: "sizes",
  plural: "hardware_profiles",
  rows: (asked, given) =>
    profilesOf(asked).filter(({ architecture }) => (given.get("architecture") ?? architecture) === architecture),
  idOf: ({ name }) => name,
  show: ({ name, properties }, href) =>
    element("hardware_profile", { href, id: name }, textElement("id", name), textElement("name", name), ...properties),
});

export const images = listing<Image>({
  operation: "images",
  plural: "images",
  rows: ({ cloud }, given) => {
    const all = [...cloud.realms.values()].flatMap((realm) => realm.images);
    const architecture = given.get("architecture");
    return [...new Map(all.map((image) => [image.id, image])).values()].filter(
      (image) => architecture === null || (image.architecture ?? "x86_64") === architecture,
    );
  },
  idOf: ({ id }) => id,
  show: ({ id, name, architecture }, own, { href }) =>
    element(
      "image",
      { href: own, id },
      textElement("name", name),
      textElement("description", name),
      textElement("owner_id", "datacentre"),
      textElement("architecture", architecture ?? "x86_64"),
      textElement("state", "AVAILABLE"),
      element(
        "actions",
        {},
        element("link", { rel: "create_instance", method: "post", href: `${href("instances")};image_id=${id}` }),
      ),
      textElement("root_type", "transient"),
    ),
});

type Transition = readonly [to: string, by: string | null];

/** What automaton the cloud's instances are. */
function statesOf({ twoStep, removeFrom }: CloudState["settings"]): Readonly<Record<string, readonly Transition[]>> {
  const destroy: Transition = ["finish", "destroy"];
  const isFree = removeFrom === "any";
  return {
    start: [["pending", "create"]],
    pending: [[twoStep ? "stopped" : "running", null]],
    running: [["running", "reboot"], ["stopping", "stop"], ...(isFree ? [destroy] : [])],
    stopping: [["stopped", null]],
    stopped: [["running", "start"], destroy],
    error: isFree ? [destroy] : [],
    finish: [],
  };
}

export const instanceStates = reading("traits", ({ cloud }) => {
  const states = Object.entries(statesOf(cloud.settings)).map(([name, transitions]) => {
    const each = transitions.map(([to, by]) =>
      element("transition", by === null ? { to, auto: "true" } : { to, action: by }),
    );
    return element("state", { name }, ...each);
  });
  return element("states", {}, ...states);
});

export const keys = listing({
  operation: "things",
  plural: "keys",
  rows: ({ tenant }) => tenant.sshKeys,
  idOf: ({ name }) => name,
  show: ({ name, fingerprint }, href) => keyElement(name, fingerprint, href),
});

function keyElement(name: string, fingerprint: string, href: string): string {
  return element(
    "key",
    { href, id: name, type: "key" },
    textElement("fingerprint", fingerprint),
    textElement("state", "AVAILABLE"),
  );
}

export const createKey: Collection = {
  operation: "importKey",
  read({ given, href }) {
    const [name, publicKey] = [given.get("name") ?? "", given.get("public_key") ?? ""];
    if (name === "") throw missing("name");
    if (publicKey === "") throw missing("public_key");
    return {
      subject: { name },
      answer(asked) {
        const { fingerprint } = importKey(asked, { name, publicKey });
        const own = href("keys", name);
        return { status: 201, location: own, root: keyElement(name, fingerprint, own) };
      },
    };
  },
};

export const destroyKey = destroying("removeKey", removeKey, "name");

function volumesOf(asked: Asked): readonly PartRecord[] {
  const { parts, unreachableRealms } = seenParts(asked, { kind: "volume" });
  if (unreachableRealms.length > 0) throw new DeltacloudError(504, "A realm does not answer");
  return parts;
}

export const storageVolumes = listing<PartRecord>({
  operation: "listParts",
  plural: "storage_volumes",
  rows: volumesOf,
  idOf: ({ id }) => id,
  show: ({ id, name, sizeGib, realm, state, machine, createdAt }, own, { href }) =>
    element(
      "storage_volume",
      { href: own, id },
      textElement("name", name),
      textElement("created", new Date(createdAt).toISOString()),
      element("capacity", { unit: "GB" }, String(sizeGib ?? 0)),
      textElement("realm_id", realm),
      textElement("state", machine === null ? state.toUpperCase() : "IN-USE"),
      machine === null
        ? null
        : element("mount", {}, element("instance", { href: href("instances", machine.id), id: machine.id })),
    ),
});

export const destroyVolume = destroying("removePart", removePart);

export const drivers = listing({
  operation: "describe",
  plural: "drivers",
  rows: ({ cloud }) => [cloud.settings.name],
  idOf: (name) => name,
  show: (name, href) => element("driver", { href, id: name }, textElement("name", name)),
});
