// The actions of the EC2 query API that there are, by the names that Amazon gives them.

import type { Action } from "./action.ts";
import { describeImages } from "./images.ts";
import {
  describeInstances,
  describeInstanceStatus,
  getConsoleOutput,
  rebootInstances,
  startInstances,
  stopInstances,
  terminateInstances,
} from "./instances.ts";
import { deleteKeyPair, describeKeyPairs, importKeyPair } from "./key-pairs.ts";
import {
  describeAccountAttributes,
  describeAvailabilityZones,
  describeInstanceTypeOfferings,
  describeInstanceTypes,
  describeRegions,
  describeSpotPriceHistory,
} from "./offers.ts";
import {
  createNetworkInterface,
  createVolume,
  deleteNetworkInterface,
  deleteVolume,
  describeAddresses,
  describeNetworkInterfaces,
  describeTags,
  describeVolumes,
  releaseAddress,
} from "./parts.ts";
import { runInstances } from "./run-instances.ts";
import { createPlacementGroup, deletePlacementGroup, describePlacementGroups } from "./placement-groups.ts";
import { describeSecurityGroups, describeSubnets, describeVpcs } from "./places.ts";

export const EC2_ACTIONS: ReadonlyMap<string, Action> = new Map([
  ["RunInstances", runInstances],
  ["DescribeInstances", describeInstances],
  ["DescribeInstanceStatus", describeInstanceStatus],
  ["StartInstances", startInstances],
  ["StopInstances", stopInstances],
  ["RebootInstances", rebootInstances],
  ["TerminateInstances", terminateInstances],
  ["GetConsoleOutput", getConsoleOutput],
  ["DescribeRegions", describeRegions],
  ["DescribeAvailabilityZones", describeAvailabilityZones],
  ["DescribeInstanceTypes", describeInstanceTypes],
  ["DescribeInstanceTypeOfferings", describeInstanceTypeOfferings],
  ["DescribeSpotPriceHistory", describeSpotPriceHistory],
  ["DescribeImages", describeImages],
  ["DescribeAccountAttributes", describeAccountAttributes],
  ["DescribeVpcs", describeVpcs],
  ["DescribeSubnets", describeSubnets],
  ["DescribeSecurityGroups", describeSecurityGroups],
  ["ImportKeyPair", importKeyPair],
  ["DescribeKeyPairs", describeKeyPairs],
  ["DeleteKeyPair", deleteKeyPair],
  ["CreatePlacementGroup", createPlacementGroup],
  ["DescribePlacementGroups", describePlacementGroups],
  ["DeletePlacementGroup", deletePlacementGroup],
  ["CreateVolume", createVolume],
  ["DescribeVolumes", describeVolumes],
  ["DeleteVolume", deleteVolume],
  ["CreateNetworkInterface", createNetworkInterface],
  ["DescribeNetworkInterfaces", describeNetworkInterfaces],
  ["DeleteNetworkInterface", deleteNetworkInterface],
  ["DescribeAddresses", describeAddresses],
  ["ReleaseAddress", releaseAddress],
  ["DescribeTags", describeTags],
]);
