// The wire between this provider and whatever answers at its address. That both ends agree is tried in conformance.test.ts.

import { expect, test } from "vitest";
import { calm, type Cloud, cloudThat, faultOf, wayTo } from "../../cloud-http/wire.samples.ts";
import { connectOverHttp } from "./client.ts";

const MACHINE = {
  id: "i-1",
  name: "web-1",
  realm: "a",
  size: "small",
  image: "debian-12",
  labels: { owner: "me" },
  state: "running",
  fault: null,
  privateAddress: "10.0.0.1",
  publicAddress: null,
  createdAt: 5,
};
const REQUEST = { name: "web-1", realm: "a", size: "small", image: "debian-12", userData: "pa55" };
const OFFER = {
  realm: "a",
  size: "small",
  family: "standard",
  cpu: 1,
  memoryMib: 1,
  storageGib: 1,
  architecture: "x86_64",
  accelerators: null,
  hourlyPrice: 0.1,
  spotPrice: null,
};

const tenantAt = (cloud: Cloud) => connectOverHttp({ way: wayTo(cloud), tenant: "plain", key: "plain-key" });
const answering = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  cloudThat((_, response) => response.writeHead(status, headers).end(JSON.stringify(body)));

test("what is not used of an answer does not matter", async () => {
  await using cloud = await answering(200, { ...MACHINE, novelty: 1 });
  expect(await tenantAt(cloud).get("i-1", calm())).toEqual({ ...MACHINE, operation: null, parts: [] });
});

test("a fault with a new code is a fault all the same", async () => {
  await using cloud = await answering(200, { ...MACHINE, fault: { code: "haunted", text: "boo" } });
  expect((await tenantAt(cloud).get("i-1", calm())).fault).toEqual({ code: "unexplained", text: "boo" });
});

test.each([
  ["of another form", { ...MACHINE, id: 7 }],
  ["a list", [MACHINE]],
  ["nothing", undefined],
])("an answer that is %s leaves the effect open", async (_what, body) => {
  await using cloud = await answering(200, body);
  const fault = await faultOf(tenantAt(cloud).create(REQUEST, calm()));
  expect(fault).toMatchObject({ class: "transient", effect: "unknown", code: "unreadable_answer" });
});

test.each([-1, 1e13])("a cloud that offers %s processors is not believed", async (cpu) => {
  await using cloud = await answering(200, { offers: [{ ...OFFER, cpu }], next: null });
  expect(await faultOf(tenantAt(cloud).sizes({}, calm()))).toMatchObject({ code: "unreadable_answer" });
});

test.each(["1e999", "-1e999"])("a number that is none here is not believed: %s", async (number) => {
  const body = JSON.stringify({ offers: [OFFER], next: null }).replace('"hourlyPrice":0.1', `"hourlyPrice":${number}`);
  await using cloud = await cloudThat((_, response) => response.end(body));
  expect(await faultOf(tenantAt(cloud).sizes({}, calm()))).toMatchObject({ code: "unreadable_answer" });
});

test.each<[number, unknown, object]>([
  [
    503,
    { error: { code: "insufficient_capacity", message: "full", retryAfterMs: null } },
    { class: "capacity", text: "full" },
  ],
  [
    429,
    { error: { code: "throttled", message: "slow", retryAfterMs: 1e300 } },
    { class: "throttle", retryAfterMs: 3_600_000 },
  ],
  [
    429,
    { error: { code: "throttled", message: "slow", retryAfterMs: "soon" } },
    { class: "throttle", retryAfterMs: null },
  ],
  [502, "<html>", { class: "transient", effect: "unknown", text: "status 502 from something that is no datacentre" }],
  [429, "<html>", { class: "throttle", effect: "none", retryAfterMs: 7_000 }],
  [403, "<html>", { class: "auth", effect: "none" }],
  [404, { error: { code: "haunted", message: "boo" } }, { class: "transient", effect: "unknown" }],
  [418, { error: { code: "toString", message: "boo" } }, { class: "transient", effect: "unknown" }],
])("a refusal with status %i is read: %o", async (status, body, expected) => {
  await using cloud = await answering(status, body, { "retry-after": "7" });
  expect(await faultOf(tenantAt(cloud).create(REQUEST, calm()))).toMatchObject(expected);
});

test("a refusal of half a million characters keeps its code", async () => {
  const error = { code: "insufficient_capacity", message: "x".repeat(500_000), retryAfterMs: null };
  await using cloud = await answering(503, { error });
  const fault = await faultOf(tenantAt(cloud).create(REQUEST, calm()));
  expect(fault).toMatchObject({ class: "capacity", effect: "none", code: "insufficient_capacity" });
});

test("a create is not sent on to another port, with all that is secret in it", async () => {
  await using other = await cloudThat((_, response) => response.end());
  await using cloud = await answering(307, null, { location: `http://127.0.0.1:${other.port}/v1/machines` });
  const fault = await faultOf(tenantAt(cloud).create(REQUEST, calm()));
  expect(fault).toMatchObject({ class: "config", effect: "none", code: "redirected" });
  expect(other.connections()).toBe(0);
});

test("a key that no header can carry is the account's mistake", async () => {
  await using cloud = await answering(200, MACHINE);
  const tenant = connectOverHttp({ way: wayTo(cloud), tenant: "plain", key: "ключ" });
  const fault = await faultOf(tenant.get("i-1", calm()));
  expect(fault).toMatchObject({ class: "config", scope: "account", effect: "none" });
  expect(fault.text).not.toContain("ключ");
});
