// Servers as Nova shows them, from the first state to the last.

import { expect, test } from "vitest";
import { uuidOf } from "./names.ts";
import { NOVA, openstackStages, orderOf } from "./openstack.testsuite.ts";

const opened = openstackStages();
const MINUTE_MS = 60_000;

test("a server is built, stopped, started and deleted", async () => {
  const { add, server, act, ask, clock } = await opened({
    scheduling: { kind: "fixed", ms: 1_000 },
    boot: { kind: "fixed", ms: 1_000 },
  });
  const id = await add("db", { metadata: { tier: "data" }, security_groups: [{ name: "web" }] });
  expect(await server(id)).toMatchObject({ status: "BUILD", "OS-EXT-STS:task_state": "scheduling", addresses: {} });
  await clock.advance(MINUTE_MS);
  const running = await server(id);
  expect(running).toMatchObject({
    status: "ACTIVE",
    name: "db",
    metadata: { tier: "data" },
    flavor: { original_name: "m1.small", vcpus: 1 },
    security_groups: [{ name: "web" }],
    "OS-EXT-AZ:availability_zone": "az1",
    addresses: { private: [{ version: 4, "OS-EXT-IPS:type": "fixed" }] },
  });
  expect((await act(id, "os-start")).json).toEqual({
    conflictingRequest: { code: 409, message: `Cannot 'start' instance ${id} while it is in vm_state active` },
  });
  expect((await act(id, "os-stop")).status).toBe(202);
  await clock.advance(MINUTE_MS);
  expect(await server(id)).toMatchObject({ status: "SHUTOFF" });
  expect((await act(id, "os-start")).status).toBe(202);
  expect(await server(id)).toMatchObject({ status: "SHUTOFF", "OS-EXT-STS:task_state": "powering-on" });
  await clock.advance(MINUTE_MS);
  expect(await server(id)).toMatchObject({ status: "ACTIVE" });
  expect(Object((await act(id, "os-getConsoleOutput", { length: 1 })).json).output).not.toContain("\n");
  expect((await ask(`${NOVA}/servers/${id}`, { method: "DELETE" })).status).toBe(204);
  await clock.advance(MINUTE_MS);
  expect((await ask(`${NOVA}/servers/${id}`)).json).toEqual({
    itemNotFound: { code: 404, message: `Instance ${id} could not be found.` },
  });
});

test("no host has room: the create is accepted, and the server is in ERROR with the reason, which lists do not tell", async () => {
  const { add, server, ask, clock } = await opened();
  const ids = [];
  for (const name of ["a", "b", "c"]) ids.push(await add(name, { availability_zone: "az2" }));
  await clock.advance(MINUTE_MS);
  const statuses = await Promise.all(ids.map(async (id) => (await server(id))["status"]));
  expect(statuses).toEqual(["ACTIVE", "ACTIVE", "ERROR"]);
  const fault = { code: 500, message: "No valid host was found. There are not enough hosts available." };
  expect(await server(ids[2] ?? "")).toMatchObject({ fault });
  const { servers } = Object((await ask(`${NOVA}/servers/detail?status=ERROR`)).json);
  expect(servers).toMatchObject([{ name: "c", status: "ERROR" }]);
  expect(servers[0]).not.toHaveProperty("fault");
});

test("lists are the newest first, in pages after a marker, by name as a pattern", async () => {
  const { add, ask, url } = await opened();
  for (const name of ["web-1", "web-2", "db"]) await add(name);
  const named = async (query: string): Promise<unknown> => {
    const { servers, servers_links: links } = Object((await ask(`${NOVA}/servers${query}`)).json);
    return [servers.map(({ name }: { name: string }) => name), links?.[0].href.replace(url, "") ?? null];
  };
  const [first, next] = Object(await named("?limit=2"));
  expect([first, await named(String(next).replace(`${NOVA}/servers`, ""))]).toEqual([
    ["db", "web-2"],
    [["web-1"], null],
  ]);
  expect(await named("?name=^web-")).toEqual([["web-2", "web-1"], null]);
  expect((await ask(`${NOVA}/servers?marker=${uuidOf("no", "server")}`)).status).toBe(400);
  expect((await ask(`${NOVA}/servers?name=(`)).status).toBe(400);
});

test("several servers by one request, all or none", async () => {
  const { ask, datacentre } = await opened();
  const { status } = await ask(`${NOVA}/servers`, { body: orderOf("web", { min_count: 3 }) });
  expect([status, datacentre.billing.aliveNow().length]).toEqual([202, 3]);
  const { servers } = Object((await ask(`${NOVA}/servers`)).json);
  expect(servers.map(({ name }: { name: string }) => name)).toEqual(["web-3", "web-2", "web-1"]);
  expect((await ask(`${NOVA}/servers`, { body: orderOf("web", { min_count: 99 }) })).json).toMatchObject({
    forbidden: { message: "Quota exceeded for instances: Requested 1, but already used 20 of 20 instances" },
  });
  expect(datacentre.billing.aliveNow()).toHaveLength(3);
});

test.each<[string, object, string]>([
  [
    "a network that is not there",
    { networks: [{ uuid: "nowhere" }] },
    "400 badRequest: Network nowhere could not be found.",
  ],
  [
    "no network where there are several",
    { networks: "auto" },
    "409 conflictingRequest: Multiple possible networks found",
  ],
  ["a group that is not there", { security_groups: [{ name: "x" }] }, "400 badRequest: Unable to find security_group"],
  ["a key that is not there", { key_name: "x" }, "400 badRequest: Invalid key_name provided."],
  ["a flavor that is not there", { flavorRef: "x" }, "400 badRequest: Flavor x could not be found."],
  ["an image that is not there", { imageRef: "x" }, "400 badRequest: Can not find requested image"],
  ["no image", { imageRef: "" }, "400 badRequest: Invalid imageRef provided"],
  [
    "a zone that is not there",
    { availability_zone: "az9" },
    "400 badRequest: The requested availability zone is not available",
  ],
  ["user data that is no base64", { user_data: "?" }, "400 badRequest: Invalid input for field/attribute user_data"],
  [
    "user data that is too long",
    { user_data: "A".repeat(80_000) },
    "400 badRequest: Invalid input for field/attribute user_data",
  ],
  ["a field that nobody knows", { nonsense: 1 }, "400 badRequest: Invalid input."],
  ["a port that was made before", { networks: [{ port: "p" }] }, "400 badRequest: Ports that were made before"],
  ["a name of nothing", { name: "" }, "400 badRequest: Invalid input for field/attribute name"],
])("a server with %s is refused, and none is made", async (_, more, expected) => {
  const { ask, datacentre } = await opened();
  const { status, json } = await ask(`${NOVA}/servers`, { body: orderOf("db", more) });
  const [[kind, said] = ["", {}]] = Object.entries(Object(json));
  expect(`${status} ${kind}: ${Object(said).message}`).toContain(expected);
  expect(datacentre.billing.aliveNow()).toEqual([]);
});

test("before 2.37 no network need be named, before 2.47 a flavor is an id, and versions that there are not are refused", async () => {
  const { ask, server } = await opened({ networks: [] });
  const { server: order } = Object(orderOf("db"));
  const { networks: _, ...rest } = order;
  const old = { "openstack-api-version": "compute 2.1" };
  const made = await ask(`${NOVA}/servers`, { body: { server: rest }, headers: old });
  expect(made.status).toBe(202);
  expect((await ask(`${NOVA}/servers`, { body: { server: rest } })).status).toBe(400);
  const { id } = Object(made.json).server;
  expect(Object((await ask(`${NOVA}/servers/${id}`, { headers: old })).json).server.flavor).toHaveProperty("id");
  expect((await server(id))["flavor"]).not.toHaveProperty("id");
  for (const version of ["2.0", "2.999", "3.1"]) {
    expect((await ask(`${NOVA}/limits`, { headers: { "openstack-api-version": `compute ${version}` } })).status).toBe(
      406,
    );
  }
  expect(
    (await ask(`${NOVA}/limits`, { headers: { "openstack-api-version": "compute latest" } })).headers.get(
      "x-openstack-nova-api-version",
    ),
  ).toBe("2.93");
});

test("of a zone that does not answer as much is told as a cell's database would have", async () => {
  const { add, ask, operator, server } = await opened();
  const id = await add("db");
  operator.setRealmDown("az1", true);
  expect(await server(id)).toEqual(expect.objectContaining({ id, status: "UNKNOWN" }));
  const { servers } = Object((await ask(`${NOVA}/servers/detail`)).json);
  expect(servers).toEqual([expect.not.objectContaining({ name: "db" })]);
  const { availabilityZoneInfo: zones } = Object((await ask(`${NOVA}/os-availability-zone`)).json);
  expect(zones.map(({ zoneState }: { zoneState: object }) => zoneState)).toEqual([
    { available: false },
    { available: true },
  ]);
  expect((await ask(`${NOVA}/servers/${id}`, { method: "DELETE" })).status).toBe(503);
});
