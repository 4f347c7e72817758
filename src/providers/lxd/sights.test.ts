// What is seen, and what is concluded from what is not.

import { expect, test } from "vitest";
import { byId, calm, foundBy, listAll, lookedAt } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  ADDRESS,
  begun,
  ended,
  type Exchange,
  failed,
  goesOn,
  ID,
  instance,
  LIST,
  ONE,
  openReplay,
  OPERATION,
  OWNED,
  paths,
  PROJECT,
  refusal,
  RUNNING,
  SERVER,
  state,
  STATE,
  sync,
} from "./cloud-replay.testsuite.ts";

const placement = { realm: "default", size: "custom", image: "busybox" };
const machine = byId({ placement }, ID, "t1");
const shown = (...instances: readonly object[]): Exchange => ({ on: LIST, body: sync(instances) });
const NOTHING = shown();
const GONE = refusal(ONE, 404, "Instance not found");

test("what a list leaves out for a moment is asked for by name, and is not absent", async () => {
  const named = (given: object): Exchange => ({ on: ONE, body: sync(given) });
  const other = instance({}, { ...OWNED, "volatile.uuid": "another" });
  await using replay = await openReplay([NOTHING, named(instance()), NOTHING, named(other), PROJECT]);
  expect(await lookedAt(replay, machine)).toMatchObject({ externalId: ID, state: "stopped" });
  expect(await lookedAt(replay, machine)).toBeNull();
});

test("what a running container has written is read once, and kept", async () => {
  const path = "GET /1.0/instances/*/console";
  const up = shown(instance(RUNNING));
  const nothingNew = refusal(path, 500, "open : no such file or directory");
  await using replay = await openReplay([
    up,
    { on: path, bytes: Buffer.from("one\n") },
    up,
    nothingNew,
    up,
    { on: path, bytes: Buffer.from("two\n") },
    shown(instance({ ...RUNNING, last_used_at: "2027-01-01T00:00:00Z" })),
    nothingNew,
  ]);
  const read = () => replay.cloud.console(machine, calm());
  expect([await read(), await read(), await read(), await read()]).toEqual(["one\n", "one\n", "one\ntwo\n", null]);
});

test("a list is one call, and an address is asked for once a run", async () => {
  const up = shown(instance(RUNNING));
  await using replay = await openReplay([
    up,
    { on: STATE, body: state([]) },
    up,
    { on: STATE, body: state([ADDRESS]) },
    up,
    shown(instance({ ...RUNNING, last_used_at: "2026-11-29T10:00:00Z" })),
    { on: STATE, body: state([{ ...ADDRESS, address: "10.77.1.9" }]) },
  ]);
  const seen = async () => (await listAll(replay.cloud)).map((one) => [one.state, one.privateAddress]);
  // Its guest asks for one: whoever waits for the machine needs it.
  expect(await seen()).toEqual([["pending", null]]);
  expect(await seen()).toEqual([["running", "10.77.1.217"]]);
  expect(await seen()).toEqual([["running", "10.77.1.217"]]);
  expect(await seen()).toEqual([["running", "10.77.1.9"]]);
  expect(replay.asked[0]?.query.get("filter")).toBe("config.user.slipway-installation eq suite");
  expect(replay.asked[0]?.query.get("recursion")).toBe("1");
});

test("one without a network runs without an address, and one that nobody can look into is awaited", async () => {
  await using replay = await openReplay([
    shown(instance({ ...RUNNING, expanded_devices: {} })),
    shown(instance(RUNNING)),
    refusal(STATE, 500, "Failed to get the state of the guest"),
  ]);
  expect(await listAll(replay.cloud)).toMatchObject([{ state: "running", privateAddress: null }]);
  expect(await listAll(replay.cloud)).toMatchObject([{ state: "pending" }]);
});

test("an IPv4 address comes before an IPv6 one, and one of the link alone is none", async () => {
  const addresses = [
    { family: "inet6", address: "fe80::1", netmask: "64", scope: "link" },
    { family: "inet6", address: "fd42::7", netmask: "64", scope: "global" },
  ];
  await using replay = await openReplay([
    shown(instance(RUNNING)),
    { on: STATE, body: state(addresses) },
    shown(instance({ ...RUNNING, last_used_at: "2027-01-01T00:00:00Z" })),
    { on: STATE, body: state([...addresses, ADDRESS]) },
  ]);
  expect(await lookedAt(replay, machine)).toMatchObject({ privateAddress: "fd42::7" });
  expect(await lookedAt(replay, machine)).toMatchObject({ privateAddress: "10.77.1.217" });
});

test.each([
  ["Stopped", {}, "stopped", null],
  ["Stopped", { last_used_at: RUNNING.last_used_at }, "stopped", "stopped"],
  ["Stopping", {}, "stopping", null],
  ["Starting", {}, "pending", null],
  ["Frozen", {}, "unknown", null],
  ["Error", {}, "unknown", null],
])("%s %j is %s", async (...given) => {
  const [status, more, seen, code] = given;
  await using replay = await openReplay([shown(instance({ status, ...more }))]);
  const found = await lookedAt(replay, machine);
  expect([found?.state, found?.fault?.code ?? null]).toEqual([seen, code]);
});

test("copies, which bear their original's labels, and machines of others are not listed", async () => {
  const copy = instance({ name: "t2" });
  const others = instance({}, { ...OWNED, "user.slipway-installation": "neighbour" });
  await using replay = await openReplay([shown(copy, others, instance())]);
  expect((await listAll(replay.cloud)).map(({ name }) => name)).toEqual(["t1"]);
});

test("looks at many are one list, and what is not in it is absent when the project is there", async () => {
  await using replay = await openReplay([shown(instance()), GONE, PROJECT]);
  const other = byId({ placement }, "none", "t2");
  const looks = await replay.cloud.look([machine, other], calm());
  expect([looks.get("t1")?.kind, looks.get("t2")?.kind]).toEqual(["seen", "absent"]);
  expect(replay.asked[0]?.query.get("filter")).toBe(`config.volatile.uuid eq ${ID} or config.volatile.uuid eq none`);
});

test("of a project that is not there nothing is said to be absent: LXD lists it empty", async () => {
  const missing = refusal("GET /1.0/projects/slipway", 404, "Project not found");
  const fault = { class: "config", scope: "account", code: "project_missing" };
  await using replay = await openReplay([
    NOTHING,
    GONE,
    missing,
    NOTHING,
    missing,
    NOTHING,
    missing,
    NOTHING,
    GONE,
    missing,
  ]);
  await expect(replay.cloud.look([machine], calm())).rejects.toMatchObject({ fault });
  await expect(foundBy({ ...replay, placement }, "t1")).rejects.toMatchObject({ fault });
  await expect(listAll(replay.cloud)).rejects.toMatchObject({ fault });
  await expect(replay.cloud.destroy(machine, calm())).rejects.toMatchObject({ fault });
});

test("a search that finds nothing looks once more, for a create that LXD has slept over", async () => {
  const none: Exchange = { on: "GET /1.0/operations", body: sync({}) };
  await using replay = await openReplay([NOTHING, PROJECT, shown(instance()), none]);
  expect(await foundBy({ ...replay, placement }, "t1")).toMatchObject([{ name: "t1", state: "stopped", handle: null }]);
});

test("one whose create is still under way, by LXD's own list of operations, is pending", async () => {
  const operation = {
    id: OPERATION,
    description: "Creating instance",
    resources: { instances: ["/1.0/instances/t1?project=slipway"] },
  };
  const running: Exchange = {
    on: "GET /1.0/operations",
    body: sync({ success: null, running: [{ ...operation, id: "x", description: "Starting instance" }, operation] }),
  };
  await using replay = await openReplay([shown(instance()), running]);
  expect(await foundBy({ ...replay, placement }, "t1")).toMatchObject([
    { state: "pending", fault: null, handle: { operation: OPERATION } },
  ]);
});

const CHANGE = "PUT /1.0/instances/*/state";
const REMOVE = "DELETE /1.0/instances/*";

test("a running machine is stopped by force and removed, a stopped one removed", async () => {
  await using replay = await openReplay([
    shown(instance(RUNNING)),
    begun(CHANGE),
    ended,
    begun(REMOVE),
    ended,
    shown(instance()),
    begun(REMOVE),
    ended,
  ]);
  await replay.cloud.destroy(machine, calm());
  await replay.cloud.destroy(machine, calm());
  expect(replay.asked[1]?.body).toEqual({ action: "stop", force: true, timeout: 30 });
  expect(paths(replay).filter((path) => path.startsWith("DELETE"))).toHaveLength(2);
});

test("one that stands still or goes meanwhile is fine, and one that LXD is busy with comes again", async () => {
  await using replay = await openReplay([
    shown(instance(RUNNING)),
    begun(CHANGE),
    failed("The instance is already stopped"),
    refusal(REMOVE, 404, "Instance not found"),
    shown(instance()),
    begun(REMOVE),
    failed('Failed to create instance delete operation: Instance is busy running a "start" operation'),
    shown(instance()),
    begun(REMOVE),
    goesOn,
  ]);
  await replay.cloud.destroy(machine, calm());
  for (const code of ["busy", "under_way"]) {
    await expect(replay.cloud.destroy(machine, calm())).rejects.toMatchObject({ fault: { class: "conflict", code } });
  }
});

test("a start of what runs is fine; what LXD says against another one is told", async () => {
  const found = shown(instance());
  await using replay = await openReplay([
    found,
    begun(CHANGE),
    failed("The instance is already running"),
    found,
    begun(CHANGE),
    failed('Failed to start device "eth0": Parent device "lxlab-east" doesn\'t exist'),
  ]);
  await replay.cloud.start(machine, calm());
  await expect(replay.cloud.start(machine, calm())).rejects.toMatchObject({ fault: { code: "network_missing" } });
});

test.each<[string, Exchange, string]>([
  ["goes on past its time", goesOn, "under_way"],
  ["fails at the start", failed("Failed to run: forkstart t1"), "start_failed"],
  ["fails for want of disk space", failed("Failed to start: no space left on device"), "pool_full"],
  ["cannot be waited for any more", refusal("GET /1.0/operations/*/wait", 403, "not authorized"), "not_authorized"],
])("a reboot that was begun and %s may have ended the machine", async (_what, wait, code) => {
  await using replay = await openReplay([shown(instance(RUNNING)), begun(CHANGE), wait]);
  const rebooted = replay.cloud.reboot?.(machine, calm());
  await expect(rebooted).rejects.toMatchObject({ fault: { code, effect: "unknown" } });
});

test("a reboot that LXD does not begin has done nothing", async () => {
  const busy = refusal(CHANGE, 400, 'Instance is busy running a "stop" operation');
  await using replay = await openReplay([shown(instance(RUNNING)), busy]);
  const rebooted = replay.cloud.reboot?.(machine, calm());
  await expect(rebooted).rejects.toMatchObject({ fault: { code: "busy", effect: "none" } });
});

test("a console that was never begun is none", async () => {
  const path = "GET /1.0/instances/*/console";
  await using replay = await openReplay([
    shown(instance()),
    refusal(path, 500, "open /var/log/lxd/slipway_t1/console.log: no such file or directory"),
    shown(instance()),
    { on: path, bytes: Buffer.from("lab: ready\n") },
  ]);
  expect(await replay.cloud.console(machine, calm())).toBeNull();
  expect(await replay.cloud.console(machine, calm())).toBe("lab: ready\n");
});

const resources = (given: object) => ({
  on: "GET /1.0/projects/slipway/state",
  body: sync({
    resources: { instances: { Limit: 20, Usage: 3 }, memory: { Limit: 4294967296, Usage: 67108865 }, ...given },
  }),
});
const PROFILE: Exchange = { on: "GET /1.0/profiles/default", body: sync({ name: "default", devices: {} }) };

test("the project's limits are the quota, that of its kind of machines where it is nearer", async () => {
  const near = { containers: { Limit: 4, Usage: 3 }, cpu: { Limit: -1, Usage: 5 } };
  await using replay = await openReplay([SERVER, resources({}), PROFILE, SERVER, resources(near), PROFILE]);
  expect(await replay.cloud.usage(calm())).toContainEqual({ realm: null, dimension: "instances", most: 20, used: 3 });
  expect(await replay.cloud.usage(calm())).toEqual([
    { realm: null, dimension: "instances", most: 4, used: 3 },
    { realm: null, dimension: "cpu", most: null, used: 5 },
    { realm: null, dimension: "memoryMib", most: 4096, used: 65 },
    { realm: null, dimension: "disk", most: null, used: 0 },
  ]);
});

test("an image of another kind of machines is not there, and says so", async () => {
  const alias = (type: string): Exchange => ({
    on: "GET /1.0/images/aliases/*",
    body: sync({ name: "x", target: "f", type }),
  });
  const noAlias = refusal("GET /1.0/images/aliases/*", 404, "Image alias not found");
  const fingerprint = "4463adb9afd3c3c15d5cb2b1567be87a0dd0025e0e0858449185516a56f9a320";
  await using replay = await openReplay([
    alias("container"),
    alias("virtual-machine"),
    noAlias,
    { on: "GET /1.0/images/4463adb9afd3", body: sync({ fingerprint, type: "container", aliases: [] }) },
    noAlias,
    refusal("GET /1.0/images/abcdefabcdef", 404, "Image not found"),
  ]);
  const image = (choice: string) => replay.cloud.image(choice, "default", calm());
  expect(await image("debian/12")).toEqual({ image: "debian/12" });
  expect(await image("debian/12")).toMatchObject({ image: null, text: expect.stringContaining("virtual-machine") });
  expect(await image("4463adb9afd3")).toEqual({ image: fingerprint });
  expect(await image("abcdefabcdef")).toEqual({ image: null, text: null });
});

test("sizes are the account's list with its prices, or one that is cut as large as the server", async () => {
  const told: Exchange = {
    on: "GET /1.0/resources",
    body: sync({ cpu: { total: 2 }, memory: { total: 25769803776 } }),
  };
  const settings = {
    sizes: "s = 1 512MiB 5GiB\nm = 2 2GiB",
    prices: "s = 0.01",
    hourlyPricePerCpu: 0.02,
    hourlyPricePerGib: 0.01,
  };
  const server = { ...SERVER, optional: true };
  await using listed = await openReplay([server, { ...told, optional: true }, server], settings);
  expect((await listed.cloud.sizes(null, calm())).offers).toMatchObject([
    { size: "s", cpu: 1, memoryMib: 512, storageGib: 5, hourlyMicros: 10_000, takes: { disk: 5 }, cut: null },
    { size: "m", cpu: 2, memoryMib: 2048, hourlyMicros: 60_000, takes: {}, architecture: "x86_64" },
  ]);
  await using cut = await openReplay([server, { ...told, optional: true }, server]);
  expect((await cut.cloud.sizes(null, calm())).offers).toMatchObject([
    { size: "custom", cpu: 2, memoryMib: 24_576, cut: { step: { cpu: 1, memoryMib: 1 } } },
  ]);
});
