import { expect, test } from "vitest";
import { whyOf } from "../../cloud-http/ssh.ts";
import { faultIn, SSH_RULES, sshFault } from "./faults.ts";

const HOOK =
  "Hook script execution failed: internal error: Child process (LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root /etc/libvirt/hooks/qemu e7 prepare begin -) unexpected exit status 1:";

/** Errors of libvirt 9.0 with QEMU 7.2 as their daemon sent them, with what they mean. */
const ERRORS: readonly (readonly [number, string, string, string])[] = [
  [
    42,
    "Domain not found: no domain with matching uuid '5b65e5bf-cbdc-8d4c-b092-16353cd82217' (-)",
    "no_domain",
    "not_found account none",
  ],
  [50, "Storage volume not found: no storage vol with matching name 'nope'", "no_volume", "not_found account none"],
  [49, "Storage pool not found: no storage pool with matching name 'nope'", "no_pool", "config account none"],
  [43, "Network not found: no network with matching name 'nope'", "no_network", "config account none"],
  [80, "metadata not found: Requested metadata element is not present", "no_metadata", "not_found account none"],
  [90, "storage volume 'e1.disk' exists already", "volume_exists", "conflict account unknown"],
  [
    9,
    "operation failed: domain 'e1' already exists with uuid 39e4e96e-efcc-82f7-84aa-e7cd40a4e8b1",
    "name_taken",
    "conflict account unknown",
  ],
  [
    9,
    "operation failed: domain 'e1' is already defined with uuid 39e4e96e-efcc-82f7-84aa-e7cd40a4e8b1",
    "name_taken",
    "conflict account unknown",
  ],
  [55, "Requested operation is not valid: domain is already running", "already_running", "conflict account none"],
  [55, "Requested operation is not valid: domain is not running", "not_running", "conflict account none"],
  [55, "Requested operation is not valid: network 'lab' is not active", "network_down", "config account none"],
  [55, "Requested operation is not valid: storage pool 'lab' is not active", "pool_down", "config account none"],
  [70, `${HOOK} no capacity left on this host`, "refused_by_hook", "capacity account none"],
  [70, `${HOOK} quota: 0 machines may run`, "quota", "quota account none"],
  [
    1,
    "internal error: qemu unexpectedly closed the monitor: 2026-11-29T09:42:41.787392Z qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory",
    "memory_used_up",
    "capacity account none",
  ],
  [
    67,
    "unsupported configuration: Maximum CPUs greater than specified machine type limit 255",
    "too_many_cpus",
    "capacity account none",
  ],
  [
    1,
    "internal error: Child process (/usr/bin/qemu-img create -f qcow2 /pool/f2.qcow2) unexpected exit status 1: qemu-img: /pool/f2.qcow2: Could not write qcow2 header: No space left on device",
    "disk_full",
    "capacity account none",
  ],
  [
    38,
    "cannot allocate 67108864 bytes in file '/pool/f2.raw': No space left on device",
    "disk_full",
    "capacity account none",
  ],
  [
    38,
    "Cannot access storage file '/pool/gone' (as uid:0, gid:0): No such file or directory",
    "file_missing",
    "transient account none",
  ],
  [
    38,
    "Cannot access backing file '/pool/tiny.qcow2' of storage file '/pool/f1.qcow2' (as uid:0, gid:0): No such file or directory",
    "base_image_gone",
    "config realm none",
  ],
  [
    38,
    "inaccessible backing store volume /pool/nope: No such file or directory",
    "base_image_gone",
    "config realm none",
  ],
  [38, "Unable to create tap device vnet0: Device or resource busy", "tap_busy", "transient account none"],
  [
    38,
    "Failed to terminate process 23449 with SIGKILL: Device or resource busy",
    "still_up",
    "transient account unknown",
  ],
  [
    8,
    "invalid argument: could not get preferred machine for /usr/bin/qemu-system-x86_64 type=kvm",
    "no_emulator",
    "config account none",
  ],
  [86, "Guest agent is not responding: QEMU guest agent is not connected", "agent_away", "conflict account none"],
  [
    68,
    "Timed out during operation: cannot acquire state change lock (held by monitor=remoteDispatchDomainDestroyFlags)",
    "busy",
    "transient account none",
  ],
  [45, "authentication failed: access denied", "not_authorized", "auth account none"],
  [1, "internal error: wrong nlmsg len", "error_1", "unknown account unknown"],
];

test.each(ERRORS)("error %i: %s", (...[code, message, meant, verdict]) => {
  const fault = faultIn({ code, message });
  expect(`${fault.class} ${fault.scope} ${fault.effect}`).toBe(verdict);
  expect(fault).toMatchObject({ code: meant, text: message });
});

test("words of several lines are told in one", () => {
  expect(faultIn({ code: 1, message: "internal error: qemu ended:\n  first\nsecond\n" }).text).toBe(
    "internal error: qemu ended: first second",
  );
  expect(faultIn({ code: 38, message: "" }).text).toBe("libvirt's error 38");
});

test.each([
  ["slipway@host: Permission denied (publickey).", "ssh_login_refused", "auth"],
  ["Host key verification failed.", "ssh_host_unknown", "config"],
  ["ssh: Could not resolve hostname nowhere: Name or service not known", "ssh_no_host", "transient"],
  ["ssh: connect to host 127.0.0.1 port 22: Connection refused", "ssh_no_way", "transient"],
  ["no socket of libvirt", "ssh_no_socket", "transient"],
  ["sh: 1: exec: socat: not found", "ssh_no_relay", "config"],
])("ssh says: %s", (words, code, meant) => {
  const why = whyOf({ words, spawnError: null, rules: SSH_RULES });
  const told = why === null ? null : sshFault("qemu+ssh://host/system", why);
  expect(told?.fault).toMatchObject({ code, class: meant, scope: "account", effect: "none" });
  expect(told?.fault.text).toMatch(/^qemu\+ssh:\/\/host\/system: /);
});
