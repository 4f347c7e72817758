// How Amazon refuses: the datacentre's refusals in the words of "Error codes for the Amazon EC2 API".

import type { CloudError, CloudErrorCode } from "../../cloud-api.ts";

/** A refusal in Amazon's words. */
export class AwsError extends Error {
  override readonly name = "AwsError";
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function badValue(message: string): AwsError {
  return new AwsError(400, "InvalidParameterValue", message);
}

/** What can't be listed whole is not listed: EC2 has no words for a part. */
export function notWhole(missing: readonly string[]): AwsError {
  const text = `What is in ${missing.join(", ")} can't be listed at present. Please try again shortly.`;
  return new AwsError(503, "Unavailable", text);
}

export function notFound(kind: keyof typeof NOT_FOUND, ids: readonly string[]): AwsError {
  const [code, thing] = NOT_FOUND[kind];
  const are = ids.length === 1 ? `${thing} '${ids.join()}' does` : `${thing}s '${ids.join(", ")}' do`;
  return new AwsError(400, code, `The ${are} not exist`);
}

const NOT_FOUND = {
  instance: ["InvalidInstanceID.NotFound", "instance ID"],
  volume: ["InvalidVolume.NotFound", "volume"],
  port: ["InvalidNetworkInterfaceID.NotFound", "networkInterface ID"],
  address: ["InvalidAllocationID.NotFound", "allocation ID"],
  image: ["InvalidAMIID.NotFound", "image id"],
  subnet: ["InvalidSubnetID.NotFound", "subnet ID"],
  vpc: ["InvalidVpcID.NotFound", "vpc ID"],
  group: ["InvalidGroup.NotFound", "security group"],
  key: ["InvalidKeyPair.NotFound", "key pair"],
  placement: ["InvalidPlacementGroup.Unknown", "placement group"],
} as const;

/** Amazon knows what is meant by it from the request alone. */
type Said = readonly [status: number, code: string, text?: string];

const SAID: Readonly<Record<CloudErrorCode, Said | ((error: CloudError) => AwsError)>> = {
  insufficient_capacity: (error) => new AwsError(500, "InsufficientInstanceCapacity", capacityText(error)),
  quota_exceeded: (error) => limitExceeded(error),
  quota_zero: (error) => limitExceeded(error),
  throttled: [503, "RequestLimitExceeded", "Request limit exceeded."],
  wrong_key: [401, "AuthFailure", "AWS was not able to validate the provided access credentials"],
  session_expired: [400, "RequestExpired", "Request has expired."],
  forbidden: [403, "UnauthorizedOperation", "You are not authorized to perform this operation."],
  account_suspended: [403, "OptInRequired", "You are not subscribed to this service."],
  invalid_request: [400, "InvalidParameterValue"],
  invalid_name: [400, "InvalidParameterValue"],
  invalid_realm: [400, "InvalidParameterValue"],
  invalid_size: [400, "Unsupported"],
  invalid_user_data: [400, "InvalidParameterValue", "User data is limited to 16384 bytes"],
  image_not_found: [400, "InvalidAMIID.NotFound"],
  invalid_reference: (error) => missingReference(error),
  price_too_low: [400, "SpotMaxPriceTooLow"],
  no_free_address: [400, "InsufficientFreeAddressesInSubnet"],
  realm_down: [503, "Unavailable"],
  internal_error: [500, "InternalError", "An internal error has occurred"],
  unavailable: [503, "Unavailable", "The service is unavailable. Please try again shortly."],
  name_taken: [400, "InvalidKeyPair.Duplicate", "The keypair already exists"],
  token_mismatch: [
    400,
    "IdempotentParameterMismatch",
    "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
  ],
  token_spent: [400, "IdempotentInstanceTerminated", "The instance that this client token made is terminated."],
  locked: (error) => incorrectState(error),
  wrong_state: (error) => incorrectState(error),
  in_use: [400, "VolumeInUse"],
  protected: [
    400,
    "OperationNotPermitted",
    "The instance may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.",
  ],
  not_found: (error) => notFound("instance", [String(error.about["id"] ?? "")]),
  no_route: [400, "InvalidAction"],
  unexplained: (error) => unexplained(error),
};

/** What the caller gets to read. A text of the script's own is kept, since somebody wrote it to be read. */
export function saidByAmazon(error: CloudError): AwsError {
  const said = SAID[error.code];
  if (typeof said === "function") return said(error);
  const [status, code, text] = said;
  return new AwsError(status, code, text ?? error.message);
}

function capacityText({ about, message }: CloudError): string {
  const { realm, size } = about;
  if (realm === undefined || size === undefined) return message;
  return (
    `We currently do not have sufficient ${size} capacity in the Availability Zone you requested (${realm}). ` +
    `Our system will be working on provisioning additional capacity.`
  );
}

/** By the beginning of the dimension. */
const LIMITS: readonly (readonly [beginning: string, code: string])[] = [
  ["cpu", "VcpuLimitExceeded"],
  ["instances", "InstanceLimitExceeded"],
  ["spot", "MaxSpotInstanceCountExceeded"],
  ["volume", "VolumeLimitExceeded"],
  ["ports", "NetworkInterfaceLimitExceeded"],
  ["addresses", "AddressLimitExceeded"],
];

function limitExceeded({ about, message }: CloudError): AwsError {
  const { dimension = "instances", limit } = about;
  const [, code = "ResourceLimitExceeded"] =
    LIMITS.find(([beginning]) => String(dimension).startsWith(beginning)) ?? [];
  if (code !== "VcpuLimitExceeded") return new AwsError(400, code, message);
  const text =
    `You have requested more vCPU capacity than your current vCPU limit of ${limit} allows ` +
    `for the instance bucket that the specified instance type belongs to.`;
  return new AwsError(400, code, text);
}

function missingReference({ about, message }: CloudError): AwsError {
  const name = String(about["name"] ?? about["part"] ?? "");
  if (about["kind"] === "network") return notFound("subnet", [name]);
  if (about["kind"] === "security group") return notFound("group", [name]);
  if (about["kind"] === "ssh key") return notFound("key", [name]);
  return badValue(message);
}

const DONE: Readonly<Record<string, string>> = {
  start: "started",
  stop: "stopped",
  reboot: "rebooted",
  remove: "terminated",
};

function incorrectState({ about, message }: CloudError): AwsError {
  const { id, action } = about;
  if (id === undefined || action === undefined) return new AwsError(400, "IncorrectState", message);
  const text = `The instance '${id}' is not in a state from which it can be ${DONE[action]}.`;
  return new AwsError(400, "IncorrectInstanceState", text);
}

/** A script says any of Amazon's codes by `unexplained` and a message `Code: text`. */
function unexplained({ message }: CloudError): AwsError {
  const [, code = "Unexplained", text = message] = /^([A-Z][\w.]+): (.+)$/s.exec(message) ?? [];
  return new AwsError(400, code, text);
}

/** Why a machine went down by itself. A script says any of Amazon's reasons by a text `Client.Reason: text`. */
const REASONS: Readonly<Partial<Record<CloudErrorCode, string>>> = {
  insufficient_capacity: "Server.InsufficientInstanceCapacity",
  quota_exceeded: "Client.VolumeLimitExceeded",
  quota_zero: "Client.VolumeLimitExceeded",
  image_not_found: "Client.InvalidSnapshot.NotFound",
  forbidden: "Client.InternalError",
  invalid_request: "Client.InternalError",
};

export function reasonOf({ code, text }: { readonly code: CloudErrorCode; readonly text: string }): {
  readonly code: string;
  readonly message: string;
} {
  const [, said] = /^((?:Client|Server)\.[\w.]+):/.exec(text) ?? [];
  const reason = said ?? REASONS[code] ?? "Server.InternalError";
  return { code: reason, message: said === undefined ? `${reason}: ${text}` : text };
}
