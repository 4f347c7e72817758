// What refusals of a start and of an end mean: by then there is a machine, with its disks.

import { expect, test } from "vitest";
import { faultOf } from "../../cloud-http/wire.samples.ts";
import type { Fault } from "../../core/fault.ts";
import { calm, create, readyRequest } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  actionRefusal,
  BEFORE,
  done,
  type Exchange,
  made,
  ON,
  openReplayed,
  refusal,
  seen,
  TEMPLATE,
  vm,
} from "./cloud-replay.testsuite.ts";

const placement = { realm: "Default", size: "Small", image: TEMPLATE };

async function startedWith(...exchanges: readonly Exchange[]): Promise<Fault> {
  const request = readyRequest({ placement });
  await using opened = await openReplayed([...BEFORE, made(request.name), ...exchanges]);
  const machine = await create(opened, request);
  return await faultOf(opened.cloud.start(machine, calm()));
}

const meaning = (fault: Fault): string => `${fault.class} ${fault.scope} ${fault.effect}`;

type Row = readonly [code: string, status: number, detail: string, meaning: string];

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
  [
    "VM_CANNOT_RUN_FROM_NETWORK_WITHOUT_NETWORK",
    400,
    "VM is configured to be 'Network bootable', but no Network Interface is configured.",
    "config realm none",
  ],
  [
    "VM_CANNOT_RUN_FROM_NETWORK_WITHOUT_NETWORK",
    409,
    "Cannot run VM with attached CD without an active ISO domain.",
    "config realm none",
  ],
  // It would not be waited out: the copy of its disks has failed.
  [
    "ACTION_TYPE_FAILED_DISKS_ILLEGAL",
    409,
    "Cannot run VM. The following attached disks are in ILLEGAL status: web_Disk1 - please remove them and try again.",
    "unknown offer none",
  ],
  ["ACTION_TYPE_FAILED_DISKS_ILLEGAL", 409, "Cannot run VM. VM's Image might be corrupted.", "unknown offer none"],
  [
    "ACTION_TYPE_FAILED_STORAGE_DOMAIN_STATUS_ILLEGAL",
    409,
    "Cannot run VM: Storage Domain cannot be accessed.\n-Please check that at least one Host is operational and Data Center state is up.",
    "capacity account none",
  ],
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
  ["ACTION_TYPE_FAILED_MIGRATION_IN_PROGRESS", "Cannot run VM. VM migration is in progress"],
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
