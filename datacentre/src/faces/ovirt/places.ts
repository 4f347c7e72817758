// What VMs are made of and where: the engine itself, data centres, clusters, hosts, templates, types, networks.

import type { Asked } from "../../desk/asked.ts";
import { downRealms } from "../../state/cloud-state.ts";
import type { Image } from "../../state/images.ts";
import { param } from "../../wire/http-route.ts";
import type { Fields } from "./document.ts";
import { NothingThere } from "./faults.ts";
import { BLANK, clusterId, datacenterId, hrefOf, linksOf, reference, uuidOf } from "./names.ts";
import { reading, type Resource } from "./resource.ts";
import { type Facets, found, queryIn } from "./search.ts";

const MIB = 1_048_576;

export const getApi = reading("describe", ({ cloud }) => ({
  root: "api",
  content: {
    link: ["clusters", "datacenters", "disks", "events", "hosts", "jobs", "tags", "templates", "vms"].map((rel) => {
      return { href: hrefOf(rel), rel };
    }),
    product_info: {
      name: "oVirt Engine",
      vendor: "ovirt.org",
      instance_id: uuidOf("engine", cloud.settings.name),
      version: { build: 10, full_version: "4.5.6-1.el8", major: 4, minor: 5, revision: 0 },
    },
    special_objects: { blank_template: reference("templates", BLANK), root_tag: reference("tags", BLANK) },
    summary: { vms: { total: [...cloud.machines.values()].filter(({ goneAt }) => goneAt === null).length } },
    time: new Date(cloud.agenda.now()),
  },
}));

interface Collection<R> {
  readonly collection: string;
  readonly root: string;
  readonly element: string;
  readonly operation: Parameters<typeof reading>[0];
  readonly rows: (asked: Asked) => readonly R[];
  readonly facets: Facets<R>;
  readonly view: (asked: Asked, row: R) => Fields & { readonly id: string };
}

/** A list, and each of it. */
function collectionOf<R>({
  collection,
  root,
  element,
  operation,
  rows,
  facets,
  view,
}: Collection<R>): readonly [list: Resource, get: Resource] {
  const list = reading(operation, (asked, { query }) => ({
    root,
    content: {
      [element]: found(rows(asked), queryIn(query), facets).map((row) => placed(collection, view(asked, row))),
    },
  }));
  const get = reading(operation, (asked, ask) => {
    const one = rows(asked)
      .map((row) => view(asked, row))
      .find(({ id }) => id === param(ask, "id"));
    if (one === undefined) throw new NothingThere();
    return { root: element, content: placed(collection, one) };
  });
  return [list, get];
}

function placed(collection: string, view: Fields & { readonly id: string }): Fields {
  return { href: hrefOf(collection, view.id), ...view };
}

const version = { major: 4, minor: 7 };

export const datacenters = collectionOf({
  collection: "datacenters",
  root: "data_centers",
  element: "data_center",
  operation: "realms",
  rows: ({ cloud }) => [cloud.settings.name],
  facets: { name: (name) => name, id: datacenterId, status: () => "up" },
  view: ({ tenant }, name) => {
    const isLimited = Object.values(tenant.quota.limits).some((limit) => limit !== null);
    const id = datacenterId(name);
    const link = linksOf(hrefOf("datacenters", id), ["clusters", "quotas"]);
    return {
      id,
      name,
      description: "",
      link,
      local: false,
      quota_mode: isLimited ? "enabled" : "disabled",
      status: "up",
      version,
    };
  },
});

export const clusters = collectionOf({
  collection: "clusters",
  root: "clusters",
  element: "cluster",
  operation: "realms",
  rows: ({ cloud }) => [...cloud.realms.keys()],
  facets: { name: (name) => name, id: clusterId },
  view: ({ cloud }, name) => ({
    id: clusterId(name),
    name,
    description: "",
    cpu: { architecture: "x86_64", type: "Intel Cascadelake Server Family" },
    memory_policy: { over_commit: { percent: 100 } },
    threads_as_cores: false,
    version,
    data_center: reference("datacenters", datacenterId(cloud.settings.name)),
  }),
});

interface HostRow {
  readonly name: string;
  readonly realm: string;
  readonly status: string;
  readonly memoryMib: number;
  readonly freeMib: number;
  readonly cpu: number;
}

export const hosts = collectionOf<HostRow>({
  collection: "hosts",
  root: "hosts",
  element: "host",
  operation: "realms",
  rows: ({ cloud }) => {
    const down = downRealms(cloud);
    return [...cloud.realms.values()].flatMap((realm) =>
      realm.hosts.map(({ name, capacity, used, isDown }) => ({
        name,
        realm: realm.name,
        status: isDown || down.includes(realm.name) ? "non_responsive" : "up",
        memoryMib: capacity.memoryMib,
        freeMib: Math.max(0, capacity.memoryMib - used.memoryMib),
        cpu: capacity.cpu,
      })),
    );
  },
  facets: {
    name: ({ name }) => name,
    cluster: ({ realm }) => realm,
    status: ({ status }) => status.replaceAll("_", ""),
  },
  view: (_, { name, realm, status, memoryMib, freeMib, cpu }) => ({
    id: uuidOf("host", name),
    name,
    address: name,
    status,
    memory: memoryMib * MIB,
    max_scheduling_memory: freeMib * MIB,
    cpu: { topology: { cores: cpu, sockets: 1, threads: 1 } },
    cluster: reference("clusters", clusterId(realm)),
  }),
});

export const templates = collectionOf<Image>({
  collection: "templates",
  root: "templates",
  element: "template",
  operation: "images",
  rows: ({ cloud }) => {
    const all = [...cloud.realms.values()].flatMap(({ images }) => images);
    return [...new Map(all.map((image) => [image.id, image])).values()];
  },
  facets: { name: ({ name }) => name, id: ({ id }) => id, status: () => "ok" },
  view: (_, { id, name, architecture, tags }) => ({
    id,
    name,
    description: Object.entries(tags)
      .map(([key, value]) => `${key}=${value}`)
      .join(" "),
    status: "ok",
    memory: 1024 * MIB,
    cpu: { architecture: architecture ?? "x86_64", topology: { cores: 1, sockets: 1, threads: 1 } },
    os: { type: "other_linux" },
    version: { version_name: "base version", version_number: 1, base_template: reference("templates", id) },
    link: linksOf(hrefOf("templates", id), ["diskattachments"]),
  }),
});

/** What every template of the datacentre's has but the blank one. */
export const TEMPLATE_GIB = 10;

const GIB = 1_073_741_824;

export const listTemplateDisks = reading("images", ({ cloud }, ask) => {
  const id = param(ask, "id");
  const isKnown = [...cloud.realms.values()].some(({ images }) => images.some((image) => image.id === id));
  if (!isKnown) throw new NothingThere();
  const disk = uuidOf("templatedisk", id);
  const size = ask.query.get("follow") === "disk" ? { provisioned_size: TEMPLATE_GIB * GIB } : {};
  const attachment = {
    id: disk,
    bootable: true,
    interface: "virtio_scsi",
    disk: { ...reference("disks", disk), ...size },
  };
  return { root: "disk_attachments", content: { disk_attachment: id === BLANK ? [] : [attachment] } };
});

export const instanceTypes = collectionOf({
  collection: "instancetypes",
  root: "instance_types",
  element: "instance_type",
  operation: "sizes",
  rows: ({ cloud }) => [...cloud.sizes.values()].map(({ size }) => size),
  facets: { name: ({ name }) => name },
  view: (_, { name, cpu, memoryMib }) => ({
    id: uuidOf("type", name),
    name,
    memory: memoryMib * MIB,
    cpu: { topology: { cores: 1, sockets: cpu, threads: 1 } },
  }),
});

export const networks = collectionOf({
  collection: "networks",
  root: "networks",
  element: "network",
  operation: "things",
  rows: ({ cloud }) => cloud.things.networks,
  facets: { name: ({ name }) => name },
  view: ({ cloud }, { id, name }) => ({
    id: uuidOf("network", id),
    name,
    data_center: reference("datacenters", datacenterId(cloud.settings.name)),
  }),
});

export const vnicProfiles = collectionOf({
  collection: "vnicprofiles",
  root: "vnic_profiles",
  element: "vnic_profile",
  operation: "things",
  rows: ({ cloud }) => cloud.things.networks,
  facets: { name: ({ name }) => name },
  view: (_, { id, name }) => ({
    id: uuidOf("profile", id),
    name,
    network: reference("networks", uuidOf("network", id)),
  }),
});
