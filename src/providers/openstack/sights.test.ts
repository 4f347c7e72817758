import { expect, test } from "vitest";
import { faultOf } from "../../cloud-http/wire.samples.ts";
import { askedAs, calm, SUITE_INSTALLATION } from "../../ports/provider-suite/stage.testsuite.ts";
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
import { stage, OWN, described, portOf, addressOf, known, eitherWay } from "./parts.testsuite.ts";

test.each([
  ["Nova's own words", missing(), "absent"],
  ["a page", { on: ON.server, status: 404, bytes: Buffer.from("<h1>404 Not Found</h1> nginx") }, "unknown"],
  ["another 404 of Nova's", refusal(ON.server, 404, "The resource could not be found."), "unknown"],
  ["a failure", { on: ON.server, status: 500 }, "unknown"],
] as const)("only Nova's own words prove that a server is gone: %s", async (_, answer, kind) => {
  await using opened = await openReplayed([answer], { network: "none" });
  const look = opened.cloud.look([known("sw-a")], calm());
  if (kind === "absent") return expect((await look).get("sw-a")).toEqual({ kind: "absent" });
  await expect(look).rejects.toMatchObject({ fault: { effect: "unknown" } });
});

test("of several machines one list tells, and what it lacks is asked for by itself", async () => {
  const listed = [server("sw-a"), { ...failed("sw-b", ""), id: "b", fault: undefined }];
  const script: Exchange[] = [
    { on: ON.servers, body: { servers: listed } },
    {
      on: "GET /compute/v2.1/servers/*",
      answer: ({ path }) => ({
        server: { ...failed("sw-b", "No valid host was found. "), id: path.split("/").at(-1) },
      }),
    },
    { ...missing(ON.server, "c") },
  ];
  await using opened = await openReplayed(script, { network: "none" });
  const machines = [known("sw-a"), { ...known("sw-b"), externalId: "b" }];
  const looks = await opened.cloud.look(machines, calm());
  expect(opened.asked.at(-2)?.query.get("name")).toBe("^(sw-a|sw-b)$");
  expect(looks.get("sw-a")).toMatchObject({ observed: { state: "running", privateAddress: "10.77.3.227" } });
  expect(looks.get("sw-b")).toMatchObject({
    observed: { state: "error", fault: { class: "capacity", effect: "made" } },
  });
  expect((await opened.cloud.look([{ ...known("sw-c"), externalId: "c" }], calm())).get("sw-c")).toEqual({
    kind: "absent",
  });
});

test("a server in a cell that does not answer is not absent, and keeps name, realm and handle", async () => {
  const silent = { id: SERVER, status: "UNKNOWN", tenant_id: "f6fa", created: "2026-11-28T22:16:35Z", links: [] };
  await using opened = await openReplayed([{ on: ON.server, body: { server: silent } }], { network: "none" });
  const handle = { owner: "suite", parts: [`port:${PORT}`] };
  const looks = await opened.cloud.look([known("sw-a", handle)], calm());
  expect(looks.get("sw-a")).toMatchObject({ observed: { name: "sw-a", realm: "az1", state: "unknown", handle } });
});

test("nothing is found by name only where every cell has answered", async () => {
  const nobody: Exchange = { on: ON.servers, body: { servers: [] } };
  const away: Exchange = { on: ON.names, body: { servers: [{ id: "9d1f", status: "UNKNOWN", links: [] }] } };
  const whole: Exchange = { on: ON.names, body: { servers: [{ id: SERVER, name: "other", links: [] }] } };
  await using opened = await openReplayed([nobody, away, nobody, whole], { network: "none" });
  const ask = () => opened.cloud.lookup(SUITE_INSTALLATION, askedAs(stage, "sw-a"), calm());
  expect(await faultOf(ask())).toMatchObject({ class: "transient", code: "cell_silent" });
  expect(await ask()).toEqual([]);
});

test("a machine with parts is absent only when they are gone too", async () => {
  const script = [missing(), ...eitherWay([portOf("sw-a")], [])];
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
  await using opened = await openReplayed(script, { network: "none" });
  await opened.cloud.destroy(known("sw-a"), calm());
  expect(opened.asked.at(-1)?.body).toEqual({ forceDelete: null });
});

test("a locked server is not gone", async () => {
  const script = [refusal(ON.end, 409, "Instance is locked"), { on: ON.server, body: { server: server("sw-a") } }];
  await using opened = await openReplayed(script, { network: "none" });
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
    { on: ON.servers, body: { servers: [server("sw-c", { id: "c", "OS-EXT-STS:task_state": "deleting" })] } },
  ];
  await using opened = await openReplayed(script, { network: "none" });
  const first = await opened.cloud.list(SUITE_INSTALLATION, null, calm());
  expect(first).toMatchObject({ machines: [{ name: "sw-a", realm: "az1" }], next: "m1", unlisted: [] });
  // A limit or a filter would hide servers of cells that do not answer.
  expect(opened.asked.at(-1)?.query.toString()).toBe("");
  const second = await opened.cloud.list(SUITE_INSTALLATION, first.next, calm());
  expect(second).toMatchObject({ machines: [{ name: "sw-c", state: "stopping" }], next: null });
  expect(opened.asked.at(-1)?.query.get("marker")).toBe("m1");
});

const NEIGHBOURS = {
  id: "p-n",
  description: "slipway-installation=neighbour slipway-machine=sw-n slipway-realm=az1",
  device_id: "",
};

test("a list shows parts that stand alone, but not those whose server is about to take them", async () => {
  const parts = [portOf("sw-a", SERVER), { ...portOf("sw-b"), id: "p-b" }, { ...portOf("sw-c"), id: "p-c" }];
  const script: Exchange[] = [
    { on: ON.servers, body: { servers: [server("sw-a")] } },
    ...eitherWay([...parts, { id: "p-x", description: "somebody's", device_id: "" }, NEIGHBOURS], [addressOf("sw-a")]),
    { on: ON.servers, body: { servers: [server("sw-c", { id: "c", status: "BUILD" })] } },
  ];
  await using opened = await openReplayed(script, OWN);
  const { machines } = await opened.cloud.list(SUITE_INSTALLATION, null, calm());
  expect(machines.map(({ name, state, externalId }) => [name, state, externalId])).toEqual([
    ["sw-a", "running", SERVER],
    ["sw-b", "error", "parts:suite/sw-b"],
  ]);
  expect(machines[0]?.handle).toEqual({ owner: "suite", parts: [`floatingip:${ADDRESS}`, `port:${PORT}`] });
});
