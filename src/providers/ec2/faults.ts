// What EC2's codes mean. A full zone is a 5xx there, and so is being asked too often: the code is read before the status, here and
// nowhere else. Of a code that is not known, and of every other 5xx, nobody can say what has come of the request.
// https://docs.aws.amazon.com/ec2/latest/devguide/errors-overview.html

import type { Answer } from "../../cloud-http/send.ts";
import { retryAfterMs } from "../../cloud-http/retry-after.ts";
import type { Fault, FaultClass } from "../../core/fault.ts";
import { ProviderFault } from "../../ports/provider.ts";

type Verdict = Pick<Fault, "class" | "scope" | "effect"> & { readonly pauseMs?: number };

const HOUR_MS = 60 * 60_000;

const NO_ROOM: Verdict = { class: "capacity", scope: "offer", effect: "none" };
const ZONE_FULL: Verdict = { class: "capacity", scope: "realm", effect: "none" };
/** Not sold there: no wait helps. */
const NOT_SOLD: Verdict = { ...NO_ROOM, pauseMs: HOUR_MS };
const OVER_QUOTA: Verdict = { class: "quota", scope: "account", effect: "none" };
/** Of vCPUs: those of a family of types, spot ones apart. */
const FAMILY_QUOTA: Verdict = { class: "quota", scope: "quota", effect: "none" };
const NOT_LET_IN: Verdict = { class: "auth", scope: "account", effect: "none" };
const ACCOUNT_SHUT: Verdict = { class: "account", scope: "account", effect: "none" };
const TOO_FAST: Verdict = { class: "throttle", scope: "account", effect: "none" };
const BROKEN: Verdict = { class: "transient", scope: "account", effect: "unknown" };
/** Nothing was done, and another try is all it takes. */
const LATER: Verdict = { class: "transient", scope: "account", effect: "none" };
const NOT_NOW: Verdict = { class: "conflict", scope: "account", effect: "none" };
const MISSING: Verdict = { class: "not_found", scope: "account", effect: "none" };
/** Would be refused everywhere. */
const WRONG_REQUEST: Verdict = { class: "config", scope: "deployment", effect: "none" };
/** The account had it, by its own name of it: elsewhere it may be there. */
const NO_IMAGE: Verdict = { class: "config", scope: "realm", effect: "none" };
/** Of the account's own: subnet, security group, key. */
const WRONG_HERE: Verdict = { class: "config", scope: "account", effect: "none" };
/** There is no such zone any more, or not for this account. */
const WRONG_REALM: Verdict = { class: "config", scope: "realm", effect: "none" };
/** Type and image, or type and what is asked of it, do not go together. */
const WRONG_SIZE: Verdict = { class: "config", scope: "offer", effect: "none" };
/** Another request went out under this token: what it made is looked for by its name. */
const TOKEN_TAKEN: Verdict = { class: "conflict", scope: "account", effect: "unknown" };
/** What was made under this token has ended: it makes nothing any more. */
const TOKEN_SPENT: Verdict = { class: "unknown", scope: "offer", effect: "none" };
const UNEXPLAINED: Verdict = { class: "unknown", scope: "account", effect: "unknown" };

const SETS: readonly (readonly [Verdict, readonly string[]])[] = [
  [
    NO_ROOM,
    [
      "InsufficientInstanceCapacity",
      "InsufficientCapacity",
      "InsufficientHostCapacity",
      "InsufficientCapacityOnHost",
      "InsufficientReservedInstanceCapacity",
      "InsufficientReservedInstancesCapacity",
      "InsufficientCapacityOnOutpost",
      "UnfulfillableCapacity",
      "SpotMaxPriceTooLow",
      "ReservationCapacityExceeded",
      "UnavailableHostRequirements",
      "IncompatibleHostRequirements",
    ],
  ],
  [ZONE_FULL, ["InsufficientVolumeCapacity", "InsufficientAddressCapacity", "InsufficientFreeAddressesInSubnet"]],
  [NOT_SOLD, ["Unsupported", "VolumeTypeNotAvailableInZone"]],
  [
    OVER_QUOTA,
    [
      "InstanceLimitExceeded",
      "VolumeLimitExceeded",
      "MaxIOPSLimitExceeded",
      "NetworkInterfaceLimitExceeded",
      "AddressLimitExceeded",
      "HostLimitExceeded",
      "RouteLimitExceeded",
      "ResourceLimitExceeded",
      "ResourceCountExceeded",
      "KeyPairLimitExceeded",
    ],
  ],
  [
    FAMILY_QUOTA,
    [
      "VcpuLimitExceeded",
      "MaxSpotInstanceCountExceeded",
      "MaxFleetCountExceeded",
      "MaxSpotFleetRequestCountExceeded",
      "RequestResourceCountExceeded",
    ],
  ],
  [
    NOT_LET_IN,
    [
      "AuthFailure",
      "UnauthorizedOperation",
      "AccessDenied",
      "InvalidClientTokenId",
      "SignatureDoesNotMatch",
      "RequestExpired",
      "ExpiredToken",
      "MissingAuthenticationToken",
      "AuthFailure.ServiceLinkedRoleCreationNotPermitted",
      "IncompleteSignature",
      "InvalidSecurity.RequestHasExpired",
      // As Amazon's newer services say it, and by now all of them may.
      "AccessDeniedException",
      "ExpiredTokenException",
      "IncompleteSignatureException",
      "InvalidSignatureException",
      "NotAuthorized",
      "UnrecognizedClientException",
    ],
  ],
  [ACCOUNT_SHUT, ["OptInRequired", "Blocked", "PendingVerification", "AccountDisabled", "FreeTierIneligible"]],
  [TOO_FAST, ["RequestLimitExceeded", "Throttling", "ThrottlingException", "EC2ThrottledException"]],
  [
    BROKEN,
    [
      "InternalError",
      "InternalFailure",
      "ServerInternal",
      "ServiceUnavailable",
      "Unavailable",
      "PriorRequestNotComplete",
      "RetryableError",
    ],
  ],
  [
    LATER,
    [
      "ConcurrentTagAccess",
      // It was there a moment ago: another machine's end took it along, or EC2 does not know it yet. The next try makes it.
      "InvalidPlacementGroup.Unknown",
      "CreditSpecificationUpdateInProgress",
      // Of a list that was left for too long: it begins anew.
      "InvalidNextToken",
      "InvalidPaginationToken",
    ],
  ],
  [MISSING, ["InvalidInstanceID.NotFound"]],
  [
    NOT_NOW,
    ["IncorrectInstanceState", "IncorrectState", "InvalidPlacementGroup.InUse", "InvalidPlacementGroup.Duplicate"],
  ],
  [
    WRONG_REQUEST,
    [
      "InvalidUserData.Malformed",
      "InvalidTagKey.Malformed",
      "TagLimitExceeded",
      "InvalidAction",
      "InvalidCharacter",
      "InvalidClientToken",
      "InvalidQueryParameter",
      "InvalidRequest",
      "MalformedQueryString",
      "MissingAction",
      "UnknownParameter",
      "ValidationError",
    ],
  ],
  [NO_IMAGE, ["InvalidManifest", "InvalidProductInfo", "CustomerKeyHasBeenRevoked"]],
  [WRONG_REALM, ["InvalidAvailabilityZone", "InvalidZone.NotFound"]],
  [
    WRONG_HERE,
    [
      "VPCIdNotSpecified",
      "VPCResourceNotSpecified",
      "DefaultVpcDoesNotExist",
      "TagPolicyViolation",
      "OperationNotPermitted",
      "SecurityGroupLimitExceeded",
      "SecurityGroupsPerInstanceLimitExceeded",
      "SecurityGroupsPerInterfaceLimitExceeded",
    ],
  ],
  [
    WRONG_SIZE,
    [
      "UnsupportedOperation",
      "InvalidInstanceType",
      "AttachmentLimitExceeded",
      "BootForVolumeTypeUnsupported",
      "EncryptedVolumesNotSupported",
      "InvalidInterface.IpAddressLimitExceeded",
      "NonEBSInstance",
      "PrivateIpAddressLimitExceeded",
      "VolumeIOPSLimit",
    ],
  ],
  [TOKEN_TAKEN, ["IdempotentParameterMismatch"]],
  [TOKEN_SPENT, ["IdempotentInstanceTerminated"]],
];

const MEANINGS: ReadonlyMap<string, Verdict> = new Map(
  SETS.flatMap(([verdict, codes]) => codes.map((code) => [code, verdict] as const)),
);

/** Of what was asked for, something is wrong. */
const PARAMETER = /^(?:Client)?InvalidParameter/;

/** Families of codes with many endings. */
const FAMILIES: readonly (readonly [RegExp, Verdict])[] = [
  // Its disks, their snapshots, and what it boots with are the image's as well.
  [/^Invalid(?:AMIID|BlockDeviceMapping|Kernel|RamDisk|Snapshot)/, NO_IMAGE],
  [/^(?:(?:Client)?Invalid(?:Input|Parameter)|Missing(?:Input|Parameter)\b)/, WRONG_REQUEST],
  [/^Invalid(?:Group|PlacementGroupId|Iam|Key\b|KeyPair|NetworkInterface|SecurityGroup|Subnet|Vpc)/, WRONG_HERE],
];

interface Sentence {
  readonly of: RegExp;
  readonly says: RegExp;
  readonly verdict: Verdict;
}

/** One code for much that does not fit: only the sentence tells whether it is the size, the zone or the account that another would do for. */
const SENTENCES: readonly Sentence[] = [
  { of: /^AuthFailure$/, says: /not authorized for images/i, verdict: NO_IMAGE },
  {
    of: PARAMETER,
    says: /architecture|instance ?type|enhanced networking|boot mode|virtualization type|\bvcpus?\b/i,
    verdict: WRONG_SIZE,
  },
  { of: PARAMETER, says: /availability ?zone/i, verdict: WRONG_REALM },
  {
    of: PARAMETER,
    says: /security ?group|subnet|network ?interface|key ?pair|\bvpc\b|instance ?profile/i,
    verdict: WRONG_HERE,
  },
];

const KEY_UNKNOWN = "the access key is not known there: correct accessKeyId, or the region";
const SECRET_WRONG = "the secret does not belong to the access key: correct secretAccessKey";
const CLOCK_OR_TOKEN =
  "the request came too late or too early for EC2: set this machine's clock, or give a new session token";
const CLOCK_WRONG = "the signature has a time that is too far from Amazon's: set this machine's clock";
const TOKEN_OVER = "the session token has expired: give a new one, with its access key";
const ILL_SIGNED = "the signature cannot be read: correct accessKeyId and secretAccessKey, or what stands between";

/** In place of EC2's own words, which repeat what was signed, or say nothing that helps. */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  [
    "AuthFailure",
    "the access key is not known, its secret is wrong, or the account has not enabled this region: correct accessKeyId and secretAccessKey, or the region",
  ],
  ["InvalidClientTokenId", KEY_UNKNOWN],
  ["SignatureDoesNotMatch", SECRET_WRONG],
  ["RequestExpired", CLOCK_OR_TOKEN],
  ["InvalidSecurity.RequestHasExpired", CLOCK_OR_TOKEN],
  ["ExpiredToken", TOKEN_OVER],
  ["ExpiredTokenException", TOKEN_OVER],
  ["IncompleteSignature", ILL_SIGNED],
  ["IncompleteSignatureException", ILL_SIGNED],
  ["InvalidSignatureException", SECRET_WRONG],
  ["UnrecognizedClientException", KEY_UNKNOWN],
  ["MissingAuthenticationToken", "no access key came along: give accessKeyId and secretAccessKey"],
]);

/** Said with several codes. */
const SAID_WITH_MANY: readonly (readonly [RegExp, string])[] = [
  [/scoped to a valid region/i, "the endpoint is not one of the account's region: correct region or endpoint"],
  [/signature (?:has )?expired|not yet current/i, CLOCK_WRONG],
];

function remedyOf(code: string, message: string): string | undefined {
  return SAID_WITH_MANY.find(([says]) => says.test(message))?.[1] ?? REMEDIES.get(code);
}

const LIMIT_OF_ZERO = /limit of 0\b/;

function verdictOf({ code, message, status }: Pick<Refusal, "code" | "message" | "status">): Verdict {
  const told = SENTENCES.find(({ of, says }) => of.test(code) && says.test(message))?.verdict;
  const known = told ?? MEANINGS.get(code) ?? FAMILIES.find(([form]) => form.test(code))?.[1];
  return known ?? (status >= 500 ? BROKEN : UNEXPLAINED);
}

/** A refusal as the SDK has read it. */
interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly status: number;
  readonly requestId: string | null;
  readonly retryAfter: string | undefined;
}

export function refusalFault(refusal: Refusal): Fault {
  const { code, message, requestId, retryAfter } = refusal;
  const { pauseMs = null, ...verdict } = verdictOf(refusal);
  const told = verdict.class === "quota" && LIMIT_OF_ZERO.test(message) ? HOUR_MS : pauseMs;
  // What follows is of use to nobody but AWS, and has up to 2 kB.
  const said = message.replace(/\s*Encoded authorization failure message:.*$/s, "");
  const text = verdict.class === "auth" ? (remedyOf(code, message) ?? said) : said;
  return { ...verdict, retryAfterMs: told ?? retryAfterMs(retryAfter, Date.now()), code, text, requestId };
}

/** What the SDK throws as what it means: a fault for a refusal and for an answer that it cannot read; a bug stays what it is. */
export function callFault(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const refusal = refusalIn(error);
  // Without it as a cause: the log writes causes, and EC2 repeats in some of them what was signed.
  if (refusal !== null) return new ProviderFault(refusalFault(refusal));
  if (error.name === "CredentialsProviderError" || error.name === "TokenProviderError") {
    return accountFault(
      { class: "auth", code: "no_credentials" },
      "the AWS SDK has no usable credentials any more",
      error,
    );
  }
  if (!("$response" in error)) return error;
  const fault = { ...BROKEN, retryAfterMs: null, code: "unreadable_answer", requestId: null };
  return new ProviderFault({ ...fault, text: "EC2's answer cannot be read" }, { cause: error });
}

function refusalIn(error: Error): Refusal | null {
  if (!("$fault" in error)) return null;
  const metadata = fieldsAt(error, "$metadata");
  const headers = fieldsAt(fieldsAt(error, "$response"), "headers");
  const { httpStatusCode: status, requestId } = metadata;
  const { "retry-after": retryAfter } = headers;
  return {
    code: error.name,
    message: error.message,
    status: typeof status === "number" ? status : 0,
    requestId: typeof requestId === "string" ? requestId : null,
    retryAfter: typeof retryAfter === "string" ? retryAfter : undefined,
  };
}

function fieldsAt(value: object, key: string): Readonly<Record<string, unknown>> {
  const inner: unknown = Reflect.get(value, key);
  return typeof inner === "object" && inner !== null ? { ...inner } : {};
}

/** Something else answered at EC2's address, or a part of an answer: nothing follows from it. */
export function notEc2Fault({ status }: Pick<Answer, "status">, name: string): ProviderFault {
  const text = `${name}: what answers (status ${status}) does not speak EC2's protocol; correct the account's endpoint, or look at what stands between`;
  return new ProviderFault({ ...BROKEN, retryAfterMs: null, code: "not_ec2", text, requestId: null });
}

/** An answer that lacks what every such answer has. */
export function unreadableFault(what: string): ProviderFault {
  const text = `EC2's answer cannot be read: ${what}`;
  return new ProviderFault({ ...BROKEN, retryAfterMs: null, code: "unreadable_answer", text, requestId: null });
}

/** What an account is told before anything is asked for. */
export function accountFault(
  { class: of, code }: { readonly class: FaultClass; readonly code: string },
  text: string,
  cause?: unknown,
): ProviderFault {
  return new ProviderFault(
    { class: of, scope: "account", effect: "none", code, text, retryAfterMs: null, requestId: null },
    { cause },
  );
}

/**
 * What an instance's StateReason says of it: why it never came to be, or went. Null for what somebody has done to it on purpose: that is no
 * failure of the cloud.
 */
export function reasonFault({ code, message }: { readonly code: string; readonly message: string }): Fault | null {
  if (ON_PURPOSE.has(code)) return null;
  const verdict = LATE.get(code) ?? MEANINGS.get(code.replace(/^(?:Server|Client)\./, "")) ?? FAILED;
  const { class: of, scope } = verdict;
  return { class: of, scope, effect: "made", retryAfterMs: null, code, text: message, requestId: null };
}

const ON_PURPOSE: ReadonlySet<string> = new Set(["Client.UserInitiatedShutdown", "Client.UserInitiatedHibernate"]);

const FAILED: Verdict = { class: "unknown", scope: "offer", effect: "made" };

/** Those whose code means something else in a StateReason than in a refusal. */
const LATE: ReadonlyMap<string, Verdict> = new Map([
  ["Server.SpotInstanceTermination", NO_ROOM],
  ["Server.SpotInstanceShutdown", NO_ROOM],
  ["Client.InvalidSnapshot.NotFound", NO_IMAGE],
  ["Server.InternalError", FAILED],
  // Most often a key of KMS that the account may not use.
  ["Client.InternalError", FAILED],
  ["Client.InstanceInitiatedShutdown", FAILED],
]);

/** Something is wrong with the instance profile that was asked for. */
export const isOfProfile = ({ class: of, code, text }: Fault): boolean =>
  of === "config" && (code.startsWith("InvalidIam") || /instance ?profile/i.test(text));

export const isCode = (error: unknown, code: string): error is ProviderFault =>
  error instanceof ProviderFault && error.fault.code === code;
