import { expect, test } from "vitest";
import { AUTHORITY } from "../../cloud-http/certificates.samples.ts";
import { parseAccount } from "./account.ts";

type Given = Readonly<Record<string, unknown>>;

const URL_ = "https://engine.example.org/ovirt-engine/api";
const BASE = { url: URL_, user: "slipway@internal" };
const SECRET = { password: "engine-pass-word" };

const parse = (settings: Given, credentials: Readonly<Record<string, string>> = SECRET) =>
  parseAccount({ settings }, credentials);

test.each<[string, Given, Readonly<Record<string, string>>]>([
  ["url", { user: "slipway@internal" }, SECRET],
  ["url", { ...BASE, url: "engine.example.org" }, SECRET],
  ["url", { ...BASE, url: "https://x:engine-pass-word@engine.example.org" }, SECRET],
  ["url", { ...BASE, url: "https://engine.example.org/ovirt-engine/api/v3" }, SECRET],
  ["user", { url: URL_ }, SECRET],
  ["user", { ...BASE, user: "slipway" }, SECRET],
  ["user", { ...BASE, user: "@internal" }, SECRET],
  ["password", BASE, {}],
  ["sizes", { ...BASE, sizes: "templates" }, SECRET],
  ["mostCpu", { ...BASE, mostCpu: 2.5 }, SECRET],
  ["mostStorageGib", { ...BASE, mostStorageGib: 0.5 }, SECRET],
  ["ca", { ...BASE, url: "http://127.0.0.1:8080", ca: AUTHORITY }, SECRET],
  ["prices", { ...BASE, prices: "Small cheap" }, SECRET],
  ["hourlyPricePerGib", { ...BASE, hourlyPricePerCpu: 0.01 }, SECRET],
  ["where.Default.securityGroups", { ...BASE, where: { Default: { securityGroups: ["web"] } } }, SECRET],
  ["datacenter", { ...BASE, datacenter: "Default" }, SECRET],
])("an account with a wrong %s is refused, and no secret repeated", (field, settings, credentials) => {
  const text: unknown = expect.stringMatching(new RegExp(`^${field}: (?!.*engine-pass-word)`, "s"));
  const fault: unknown = expect.objectContaining({ class: "config", scope: "account", effect: "none", text });
  expect(() => parse(settings, credentials)).toThrow(expect.objectContaining({ name: "ProviderFault", fault }));
});

test.each([
  [URL_, "https://engine.example.org/ovirt-engine"],
  ["https://engine.example.org", "https://engine.example.org/ovirt-engine"],
  ["https://engine.example.org/ovirt-engine/", "https://engine.example.org/ovirt-engine"],
  ["https://engine.example.org/ovirt-engine/api/v4", "https://engine.example.org/ovirt-engine"],
  ["https://engine.example.org/ovirt-engine/webadmin", "https://engine.example.org/ovirt-engine"],
  ["https://proxy.example.org:8443/virt/ovirt-engine/api", "https://proxy.example.org:8443/virt/ovirt-engine"],
])("%s leads to the engine", (url, expected) => {
  expect(parse({ ...BASE, url }).url.href).toBe(expected);
});

test("what is left out has its usual value", () => {
  expect(parse(BASE)).toMatchObject({
    user: "slipway@internal",
    dataCenter: null,
    cluster: null,
    quota: null,
    isCut: false,
    most: { cpu: 16, memoryMib: 64 * 1024, storageGib: 500 },
  });
});
