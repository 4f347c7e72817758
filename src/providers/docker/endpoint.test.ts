import { expect, test } from "vitest";
import { LOCAL } from "../../cloud-http/certificates.samples.ts";
import { endpointOf } from "./engine-replay.testsuite.ts";

test.each([
  ["unix:///var/run/docker.sock", "unix:///var/run/docker.sock", "127.0.0.1"],
  ["http://192.0.2.7:2375", "http://192.0.2.7:2375", "192.0.2.7"],
  ["tcp://engine:2375", "http://engine:2375", "engine"],
  ["https://engine:2376/", "https://engine:2376", "engine"],
  ["http://[2001:db8::1]:80", "http://[2001:db8::1]", "2001:db8::1"],
  ["ssh://engine", "ssh://engine", "engine"],
  ["ssh://ops@[2001:db8::1]:2222/run/docker.sock", "ssh://ops@[2001:db8::1]:2222", "2001:db8::1"],
])("%s is an endpoint", (endpoint, name, hostAddress) => {
  expect(endpointOf({ endpoint })).toMatchObject({ way: { name }, hostAddress });
});

test.each([
  "docker.sock",
  "unix://docker.sock",
  "http://engine",
  "http://engine:2375/v1.41",
  "ssh://",
  "ssh://engine:0",
  "ssh://engine:22?x=1",
  "ssh://user:pa55@engine",
  "ssh://-oProxyCommand=touch",
  "ssh://-l@engine",
  'ssh://engine/a"b',
  "http://user:pa55@engine:2375",
])("%s is none", (endpoint) => {
  const fault = expect.objectContaining({ text: expect.not.stringContaining("pa55") });
  expect(() => endpointOf({ endpoint })).toThrowError(expect.objectContaining({ fault }));
});

test.each(["unix:///var/run/docker.sock", "http://engine:2375", "ssh://engine"])(
  "%s is not shown a certificate",
  (endpoint) => {
    expect(() => endpointOf({ endpoint, cert: LOCAL.cert }, { key: LOCAL.key })).toThrow(/cert: is of no use here/);
  },
);

test.each([
  [{ endpoint: "unix:///var/run/docker.sock", keyFile: "/id" }, /keyFile: is of no use here/],
  [{ endpoint: "https://engine:2376", knownHosts: "/known" }, /knownHosts: is of no use here/],
  [{ endpoint: "ssh://engine", keyFile: "id_ed25519" }, /keyFile: must be a path from \//],
  [{ endpoint: "ssh://engine", knownHosts: "/a%b" }, /knownHosts: must be a path from \//],
  [{ endpoint: "ssh://engine", ca: LOCAL.cert }, /ca: is of no use here/],
  [{ endpoint: "ssh://engine", proxy: "http://proxy:3128" }, /proxy: is of no use here/],
])("%j is refused", (settings, says) => {
  expect(() => endpointOf(settings)).toThrow(says);
});

test("ssh runs Docker's own program, or Podman's, for the socket that is named", () => {
  const { way } = endpointOf({ endpoint: "ssh://ops@engine:22/run/it's.sock", keyFile: "/id", knownHosts: "/known" });
  expect(way.ssh).toMatchObject({ host: "engine", port: 22, user: "ops", keyFile: "/id", knownHosts: "/known" });
  expect(way.ssh?.command).toMatch(/^sh -c '.*exec docker -H .*system dial-stdio; else exec podman --url /s);
  expect(endpointOf({ endpoint: "ssh://engine/" }).way.ssh?.command).toContain("exec docker system dial-stdio");
});
