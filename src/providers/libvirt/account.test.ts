import { expect, test } from "vitest";
import { AccountFormFault } from "../../ports/account-form.ts";
import { parseAccount, parseEndpoint } from "./account.ts";

const endpoint = (uri: string) => parseEndpoint({ uri, ca: null, cert: null, key: null });
const SYSTEM = ["/var/run/libvirt/libvirt-sock", "/var/run/libvirt/virtqemud-sock"];

test.each([
  ["qemu:///system", { kind: "unix", driver: "qemu:///system", sockets: SYSTEM }],
  [
    "qemu+unix:///system?socket=/tmp/a%20b/sock",
    { kind: "unix", name: "qemu+unix:///system?socket=/tmp/a b/sock", sockets: ["/tmp/a b/sock"] },
  ],
  ["qemu+unix:///session?socket=/run/user/1000/libvirt/libvirt-sock", { kind: "unix", driver: "qemu:///session" }],
  [
    "qemu+ssh://slipway@host.example.org/system",
    { kind: "ssh", user: "slipway", host: "host.example.org", port: null },
  ],
  [
    "qemu+ssh://host:2222/system?keyfile=/etc/slipway/id&known_hosts=/etc/slipway/hosts",
    {
      kind: "ssh",
      user: null,
      port: 2222,
      keyFile: "/etc/slipway/id",
      knownHosts: "/etc/slipway/hosts",
      sockets: SYSTEM,
    },
  ],
  ["qemu+tls://host/system", { kind: "tls", host: "host", port: 16_514, ca: null, client: null }],
  [
    "qemu://[fd00::1]:1234/system",
    { kind: "tls", host: "fd00::1", port: 1234, name: "qemu+tls://[fd00::1]:1234/system" },
  ],
])("%s", (uri, meant) => {
  expect(endpoint(uri)).toMatchObject(meant);
});

test.each([
  ["http://host/system", "must look like qemu:///system"],
  ["qemu:///other", "must look like qemu:///system"],
  ["qemu+tcp://host/system", "without encryption"],
  ["qemu+libssh://host/system", "a transport that is not known, libssh"],
  ["qemu+unix://host/system", "names a host"],
  ["qemu+ssh://user:secret@host/system", "may not hold a password"],
  ["qemu+ssh:///system", "must name a host"],
  ["qemu+ssh://-oProxyCommand=touch/system", "must name a host"],
  ["qemu+ssh://-l@host/system", "names a user as which nobody can log in"],
  ["qemu+ssh://host/system?command=/bin/sh", "has an option command, which is not taken here"],
  ["qemu+ssh://host/system?keyfile=id", "has an option keyfile that is no path from /"],
  ['qemu+ssh://host/system?keyfile=/a"b', "has an option keyfile that is no path from /"],
  ["qemu+ssh://host:99999/system", "a port that nothing can have"],
  ["qemu+tls://user@host/system", "names a user, and TLS"],
  ["qemu+tls://host/system?pkipath=/etc/pki", "give certificates as ca, cert and key"],
  ["qemu:///session", "must name the socket of a session"],
])("%s is refused: %s", (uri, problem) => {
  expect(() => endpoint(uri)).toThrow(AccountFormFault);
  expect(() => endpoint(uri)).toThrow(problem);
  expect(() => endpoint(uri)).not.toThrow("secret");
});

test("certificates are for TLS alone, and must be some", () => {
  const given = { ca: "-----BEGIN", cert: null, key: null };
  expect(() => parseEndpoint({ ...given, uri: "qemu:///system" })).toThrow("ca: is of no use here");
  expect(() => parseEndpoint({ ...given, uri: "qemu+tls://host/system" })).toThrow("ca: must be a certificate");
  const alone = { ca: null, cert: null, key: "-----BEGIN", uri: "qemu+tls://host/system" };
  expect(() => parseEndpoint(alone)).toThrow("cert: is missing");
});

test("an account with an address alone has the usual rest", () => {
  const settings = parseAccount({ settings: { uri: "qemu:///system" } }, {});
  expect(settings).toMatchObject({
    pool: "default",
    imagePool: "default",
    mostStorageGib: 500,
    keptMemoryMib: 1024,
    vcpusPerCpu: 4,
    prices: { byPart: null },
  });
  expect(parseAccount({ settings: { uri: "qemu:///system", pool: "a", imagePool: "b" } }, {}).imagePool).toBe("b");
});

test.each([
  [{ pool: "a/b" }, "pool: must be the name of a storage pool"],
  [{ imagePool: " " }, "imagePool: must be the name of a storage pool"],
  [{ mostStorageGib: 1.5 }, "mostStorageGib: must be a whole number"],
  [{ hourlyPricePerCpu: 1 }, "hourlyPricePerGib: is missing"],
  [{ where: { "*": { securityGroups: ["web"] } } }, "is not known; known: networks, publicKey"],
])("%j is refused: %s", (given, problem) => {
  expect(() => parseAccount({ settings: { uri: "qemu:///system", ...given } }, {})).toThrow(problem);
});
