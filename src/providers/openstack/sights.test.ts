import { expect, test } from "vitest";
import { faultOf } from "../../cloud-http/wire.samples.ts";
import { askedAs, calm, SUITE_INSTALLATION, lookedUp } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  ADDRESS,
  type Exchange,
  missing,
  networkRefusal,
  ON,
  openReplayed,
  PORT,
  refusal,
  SERVER,
  server,
  failed,
} from "./cloud-replay.testsuite.ts";
import {
  addressOf,
  described,
  eitherWay,
  keyName,
  keyOf,
  known,
  NO_KEYS,
  noKey,
  OWN,
  portOf,
  stage,
} from "./parts.testsuite.ts";

test.each([
  ["Nova's own words", missing(), "absent"],
  ["a page", { on: ON.server, status: 404, bytes: Buffer.from("<h1>404 Not Found</h1> nginx") }, "unknown"],
  ["another 404 of Nova's", refusal(ON.server, 404, "The resource could not be found."), "unknown"],
  ["a failure", { on: ON.server, status: 500 }, "unknown"],
] as const)("only Nova's own words prove that a server is gone: %s", async (_, answer, kind) => {
  await using opened = await openReplayed([answer]);
  const look = opened.cloud.look([known("sw-a")], calm());
  if (kind === "absent") return expect((await look).get("sw-a")).toEqual({ kind: "absent" });
  await expect(look).rejects.toMatchObject({ fault: { effect: "unknown" } });
});

test("of several machines one list tells, and what it lacks is asked for by itself", async () => {
  const [first, second] = ["sw-dep-a1-web-1-t1", "sw-dep-a1-web-2-t1"];
  const theirs = server("sw-dep-a1-web-9-t1", { id: "n" });
  const listed = [server(first), theirs, { ...failed(second, ""), id: "b", fault: undefined }];
  const script: Exchange[] = [
    { on: ON.servers, body: { servers: listed } },
    {
      on: "GET /compute/v2.1/servers/*",
      answer: ({ path }) => ({
        server: { ...failed(second, "No valid host was found. "), id: path.split("/").at(-1) },
      }),
    },
    { ...missing(ON.server, "c") },
  ];
  await using opened = await openReplayed(script);
  const machines = [known(first), { ...known(second), externalId: "b" }];
  const looks = await opened.cloud.look(machines, calm());
  expect(opened.asked.at(-2)?.query.get("name")).toBe("^sw-dep-a1-web-");
  expect(looks.get(first)).toMatchObject({ observed: { state: "running", privateAddress: "10.77.3.227" } });
  expect(looks.get(second)).toMatchObject({
    observed: { state: "error", fault: { class: "capacity", effect: "made" } },
  });
  expect((await opened.cloud.look([{ ...known("sw-c"), externalId: "c" }], calm())).get("sw-c")).toEqual({
    kind: "absent",
  });
});

test("a server in a cell that does not answer is not absent, and keeps name, realm and handle", async () => {
  const silent = { id: SERVER, status: "UNKNOWN", tenant_id: "f6fa", created: "2026-11-28T22:16:35Z", links: [] };
  await using opened = await openReplayed([{ on: ON.server, body: { server: silent } }]);
  const handle = { owner: "suite", parts: [`port:${PORT}`] };
  const looks = await opened.cloud.look([known("sw-a", handle)], calm());
  expect(looks.get("sw-a")).toMatchObject({ observed: { name: "sw-a", realm: "az1", state: "unknown", handle } });
});

test("nothing is found by name only where every cell has answered", async () => {
  const nobody: Exchange = { on: ON.servers, body: { servers: [] } };
  const away: Exchange = { on: ON.names, body: { servers: [{ id: "9d1f", status: "UNKNOWN", links: [] }] } };
  const whole: Exchange = { on: ON.names, body: { servers: [{ id: SERVER, name: "other", links: [] }] } };
  await using opened = await openReplayed([nobody, away, nobody, whole, noKey("sw-a")]);
  const ask = () => lookedUp(opened, askedAs(stage, "sw-a"));
  expect(await faultOf(ask())).toMatchObject({ class: "transient", code: "cell_silent" });
  expect(await ask()).toEqual([]);
});

test("a machine with parts is absent only when they are gone too", async () => {
  const script = [missing(), ...eitherWay([portOf("sw-a")], []), noKey("sw-a")];
  await using opened = await openReplayed(script, OWN);
  const looks = await opened.cloud.look([known("sw-a")], calm());
  expect(looks.get("sw-a")).toMatchObject({
    observed: { externalId: SERVER, state: "error", fault: { effect: "made", code: "parts_alone" } },
  });
  const asked = opened.asked.find(({ path }) => path.endsWith("/ports"));
  expect(asked?.query.get("description")).toBe(described("sw-a"));
});

test("a machine goes with its parts, and what is gone already is fine", async () => {
  const gone = networkRefusal(ON.endAddress, 404, {
    type: "FloatingIPNotFound",
    message: "Floating IP could not be found",
  });
  const script = [
    missing(ON.end),
    ...eitherWay([portOf("sw-a")], [addressOf("sw-a")]),
    noKey("sw-a"),
    gone,
    { on: ON.endPort, status: 204 },
  ];
  await using opened = await openReplayed(script, OWN);
  await opened.cloud.destroy(known("sw-a"), calm());
});

test("without a handle the server itself tells whose parts go with it", async () => {
  const script = [
    { on: ON.server, body: { server: server("sw-a") } },
    { on: ON.end, status: 204 },
    ...eitherWay([portOf("sw-a")], []),
    noKey("sw-a"),
    { on: ON.endPort, status: 204 },
  ];
  await using opened = await openReplayed(script, OWN);
  await opened.cloud.destroy(known("sw-a", null), calm());
});

test("a server that the cloud keeps for a while after its end is ended for good", async () => {
  const kept = server("sw-a", { status: "SOFT_DELETED" });
  const script = [
    refusal(ON.end, 409, "Cannot 'delete' instance while it is in vm_state soft-delete"),
    { on: ON.server, body: { server: kept } },
    { on: ON.act, status: 202 },
  ];
  await using opened = await openReplayed(script);
  await opened.cloud.destroy(known("sw-a"), calm());
  expect(opened.asked.at(-1)?.body).toEqual({ forceDelete: null });
});

test("a locked server is not gone", async () => {
  const script = [refusal(ON.end, 409, "Instance is locked"), { on: ON.server, body: { server: server("sw-a") } }];
  await using opened = await openReplayed(script);
  expect(await faultOf(opened.cloud.destroy(known("sw-a"), calm()))).toMatchObject({ class: "conflict" });
});

test.each([
  ["ACTIVE", null],
  ["BUILD", "conflict"],
])("a start that meets a server which is %s already", async (status, expected) => {
  const refused = refusal(ON.act, 409, "Cannot 'start' instance while it is in vm_state active");
  await using opened = await openReplayed([refused, { on: ON.server, body: { server: server("sw-a", { status }) } }]);
  const starting = opened.cloud.start(known("sw-a"), calm());
  if (expected === null) return expect(await starting).toBeUndefined();
  expect(await faultOf(starting)).toMatchObject({ class: expected, effect: "none" });
});

test.each([
  [{ on: ON.act, body: { output: "login: \n" } }, "login: \n"],
  [{ on: ON.act, body: { output: null } }, null],
  [missing(ON.act), null],
  [refusal(ON.act, 409, "Instance is not ready"), null],
] as const)("the console is text or none", async (answer, expected) => {
  await using opened = await openReplayed([answer]);
  expect(await opened.cloud.console(known("sw-a"), calm())).toBe(expected);
});

test("a list goes on where the cloud says, and shows what is ours", async () => {
  const link = { rel: "next", href: "http://inner:8774/v2.1/servers/detail?limit=1000&marker=m1" };
  const theirs = server("sw-b", { id: "b", metadata: { "slipway-installation": "neighbour" } });
  const script: Exchange[] = [
    { on: ON.servers, body: { servers: [server("sw-a"), theirs], servers_links: [link] } },
    NO_KEYS,
    { on: ON.servers, body: { servers: [server("sw-c", { id: "c", "OS-EXT-STS:task_state": "deleting" })] } },
  ];
  await using opened = await openReplayed(script);
  const first = await opened.cloud.list(SUITE_INSTALLATION, null, calm());
  expect(first).toMatchObject({ machines: [{ name: "sw-a", realm: "az1" }], next: "m1", unlisted: [] });
  // A limit or a filter would hide servers of cells that do not answer.
  expect(opened.asked.at(-2)?.query.toString()).toBe("");
  const second = await opened.cloud.list(SUITE_INSTALLATION, first.next, calm());
  expect(second).toMatchObject({
    machines: [{ name: "sw-c", state: "stopping", handle: { owner: "suite" } }],
    next: null,
  });
  expect(opened.asked.at(-1)?.query.get("marker")).toBe("m1");
});

const NEIGHBOURS = {
  id: "p-n",
  description: "slipway-installation=neighbour slipway-machine=sw-n slipway-realm=az1",
  device_id: "",
};

test("a list shows ports and keys that stand alone, but not those whose server is about to take them", async () => {
  const parts = [portOf("sw-a", SERVER), { ...portOf("sw-dep-b"), id: "p-b" }, { ...portOf("sw-dep-c"), id: "p-c" }];
  const link = { rel: "next", href: "http://inner:8774/v2.1/servers/detail?name=x&marker=bc" };
  const script: Exchange[] = [
    { on: ON.servers, body: { servers: [server("sw-a")] } },
    ...eitherWay([...parts, { id: "p-x", description: "somebody's", device_id: "" }, NEIGHBOURS], [addressOf("sw-a")]),
    { on: ON.keys, body: { keypairs: [keyOf("sw-dep-b"), keyOf("sw-dep-d"), { keypair: { name: "ops" } }] } },
    { on: ON.servers, body: { servers: [server("sw-dep-bc", { id: "bc" })], servers_links: [link] } },
    { on: ON.servers, body: { servers: [server("sw-dep-c", { id: "c", status: "BUILD" })] } },
  ];
  await using opened = await openReplayed(script, OWN);
  const { machines } = await opened.cloud.list(SUITE_INSTALLATION, null, calm());
  expect(opened.asked.slice(-2).map(({ query }) => [query.get("name"), query.get("marker")])).toEqual([
    ["^sw-dep-", null],
    ["^sw-dep-", "bc"],
  ]);
  expect(machines.map(({ name, state, externalId }) => [name, state, externalId])).toEqual([
    ["sw-a", "running", SERVER],
    ["sw-dep-b", "error", "parts:suite/sw-dep-b"],
    ["sw-dep-d", "error", "parts:suite/sw-dep-d"],
  ]);
  expect(machines[1]).toMatchObject({
    realm: "az1",
    handle: { parts: [`key:${keyName("sw-dep-b")}`, "port:p-b"] },
  });
  expect(machines[0]?.handle).toEqual({ owner: "suite", parts: [`floatingip:${ADDRESS}`, `port:${PORT}`] });
});

const WITH_KEY = { owner: "suite", parts: [`key:${keyName("sw-a")}`] };
const KEY: Exchange = { on: ON.key, body: keyOf("sw-a") };
const NOBODY: readonly Exchange[] = [
  { on: ON.servers, body: { servers: [] } },
  { on: ON.names, body: { servers: [] } },
];

test("a server tells itself which key was brought for it", async () => {
  const brought = server("sw-a", { key_name: keyName("sw-a") });
  const theirs = server("sw-b", { id: "b", key_name: "ops" });
  await using opened = await openReplayed([
    { on: ON.server, body: { server: brought } },
    { on: ON.servers, body: { servers: [brought] } },
    { on: ON.servers, body: { servers: [brought, theirs] } },
    { on: ON.keys, body: { keypairs: [keyOf("sw-a")] } },
  ]);
  const { cloud } = opened;
  const looks = await cloud.look([known("sw-a", null)], calm());
  expect(looks.get("sw-a")).toMatchObject({ observed: { state: "running", handle: WITH_KEY } });
  const found = await lookedUp({ cloud }, askedAs(stage, "sw-a"));
  expect(found.map(({ handle }) => handle)).toEqual([WITH_KEY]);
  const { machines } = await cloud.list(SUITE_INSTALLATION, null, calm());
  expect(machines.map(({ handle }) => handle)).toEqual([WITH_KEY, { owner: "suite" }]);
});

test("a key whose server was never made is found by the machine's name, and goes by what was found", async () => {
  const script = [...NOBODY, KEY, { on: ON.servers, body: { servers: [] } }, KEY, { on: ON.endKey, status: 204 }];
  await using opened = await openReplayed(script);
  const [found, ...more] = await lookedUp(opened, askedAs(stage, "sw-a"));
  expect(more).toEqual([]);
  expect(found).toMatchObject({ externalId: "parts:suite/sw-a", state: "error", handle: WITH_KEY });
  expect(found?.fault?.text).toBe("of the machine only a key is there");
  const alone = { ...known("sw-a", null), externalId: found?.externalId ?? "" };
  await opened.cloud.destroy(alone, calm());
});

test.each([
  ["with its handle", WITH_KEY, KEY],
  ["without a handle", null, { on: ON.keys, body: { keypairs: [keyOf("sw-b"), keyOf("sw-a"), KEY.body] } }],
])("a machine whose server has gone is absent only when its key is too, %s", async (_, handle, told) => {
  const asked = handle === null ? [told, KEY] : [told];
  const none = handle === null ? [NO_KEYS] : [noKey("sw-a")];
  await using opened = await openReplayed([missing(), ...asked, missing(), ...none]);
  const machine = known("sw-a", handle);
  const looks = await opened.cloud.look([machine], calm());
  expect(looks.get("sw-a")).toMatchObject({ observed: { externalId: SERVER, state: "error" } });
  expect((await opened.cloud.look([machine], calm())).get("sw-a")).toEqual({ kind: "absent" });
});

test("a key goes with its machine, and another 404 does not prove that it has gone", async () => {
  const other = refusal(ON.key, 404, "The resource could not be found.");
  const script = [{ on: ON.end, status: 204 }, KEY, { on: ON.endKey, status: 204 }, missing(), other];
  await using opened = await openReplayed(script);
  const machine = known("sw-a", WITH_KEY);
  await opened.cloud.destroy(machine, calm());
  expect(opened.asked.at(-1)?.path).toBe(`/compute/v2.1/os-keypairs/${keyName("sw-a")}`);
  await expect(opened.cloud.look([machine], calm())).rejects.toMatchObject({ fault: { effect: "unknown" } });
});

test("a key of another project, or while a cell is silent, is no machine that stands alone", async () => {
  const silent = { id: "9d1f", status: "UNKNOWN", links: [] };
  const zones = { availabilityZoneInfo: [{ zoneName: "az1" }] };
  const elsewhere = { keypair: { name: "sw-b_suite_00000000000000000000000000000000" } };
  const script: Exchange[] = [
    { on: ON.servers, body: { servers: [] } },
    { on: ON.keys, body: { keypairs: [elsewhere] } },
    { on: ON.servers, body: { servers: [silent] } },
    { on: ON.zones, body: zones },
    { on: ON.keys, body: { keypairs: [keyOf("sw-a")] } },
  ];
  await using opened = await openReplayed(script);
  const list = () => opened.cloud.list(SUITE_INSTALLATION, null, calm());
  expect(await list()).toEqual({ machines: [], next: null, unlisted: [] });
  expect(await list()).toEqual({ machines: [], next: null, unlisted: ["az1"] });
});

test("while servers are under way, one list in twenty asks for keys, and each one as long as a key stands alone", async () => {
  const booting: Exchange = { on: ON.servers, body: { servers: [server("sw-a", { status: "BUILD" })] } };
  const few = Array.from({ length: 19 }, () => booting);
  const lone: Exchange = { on: ON.keys, body: { keypairs: [keyOf("sw-b")] } };
  const none: Exchange = { on: ON.servers, body: { servers: [] } };
  const script = [booting, NO_KEYS, ...few, booting, lone, none, booting, lone, none, booting, NO_KEYS, ...few];
  await using opened = await openReplayed(script);
  const names: (readonly string[])[] = [];
  for (let no = 0; no < 1 + 19 + 3 + 19; no += 1) {
    const { machines } = await opened.cloud.list(SUITE_INSTALLATION, null, calm());
    names.push(machines.map(({ name }) => name));
  }
  expect(names.filter((shown) => shown.includes("sw-b"))).toHaveLength(2);
  expect(names.slice(20, 22)).toEqual([
    ["sw-a", "sw-b"],
    ["sw-a", "sw-b"],
  ]);
});

test("a key alone proves no absence of its server while a cell is silent", async () => {
  const away: Exchange = { on: ON.names, body: { servers: [{ id: "9d1f", status: "UNKNOWN", links: [] }] } };
  await using opened = await openReplayed([{ on: ON.servers, body: { servers: [] } }, away]);
  const alone = { ...known("sw-a", WITH_KEY), externalId: "parts:suite/sw-a" };
  const looks = await opened.cloud.look([alone], calm());
  expect(looks.get("sw-a")).toMatchObject({ kind: "unknown", fault: { code: "cell_silent" } });
});
