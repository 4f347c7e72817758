// Why servers are in ERROR, in Nova's sentences.

import { expect, test } from "vitest";
import type { Fault } from "../../core/fault.ts";
import { serverFault } from "./faults.ts";

const meaning = (fault: Fault): string => `${fault.class} ${fault.scope} ${fault.effect}`;

/** What servers in ERROR show. All of them exist. */
const FAILURES: readonly (readonly [number, string, string, string])[] = [
  [500, "No valid host was found. ", "no_valid_host", "capacity offer made"],
  [500, "No valid host was found. There are not enough hosts available.", "no_valid_host", "capacity offer made"],
  [
    500,
    "Exceeded maximum number of retries. Exceeded max scheduling attempts 3 for instance 4d6ef1b1. Last exception: injected",
    "retries_exhausted",
    "capacity offer made",
  ],
  [
    500,
    "Build of instance 4d6ef1b1-c927-4380-bb1e-b9ea37073678 aborted: injected by faults.json",
    "build_aborted",
    "capacity offer made",
  ],
  [
    500,
    "Build of instance 4d6ef1b1 aborted: Failed to allocate the network(s), not rescheduling.",
    "no_network",
    "capacity realm made",
  ],
  // Creates that passed Nova's check together: the surplus fails afterwards.
  [
    413,
    "Quota exceeded for instances: Requested 1, but already used 3 of 3 instances",
    "quota_exceeded",
    "quota account made",
  ],
  [
    403,
    "Quota exceeded for instances: Requested 1, but already used 3 of 3 instances",
    "quota_exceeded",
    "quota account made",
  ],
  [400, "No fixed IP addresses available for network: 083cafda", "no_fixed_address", "capacity account made"],
  [400, "Flavor's disk is too small for requested image.", "image_too_large", "config offer made"],
  [
    500,
    "Build of instance 4d6ef1b1 aborted: VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested 20G, quota is 1000G and 990G has been consumed.",
    "quota_exceeded",
    "quota account made",
  ],
  [
    500,
    "Build of instance 4d6ef1b1 aborted: Volume a26887c6 did not finish being created even after we waited 187 seconds or 61 attempts. And its status is downloading.",
    "build_aborted",
    "capacity offer made",
  ],
  [500, "Something that nobody has heard of", "server_failed", "unknown offer made"],
];

test.each(FAILURES)("a server in ERROR, %s %s, is %s", (...[code, message, known, expected]) => {
  const fault = serverFault({ code, message });
  expect([fault.code, meaning(fault), fault.text]).toEqual([known, expected, message.trim()]);
});
