// Disks, quotas and tags.

import type { Asked } from "../../desk/asked.ts";
import { removePart, seenParts } from "../../desk/parts.ts";
import { usage } from "../../desk/usage.ts";
import type { PartRecord } from "../../state/part-record.ts";
import { param } from "../../wire/http-route.ts";
import { word, structure } from "./body.ts";
import type { Fields } from "./document.ts";
import { EngineFault, failed, NothingThere } from "./faults.ts";
import { hrefOf, linksOf, reference, uuidOf } from "./names.ts";
import { reading, type Resource } from "./resource.ts";
import { type Facets, found, queryIn } from "./search.ts";

const GIB = 1_073_741_824;

function disksOf(asked: Asked): readonly PartRecord[] {
  const { parts, unreachableRealms } = seenParts(asked, { kind: "volume" });
  if (unreachableRealms.length > 0) throw new EngineFault(500, "[Internal Engine Error]");
  return parts;
}

/** Locked while it is copied or removed. */
function diskStatus({ state, machine }: PartRecord): string {
  if (state === "error") return "illegal";
  const isCopied = machine === null || machine.isImageReady;
  return state === "making" || state === "removing" || !isCopied ? "locked" : "ok";
}

const FACETS: Facets<PartRecord> = {
  name: ({ name }) => name,
  alias: ({ name }) => name,
  id: ({ id }) => id,
  status: diskStatus,
};

function diskView(disk: PartRecord): Fields {
  const { id, name, sizeGib } = disk;
  const bytes = (sizeGib ?? 0) * GIB;
  return {
    href: hrefOf("disks", id),
    id,
    name,
    alias: name,
    description: "",
    status: diskStatus(disk),
    storage_type: "image",
    content_type: "data",
    format: "cow",
    sparse: true,
    provisioned_size: bytes,
    actual_size: bytes,
    total_size: bytes,
  };
}

export const listDisks = reading("listParts", (asked, { query }) => ({
  root: "disks",
  content: { disk: found(disksOf(asked), queryIn(query), FACETS).map(diskView) },
}));

export const getDisk = reading("listParts", (asked, ask) => {
  const disk = disksOf(asked).find(({ id }) => id === param(ask, "id"));
  if (disk === undefined) throw new NothingThere();
  return { root: "disk", content: diskView(disk) };
});

export const removeDisk: Resource = {
  operation: "removePart",
  deed: "other",
  read: (ask) => ({
    subject: { id: param(ask, "id") },
    answer(asked) {
      const record = asked.cloud.parts.get(param(ask, "id"));
      if (record?.machine !== null && record?.machine !== undefined) {
        throw failed(
          409,
          `Cannot remove Virtual Disk. The disk ${record.name} is attached to VM ${record.machine.request.name}.`,
        );
      }
      removePart(asked, param(ask, "id"));
      return { root: "action", content: { status: "complete" } };
    },
  }),
};

/** One quota for all of the data centre, where anything is limited. */
function quotaRows({ tenant }: Asked): readonly string[] {
  return Object.values(tenant.quota.limits).some((limit) => limit !== null) ? [tenant.name] : [];
}

export const listQuotas = reading("usage", (asked, ask) => ({
  root: "quotas",
  content: {
    quota: quotaRows(asked).map((name) => {
      const href = hrefOf("datacenters", param(ask, "id"), "quotas", uuidOf("quota", name));
      const id = uuidOf("quota", name);
      const hard = {
        cluster_hard_limit_pct: 0,
        cluster_soft_limit_pct: 100,
        storage_hard_limit_pct: 0,
        storage_soft_limit_pct: 100,
      };
      return {
        href,
        id,
        name,
        description: "",
        ...hard,
        link: linksOf(href, ["quotaclusterlimits", "quotastoragelimits"]),
      };
    }),
  },
}));

export const listClusterLimits = reading("usage", (asked) => {
  const { rows } = usage(asked);
  const of = (dimension: string) => rows.find((row) => row.dimension === dimension && row.realm === null);
  const [cpu, memory] = [of("cpu"), of("memoryMib")];
  const gib = (mib: number | null | undefined): number => (mib === null || mib === undefined ? -1 : mib / 1024);
  const limit = {
    id: uuidOf("clusterlimit", asked.tenant.name),
    vcpu_limit: cpu?.limit ?? -1,
    vcpu_usage: cpu?.used ?? 0,
    memory_limit: gib(memory?.limit),
    memory_usage: (memory?.used ?? 0) / 1024,
  };
  return { root: "quota_cluster_limits", content: { quota_cluster_limit: [limit] } };
});

export const listTags = reading("things", (_, { query }, { tags }) => {
  const rows = found([...tags], queryIn(query), { name: ([name]) => name });
  return { root: "tags", content: { tag: rows.map(([name, id]) => ({ ...reference("tags", id), name })) } };
});

const readTag = structure({ name: word }, { description: word });

export const addTag: Resource = {
  operation: "things",
  deed: "other",
  read(ask, { tags }) {
    const { name } = readTag(ask.body, "tag");
    if (!/^[\w.-]{1,50}$/.test(name)) throw failed(400, "Cannot create tag. The given name is invalid.");
    return {
      answer() {
        if (tags.has(name)) throw failed(409, "Cannot create tag. Tag name already exists.");
        const id = uuidOf("tag", name);
        tags.set(name, id);
        return { status: 201, root: "tag", content: { ...reference("tags", id), name } };
      },
    };
  },
};
