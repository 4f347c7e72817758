// POST /servers.

import type { CreateRequest } from "../../cloud-api.ts";
import type { Asked } from "../../desk/asked.ts";
import { createAll } from "../../desk/create.ts";
import { downRealms } from "../../state/cloud-state.ts";
import { amount, flag, either, listOf, mapOf, nullable, type Read, type Reader, shape, text } from "../../shape.ts";
import { sizeNamed } from "./flavors.ts";
import { SERVICES } from "./names.ts";
import { Refusal } from "./refusals.ts";
import type { Resource } from "./resource.ts";
import { serverLinks } from "./server-view.ts";

/** Known, and of no consequence. */
const anything: Reader<unknown> = (value) => value;

const readServer = shape(
  { name: text, flavorRef: text },
  {
    imageRef: text,
    networks: either(text, listOf(shape({}, { uuid: text, port: text, fixed_ip: text, tag: text }))),
    security_groups: listOf(shape({ name: text })),
    key_name: nullable(text),
    user_data: nullable(text),
    metadata: mapOf(text),
    availability_zone: nullable(text),
    min_count: amount,
    max_count: amount,
    block_device_mapping_v2: anything,
    config_drive: anything,
    description: nullable(text),
    hostname: text,
    tags: listOf(text),
    adminPass: text,
    accessIPv4: text,
    accessIPv6: text,
    personality: anything,
    return_reservation_id: flag,
    "OS-DCF:diskConfig": text,
  },
);
type Order = Read<typeof readServer>;

const readBody = shape(
  { server: readServer },
  { "os:scheduler_hints": anything, "OS-SCH-HNT:scheduler_hints": anything },
);

/** Of each key and each value. */
const META_MOST = 255;

export const createServers: Resource = {
  operation: "create",
  kind: "server",
  read({ body, address, microversion }) {
    const { server: order } = readBody(body, "body");
    check(order, microversion);
    const zone = order.availability_zone ?? null;
    const subject = { name: order.name, labels: order.metadata ?? {}, ...(zone === null ? {} : { realm: zone }) };
    return {
      subject,
      deed: { action: "create" },
      answer(asked) {
        const count = order.min_count ?? 1;
        const request = requestFor(asked, order);
        const names = count === 1 ? [order.name] : Array.from({ length: count }, (_, no) => `${order.name}-${no + 1}`);
        const [first] = createAll(
          asked,
          names.map((name) => ({ ...request, name })),
        );
        if (first === undefined) throw new Error("one request makes one machine at the least");
        const server = {
          ...serverLinks(first.id, { address }),
          "OS-DCF:diskConfig": "MANUAL",
          security_groups: order.security_groups ?? [{ name: "default" }],
          adminPass: order.adminPass ?? first.id.replaceAll("-", "").slice(0, 12),
        };
        return {
          status: 202,
          headers: { location: `${address}${SERVICES.compute}/servers/${first.id}` },
          body: { server },
        };
      },
    };
  },
};

function check({ name, metadata = {}, networks }: Order, microversion: number): void {
  if (name.trim() === "") throw new Refusal(400, "Invalid input for field/attribute name. Value: . '' is too short");
  if (networks === undefined && microversion >= 37) {
    throw new Refusal(400, "Invalid input for field/attribute server. 'networks' is a required property");
  }
  if (typeof networks === "string" && networks !== "auto" && networks !== "none") {
    throw new Refusal(400, `Invalid input for field/attribute networks. Value: ${networks}.`);
  }
  const long = Object.entries(metadata)
    .flat()
    .find((part) => part.length > META_MOST);
  if (long !== undefined) throw new Refusal(400, `Invalid input for field/attribute metadata. '${long}' is too long`);
}

/** Policy first, and then everything that is named, as Nova goes about it. */
function requestFor(asked: Asked, order: Order): CreateRequest {
  const { name, imageRef, flavorRef, security_groups: groups, key_name: key, user_data: encoded, metadata } = order;
  if (imageRef === undefined || imageRef === "") {
    throw new Refusal(400, "Invalid imageRef provided, or block_device_mapping_v2 is needed.");
  }
  const size = sizeNamed(asked, flavorRef);
  if (size === null) throw new Refusal(400, `Flavor ${flavorRef} could not be found.`);
  return {
    name,
    realm: zoneFor(asked, order),
    size,
    image: imageRef,
    labels: metadata ?? {},
    ...networksOf(order),
    ...(groups === undefined ? {} : { securityGroups: groups.map((group) => group.name) }),
    ...(key === undefined || key === null ? {} : { sshKey: key }),
    ...(encoded === undefined || encoded === null ? {} : { userData: decoded(encoded) }),
  };
}

function decoded(encoded: string): string {
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(encoded)) {
    throw new Refusal(400, `Invalid input for field/attribute user_data. '...' is not a 'base64'`);
  }
  return Buffer.from(encoded, "base64").toString("utf8");
}

/** `ZONE` or `ZONE:HOST`; without any the first one that answers. */
function zoneFor({ cloud }: Asked, { availability_zone: zone }: Order): string {
  const down = downRealms(cloud);
  if (zone !== undefined && zone !== null) return zone.replace(/:.*$/, "");
  const up = [...cloud.realms.keys()].find((name) => !down.includes(name));
  if (up === undefined) throw new Refusal(400, "The requested availability zone is not available");
  return up;
}

function networksOf({ networks }: Order): Pick<CreateRequest, "network" | "parts"> {
  if (networks === undefined || typeof networks === "string") return {};
  if (networks.some(({ port }) => port !== undefined)) {
    throw new Refusal(400, "Ports that were made before are not taken by the datacentre.");
  }
  const [first, ...others] = networks.flatMap(({ uuid }) => uuid ?? []);
  if (first === undefined) return {};
  if (others.length === 0) return { network: first };
  return { network: first, parts: [first, ...others].map((network) => ({ kind: "port" as const, network })) };
}
