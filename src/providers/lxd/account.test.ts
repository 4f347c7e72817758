import { expect, test } from "vitest";
import { LOCAL } from "../../cloud-http/certificates.samples.ts";
import { parseAccount } from "./account.ts";

const SOCKET = { endpoint: "unix:///var/lib/lxd/unix.socket" };
const REMOTE = { endpoint: "https://lxd.example:8443", cert: LOCAL.cert };

test("a socket needs nothing else: containers of the default project, cut to measure", () => {
  expect(parseAccount({ settings: SOCKET }, {})).toMatchObject({
    way: { socketPath: "/var/lib/lxd/unix.socket", client: null },
    project: "default",
    kind: "container",
    profiles: ["default"],
    pool: null,
    sizes: null,
  });
});

test("a remote LXD is shown the account's certificate, and known by its own", () => {
  const { way } = parseAccount({ settings: { ...REMOTE, ca: LOCAL.cert } }, { key: LOCAL.key });
  expect(way).toMatchObject({ client: LOCAL, trust: { ca: LOCAL.cert }, pinsCertificate: true });
});

test("sizes are read with their units, profiles in their order", () => {
  const settings = { ...SOCKET, sizes: "# ours\nsmall = 1 512MiB\nlarge=4 8GiB 20GiB\n", profiles: "default, shop" };
  expect(parseAccount({ settings }, {})).toMatchObject({
    profiles: ["default", "shop"],
    sizes: [
      { name: "small", cpu: 1, memoryMib: 512, storageGib: null },
      { name: "large", cpu: 4, memoryMib: 8192, storageGib: 20 },
    ],
  });
});

test.each([
  ["another protocol", { endpoint: "http://lxd.example:8443" }, {}, "endpoint: must look like unix:///var/lib/lxd"],
  ["a path", { ...REMOTE, endpoint: "https://lxd.example/1.0" }, { key: LOCAL.key }, "endpoint: must look like"],
  ["no certificate", { endpoint: REMOTE.endpoint }, {}, "cert: is missing; with https://"],
  ["a token for a socket", SOCKET, { trustToken: "eyJ" }, "trustToken: is of no use here"],
  ["a certificate for a socket", { ...SOCKET, cert: LOCAL.cert }, { key: LOCAL.key }, "cert: is of no use here"],
  ["a size without memory", { ...SOCKET, sizes: "small = 1" }, {}, "sizes: line 1 must look like small = 1 512MiB"],
  ["a size of nothing", { ...SOCKET, sizes: "a = 1 1GiB\nsmall = 0 1GiB" }, {}, "sizes: line 2 must look like"],
  ["a size twice", { ...SOCKET, sizes: "a = 1 1GiB\na = 2 1GiB" }, {}, "sizes: tells a twice"],
  ["no sizes", { ...SOCKET, sizes: "# none" }, {}, "sizes: tells none"],
  ["a profile twice", { ...SOCKET, profiles: "a,a" }, {}, "profiles: must be different names"],
  ["an empty profile", { ...SOCKET, profiles: "a,," }, {}, "profiles: must be different names"],
])("%s is refused", (...given) => {
  const [, settings, credentials, says] = given;
  expect(() => parseAccount({ settings }, credentials)).toThrow(says);
});
