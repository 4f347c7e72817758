// What the region has to offer: zones, instance types, spot prices, and the account's attributes.

import type { Asked } from "../../desk/asked.ts";
import { downRealms } from "../../state/cloud-state.ts";
import { isFor, type SizeRow } from "../../state/size-table.ts";
import type { Action } from "./action.ts";
import { type Facets, filtered, readFilters } from "./filters.ts";
import { isoTime, regionOf, vpcId, zoneId } from "./names.ts";
import { pageInOrder, readPaging } from "./pages.ts";
import { AwsError, badValue } from "./refusals.ts";
import type { XmlFields } from "./xml.ts";

interface Region {
  readonly name: string;
  readonly endpoint: string;
}

const REGION_FACETS: Facets<Region> = { "region-name": ({ name }) => name, endpoint: ({ endpoint }) => endpoint };

export const describeRegions: Action = {
  operation: "realms",
  read(given) {
    const names = given.list("RegionName");
    const filters = readFilters(given);
    given.ignore("AllRegions");
    return {
      answer(asked) {
        const all = [{ name: regionOf(asked), endpoint: `ec2.${regionOf(asked)}.amazonaws.com` }];
        const unknown = names.filter((name) => all.every((region) => region.name !== name));
        if (unknown.length > 0) throw badValue(`Invalid region names: [${unknown.join(", ")}]`);
        const regions = filtered(all, filters, { facets: REGION_FACETS });
        return {
          regionInfo: regions.map(({ name, endpoint }) => {
            return { regionName: name, regionEndpoint: endpoint, optInStatus: "opt-in-not-required" };
          }),
        };
      },
    };
  },
};

interface Zone {
  readonly name: string;
  readonly id: string;
  readonly region: string;
  readonly state: "available" | "impaired";
}

const ZONE_FACETS: Facets<Zone> = {
  "zone-name": ({ name }) => name,
  "zone-id": ({ id }) => id,
  "region-name": ({ region }) => region,
  state: ({ state }) => state,
  "zone-type": () => "availability-zone",
  "opt-in-status": () => "opt-in-not-required",
  "group-name": ({ region }) => region,
};

export const describeAvailabilityZones: Action = {
  operation: "realms",
  read(given) {
    const names = given.list("ZoneName");
    const ids = given.list("ZoneId");
    const filters = readFilters(given);
    given.ignore("AllAvailabilityZones");
    return {
      answer(asked) {
        const all = zonesOf(asked);
        const unknown = names.filter((name) => all.every((zone) => zone.name !== name));
        if (unknown.length > 0) throw badValue(`Invalid availability zone: [${unknown.join(", ")}]`);
        const wanted = all.filter(
          ({ name, id }) => (names.length === 0 || names.includes(name)) && (ids.length === 0 || ids.includes(id)),
        );
        return { availabilityZoneInfo: filtered(wanted, filters, { facets: ZONE_FACETS }).map(zoneView) };
      },
    };
  },
};

function zonesOf(asked: Asked): readonly Zone[] {
  const down = downRealms(asked.cloud);
  return [...asked.cloud.realms.keys()].map((name) => ({
    name,
    id: zoneId(asked, name),
    region: regionOf(asked),
    state: down.includes(name) ? "impaired" : "available",
  }));
}

function zoneView({ name, id, region, state }: Zone): XmlFields {
  return {
    zoneName: name,
    zoneId: id,
    zoneState: state,
    regionName: region,
    groupName: region,
    networkBorderGroup: region,
    zoneType: "availability-zone",
    optInStatus: "opt-in-not-required",
    messageSet: state === "available" ? [] : [{ message: `${name} does not answer at present` }],
  };
}

function typesOf({ cloud, tenant }: Asked): readonly SizeRow[] {
  return [...cloud.sizes.values()].filter((row) => isFor(row, tenant.name) && row.prices.size > 0);
}

const TYPE_FACETS: Facets<SizeRow> = {
  "instance-type": ({ size }) => size.name,
  "processor-info.supported-architecture": ({ size }) => size.architecture,
  "vcpu-info.default-vcpus": ({ size }) => size.cpu,
  "memory-info.size-in-mib": ({ size }) => size.memoryMib,
  "supported-usage-class": (row) => usageClasses(row),
  "current-generation": () => true,
  "bare-metal": () => false,
  hypervisor: () => "nitro",
  "instance-storage-supported": () => false,
  "supported-root-device-type": () => "ebs",
  "supported-virtualization-type": () => "hvm",
};

function usageClasses({ prices }: SizeRow): readonly string[] {
  const isSpot = [...prices.values()].some(({ spotPrice }) => spotPrice !== null);
  return isSpot ? ["on-demand", "spot"] : ["on-demand"];
}

export const describeInstanceTypes: Action = {
  operation: "sizes",
  read(given) {
    const names = given.list("InstanceType");
    const filters = readFilters(given);
    given.ignore("IncludeUnsupportedInRegion");
    const paging = readPaging(given, { action: "DescribeInstanceTypes", least: 5, most: 100 });
    return {
      answer(asked) {
        const all = typesOf(asked);
        const unknown = names.filter((name) => all.every(({ size }) => size.name !== name));
        if (unknown.length > 0) {
          const text = `The following supplied instance types do not exist: [${unknown.join(", ")}]`;
          throw new AwsError(400, "InvalidInstanceType", text);
        }
        const wanted = all.filter(({ size }) => names.length === 0 || names.includes(size.name));
        const { rows, nextToken } = pageInOrder(filtered(wanted, filters, { facets: TYPE_FACETS }), paging);
        return { instanceTypeSet: rows.map(typeView), nextToken };
      },
    };
  },
};

function typeView(row: SizeRow): XmlFields {
  const { size, accelerators } = row;
  const { name, cpu, memoryMib, architecture } = size;
  return {
    instanceType: name,
    currentGeneration: true,
    freeTierEligible: false,
    supportedUsageClasses: usageClasses(row),
    supportedRootDeviceTypes: ["ebs"],
    supportedVirtualizationTypes: ["hvm"],
    bareMetal: false,
    hypervisor: "nitro",
    processorInfo: { supportedArchitectures: [architecture] },
    vCpuInfo: { defaultVCpus: cpu, defaultCores: cpu, defaultThreadsPerCore: 1 },
    memoryInfo: { sizeInMiB: memoryMib },
    instanceStorageSupported: false,
    ebsInfo: { ebsOptimizedSupport: "default", encryptionSupport: "supported", nvmeSupport: "required" },
    networkInfo: {
      maximumNetworkInterfaces: 4,
      ipv4AddressesPerInterface: 15,
      ipv6Supported: false,
      enaSupport: "required",
    },
    ...(accelerators === null ? {} : { gpuInfo: { gpus: [{ name: accelerators.kind, count: accelerators.count }] } }),
    placementGroupInfo: { supportedStrategies: ["cluster", "spread"] },
    hibernationSupported: false,
    burstablePerformanceSupported: /^t\d/.test(name),
    dedicatedHostsSupported: false,
    autoRecoverySupported: false,
  };
}

interface Offering {
  readonly type: string;
  readonly location: string;
}

const OFFERING_FACETS: Facets<Offering> = { "instance-type": ({ type }) => type, location: ({ location }) => location };

export const describeInstanceTypeOfferings: Action = {
  operation: "sizes",
  read(given) {
    const locationType = given.text("LocationType") ?? "region";
    const filters = readFilters(given);
    const paging = readPaging(given, { action: "DescribeInstanceTypeOfferings", least: 5, most: 1000 });
    const locate = LOCATIONS.get(locationType);
    if (locate === undefined) throw badValue(`Invalid value '${locationType}' for LocationType`);
    return {
      answer(asked) {
        const all = typesOf(asked).flatMap((row) =>
          [...new Set([...row.prices.keys()].map((zone) => locate(asked, zone)))].map((location) => {
            return { type: row.size.name, location };
          }),
        );
        const { rows, nextToken } = pageInOrder(filtered(all, filters, { facets: OFFERING_FACETS }), paging);
        const shown = rows.map(({ type, location }) => ({ instanceType: type, locationType, location }));
        return { instanceTypeOfferingSet: shown, nextToken };
      },
    };
  },
};

const LOCATIONS: ReadonlyMap<string, (asked: Asked, zone: string) => string> = new Map([
  ["region", (asked: Asked) => regionOf(asked)],
  ["availability-zone", (_: Asked, zone: string) => zone],
  ["availability-zone-id", zoneId],
]);

interface SpotPrice extends Offering {
  readonly price: number;
}

const SPOT_FACETS: Facets<SpotPrice> = {
  "instance-type": ({ type }) => type,
  "availability-zone": ({ location }) => location,
  "product-description": () => LINUX,
  "spot-price": ({ price }) => String(price),
};

const LINUX = ["Linux/UNIX", "Linux/UNIX (Amazon VPC)"];

/** Prices as they are now: what they were is not kept. */
export const describeSpotPriceHistory: Action = {
  operation: "sizes",
  read(given) {
    const types = given.list("InstanceType");
    const zone = given.text("AvailabilityZone");
    const products = given.list("ProductDescription");
    const filters = readFilters(given);
    given.ignore("StartTime", "EndTime");
    given.lack("AvailabilityZoneId");
    const paging = readPaging(given, { action: "DescribeSpotPriceHistory", least: 1, most: 1000 });
    return {
      answer(asked) {
        const isLinux = products.length === 0 || products.some((product) => LINUX.includes(product));
        const all = typesOf(asked).flatMap(({ size, prices }) =>
          [...prices].flatMap(([location, { spotPrice }]) => {
            const isMeant = (types.length === 0 || types.includes(size.name)) && (zone ?? location) === location;
            return isLinux && isMeant && spotPrice !== null ? [{ type: size.name, location, price: spotPrice }] : [];
          }),
        );
        const { rows, nextToken } = pageInOrder(filtered(all, filters, { facets: SPOT_FACETS }), paging);
        const timestamp = isoTime(asked.cloud.agenda.now());
        const shown = rows.map(({ type, location, price }) => {
          const rest = { productDescription: LINUX[0], spotPrice: price.toFixed(6), timestamp };
          return { instanceType: type, availabilityZone: location, ...rest };
        });
        return { spotPriceHistorySet: shown, nextToken };
      },
    };
  },
};

export const describeAccountAttributes: Action = {
  operation: "usage",
  read(given) {
    const names = given.list("AttributeName");
    return {
      answer(asked) {
        const { limits } = asked.tenant.quota;
        const all: Readonly<Record<string, string | number | null>> = {
          "supported-platforms": "VPC",
          "default-vpc": vpcId(asked),
          // An account without that limit has no such attribute.
          "max-instances": limits["instances"] ?? null,
          "vpc-max-security-groups-per-interface": 5,
          "max-elastic-ips": limits["addresses"] ?? 5,
          "vpc-max-elastic-ips": limits["addresses"] ?? 5,
        };
        const unknown = names.find((name) => !Object.hasOwn(all, name));
        if (unknown !== undefined) throw badValue(`Value ( ${unknown} ) for parameter attributeName is invalid.`);
        const told = Object.entries(all).filter(([name, value]) => {
          return value !== null && (names.length === 0 || names.includes(name));
        });
        return {
          accountAttributeSet: told.map(([attributeName, attributeValue]) => {
            return { attributeName, attributeValueSet: [{ attributeValue }] };
          }),
        };
      },
    };
  },
};
