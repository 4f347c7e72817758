import { expect, test } from "vitest";
import { faultOf } from "../../cloud-http/wire.samples.ts";
import type { Fault } from "../../core/fault.ts";
import { calm, keepNothing, readyRequest } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  BEFORE,
  CLUSTER,
  cut,
  type Exchange,
  ON,
  openReplayed,
  page,
  refusal,
  TEMPLATE,
} from "./cloud-replay.testsuite.ts";
import { eventFault } from "./faults.ts";

const placement = { realm: "Default", size: "Small", image: TEMPLATE };

async function createdWith(...exchanges: readonly Exchange[]): Promise<Fault> {
  await using opened = await openReplayed([...BEFORE, ...exchanges]);
  return await faultOf(opened.cloud.create(readyRequest({ placement }), keepNothing, calm()));
}

const meaning = (fault: Fault): string => `${fault.class} ${fault.scope} ${fault.effect}`;

type Row = readonly [code: string, status: number, detail: string, meaning: string];

/** As the engine fills its own sentences in, with the status that it sends them with. */
const AT_CREATE: readonly Row[] = [
  [
    "ACTION_TYPE_FAILED_DISK_SPACE_LOW_ON_STORAGE_DOMAIN",
    409,
    "Cannot add VM. Low disk space on Storage Domain data.",
    "capacity account none",
  ],
  [
    "MAC_POOL_NOT_ENOUGH_MAC_ADDRESSES",
    409,
    "Cannot add VM. Not enough MAC addresses left in MAC Address Pool.",
    "capacity account none",
  ],
  [
    "ACTION_TYPE_FAILED_QUOTA_STORAGE_LIMIT_EXCEEDED",
    409,
    "Cannot add VM. Quota has insufficient storage resources.",
    "quota account none",
  ],
  [
    "USER_NOT_AUTHORIZED_TO_CONSUME_QUOTA",
    403,
    "Cannot add VM. The user is not a consumer of the Quota assigned to the resource.",
    "auth account none",
  ],
  ["USER_NOT_AUTHORIZED_TO_PERFORM_ACTION", 403, "User is not authorized to perform this action.", "auth account none"],
  ["ACTION_TYPE_FAILED_QUOTA_IS_NOT_VALID", 400, "Cannot add VM. Quota is not valid.", "config account none"],
  ["ACTION_TYPE_FAILED_QUOTA_IS_NOT_VALID", 400, "Cannot add VM. Quota doesn't exist.", "config account none"],
  ["ACTION_TYPE_FAILED_QUOTA_IS_NOT_VALID", 400, "Cannot add VM. Quota cannot be null.", "config account none"],
  [
    "ACTION_TYPE_FAILED_QUOTA_IS_NOT_VALID",
    400,
    "Cannot add VM. Quota is not defined for the cluster.",
    "config account none",
  ],
  [
    "ACTION_TYPE_FAILED_NAME_ALREADY_USED",
    409,
    "Cannot add VM. The VM name is already in use, please choose a unique name and try again.",
    "conflict account unknown",
  ],
  [
    "ACTION_TYPE_FAILED_OBJECT_LOCKED",
    409,
    "Cannot add VM. Related operation is currently in progress. Please try again later.",
    "conflict account unknown",
  ],
  [
    "VM_TEMPLATE_IMAGE_IS_LOCKED",
    409,
    "Cannot add VM. Template's Image is locked (temporarily).",
    "transient account none",
  ],
  [
    "ACTION_TYPE_FAILED_TEMPLATE_IS_BEING_CREATED",
    409,
    "Cannot add VM. Template debian-12 is being created.",
    "transient account none",
  ],
  [
    "ENGINE_IS_RUNNING_IN_MAINTENANCE_MODE",
    409,
    "Engine is running in Maintenance mode and is not accepting commands.",
    "transient account none",
  ],
  ["ACTION_TYPE_FAILED_CLUSTER_IS_NOT_VALID", 400, "Cannot add VM. Cluster ID is not valid.", "config realm none"],
  [
    "ACTION_TYPE_FAILED_TEMPLATE_DOES_NOT_EXIST",
    400,
    "Cannot add VM. The relevant Template doesn't exist.",
    "config realm none",
  ],
  [
    "ACTION_TYPE_FAILED_TEMPLATE_DOES_NOT_EXIST",
    400,
    "The specified Template doesn't exist in the current Data Center.",
    "config realm none",
  ],
  [
    "ACTION_TYPE_FAILED_TEMPLATE_IS_DISABLED",
    409,
    "Cannot add VM. The Template is disabled, please try to enable the template first and try again.",
    "config realm none",
  ],
  [
    "ACTION_TYPE_FAILED_TEMPLATE_IS_INCOMPATIBLE",
    400,
    "Can not add VM. The selected template is not compatible with Cluster architecture.",
    "config realm none",
  ],
  [
    "ACTION_TYPE_FAILED_MEMORY_EXCEEDS_SUPPORTED_LIMIT",
    400,
    "Cannot add VM. Memory size exceeds supported limit for given cluster version.",
    "config offer none",
  ],
  ["ACTION_TYPE_FAILED_MAX_NUM_CPU", 400, "Cannot add VM. Maximum number of CPUs exceeded.", "config offer none"],
  ["ACTION_TYPE_FAILED_MAX_NUM_CPU", 400, "Cannot add VM. Maximum number of sockets exceeded.", "config offer none"],
  [
    "ACTION_TYPE_FAILED_NAME_LENGTH_IS_TOO_LONG",
    400,
    "Cannot add VM. The given name is too long.",
    "config deployment none",
  ],
  [
    "ACTION_TYPE_FAILED_NAME_MAY_NOT_CONTAIN_SPECIAL_CHARS",
    400,
    "Can not add VM. The given name contains special characters. Only lower-case and upper-case letters, numbers, '_', '-', '.' are allowed.",
    "config deployment none",
  ],
  [
    "ACTION_TYPE_FAILED_CUSTOM_PROPERTIES",
    400,
    "Cannot add VM if some of the specified custom properties are not configured by the system.",
    "config account none",
  ],
  [
    "ACTION_TYPE_FAILED_STORAGE_POOL_STATUS_ILLEGAL",
    409,
    "Cannot add VM. Unknown Data Center status.",
    "capacity realm none",
  ],
  [
    "ACTION_TYPE_FAILED_STORAGE_DOMAIN_STATUS_ILLEGAL",
    409,
    "Cannot add VM. The relevant Storage Domain is inaccessible.\n-Please handle Storage Domain issues and retry the operation.",
    "capacity account none",
  ],
  [
    "ACTION_TYPE_FAILED_STORAGE_DOMAIN_STATUS_ILLEGAL",
    409,
    "Cannot add VM. The relevant Storage Domain's status is Maintenance.",
    "capacity account none",
  ],
  [
    "ACTION_TYPE_FAILED_NO_SUITABLE_DOMAIN_FOUND",
    409,
    "Cannot add VM. No active data Storage Domain with enough storage was found in the Data Center.",
    "capacity account none",
  ],
  [
    "ACTION_TYPE_FAILED_NO_SPM",
    409,
    "Cannot add VM. The Data Center has no Storage Pool Manager.",
    "capacity account none",
  ],
  [
    "ACTION_TYPE_FAILED_SPM_CHANGED",
    409,
    "Cannot add VM. The Data Center's Storage Pool Manager has changed.",
    "transient account none",
  ],
  ["VM_TEMPLATE_IMAGE_IS_LOCKED", 409, "Template is currently locked (temporarily).", "transient account none"],
  ["VM_TEMPLATE_IMAGE_IS_ILLEGAL", 409, "Template's Image is invalid (temporarily).", "config realm none"],
  ["VM_TEMPLATE_IMAGE_IS_ILLEGAL", 400, "Cannot add VM. Template's image doesn't exist.", "config realm none"],
  ["VM_TEMPLATE_IMAGE_IS_ILLEGAL", 400, "Cannot add VM. Storage Domain doesn't exist.", "config realm none"],
  [
    "ACTION_TYPE_FAILED_VM_CLUSTER_DIFFERENT_ARCHITECTURES",
    409,
    "Cannot add VM. The VM and the destination cluster architectures do not match.",
    "config realm none",
  ],
  [
    "ACTION_TYPE_FAILED_VM_CLUSTER_DIFFERENT_ARCHITECTURES",
    409,
    "Cannot add VM. The cluster does not have a defined architecture.",
    "config realm none",
  ],
  ["ACTION_TYPE_FAILED_STORAGE_POOL_NOT_EXIST", 400, "Data Center doesn't exist.", "config account none"],
  ["NETWORK_NOT_EXISTS", 400, "The specified Logical Network doesn't exist.", "config account none"],
  [
    "ACTION_TYPE_FAILED_MIN_MEMORY_CANNOT_EXCEED_MEMORY_SIZE",
    409,
    "Cannot add VM. Physical Memory Guaranteed cannot exceed Memory Size.",
    "config offer none",
  ],
  // What nobody has heard of may have been done.
  ["conflict", 409, "Cannot add VM. The moon is full.", "conflict account unknown"],
  ["status_400", 400, "Internal Engine Error", "unknown account unknown"],
  ["unavailable", 500, "Internal Engine Error", "transient account unknown"],
];

test.each(AT_CREATE)("a create refused with %s (%i)", async (...[code, status, detail, expected]) => {
  const fault = await createdWith(refusal(ON.create, status, detail));
  expect(fault.code).toBe(code);
  expect(meaning(fault)).toBe(expected);
  expect(fault.text).toBe(detail);
});

test.each<[string, Exchange]>([
  ["a proxy whose engine restarts", page(ON.create, 503)],
  ["a half-deployed engine", page(ON.create, 404, "Not Found")],
  ["a bad gateway", page(ON.create, 502)],
  ["a connection that ends", cut(ON.create)],
  ["half an answer", { on: ON.create, bytes: Buffer.from('{"id": "4db7'), end: "cut_body" }],
  ["a page of signs without an end", page(ON.create, 503, "<".repeat(150_000))],
  ["a page that begins over and over", page(ON.create, 503, "<head ".repeat(100_000))],
  ["a page with a status of success", page(ON.create, 200, "Welcome")],
])("a create that meets %s is in doubt", async (_, exchange) => {
  expect(meaning(await createdWith(exchange))).toBe("transient account unknown");
});

test("what the engine cannot read was not done, and what it does not find is wrong here or everywhere", async () => {
  const unread = { detail: "Vm [name] required for add", reason: "Incomplete parameters" };
  expect(meaning(await createdWith({ on: ON.create, status: 400, body: unread }))).toBe("config deployment none");
  const notThere = (id: string): Exchange => ({
    on: ON.create,
    status: 404,
    body: { detail: `Entity not found: ${id}`, reason: "Operation Failed" },
  });
  expect(meaning(await createdWith(notThere(TEMPLATE)))).toBe("config realm none");
  expect(meaning(await createdWith(notThere(CLUSTER)))).toBe("config account none");
});

test("an event tells why a machine is down", () => {
  const room =
    "Failed to run VM web due to a failed validation: [There are no hosts to use.] (User: slipway@internal).";
  expect(eventFault({ code: "USER_FAILED_RUN_VM", text: room })).toMatchObject({
    class: "capacity",
    effect: "made",
    code: "SCHEDULING_NO_HOSTS",
    text: room,
  });
  const exit = "VM web is down with error. Exit message: unsupported configuration.";
  expect(eventFault({ code: "VM_DOWN_ERROR", text: exit })).toMatchObject({
    class: "unknown",
    effect: "made",
    code: "VM_DOWN_ERROR",
  });
});
