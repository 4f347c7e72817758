// What becomes of a request at the wire, and what is concluded from how it goes.

import { expect, test } from "vitest";
import { calm, create, faultOf, lookedAt, readyRequest } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  asCreated,
  begun,
  CREATE,
  ended,
  type Exchange,
  failed,
  forgotten,
  goesOn,
  ID,
  LIST,
  listedAsCreated,
  ONE,
  OPERATION,
  openReplay,
  PROJECT,
  paths,
  refusal,
  SERVER,
  sync,
} from "./cloud-replay.testsuite.ts";

const placement = { realm: "default", size: "custom", image: "busybox", storageGib: 0 };
const MADE: readonly Exchange[] = [begun(CREATE), ended, { on: ONE, answer: asCreated() }];
const GONE = refusal(ONE, 404, "Instance not found");

const profile = (name: string, devices: object): Exchange => ({
  on: `GET /1.0/profiles/${name}`,
  body: sync({ name, config: {}, description: "", devices, used_by: [] }),
});
const ROOT = { path: "/", pool: "lab", type: "disk" };
const NIC = { name: "eth0", network: "lxdbr0", type: "nic" };
const NETWORKS: Exchange = {
  on: "GET /1.0/networks",
  body: sync([
    { name: "shop", type: "bridge", managed: true },
    { name: "br0", type: "bridge", managed: false },
    { name: "eth0", type: "physical", managed: false },
  ]),
};

test("a machine is asked for with all that it is in one request, and is there as its operation ends", async () => {
  await using replay = await openReplay([SERVER, ...MADE]);
  const request = readyRequest({ placement }, { cpu: 1.5, memoryMib: 48, userData: "#!/bin/sh" });
  const { labels } = request;
  expect(await replay.cloud.create(request, async () => undefined, calm())).toMatchObject({
    externalId: ID,
    name: request.name,
    state: "stopped",
    fault: null,
    handle: null,
  });
  expect(paths(replay)).toEqual([
    "GET /1.0",
    "POST /1.0/instances",
    `GET /1.0/operations/${OPERATION}/wait`,
    `GET /1.0/instances/${request.name}`,
  ]);
  expect(replay.asked.every(({ query }) => query.get("project") === "slipway")).toBe(true);
  expect(replay.asked[1]?.body).toEqual({
    name: request.name,
    type: "container",
    profiles: ["default"],
    source: { type: "image", alias: "busybox" },
    devices: {},
    config: {
      "limits.cpu": "2",
      "limits.memory": "48MiB",
      "boot.autostart": "false",
      "security.protection.delete": "false",
      "cloud-init.user-data": "#!/bin/sh",
      ...Object.fromEntries(Object.entries(labels).map(([key, label]) => [`user.${key}`, label])),
      "user.slipway-machine": request.name,
    },
  });
});

test("an older LXD gets user data where it looks for it", async () => {
  const old = sync({ auth: "trusted", api_extensions: [], environment: { driver: "lxc" } });
  await using replay = await openReplay([{ on: "GET /1.0", body: old }, ...MADE]);
  await create(replay, readyRequest({ placement }, { userData: "#cloud-config" }));
  expect(replay.asked[1]?.config).toMatchObject({ "user.user-data": "#cloud-config" });
});

test("a fingerprint is one", async () => {
  await using replay = await openReplay(MADE);
  await create(replay, readyRequest({ placement }, { image: "a".repeat(64) }));
  expect(replay.asked[0]?.body).toMatchObject({ source: { type: "image", fingerprint: "a".repeat(64) } });
});

test("a root disk is that of the profiles with its own size, and networks take the places of the profiles' interfaces", async () => {
  const brought = { root: ROOT, eth0: NIC, extra: { ...NIC, name: "eth1" }, data: { type: "disk", path: "/data" } };
  await using replay = await openReplay([profile("default", brought), NETWORKS, ...MADE], {});
  await create(replay, readyRequest({ placement }, { storageGib: 2, where: { networks: ["br0"] } }));
  expect(replay.asked[2]?.body).toMatchObject({
    devices: {
      root: { ...ROOT, size: "2GiB" },
      eth0: { type: "nic", name: "eth0", nictype: "bridged", parent: "br0" },
      extra: { type: "none" },
    },
  });
});

test("the account's pool counts, networks beyond the profiles' get places of their own, and what profiles bring is read once", async () => {
  await using replay = await openReplay(
    [profile("default", { eth0: NIC }), profile("shop", {}), NETWORKS, ...MADE, NETWORKS, ...MADE],
    { profiles: "default,shop", pool: "fast" },
  );
  for (const _ of [1, 2]) await create(replay, readyRequest({ placement }, { where: { networks: ["shop", "br0"] } }));
  expect(replay.asked[3]?.body).toMatchObject({
    profiles: ["default", "shop"],
    devices: {
      root: { type: "disk", path: "/", pool: "fast" },
      eth0: { type: "nic", name: "eth0", network: "shop" },
      eth1: { type: "nic", name: "eth1", nictype: "bridged", parent: "br0" },
    },
  });
});

test("a network that is not there is refused before anything is asked for", async () => {
  await using replay = await openReplay([profile("default", { root: ROOT, eth0: NIC }), NETWORKS]);
  const request = readyRequest({ placement }, { where: { networks: ["nope"] } });
  expect((await faultOf(create(replay, request))).fault).toMatchObject({
    class: "config",
    scope: "account",
    effect: "none",
    code: "network_missing",
  });
});

test("a size of the account's list is what it says, and one that it lists no more is refused here alone", async () => {
  await using replay = await openReplay([profile("default", { root: ROOT }), ...MADE], { sizes: "s = 2 1GiB 5GiB" });
  await create(replay, readyRequest({ placement }, { size: "s", cpu: 1, memoryMib: 10 }));
  expect(replay.asked[1]?.body).toMatchObject({
    config: { "limits.cpu": "2", "limits.memory": "1024MiB" },
    devices: { root: { size: "5GiB" } },
  });
  const { fault } = await faultOf(create(replay, readyRequest({ placement }, { size: "m" })));
  expect(fault).toMatchObject({ class: "config", scope: "offer", effect: "none" });
});

test.each([
  ["whose connection ends", { on: "GET /1.0/operations/*/wait", end: "cut" } as const],
  ["that says nothing readable", { on: "GET /1.0/operations/*/wait", body: {} }],
  ["that is refused", refusal("GET /1.0/operations/*/wait", 403, "not authorized")],
])("after a create was accepted, a wait %s leaves it in doubt", async (_what, wait) => {
  await using replay = await openReplay([begun(CREATE), wait]);
  expect((await faultOf(create(replay, readyRequest({ placement })))).fault.effect).toBe("unknown");
});

test("an operation that LXD has forgotten is no failure: the machine tells", async () => {
  await using replay = await openReplay([begun(CREATE), forgotten, { on: ONE, answer: asCreated() }]);
  expect((await create(replay, readyRequest({ placement }))).externalId).toBe(ID);
  await using lost = await openReplay([begun(CREATE), forgotten, GONE]);
  expect((await faultOf(create(lost, readyRequest({ placement })))).fault).toMatchObject({ effect: "unknown" });
});

test("what a failed create has left behind is named", async () => {
  const why = failed("Failed creating instance from image: no space left on device");
  await using replay = await openReplay([begun(CREATE), why, { on: ONE, answer: asCreated() }]);
  const error = await faultOf(create(replay, readyRequest({ placement })));
  expect(error.fault).toMatchObject({ class: "capacity", effect: "made" });
  expect(error.externalId).toBe(ID);
});

test("a create that goes on is pending until its operation ends, and stopped then", async () => {
  const shown: Exchange = { on: LIST, answer: listedAsCreated() };
  await using replay = await openReplay([
    begun(CREATE),
    goesOn,
    { on: ONE, answer: asCreated() },
    shown,
    goesOn,
    shown,
    ended,
  ]);
  const machine = await create(replay, readyRequest({ placement }));
  expect(machine.handle).toEqual({ operation: OPERATION });
  expect(await lookedAt(replay, machine)).toMatchObject({ state: "pending", handle: null });
  expect(await lookedAt(replay, machine)).toMatchObject({ state: "stopped", handle: {} });
});

test("one that goes on and fails later is gone, and says why", async () => {
  const empty: Exchange = { on: LIST, body: sync([]) };
  await using replay = await openReplay([
    begun(CREATE),
    goesOn,
    { on: ONE, answer: asCreated() },
    empty,
    GONE,
    PROJECT,
    failed("no space left on device"),
    empty,
    GONE,
    PROJECT,
    forgotten,
  ]);
  const machine = await create(replay, readyRequest({ placement }));
  expect(await lookedAt(replay, machine)).toMatchObject({
    state: "gone",
    fault: { class: "capacity", effect: "made" },
  });
  expect(await lookedAt(replay, machine)).toBeNull();
});
