import { expect, test } from "vitest";
import { server } from "./cloud-replay.testsuite.ts";
import { isUnexplained, observe } from "./observe.ts";

test.each([
  ["BUILD", null, "pending"],
  ["ACTIVE", null, "running"],
  ["ACTIVE", "powering-off", "running"],
  ["ACTIVE", "deleting", "stopping"],
  ["BUILD", "deleting", "stopping"],
  ["ACTIVE", "soft-deleting", "stopping"],
  ["SOFT_DELETED", null, "stopping"],
  ["DELETED", null, "stopping"],
  ["VERIFY_RESIZE", null, "running"],
  ["SHUTOFF", null, "stopped"],
  ["SHUTOFF", "powering-on", "pending"],
  ["ERROR", null, "error"],
  ["PAUSED", null, "unknown"],
  ["SHELVED_OFFLOADED", null, "unknown"],
  ["REBOOT", "rebooting", "pending"],
  ["HIBERNATED", null, "unknown"],
])("a server that is %s with the task %s", (...[status, task, expected]) => {
  expect(observe(server("sw-a", { status, "OS-EXT-STS:task_state": task })).state).toBe(expected);
});

test("a server that somebody has renamed or moved is still ours by its metadata", () => {
  const renamed = observe({ ...server("sw-a"), name: "theirs", "OS-EXT-AZ:availability_zone": "az9" });
  expect(renamed).toMatchObject({ name: "sw-a", realm: "az1", handle: { owner: "suite" } });
});

test("a server of others has its own name and zone, and nobody's handle", () => {
  const theirs = { metadata: {}, "OS-EXT-AZ:availability_zone": "" };
  expect(observe(server("other", theirs))).toMatchObject({ name: "other", realm: "nova", handle: null });
  expect(observe(server("other", { ...theirs, "OS-EXT-AZ:availability_zone": "az2" })).realm).toBe("az2");
});

test.each([
  ["sw-a_suite_f6fa", ["key:sw-a_suite_f6fa"]],
  ["sw-b_suite_f6fa", undefined],
  ["sw-a_neighbour_f6fa", undefined],
  ["ops", undefined],
  [null, undefined],
])("of the key %s a server is told to have brought it only when that is its own", (name, parts) => {
  expect(observe(server("sw-a", { key_name: name })).handle?.["parts"]).toEqual(parts);
});

test("the floating address is the public one, IPv4 before IPv6; without one what Nova is told to be reached by", () => {
  const fixed = { "OS-EXT-IPS:type": "fixed" };
  const net = [
    { version: 6, addr: "2001:db8::7", ...fixed },
    { version: 4, addr: "10.77.0.9", ...fixed },
  ];
  const floating = { version: 4, addr: "198.18.0.7", "OS-EXT-IPS:type": "floating" };
  expect(observe(server("sw-a", { addresses: { net: [...net, floating] } }))).toMatchObject({
    privateAddress: "10.77.0.9",
    publicAddress: "198.18.0.7",
  });
  expect(observe(server("sw-a", { addresses: { net }, accessIPv6: "2001:db8::1" }))).toMatchObject({
    publicAddress: "2001:db8::1",
  });
  expect(observe(server("sw-a", { addresses: {} }))).toMatchObject({ privateAddress: null, publicAddress: null });
});

test("a server in ERROR without a reason is told of as such, and is worth another question", () => {
  const broken = server("sw-a", { status: "ERROR" });
  expect(isUnexplained(broken)).toBe(true);
  expect(observe(broken).fault).toMatchObject({
    class: "unknown",
    effect: "made",
    text: expect.stringMatching(/does not tell why/),
  });
});
