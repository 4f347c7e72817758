// What only the HTTP face has: the admin routes, lost connections, and bad input. The rest is cloud-api.testsuite.ts.

import { afterEach, describe, expect, test } from "vitest";
import { adminOverHttp } from "./admin-client.ts";
import { connectOverHttp } from "./client.ts";
import type { CreateRequest } from "./cloud-api.ts";
import { createDatacentre } from "./datacentre.ts";
import { plainCloud } from "./presets.ts";
import { type ServedDatacentre, serveDatacentre } from "./server.ts";
import { VirtualClock } from "./virtual-clock.ts";

const SMALL: CreateRequest = { name: "web", realm: "plain-a", size: "small", image: "nginx-1" };
const ACCESS = { tenant: "plain", key: "plain-key" };

let served: ServedDatacentre | null = null;
afterEach(async () => {
  await served?.close();
  served = null;
});

async function serve(lostAnswers: "hang" | "destroy" = "destroy") {
  const clock = new VirtualClock();
  const datacentre = createDatacentre({ clouds: [plainCloud()], clock });
  served = await serveDatacentre(datacentre, { port: 0, lostAnswers });
  const { url } = served;
  return { url, clock, datacentre, api: connectOverHttp({ url, ...ACCESS }), admin: adminOverHttp(url) };
}

describe("the owner's hands over HTTP", () => {
  test("faults are added, kept in order, and cleared", async () => {
    const { api, admin } = await serve();
    const cloud = admin.cloud("plain");
    const refuse = { kind: "refuse", code: "locked" } as const;
    await cloud.addFaults([{ on: "describe", times: Number.POSITIVE_INFINITY, do: refuse }]);
    await expect(api.describe()).rejects.toMatchObject({ code: "locked" });
    await expect(api.describe()).rejects.toMatchObject({ code: "locked" });
    expect((await cloud.snapshot()).faults).toEqual([
      { rule: { on: "describe", times: "always", do: refuse }, applied: 2 },
    ]);
    await cloud.clearFaults();
    await api.describe();
  });

  test("accidents, limits, and the truth afterwards", async () => {
    const { api, admin, datacentre } = await serve();
    const cloud = admin.cloud("plain");
    const first = await api.create(SMALL);
    const second = await cloud.plant("plain", { ...SMALL, name: "foreign" });
    await cloud.kill(first.id, { to: "error", text: "bang" });
    expect(await api.get(first.id)).toMatchObject({ state: "error", fault: { text: "bang" } });
    await cloud.vanish(second.id);
    expect(await admin.cloudNames()).toEqual(["plain"]);
    expect(await admin.billing()).toEqual({
      entries: datacentre.billing.entries(),
      alive: [expect.objectContaining({ machineId: first.id })],
      partEntries: [],
      partsAlive: [],
    });
    const part = await cloud.plantPart("plain", { kind: "port", name: "foreign", realm: "plain-a" });
    expect((await cloud.snapshot()).parts).toEqual([{ ...part, tenant: "plain", state: "available" }]);
    await cloud.vanishPart(part.id);
    expect((await admin.billing()).partEntries.map(({ kind }) => kind)).toEqual(["born", "gone"]);
    await cloud.setQuota("plain", { instances: 1, cpu: null, memoryMib: null });
    await expect(api.create(SMALL)).rejects.toMatchObject({ code: "quota_exceeded" });
    await cloud.setQuota("plain", { instances: null, cpu: null, memoryMib: null });
    const place = { realm: "plain-a", host: "plain-a-host-1" };
    await cloud.setCapacity(place, { cpu: 1, memoryMib: 2048, storageGib: 20 });
    await expect(api.create(SMALL)).rejects.toMatchObject({ code: "insufficient_capacity" });
    await cloud.setHostDown(place, true);
    expect((await cloud.snapshot()).hosts).toMatchObject([{ ...place, isDown: true, capacity: { cpu: 1 } }]);
    await cloud.setSuspended("plain", true);
    await expect(api.describe()).rejects.toMatchObject({ code: "account_suspended" });
    await cloud.setOutage(true);
    await expect(api.describe()).rejects.toMatchObject({ code: "unavailable" });
  });

  test("what is not there is said to be not there", async () => {
    const { admin } = await serve();
    await expect(admin.cloud("moon").snapshot()).rejects.toMatchObject({ code: "not_found" });
    await expect(admin.cloud("plain").kill("m")).rejects.toMatchObject({ code: "not_found" });
    await expect(admin.cloud("plain").setSuspended("t", true)).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("lost connections", () => {
  test("an answer that hangs ends with the caller's signal, and the machine is there", async () => {
    const { api, admin, datacentre } = await serve("hang");
    await admin.cloud("plain").addFaults([{ on: "create", do: { kind: "lose_answer" } }]);
    const caller = new AbortController();
    const asked = api.create(SMALL, caller.signal);
    while ((await admin.billing()).alive.length === 0);
    caller.abort(new Error("gave up"));
    await expect(asked).rejects.toThrow("gave up");
    expect(datacentre.billing.aliveNow()).toHaveLength(1);
  });

  test("a server that is not there was certainly not asked", async () => {
    const { api } = await serve();
    await served?.close();
    await expect(api.create(SMALL)).rejects.toMatchObject({ name: "CloudUnreachable" });
  });
});

describe("answers that no face would give", () => {
  const headers = { authorization: "Bearer plain:plain-key" };

  test("one that is cut in its middle: the head says how long it is, half of it comes, and it is done", async () => {
    const { url, api, admin, datacentre } = await serve();
    await admin.cloud("plain").addFaults([
      { on: "create", do: { kind: "cut_answer" } },
      { on: "list", do: { kind: "cut_answer" } },
    ]);
    await expect(api.create(SMALL)).rejects.toMatchObject({ name: "LostAnswer" });
    expect(datacentre.billing.aliveNow()).toHaveLength(1);
    const answer = await fetch(`${url}/v1/machines`, { headers });
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow("terminated");
    expect((await api.list({})).machines).toHaveLength(1);
  });

  test("one by script, word for word; done only when the script says so", async () => {
    const { url, admin, datacentre } = await serve();
    const answer = { kind: "raw_answer", status: 503, body: "<html>busy</html>" } as const;
    await admin.cloud("plain").addFaults([
      { on: "create", do: { ...answer, headers: { "content-type": "text/html", "retry-after": "30" } } },
      { on: "create", do: { ...answer, isDone: true } },
    ]);
    const post = () => fetch(`${url}/v1/machines`, { method: "POST", headers, body: JSON.stringify(SMALL) });
    const first = await post();
    expect([first.status, await first.text()]).toEqual([503, "<html>busy</html>"]);
    expect([first.headers.get("content-type"), first.headers.get("retry-after")]).toEqual(["text/html", "30"]);
    expect(datacentre.billing.aliveNow()).toHaveLength(0);
    expect((await post()).status).toBe(503);
    expect(datacentre.billing.aliveNow()).toHaveLength(1);
  });

  test("in process the first is a lost answer, the second an error of its own", async () => {
    const { datacentre } = await serve();
    datacentre.cloud("plain").addFaults([
      { on: "describe", do: { kind: "cut_answer" } },
      { on: "describe", do: { kind: "raw_answer", status: 418, body: "tea" } },
    ]);
    const api = datacentre.connect(ACCESS);
    await expect(api.describe()).rejects.toMatchObject({ name: "LostAnswer" });
    await expect(api.describe()).rejects.toMatchObject({ name: "ScriptedAnswer", status: 418, body: "tea" });
  });
});

test("every hand of the owner reaches over HTTP", async () => {
  const { admin, datacentre } = await serve();
  const far = admin.cloud("plain");
  const near = datacentre.cloud("plain");
  const place = { realm: "plain-a", host: "plain-a-host-1" };
  const { id } = await far.plant("plain", SMALL);
  const part = await far.plantPart("plain", { kind: "port", name: "p", realm: "plain-a" });
  await far.addFaults([]);
  await far.clearFaults();
  await far.setQuota("plain", { instances: 5 });
  await far.setQuota("plain", { "cpu/general": 3 }, "plain-a");
  await far.setUsedByOthers("plain", { cpu: 7 });
  await far.setRealmDown("plain-a", true);
  expect(near.snapshot()).toMatchObject({
    downRealms: ["plain-a"],
    tenants: [{ limit: { instances: 5 }, realmLimits: { "plain-a": { "cpu/general": 3 } }, used: { cpu: 8 } }],
  });
  await far.setRealmDown("plain-a", false);
  await far.setOffer({ size: "small", realm: "plain-a" }, { isOffered: false });
  await far.addImage("plain-a", { name: "fresh", aliases: ["new"] });
  await far.addNetwork({ name: "net", addresses: 3 });
  await far.addSecurityGroup({ name: "web" });
  const api = datacentre.connect(ACCESS);
  expect((await api.sizes({})).offers.map(({ size }) => size)).not.toContain("small");
  expect((await api.images({ alias: "new" })).images).toHaveLength(1);
  expect(await api.things()).toMatchObject({ networks: [{ freeAddresses: 3 }], securityGroups: [{ name: "web" }] });
  await far.removeImage("plain-a", "fresh");
  await far.removeNetwork("net");
  await far.removeSecurityGroup("web");
  await far.setCapacity(place, { cpu: 1, memoryMib: 1, storageGib: 1 });
  await far.setHostDown(place, true);
  await far.expireSessions();
  await far.expireSessions("plain");
  await far.kill(id);
  await far.vanish(id);
  await far.vanishPart(part.id);
  await far.setSuspended("plain", true);
  await far.setOutage(true);
  expect(await far.snapshot()).toEqual(near.snapshot());
  expect(Object.keys(far).toSorted()).toEqual(Object.keys(near).toSorted());
});

describe("bad input", () => {
  async function post(path: string, body: string): Promise<string> {
    const { url } = await serve();
    const headers = { authorization: "Bearer plain:plain-key" };
    const response = await fetch(url + path, { method: "POST", headers, body });
    const { error } = JSON.parse(await response.text());
    return `${response.status} ${error.message}`;
  }

  test.each([
    ["/v1/machines", "{", "400 body: Expected property name"],
    ["/v1/machines", "", "400 body: must be an object"],
    ["/v1/machines", '{"name": 5}', "400 body.name: must be a text"],
    ["/v1/machines", JSON.stringify({ ...SMALL, lables: {} }), "400 body.lables: is not known here"],
    ["/v1/machines", JSON.stringify("x".repeat(1_100_000)), "400 body: may have 1048576 bytes at most"],
    ["/v1/machines/%zz/start", "", "400 path: %zz is not well encoded"],
    ["/v1/machines/x/probe", '{"kind":"udp"}', "400 body.kind: must be one of tcp, http"],
    ["/v1/machines/x/dance", "", "404 No route POST /v1/machines/x/dance"],
    ["/admin/clouds/plain/add-faults", '{"rules":[{"on":"create"}]}', "400 body.rules[0].do: must be an object"],
    ["/admin/clouds/plain/set-quota", '{"tenant":"plain","limit":{"cpus":5}}', "400 body.limit.cpus: is no dimension"],
  ])("POST %s %.40s", async (path, body, answer) => {
    expect(await post(path, body)).toContain(answer);
  });

  test("no key, no answer; being alive is no secret", async () => {
    const { url } = await serve();
    const answer = await fetch(`${url}/v1`);
    expect(answer.status).toBe(401);
    expect(await (await fetch(`${url}/livez`)).json()).toEqual({ alive: true });
  });

  test("a throttled answer has the header too", async () => {
    const { url, admin } = await serve();
    await admin
      .cloud("plain")
      .addFaults([{ on: "describe", do: { kind: "refuse", code: "throttled", retryAfterMs: 1200 } }]);
    const answer = await fetch(`${url}/v1`, { headers: { authorization: "Bearer plain:plain-key" } });
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "2"]);
  });
});

test("a request may be given a name, under which its operation is found", async () => {
  const { url, api } = await serve();
  const headers = { authorization: "Bearer plain:plain-key", "correlation-id": "attempt-7" };
  await fetch(`${url}/v1/machines`, { method: "POST", headers, body: JSON.stringify(SMALL) });
  await api.create(SMALL);
  const { operations } = await api.listOperations({ correlation: "attempt-7" });
  expect(operations).toMatchObject([{ kind: "create", name: "web", correlation: "attempt-7" }]);
});
