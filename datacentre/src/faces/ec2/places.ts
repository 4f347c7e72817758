// VPCs, subnets and security groups.

import type { Asked } from "../../desk/asked.ts";
import type { SecurityGroup } from "../../state/things.ts";
import type { Action } from "./action.ts";
import { type Facets, filtered, readFilters } from "./filters.ts";
import { accountId, regionOf, tagSet, vpcId, zoneId } from "./names.ts";
import { pageInOrder, readPaging } from "./pages.ts";
import type { Tags } from "./parameters.ts";
import { notFound } from "./refusals.ts";
import { type Subnet, subnetsOf } from "./subnets.ts";
import type { XmlFields } from "./xml.ts";

export const describeVpcs: Action = {
  operation: "things",
  read(given) {
    const ids = given.list("VpcId");
    const filters = readFilters(given);
    const paging = readPaging(given, { action: "DescribeVpcs", least: 5, most: 1000 });
    return {
      answer(asked) {
        const own = vpcId(asked);
        const unknown = ids.filter((id) => id !== own);
        if (unknown.length > 0) throw notFound("vpc", unknown);
        const facets: Facets<string> = {
          "vpc-id": (id) => id,
          "is-default": () => true,
          isDefault: () => true,
          state: () => "available",
        };
        const { rows, nextToken } = pageInOrder(filtered([own], filters, { facets, tagsOf: () => ({}) }), paging);
        const view = {
          state: "available",
          cidrBlock: "172.16.0.0/12",
          dhcpOptionsId: "default",
          instanceTenancy: "default",
          isDefault: true,
        };
        return { vpcSet: rows.map((id) => ({ vpcId: id, ownerId: accountId(asked), ...view })), nextToken };
      },
    };
  },
};

export const describeSubnets: Action = {
  operation: "things",
  read(given) {
    const ids = given.list("SubnetId");
    const filters = readFilters(given);
    const paging = readPaging(given, { action: "DescribeSubnets", least: 5, most: 1000 });
    return {
      answer(asked) {
        const all = subnetsOf(asked);
        const unknown = ids.filter((id) => all.every((subnet) => subnet.id !== id));
        if (unknown.length > 0) throw notFound("subnet", unknown);
        const wanted = all.filter(({ id }) => ids.length === 0 || ids.includes(id));
        const fitting = filtered(wanted, filters, { facets: subnetFacets(asked), tagsOf: subnetTags });
        const { rows, nextToken } = pageInOrder(fitting, paging);
        return { subnetSet: rows.map((subnet) => subnetView(asked, subnet)), nextToken };
      },
    };
  },
};

function subnetFacets(asked: Asked): Facets<Subnet> {
  return {
    "subnet-id": ({ id }) => id,
    "availability-zone": ({ zone }) => zone,
    availabilityZone: ({ zone }) => zone,
    "availability-zone-id": ({ zone }) => zoneId(asked, zone),
    "vpc-id": () => vpcId(asked),
    "default-for-az": ({ isDefault }) => isDefault,
    defaultForAz: ({ isDefault }) => isDefault,
    "cidr-block": ({ cidrBlock }) => cidrBlock,
    "map-public-ip-on-launch": () => true,
    "owner-id": () => accountId(asked),
    state: () => "available",
  };
}

/** By the name of its network, which is no id. */
function subnetTags({ network }: Subnet): Tags {
  return network === null || network.name === network.id ? {} : { Name: network.name };
}

/** What a /20 has, without the five that Amazon keeps. */
const ADDRESSES = 4091;

function subnetView(asked: Asked, subnet: Subnet): XmlFields {
  const { id, zone, network, isDefault, cidrBlock } = subnet;
  return {
    subnetId: id,
    subnetArn: `arn:aws:ec2:${regionOf(asked)}:${accountId(asked)}:subnet/${id}`,
    state: "available",
    ownerId: accountId(asked),
    vpcId: vpcId(asked),
    cidrBlock,
    availableIpAddressCount: (network?.addresses ?? ADDRESSES) - (network?.taken ?? 0),
    availabilityZone: zone,
    availabilityZoneId: zoneId(asked, zone),
    defaultForAz: isDefault,
    mapPublicIpOnLaunch: true,
    tagSet: tagSet(subnetTags(subnet)),
  };
}

export const describeSecurityGroups: Action = {
  operation: "things",
  read(given) {
    const ids = given.list("GroupId");
    const names = given.list("GroupName");
    const filters = readFilters(given);
    const paging = readPaging(given, { action: "DescribeSecurityGroups", least: 5, most: 1000 });
    return {
      answer(asked) {
        const all = asked.cloud.things.securityGroups;
        const unknown = [
          ...ids.filter((id) => all.every((group) => group.id !== id)),
          ...names.filter((name) => all.every((group) => group.name !== name)),
        ];
        if (unknown.length > 0) throw notFound("group", unknown);
        const wanted = all.filter(
          ({ id, name }) => (ids.length === 0 || ids.includes(id)) && (names.length === 0 || names.includes(name)),
        );
        const facets: Facets<SecurityGroup> = {
          "group-id": ({ id }) => id,
          "group-name": ({ name }) => name,
          description: ({ name }) => name,
          "vpc-id": () => vpcId(asked),
          "owner-id": () => accountId(asked),
        };
        const { rows, nextToken } = pageInOrder(filtered(wanted, filters, { facets, tagsOf: () => ({}) }), paging);
        const rest = { ownerId: accountId(asked), vpcId: vpcId(asked), ipPermissions: [], ipPermissionsEgress: [] };
        const shown = rows.map(({ id, name }) => ({ groupId: id, groupName: name, groupDescription: name, ...rest }));
        return { securityGroupInfo: shown, nextToken };
      },
    };
  },
};
