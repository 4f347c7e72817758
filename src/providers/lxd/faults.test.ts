import { expect, test } from "vitest";
import { lineFault } from "../../cloud-http/faults.ts";
import type { Fault } from "../../core/fault.ts";
import { refusalFault, SOCKET_REMEDIES } from "./faults.ts";

const meaning = (fault: Fault): string => `${fault.class} ${fault.scope} ${fault.effect}`;

/** Sentences of LXD 5.0.2, as it said them when it was made to, with what they mean. 400: of an operation, or of an answer. */
const SENTENCES: readonly (readonly [number, string, string, string])[] = [
  [404, "Instance not found", "instance_missing", "not_found account none"],
  [404, "Failed loading project: Project not found", "project_missing", "config account none"],
  [404, "Fetch project database object: Project not found", "project_missing", "config account none"],
  [500, 'Reached maximum number of instances in project "slipway"', "instances_used_up", "quota account none"],
  [
    500,
    'Failed checking if instance creation allowed: Reached maximum aggregate value "64MiB" for "limits.memory" in project "slipway"',
    "limit_used_up",
    "quota offer none",
  ],
  [
    500,
    'Failed checking if instance creation allowed: Reached maximum aggregate value "64" for "limits.cpu" in project "slipway"',
    "limit_used_up",
    "quota offer none",
  ],
  [
    400,
    'Failed creating instance record: Add instance info to the database: This "instances" entry already exists',
    "name_taken",
    "conflict account unknown",
  ],
  [404, "Image alias not found", "image_missing", "config realm none"],
  [404, "Image not found", "image_missing", "config realm none"],
  [400, "Image not provided for instance creation", "image_missing", "config realm none"],
  [
    400,
    'Requested image\'s type "container" doesn\'t match instance type "virtual-machine"',
    "image_of_other_kind",
    "config realm none",
  ],
  [500, 'Requested profile "nope" doesn\'t exist', "profile_missing", "config account none"],
  [404, "Fetch profile: Profile not found", "profile_missing", "config account none"],
  [
    400,
    "Failed creating instance record: Failed initialising instance: Failed loading storage pool: Storage pool not found",
    "pool_missing",
    "config account none",
  ],
  [400, "Instance storage pool not found", "half_made", "unknown offer none"],
  [
    400,
    'Failed creating instance record: Failed initialising instance: Invalid devices: Device validation failed for "eth0": Failed loading device "eth0": Failed to load network "nope" for project "default": Network not found',
    "network_missing",
    "config account none",
  ],
  [
    400,
    'Failed to start device "eth0": Parent device "lxlab-east" doesn\'t exist',
    "network_missing",
    "config account none",
  ],
  [
    400,
    "Failed creating instance from image: Unable to unpack image, run out of disk space",
    "pool_full",
    "capacity account none",
  ],
  [
    400,
    "Invalid instance name: Name can only contain alphanumeric and hyphen characters",
    "name_refused",
    "config deployment none",
  ],
  [400, "Failed creating instance record: Unknown configuration key: bogus", "unknown_key", "config account none"],
  [400, "The instance is already running", "already_running", "conflict account none"],
  [400, "The instance is already stopped", "already_stopped", "conflict account none"],
  [400, "Instance is running", "still_running", "conflict account none"],
  [
    400,
    'Failed to create instance start operation: Instance is busy running a "stop" operation',
    "busy",
    "conflict account none",
  ],
  [
    400,
    "Failed to handle idmapped storage: stat /var/lib/lxd/containers/slipway_kc/rootfs: no such file or directory",
    "disk_missing",
    "unknown offer none",
  ],
  [403, "not authorized", "not_authorized", "auth account none"],
  [503, "LXD is shutting down", "shutting_down", "transient account unknown"],
  [500, "something nobody has heard of", "status_500", "unknown account unknown"],
  [400, "something nobody has heard of", "failed", "unknown account unknown"],
];

test.each(SENTENCES)("%i %s", (...given) => {
  const [status, message, code, verdict] = given;
  const fault = refusalFault({ status, message, isLxd: true, retryAfterMs: null });
  expect([fault.code, meaning(fault)]).toEqual([code, verdict]);
  expect(fault.text).toBe(message);
});

test("what something else says is a matter of its status, whatever it says", () => {
  const said = (status: number) =>
    refusalFault({ status, message: "Instance not found", isLxd: false, retryAfterMs: 7_000 });
  expect(meaning(said(404))).toBe("transient account unknown");
  expect(meaning(said(502))).toBe("transient account unknown");
  expect(said(429)).toMatchObject({ class: "throttle", effect: "none", retryAfterMs: 7_000 });
});

test("a sentence that is a program's whole output is cut", () => {
  const message = "x".repeat(100_000);
  expect(refusalFault({ status: 400, message, isLxd: true, retryAfterMs: null }).text).toHaveLength(1_000);
});

test.each([
  ["EACCES", "account", "the group that owns it"],
  ["ENOENT", "transient", "there is no such socket"],
])("a socket with %s is told with what helps", (code, fault, text) => {
  const error = Object.assign(new Error("no"), { code });
  const told = lineFault(error, { name: "unix:///lxd", effect: "none", remedies: SOCKET_REMEDIES }).fault;
  expect(told.class).toBe(fault);
  expect(told.text).toContain(text);
});
