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
  ["VcpuLimitExceeded", 400, "quota quota none"],
  ["InstanceLimitExceeded", 400, "quota account none"],
  ["MaxSpotInstanceCountExceeded", 400, "quota quota none"],
  ["MaxFleetCountExceeded", 400, "quota quota none"],
  ["VolumeLimitExceeded", 400, "quota account none"],
  ["MaxIOPSLimitExceeded", 400, "quota account none"],
  ["NetworkInterfaceLimitExceeded", 400, "quota account none"],
  ["AddressLimitExceeded", 400, "quota account none"],
  ["HostLimitExceeded", 400, "quota account none"],
  ["RouteLimitExceeded", 400, "quota account none"],
  ["ResourceLimitExceeded", 503, "quota account none"],
  ["ResourceCountExceeded", 400, "quota account none"],
  ["KeyPairLimitExceeded", 400, "quota account none"],
  ["MaxSpotFleetRequestCountExceeded", 400, "quota quota none"],
  ["RequestResourceCountExceeded", 400, "quota quota none"],
  ["AuthFailure", 401, "auth account none"],
  ["UnauthorizedOperation", 403, "auth account none"],
  ["AccessDenied", 403, "auth account none"],
  ["InvalidClientTokenId", 403, "auth account none"],
  ["SignatureDoesNotMatch", 403, "auth account none"],
  ["RequestExpired", 400, "auth account none"],
  ["ExpiredToken", 400, "auth account none"],
  ["MissingAuthenticationToken", 403, "auth account none"],
  ["AuthFailure.ServiceLinkedRoleCreationNotPermitted", 403, "auth account none"],
  ["IncompleteSignature", 400, "auth account none"],
  ["InvalidSecurity.RequestHasExpired", 400, "auth account none"],
  ["AccessDeniedException", 403, "auth account none"],
  ["ExpiredTokenException", 403, "auth account none"],
  ["IncompleteSignatureException", 400, "auth account none"],
  ["InvalidSignatureException", 400, "auth account none"],
  ["NotAuthorized", 401, "auth account none"],
  ["UnrecognizedClientException", 403, "auth account none"],
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
  ["RetryableError", 400, "transient account unknown"],
  ["ConcurrentTagAccess", 400, "transient account none"],
  ["InvalidPlacementGroup.Unknown", 400, "transient account none"],
  ["InvalidPlacementGroup.InUse", 400, "conflict account none"],
  ["InvalidPlacementGroup.Duplicate", 400, "conflict account none"],
  ["InvalidPlacementGroupId.Malformed", 400, "config account none"],
  ["CreditSpecificationUpdateInProgress", 400, "transient account none"],
  ["InvalidNextToken", 400, "transient account none"],
  ["InvalidPaginationToken", 400, "transient account none"],
  ["InvalidAMIID.NotFound", 400, "config realm none"],
  ["InvalidAMIID.Malformed", 400, "config realm none"],
  ["InvalidAMIID.Unavailable", 400, "config realm none"],
  ["InvalidSnapshot.NotFound", 400, "config realm none"],
  ["InvalidManifest", 400, "config realm none"],
  ["InvalidProductInfo", 400, "config realm none"],
  ["InvalidKernelId.Malformed", 400, "config realm none"],
  ["CustomerKeyHasBeenRevoked", 400, "config realm none"],
  ["InvalidAvailabilityZone", 400, "config realm none"],
  ["InvalidZone.NotFound", 400, "config realm none"],
  ["InvalidParameterValue", 400, "config deployment none"],
  ["ClientInvalidParameterValue", 400, "config deployment none"],
  ["InvalidParameterCombination", 400, "config deployment none"],
  ["InvalidBlockDeviceMapping", 400, "config realm none"],
  ["MissingParameter", 400, "config deployment none"],
  ["InvalidTagKey.Malformed", 400, "config deployment none"],
  ["TagLimitExceeded", 400, "config deployment none"],
  ["UnknownParameter", 400, "config deployment none"],
  ["ValidationError", 400, "config deployment none"],
  ["InvalidGroupId.Malformed", 400, "config account none"],
  ["InvalidSubnetID.NotFound", 400, "config account none"],
  ["InvalidGroup.NotFound", 400, "config account none"],
  ["InvalidKeyPair.NotFound", 400, "config account none"],
  ["InvalidKeyPair.Format", 400, "config account none"],
  ["InvalidKey.Format", 400, "config account none"],
  ["InvalidIamInstanceProfileArn.Malformed", 400, "config account none"],
  ["InvalidVpcID.NotFound", 400, "config account none"],
  ["InvalidNetworkInterface.NotFound", 400, "config account none"],
  ["SecurityGroupsPerInstanceLimitExceeded", 400, "config account none"],
  ["SecurityGroupsPerInterfaceLimitExceeded", 400, "config account none"],
  ["SecurityGroupLimitExceeded", 400, "config account none"],
  ["VPCIdNotSpecified", 400, "config account none"],
  ["VPCResourceNotSpecified", 400, "config account none"],
  ["DefaultVpcDoesNotExist", 400, "config account none"],
  ["UnsupportedOperation", 400, "config offer none"],
  ["InvalidInstanceType", 400, "config offer none"],
  ["AttachmentLimitExceeded", 400, "config offer none"],
  ["BootForVolumeTypeUnsupported", 400, "config offer none"],
  ["EncryptedVolumesNotSupported", 400, "config offer none"],
  ["InvalidInterface.IpAddressLimitExceeded", 400, "config offer none"],
  ["PrivateIpAddressLimitExceeded", 400, "config offer none"],
  ["VolumeIOPSLimit", 400, "config offer none"],
  ["NonEBSInstance", 400, "config offer none"],
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

test.each([
  [
    "InvalidParameterValue",
    "The architecture &apos;arm64&apos; of the specified instance type does not match the architecture &apos;x86_64&apos; of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again.",
    "config offer none",
  ],
  [
    "InvalidParameterCombination",
    "Enhanced networking with the Elastic Network Adapter (ENA) is required for the &apos;m7i.large&apos; instance type.",
    "config offer none",
  ],
  ["InvalidParameterValue", "Invalid value &apos;m9.large&apos; for InstanceType.", "config offer none"],
  ["InvalidParameterValue", "Invalid availability zone: [eu-central-1a]", "config realm none"],
  [
    "InvalidParameter",
    "Security group sg-0a1b and subnet subnet-0f2a belong to different networks.",
    "config account none",
  ],
  [
    "InvalidParameterValue",
    "Value (shop) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
    "config account none",
  ],
  ["InvalidParameterValue", "User data is limited to 16384 bytes", "config deployment none"],
  // The image is somebody else's, who shares it no more: the keys are as good as they were.
  ["AuthFailure", "Not authorized for images: [ami-0abcdef1234567890]", "config realm none"],
])('%s with "%s" is: %s', async (code, message, expected) => {
  const fault = await createdWith(refusal("RunInstances", { status: 400, code, message }));
  expect(meaning(fault)).toBe(expected);
  // EC2's own words, and no remedy for keys.
  expect(fault.text).toBe(message.replaceAll("&apos;", "'"));
});

test.each([
  ["SignatureDoesNotMatch", "Signature expired: 20261129T050000Z is now earlier than 20261129T051500Z"],
  ["InvalidSignatureException", "Signature not yet current: 20261129T070000Z is still later than 20261129T051500Z"],
  ["InvalidSecurity.RequestHasExpired", "Request has expired"],
  ["RequestExpired", "Request has expired. Timestamp date is 2026-11-29T05:00:00Z"],
])("%s for a clock that goes wrong says so, and blames no secret", async (code, message) => {
  const fault = await createdWith(refusal("RunInstances", { status: 400, code, message }));
  expect(meaning(fault)).toBe("auth account none");
  expect(fault.text).toContain("set this machine's clock");
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
  ["a page that begins over and over", page(503, "<Response>".repeat(100_000))],
  [
    "a refusal that declares entities",
    page(
      400,
      '<!DOCTYPE x [<!ENTITY a "InvalidAMIID.NotFound">]><Response><Errors><Error><Code>InvalidAMIID.NotFound</Code><Message>&a;</Message></Error></Errors></Response>',
    ),
  ],
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
  ["Client.InvalidSnapshot.NotFound", "config realm made"],
  ["Client.VcpuLimitExceeded", "quota quota made"],
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
