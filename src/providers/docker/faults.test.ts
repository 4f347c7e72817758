import { expect, test } from "vitest";
import type { Fault } from "../../core/fault.ts";
import { lineFault } from "../../cloud-http/faults.ts";
import { exitFault, refusalFault, SOCKET_REMEDIES, startFault } from "./faults.ts";

const meaning = (fault: Fault): string => `${fault.class} ${fault.scope} ${fault.effect}`;

/** Sentences of real engines, with what they mean. */
const SENTENCES: readonly (readonly [number, string, string, string])[] = [
  [404, "No such image: nope:1", "image_missing", "config realm none"],
  [404, "No such container: a1", "container_missing", "not_found account none"],
  [404, "network nonet not found", "network_missing", "config account none"],
  [
    409,
    'Conflict. The container name "/a1" is already in use by container "726a". You have to remove (or rename) that container to be able to reuse that name.',
    "name_in_use",
    "conflict account unknown",
  ],
  [409, "removal of container a1 is already in progress", "removal_under_way", "conflict account none"],
  [409, "cannot start a paused container, try unpause instead", "conflict", "conflict account none"],
  [409, "container is marked for removal and cannot be started", "conflict", "conflict account none"],
  [
    500,
    "driver failed programming external connectivity on endpoint b7 (bd02): Bind for 0.0.0.0:18080 failed: port is already allocated",
    "port_taken",
    "capacity account none",
  ],
  [
    500,
    "failed to set up container networking: Error starting userland proxy: listen tcp4 0.0.0.0:80: bind: address already in use",
    "port_taken",
    "capacity account none",
  ],
  [
    500,
    "no available IPv4 addresses on this network's address pools: bridge (389f)",
    "addresses_used_up",
    "capacity account none",
  ],
  [500, "mkdir /var/lib/docker/overlay2/1-init: no space left on device", "disk_full", "capacity account none"],
  [500, "runc create failed: cannot allocate memory: unknown", "memory_used_up", "capacity account none"],
  [
    400,
    "Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available",
    "too_many_cpus",
    "capacity offer none",
  ],
  [400, "Minimum memory limit allowed is 6MB", "memory_too_small", "config deployment none"],
  [
    400,
    'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/nope": stat /nope: no such file or directory: unknown',
    "command_missing",
    "config deployment none",
  ],
  [
    400,
    'OCI runtime create failed: runc create failed: unable to start container process: exec: "nope": executable file not found in $PATH: unknown',
    "command_missing",
    "config deployment none",
  ],
  [
    500,
    "OCI runtime create failed: runc create failed: unable to start container process: exec /bin/sh: argument list too long: unknown",
    "user_data_too_long",
    "config account none",
  ],
  [400, "invalid reference format: repository name must be lowercase", "refused", "config deployment none"],
  [400, "client version 1.99 is too new. Maximum supported API version is 1.41", "api_version", "config account none"],
  [400, "client version 1.24 is too old. Minimum supported API version is 1.44", "api_version", "config account none"],
  [403, "authorization denied by plugin opa: no", "not_authorized", "auth account none"],
  [401, "status 401 Unauthorized", "not_authorized", "auth account none"],
  [429, "status 429", "rate_limited", "throttle account none"],
  [500, "toomanyrequests: You have reached your pull rate limit", "rate_limited", "throttle account none"],
  [503, "status 503 Service Unavailable", "unavailable", "transient account unknown"],
  [404, "page not found", "not_found", "transient account unknown"],
  [500, "OCI runtime create failed: container_linux.go: something else", "status_500", "unknown account unknown"],
  // Podman 4.3
  [
    500,
    "container create: unable to find network with name or ID never-made: network not found",
    "network_missing",
    "config account none",
  ],
  [404, "unable to find network with name or ID shop: network not found", "network_missing", "config account none"],
  [
    500,
    "container e4ce must be in Created or Stopped state to be started: container state improper",
    "wrong_state",
    "conflict account none",
  ],
  [404, "no such volume", "volume_missing", "config account none"],
  [404, "get conf: no such volume", "volume_missing", "config account none"],
  [400, "HTTP request to an HTTPS server: the endpoint", "tls_wanted", "config account none"],
  [418, "I am a teapot", "status_418", "unknown account unknown"],
];

test.each(SENTENCES)("%i %s", (...[status, message, code, expected]) => {
  const fault = refusalFault({ status, message, retryAfterMs: null });
  expect(fault.code).toBe(code);
  expect(meaning(fault)).toBe(expected);
  expect(fault.text).toBe(message);
});

test("the wish when to come again is kept", () => {
  expect(refusalFault({ status: 429, message: "slow down", retryAfterMs: 7000 }).retryAfterMs).toBe(7000);
});

test("a container that was refused its start exists all the same", () => {
  expect(meaning(startFault("network nonet not found"))).toBe("config account made");
});

test("how a container ended says whether memory ran out", () => {
  expect(exitFault({ exitCode: 0, isOomKilled: false })).toMatchObject({ code: "exited", effect: "made" });
  expect(exitFault({ exitCode: 137, isOomKilled: true })).toMatchObject({ code: "out_of_memory" });
});

test.each([
  ["EACCES", "account account none", "group"],
  ["EPERM", "account account none", "group"],
  ["ENOENT", "transient account none", "no such socket"],
  ["ECONNREFUSED", "transient account none", "nobody listens; start Docker"],
])("a socket with %s is %s", (code, expected, text) => {
  const at = { name: "unix:///run/docker.sock", effect: "none", remedies: SOCKET_REMEDIES } as const;
  const { fault } = lineFault(Object.assign(new Error("connect"), { code }), at);
  expect(meaning(fault)).toBe(expected);
  expect(fault.text).toContain(`${at.name}: `);
  expect(fault.text).toContain(text);
});
