// Neutron, version 2: networks, security groups, the ports of servers, and how much of it may be had. Nothing is made here: Nova makes ports.

import type { Asked } from "../../desk/asked.ts";
import { seenParts } from "../../desk/parts.ts";
import { things } from "../../desk/things.ts";
import { usage } from "../../desk/usage.ts";
import { macOf, projectId, uuidOf } from "./names.ts";
import { pageOf } from "./pages.ts";
import { reading, type Resource } from "./resource.ts";

type View = Readonly<Record<string, unknown>> & { readonly id: string };

/** Not about what something is. */
const ABOUT_LISTS: ReadonlySet<string> = new Set(["limit", "marker", "fields", "sort_key", "sort_dir", "page_reverse"]);

const PAGE_MOST = 1000;

/** By whatever it has, given more than once any of these; with `fields` no more than those. */
function listOfThem(root: string, rows: (asked: Asked) => readonly View[]): Resource {
  return reading("things", root, (asked, { query }) => {
    const names = [...new Set(query.keys())].filter((name) => !ABOUT_LISTS.has(name));
    const fitting = rows(asked).filter((row) =>
      names.every((name) => query.getAll(name).some((wanted) => isLike(row[name], wanted))),
    );
    const page = pageOf(fitting, { query, most: PAGE_MOST }).rows;
    const fields = query.getAll("fields").flatMap((some) => some.split(","));
    const cut = (row: View): object =>
      fields.length === 0 ? row : Object.fromEntries(Object.entries(row).filter(([name]) => fields.includes(name)));
    return { [root]: page.map(cut) };
  });
}

const isLike = (value: unknown, wanted: string): boolean =>
  typeof value === "boolean" ? String(value) === wanted.toLowerCase() : value === wanted;

export const listNetworks = listOfThem("networks", (asked) => {
  const { cloud, tenant } = asked;
  return things(asked).networks.map(({ id, name, realms }) => ({
    id,
    name,
    status: "ACTIVE",
    admin_state_up: true,
    shared: false,
    "router:external": false,
    project_id: projectId(tenant.name),
    tenant_id: projectId(tenant.name),
    subnets: [uuidOf("subnet", id)],
    mtu: 1450,
    availability_zones: realms ?? [...cloud.realms.keys()],
  }));
});

export const listGroups = listOfThem("security_groups", (asked) =>
  things(asked).securityGroups.map(({ id, name }) => ({
    id,
    name,
    description: "",
    project_id: projectId(asked.tenant.name),
    tenant_id: projectId(asked.tenant.name),
    security_group_rules: [],
  })),
);

export const listPorts = listOfThem("ports", (asked) =>
  seenParts(asked, { kind: "port" }).parts.map(({ id, machine, network, address, realm }) => ({
    id,
    name: "",
    status: machine === null ? "DOWN" : "ACTIVE",
    admin_state_up: true,
    device_id: machine?.id ?? "",
    device_owner: machine === null ? "" : `compute:${realm}`,
    network_id: network?.id ?? "",
    mac_address: macOf(id),
    fixed_ips: address === null ? [] : [{ subnet_id: uuidOf("subnet", network?.id ?? ""), ip_address: address }],
    project_id: projectId(asked.tenant.name),
  })),
);

export const listFloating = listOfThem("floatingips", () => []);

const QUOTAS: ReadonlyMap<string, string> = new Map([
  ["port", "ports"],
  ["floatingip", "addresses"],
]);

/** -1: not limited. */
function quotasOf(asked: Asked): readonly (readonly [string, { limit: number; used: number; reserved: number }])[] {
  const rows = usage(asked).rows.filter(({ realm }) => realm === null);
  return [...QUOTAS].map(([name, dimension]) => {
    const row = rows.find((one) => one.dimension === dimension);
    return [name, { limit: row?.limit ?? -1, used: row?.used ?? 0, reserved: 0 }];
  });
}

export const getQuota = reading("usage", "quota", (asked) => ({
  quota: Object.fromEntries(quotasOf(asked).map(([name, { limit }]) => [name, limit])),
}));

export const getQuotaDetails = reading("usage", "quota", (asked) => ({
  quota: Object.fromEntries(quotasOf(asked)),
}));
