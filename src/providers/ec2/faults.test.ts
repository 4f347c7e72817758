import { expect, test } from "vitest";
import { faultOf } from "../../cloud-http/wire.samples.ts";
import type { Fault } from "../../core/fault.ts";
import { calm, keepNothing, readyRequest } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  answer,
  BEFORE,
  cut,
  type Exchange,
  IMAGE,
  openReplayed,
  refusal,
  SECRET,
  ZONE,
} from "./cloud-replay.testsuite.ts";
import { reasonFault } from "./faults.ts";

const placement = { realm: ZONE, size: "m7i.large", image: IMAGE };

async function createdWith(exchange: Exchange): Promise<Fault> {
  await using opened = await openReplayed([...BEFORE, exchange]);
  return await faultOf(opened.cloud.create(readyRequest({ placement }), keepNothing, calm()));
}

const meaning = (fault: Fault): string => `${fault.class} ${fault.scope} ${fault.effect}`;

/** Codes of a create, with the status that EC2 sends them with. */
const ROWS: readonly (readonly [string, number, string])[] = [
  // Capacity is a failure of the server to EC2, and makes nothing.
  ["InsufficientInstanceCapacity", 500, "capacity offer none"],
  ["InsufficientCapacity", 500, "capacity offer none"],
  ["InsufficientHostCapacity", 500, "capacity offer none"],
  ["InsufficientCapacityOnHost", 500, "capacity offer none"],
  ["InsufficientReservedInstanceCapacity", 500, "capacity offer none"],
  ["InsufficientReservedInstancesCapacity", 500, "capacity offer none"],
  ["InsufficientCapacityOnOutpost", 500, "capacity offer none"],
  ["UnfulfillableCapacity", 500, "capacity offer none"],
  ["InsufficientVolumeCapacity", 500, "capacity realm none"],
  ["InsufficientAddressCapacity", 500, "capacity realm none"],
  ["InsufficientFreeAddressesInSubnet", 400, "capacity realm none"],
  ["SpotMaxPriceTooLow", 400, "capacity offer none"],
  ["ReservationCapacityExceeded", 400, "capacity offer none"],
  ["UnavailableHostRequirements", 400, "capacity offer none"],
  ["IncompatibleHostRequirements", 400, "capacity offer none"],
  ["Unsupported", 400, "capacity offer none"],
  ["VolumeTypeNotAvailableInZone", 400, "capacity offer none"],
  ["VcpuLimitExceeded", 400, "quota account none"],
  ["InstanceLimitExceeded", 400, "quota account none"],
  ["MaxSpotInstanceCountExceeded", 400, "quota offer none"],
  ["MaxFleetCountExceeded", 400, "quota offer none"],
  ["VolumeLimitExceeded", 400, "quota account none"],
  ["MaxIOPSLimitExceeded", 400, "quota account none"],
  ["NetworkInterfaceLimitExceeded", 400, "quota account none"],
  ["AddressLimitExceeded", 400, "quota account none"],
  ["HostLimitExceeded", 400, "quota account none"],
  ["RouteLimitExceeded", 400, "quota account none"],
  ["ResourceLimitExceeded", 503, "quota account none"],
  ["AuthFailure", 401, "auth account none"],
  ["UnauthorizedOperation", 403, "auth account none"],
  ["AccessDenied", 403, "auth account none"],
  ["InvalidClientTokenId", 403, "auth account none"],
  ["SignatureDoesNotMatch", 403, "auth account none"],
  ["RequestExpired", 400, "auth account none"],
  ["ExpiredToken", 400, "auth account none"],
  ["MissingAuthenticationToken", 403, "auth account none"],
  ["AuthFailure.ServiceLinkedRoleCreationNotPermitted", 403, "auth account none"],
  ["OptInRequired", 401, "account account none"],
  ["Blocked", 403, "account account none"],
  ["PendingVerification", 400, "account account none"],
  ["AccountDisabled", 400, "account account none"],
  ["FreeTierIneligible", 400, "account account none"],
  ["RequestLimitExceeded", 503, "throttle account none"],
  ["Throttling", 400, "throttle account none"],
  ["ThrottlingException", 400, "throttle account none"],
  ["EC2ThrottledException", 503, "throttle account none"],
  ["InternalError", 500, "transient account unknown"],
  ["InternalFailure", 500, "transient account unknown"],
  ["ServerInternal", 500, "transient account unknown"],
  ["ServiceUnavailable", 503, "transient account unknown"],
  ["Unavailable", 503, "transient account unknown"],
  ["PriorRequestNotComplete", 400, "transient account unknown"],
  ["InvalidAMIID.NotFound", 400, "config realm none"],
  ["InvalidAMIID.Malformed", 400, "config realm none"],
  ["InvalidAMIID.Unavailable", 400, "config realm none"],
  ["InvalidParameterValue", 400, "config deployment none"],
  ["InvalidParameterCombination", 400, "config deployment none"],
  ["InvalidBlockDeviceMapping", 400, "config deployment none"],
  ["MissingParameter", 400, "config deployment none"],
  ["InvalidGroupId.Malformed", 400, "config account none"],
  ["InvalidSubnetID.NotFound", 400, "config account none"],
  ["InvalidGroup.NotFound", 400, "config account none"],
  ["InvalidKeyPair.NotFound", 400, "config account none"],
  ["VPCIdNotSpecified", 400, "config account none"],
  ["UnsupportedOperation", 400, "config offer none"],
  ["TagPolicyViolation", 400, "config account none"],
  ["InvalidUserData.Malformed", 400, "config deployment none"],
  ["IdempotentParameterMismatch", 400, "conflict account unknown"],
  ["IdempotentInstanceTerminated", 400, "unknown offer none"],
  // Nobody knows them: nobody knows what has come of it.
  ["SomethingNew", 400, "unknown account unknown"],
  ["SomethingNew", 500, "transient account unknown"],
];

test.each(ROWS)("a create that is refused with %s (%i) is: %s", async (code, status, expected) => {
  const fault = await createdWith(refusal("RunInstances", { status, code, message: "We&apos;re sorry &amp; full." }));
  expect(fault.code).toBe(code);
  expect(meaning(fault)).toBe(expected);
  expect(fault.requestId).toBe("59dbff89-35bd-4eac-99ed-be587EXAMPLE");
  expect(fault.text).not.toContain("&amp;");
});

test("what is not sold there, and a limit of zero, are worth an hour", async () => {
  const unsold = { status: 400, code: "Unsupported", message: "Your requested instance type is not supported." };
  expect((await createdWith(refusal("RunInstances", unsold))).retryAfterMs).toBe(3_600_000);
  const zero = { status: 400, code: "VcpuLimitExceeded", message: "your current vCPU limit of 0 allows for" };
  expect((await createdWith(refusal("RunInstances", zero))).retryAfterMs).toBe(3_600_000);
  const some = { status: 400, code: "VcpuLimitExceeded", message: "your current vCPU limit of 64 allows for" };
  expect((await createdWith(refusal("RunInstances", some))).retryAfterMs).toBeNull();
});

test("a wish for a pause is kept", async () => {
  const asked = refusal("RunInstances", { status: 503, code: "RequestLimitExceeded" });
  const fault = await createdWith({ ...asked, headers: { ...asked.headers, "retry-after": "7" } });
  expect(fault.retryAfterMs).toBe(7_000);
});

const page = (status: number, text: string): Exchange => ({
  on: "POST /RunInstances",
  status,
  bytes: Buffer.from(text),
});

test.each<[string, Exchange]>([
  ["a connection that ends", cut("RunInstances")],
  ["an answer that ends within", { ...answer("RunInstances", "<instancesSet>".repeat(99)), end: "cut_body" }],
  ["a page of a load balancer", page(503, "<html><body><h1>503 Service Unavailable</h1></body></html>")],
  ["an empty 500", page(500, "")],
  ["a page in place of an answer", page(200, "<html><body>Welcome</body></html>")],
  ["nothing at all", page(200, "")],
  ["half of an answer", page(200, '<?xml version="1.0"?>\n<RunInstancesResponse><instancesSet>')],
  ["an answer to another question", { ...answer("DescribeInstances"), on: "POST /RunInstances" }],
  ["an answer without an instance", answer("RunInstances", "<instancesSet/>")],
])("a create that meets %s is in doubt", async (_, exchange) => {
  expect(meaning(await createdWith(exchange))).toBe("transient account unknown");
});

test("refusals of the keys say what to mend, and repeat nothing that was signed", async () => {
  const message = `The Canonical String should have been x-amz-security-token:${SECRET}`;
  const fault = await createdWith(refusal("RunInstances", { status: 403, code: "SignatureDoesNotMatch", message }));
  expect(fault.text).toBe("the secret does not belong to the access key: correct secretAccessKey");
  const encoded = "You are not authorized to perform this operation. Encoded authorization failure message: 4pZ2Zm";
  const denied = await createdWith(
    refusal("RunInstances", { status: 403, code: "UnauthorizedOperation", message: encoded }),
  );
  expect(denied.text).toBe("You are not authorized to perform this operation.");
});

test("what goes wrong before anything was asked for has made nothing", async () => {
  await using opened = await openReplayed([refusal("DescribeImages", { status: 500, code: "InternalError" })]);
  const fault = await faultOf(opened.cloud.create(readyRequest({ placement }), keepNothing, calm()));
  expect(meaning(fault)).toBe("transient account none");
});

test.each([
  ["Server.InsufficientInstanceCapacity", "capacity offer made"],
  ["Client.VolumeLimitExceeded", "quota account made"],
  ["Client.InvalidSnapshot.NotFound", "config deployment made"],
  ["Server.InternalError", "unknown offer made"],
  ["Client.InternalError", "unknown offer made"],
  ["Server.SpotInstanceTermination", "capacity offer made"],
  ["Client.InstanceInitiatedShutdown", "unknown offer made"],
  ["Server.ScheduledStop", "unknown offer made"],
])("an instance that ended for %s is: %s", (code, expected) => {
  const fault = reasonFault({ code, message: `${code}: why` });
  expect(fault === null ? null : meaning(fault)).toBe(expected);
});

test("what somebody has ended on purpose is no failure of the cloud's", () => {
  expect(reasonFault({ code: "Client.UserInitiatedShutdown", message: "User initiated" })).toBeNull();
});
