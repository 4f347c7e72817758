import { expect, test } from "vitest";
import { faultOf } from "../../cloud-http/wire.samples.ts";
import type { Fault } from "../../core/fault.ts";
import { calm, create, keepNothing, readyRequest } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  actionRefusal,
  BEFORE,
  CLUSTER,
  cut,
  done,
  type Exchange,
  made,
  ON,
  openReplayed,
  page,
  refusal,
  seen,
  TEMPLATE,
  vm,
} from "./cloud-replay.testsuite.ts";
import { eventFault } from "./faults.ts";

const placement = { realm: "Default", size: "Small", image: TEMPLATE };

async function createdWith(...exchanges: readonly Exchange[]): Promise<Fault> {
  await using opened = await openReplayed([...BEFORE, ...exchanges]);
  return await faultOf(opened.cloud.create(readyRequest({ placement }), keepNothing, calm()));
}

async function startedWith(...exchanges: readonly Exchange[]): Promise<Fault> {
  const request = readyRequest({ placement });
  await using opened = await openReplayed([...BEFORE, made(request.name), ...exchanges]);
  const machine = await create(opened, request);
  return await faultOf(opened.cloud.start(machine, calm()));
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

const BELOW = "See below for details:";

const AT_START: readonly Row[] = [
  [
    "SCHEDULING_ALL_HOSTS_FILTERED_OUT",
    409,
    `Cannot run VM. There is no host that satisfies current scheduling constraints. ${BELOW}, The host node1 did not satisfy internal filter CPU because it has an insufficient amount of CPU cores to run the VM.`,
    "capacity offer none",
  ],
  [
    "ACTION_TYPE_FAILED_VDS_VM_MEMORY",
    409,
    "Cannot run VM. There are no available running Hosts with sufficient memory in VM's Cluster.",
    "capacity offer none",
  ],
  [
    "ACTION_TYPE_FAILED_VDS_VM_CPUS",
    409,
    "Cannot run VM. There are no available running Hosts with enough cores in VM's Cluster.",
    "capacity offer none",
  ],
  [
    "ACTION_TYPE_FAILED_VDS_VM_SWAP",
    409,
    "Cannot run VM. Host swap percentage is above the defined threshold.\n- Check your configuration parameters for Host Swap Percentage.",
    "capacity offer none",
  ],
  [
    "ACTION_TYPE_FAILED_VDS_VM_CLUSTER",
    409,
    "Cannot run VM. There are no available running Hosts in the Host Cluster.",
    "capacity realm none",
  ],
  // Without a class of its own in the engine, so that it comes as a bad request.
  [
    "SCHEDULING_NO_HOSTS",
    400,
    "There are no hosts to use. Check that the cluster contains at least one host in Up state.",
    "capacity realm none",
  ],
  [
    "ACTION_TYPE_FAILED_NO_VDS_AVAILABLE_IN_CLUSTER",
    409,
    "Cannot run VM. There is no available operational Host (in UP state) in the relevant Cluster.",
    "capacity realm none",
  ],
  [
    "ACTION_TYPE_FAILED_NO_VDS_IN_POOL",
    409,
    "Cannot run VM. There is no active Host in the Data Center.",
    "capacity realm none",
  ],
  [
    "ACTION_TYPE_FAILED_QUOTA_CLUSTER_LIMIT_EXCEEDED",
    409,
    "Cannot run VM. Quota has insufficient cluster resources.",
    "quota account none",
  ],
  [
    "ACTION_TYPE_FAILED_QUOTA_IS_NOT_VALID",
    500,
    "Cannot run VM. The quota associated with VM web is no longer available.",
    "config account none",
  ],
  [
    "VM_CANNOT_RUN_FROM_DISK_WITHOUT_DISK",
    400,
    "Cannot run VM without at least one bootable disk.",
    "config realm none",
  ],
  ["ACTION_TYPE_FAILED_VM_NOT_FOUND", 400, "Cannot run VM. VM is not found.", "not_found account none"],
  ["unavailable", 500, "Internal Engine Error", "transient account unknown"],
  // The action tells how it went.
  [
    "SCHEDULING_NO_HOSTS",
    200,
    "There are no hosts to use. Check that the cluster contains at least one host in Up state.",
    "capacity realm none",
  ],
  ["status_200", 200, "Something that nobody has said before.", "unknown account unknown"],
];

test.each(AT_START)("a start refused with %s (%i)", async (...[code, status, detail, expected]) => {
  const fault = await startedWith(actionRefusal(ON.start, status, detail));
  expect(fault.code).toBe(code);
  expect(meaning(fault)).toBe(expected);
  expect(fault.text).toBe(detail);
});

const BUSY: readonly (readonly [string, string])[] = [
  ["ACTION_TYPE_FAILED_VM_IS_LOCKED", "Cannot run VM: VM is locked. Please try again in a few minutes."],
  [
    "ACTION_TYPE_FAILED_DISKS_LOCKED",
    "Cannot run VM: The following disks are locked: web_Disk1. Please try again in a few minutes.",
  ],
  [
    "ACTION_TYPE_FAILED_OBJECT_LOCKED",
    "Cannot run VM. Related operation is currently in progress. Please try again later.",
  ],
  ["ACTION_TYPE_FAILED_VM_IS_BUSY", "Cannot run VM. VM is being updated."],
  ["ACTION_TYPE_FAILED_VM_IS_BUSY", "Cannot run VM. VM web is being exported."],
  [
    "ACTION_TYPE_FAILED_VM_IS_DURING_SNAPSHOT",
    "Cannot run VM. The VM is performing an operation on a Snapshot. Please wait for the operation to finish, and try again.",
  ],
];

test.each(BUSY)("a start that meets %s waits: %s", async (code, detail) => {
  const fault = await startedWith(actionRefusal(ON.start, 409, detail), seen(vm("web", "image_locked")));
  expect(fault).toMatchObject({ class: "conflict", effect: "none", code, text: detail });
});

test.each(["wait_for_launch", "powering_up", "up"])("a start of what is %s already is fine", async (status) => {
  const request = readyRequest({ placement });
  const detail = "Cannot run VM because the VM is in Powering Up status.";
  await using opened = await openReplayed([
    ...BEFORE,
    made(request.name),
    actionRefusal(ON.start, 409, detail),
    seen(vm(request.name, status)),
  ]);
  await opened.cloud.start(await create(opened, request), calm());
});

test("an end waits for what the engine is busy with, and is refused where the machine is protected", async () => {
  const known = { name: "sw-web", realm: "Default", externalId: "x", handle: null, isLeaving: true };
  const locked = "Cannot remove VM: The following disks are locked: web_Disk1. Please try again in a few minutes.";
  await using opened = await openReplayed([
    seen(vm("sw-web", "image_locked")),
    refusal(ON.end, 409, locked),
    seen(vm("sw-web", "down")),
    done(ON.end),
    seen(vm("sw-web", "down")),
    refusal(
      ON.end,
      409,
      "Cannot remove VM. Delete protection is enabled. In order to delete, disable Delete protection first.",
    ),
  ]);
  await opened.cloud.destroy(known, calm());
  const fault = await faultOf(opened.cloud.destroy(known, calm()));
  expect(fault.code).toBe("ACTION_TYPE_FAILED_DELETE_PROTECTION_ENABLED");
  expect(meaning(fault)).toBe("config account none");
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
