import { expect, test } from "vitest";
import { ANY_STEP } from "../../core/market/offer.ts";
import { accountId } from "../../core/ids.ts";
import { ProviderFault } from "../../ports/provider.ts";
import {
  byId,
  create,
  foundBy,
  keepNothing,
  readyRequest,
  SUITE_INSTALLATION,
  suiteLabels,
} from "../../ports/provider-suite/stage.testsuite.ts";
import { type Exchange, openReplay, refusal, VERSION } from "./engine-replay.testsuite.ts";
import { dockerProvider } from "./index.ts";
import recorded from "./recorded.json" with { type: "json" };

const ENDPOINT = "unix:///var/run/docker.sock";
const CREATED: Exchange = { on: "POST /containers/create", status: 201, body: { Id: "c1", Warnings: [] } };
const INSPECT = "GET /containers/*/json";
const LIST = "GET /containers/json";
const LOGS = "GET /containers/*/logs";
const placement = { realm: "default", size: "custom", image: "busybox:test" };
const calm = (): AbortSignal => new AbortController().signal;

function openAccount(settings: Readonly<Record<string, unknown>>, credentials: Readonly<Record<string, string>> = {}) {
  return dockerProvider.open({ id: accountId("acc-1"), name: "engine", settings }, credentials);
}

async function openReplayed(script: readonly Exchange[], settings: object = {}) {
  const replay = await openReplay([VERSION, ...script]);
  const cloud = openAccount({ endpoint: replay.endpoint, ...settings });
  return { cloud, replay, [Symbol.asyncDispose]: () => replay[Symbol.asyncDispose]() };
}

test.each([
  ["endpoint", {}, {}],
  ["endpoint", { endpoint: "docker.sock" }, {}],
  ['where."*".networks', { endpoint: ENDPOINT, where: { "*": { networks: 7 } } }, {}],
  ['where."*".securityGroups', { endpoint: ENDPOINT, where: { "*": { securityGroups: ["web"] } } }, {}],
  ["publish", { endpoint: ENDPOINT, publish: "yes" }, {}],
  ["hourlyPrice", { endpoint: ENDPOINT, hourlyPrice: -1 }, {}],
  ["sockt", { endpoint: ENDPOINT, sockt: 1 }, {}],
  ["token", { endpoint: ENDPOINT }, { token: "t" }],
])("an account with a wrong %s is refused before anybody is contacted", (field, settings, credentials) => {
  const text: unknown = expect.stringContaining(`${field}: `);
  const fault: unknown = expect.objectContaining({ class: "config", scope: "account", effect: "none", text });
  expect(() => openAccount(settings, credentials)).toThrow(expect.objectContaining({ name: "ProviderFault", fault }));
});

const C1 = byId({ placement }, "c1");

test("volumes are looked for before a container is made, which gets them at their places", async () => {
  const volumes = ["data:/var/lib/data", "conf:/etc/conf:ro"];
  const [DATA, CONF] = ["GET /volumes/data", "GET /volumes/conf"];
  const there = { on: DATA, body: { Name: "data" } };
  await using opened = await openReplayed([there, { on: CONF, body: { Name: "conf" } }, CREATED]);
  const request = readyRequest({ placement: { ...placement, where: { volumes } } });
  await opened.cloud.create(request, keepNothing, calm());
  const body: unknown = opened.replay.asked.at(-1)?.body;
  expect(body).toMatchObject({
    HostConfig: {
      Mounts: [
        { Type: "volume", Source: "data", Target: "/var/lib/data", ReadOnly: false },
        { Type: "volume", Source: "conf", Target: "/etc/conf", ReadOnly: true },
      ],
    },
  });
  await using lacking = await openReplayed([there, refusal(CONF, 404, "get conf: no such volume")]);
  await expect(lacking.cloud.create(request, keepNothing, calm())).rejects.toMatchObject({
    fault: { class: "config", scope: "account", effect: "none", text: "volume conf is not there" },
  });
});

test("a container gets its limits, labels and user data, and is never restarted", async () => {
  await using opened = await openReplayed([CREATED]);
  const request = readyRequest({
    placement: { ...placement, cpu: 0.5, memoryMib: 64, userData: "role=web", ports: [80] },
  });
  const made = await opened.cloud.create(request, keepNothing, calm());
  expect(made).toMatchObject({ externalId: "c1", name: request.name, state: "stopped" });
  expect(opened.replay.asked[1]?.name).toBe(request.name);
  expect(opened.replay.asked[1]?.body).toEqual({
    Image: "busybox:test",
    Labels: suiteLabels(),
    Env: ["SLIPWAY_USER_DATA=role=web"],
    ExposedPorts: {},
    HostConfig: {
      NanoCpus: 500_000_000,
      Memory: 67_108_864,
      MemorySwap: 67_108_864,
      NetworkMode: "bridge",
      Mounts: [],
      RestartPolicy: { Name: "no" },
      PortBindings: {},
    },
  });
});

test("user data that is a script replaces what the image would run", async () => {
  await using opened = await openReplayed([CREATED]);
  const userData = "#!/bin/sh\nexec httpd -f";
  await create(opened, readyRequest({ placement: { ...placement, userData } }));
  expect(opened.replay.asked[1]?.body).toMatchObject({ Entrypoint: ["/bin/sh", "-c"], Cmd: [userData] });
});

test("ports of readiness checks are published under their own number where the account wants it", async () => {
  await using opened = await openReplayed([CREATED], { publish: true, where: { "*": { networks: ["shop"] } } });
  await create(opened, readyRequest({ placement: { ...placement, ports: [80] } }));
  expect(opened.replay.asked[1]?.body).toMatchObject({
    ExposedPorts: { "80/tcp": {} },
    HostConfig: { NetworkMode: "shop", PortBindings: { "80/tcp": [{ HostPort: "80" }] } },
  });
});

test("a container joins the network that its blueprint names, else the account's, else Docker's own", async () => {
  const where = { "*": { networks: ["shop"] } };
  const joined: unknown[] = [];
  for (const [settings, asked] of [
    [{ where }, { networks: ["db"] }],
    [{ where }, {}],
    [{}, {}],
  ] as const) {
    await using opened = await openReplayed([CREATED], settings);
    await create(opened, readyRequest({ placement: { ...placement, where: asked } }));
    joined.push(opened.replay.asked[1]?.body);
  }
  expect(joined).toMatchObject(["db", "shop", "bridge"].map((NetworkMode) => ({ HostConfig: { NetworkMode } })));
});

test("a network is there by its name or id, and no container joins two", async () => {
  const network = { on: "GET /networks/*", body: { Name: "shop", Id: "f00d" } } as const;
  await using opened = await openReplayed([
    network,
    network,
    network,
    refusal("GET /networks/*", 404, "network nonet not found"),
    refusal("GET /networks/*", 500, "broken"),
  ]);
  const lacks = (...networks: string[]) => opened.cloud.lacks?.({ networks }, "default", calm());
  expect(await opened.cloud.lacks?.({}, "default", calm())).toBeNull();
  expect([await lacks("shop"), await lacks("f00d")]).toEqual([null, null]);
  expect(await lacks("f00")).toBe("network f00 is not there");
  expect(await lacks("nonet")).toBe("network nonet is not there");
  await expect(lacks("shop")).rejects.toBeInstanceOf(ProviderFault);
  expect(await lacks("shop", "db")).toBe("a container joins one network, and 2 are asked for: shop, db");
});

test("a name that is the beginning of somebody's id finds nothing", async () => {
  await using opened = await openReplayed([{ on: INSPECT, body: recorded.running }]);
  expect(await foundBy({ ...opened, placement }, recorded.running.Id.slice(0, 12))).toEqual([]);
});

test("a list asks only for those whose reason it does not show, and leaves out what ended meanwhile", async () => {
  await using opened = await openReplayed([
    { on: LIST, body: [recorded.listedRunning, recorded.listedExited, { ...recorded.listedExited, Id: "gone" }] },
    { on: INSPECT, body: recorded.exited },
    refusal(INSPECT, 404, "No such container: gone"),
  ]);
  const { machines, next, unlisted } = await opened.cloud.list(SUITE_INSTALLATION, null, calm());
  expect(machines.map(({ name, state }) => `${name} ${state}`)).toEqual(["a1 running", "b8 stopped"]);
  expect({ next, unlisted }).toEqual({ next: null, unlisted: [] });
  expect(JSON.parse(opened.replay.asked[1]?.query.get("filters") ?? "")).toEqual({
    label: [`slipway-installation=${SUITE_INSTALLATION}`],
  });
});

test.each([
  [404, "No such container: c1"],
  [409, "removal of container c1 is already in progress"],
])("a destroy that is answered %i is done all the same", async (status, message) => {
  await using opened = await openReplayed([refusal("DELETE /containers/*", status, message)]);
  await opened.cloud.destroy(C1, calm());
  expect(Object.fromEntries(opened.replay.asked[1]?.query ?? [])).toEqual({ force: "true", v: "true" });
});

test("a destroy that fails is no success", async () => {
  await using opened = await openReplayed([refusal("DELETE /containers/*", 500, "driver busy")]);
  await expect(opened.cloud.destroy(C1, calm())).rejects.toBeInstanceOf(ProviderFault);
});

test("the console is both streams; none where the engine keeps no logs", async () => {
  const bytes = Buffer.from([
    2,
    0,
    0,
    0,
    0,
    0,
    0,
    4,
    ...Buffer.from("err\n"),
    1,
    0,
    0,
    0,
    0,
    0,
    0,
    3,
    ...Buffer.from("hi\n"),
  ]);
  await using opened = await openReplayed([
    { on: LOGS, bytes },
    refusal(LOGS, 404, "No such container: c1"),
    refusal(LOGS, 500, "configured logging driver does not support reading"),
  ]);
  expect(await opened.cloud.console(C1, calm())).toBe("err\nhi\n");
  expect(await opened.cloud.console(C1, calm())).toBeNull();
  expect(await opened.cloud.console(C1, calm())).toBeNull();
});

const RESTART = "POST /containers/c1/restart";
const CANNOT = "Cannot restart container c1: driver failed programming external connectivity on endpoint t1";

test.each<[string, Exchange, object]>([
  [
    "port is taken",
    refusal(RESTART, 500, `${CANNOT}: Bind for 0.0.0.0:80 failed: port is already allocated`),
    { code: "port_taken", effect: "unknown" },
  ],
  [
    "disk is full",
    refusal(RESTART, 500, "Cannot restart container c1: no space left on device"),
    { code: "disk_full", effect: "unknown" },
  ],
  [
    "network is gone",
    refusal(RESTART, 404, "Cannot restart container c1: network shop not found"),
    { code: "network_missing", effect: "unknown" },
  ],
  [
    "removal has begun",
    refusal(RESTART, 409, "container is marked for removal and cannot be started"),
    { code: "conflict", effect: "unknown" },
  ],
  ["container is gone", refusal(RESTART, 404, "No such container: c1"), { code: "container_missing", effect: "none" }],
  [
    "user may not",
    refusal(RESTART, 403, "authorization denied by plugin authz"),
    { code: "not_authorized", effect: "none" },
  ],
])(
  "a reboot that fails since its %s: whether the container may have been ended for it",
  async (_what, refused, fault) => {
    await using opened = await openReplayed([refused]);
    await expect(opened.cloud.reboot?.(C1, calm())).rejects.toMatchObject({ fault });
  },
);

test("the offer is the engine's size, and usage what everybody was promised of it", async () => {
  const images = { on: "GET /images/json", body: recorded.images };
  await using opened = await openReplayed(
    [
      { on: "GET /info", body: recorded.info },
      { on: "GET /info", body: recorded.info },
      { on: LIST, body: [recorded.listedRunning, { ...recorded.listedRunning, Id: "gone" }] },
      { on: INSPECT, body: recorded.running },
      refusal(INSPECT, 404, "No such container: gone"),
      images,
      images,
      images,
    ],
    { hourlyPrice: 0.05 },
  );
  const { cloud } = opened;
  expect(await cloud.sizes(null, calm())).toMatchObject({
    offers: [
      {
        realm: "default",
        cpu: 2,
        memoryMib: 24_105,
        storageGib: 1_000_000,
        architecture: "x86_64",
        cut: { hourlyMicrosPerCpu: 50_000, hourlyMicrosPerGib: 0, step: ANY_STEP, takesPer: {} },
      },
    ],
    next: null,
  });
  expect(await cloud.usage(calm())).toEqual([
    { realm: null, dimension: "instances", most: null, used: 1 },
    { realm: null, dimension: "cpu", most: 2, used: 0.5 },
    { realm: null, dimension: "memoryMib", most: 24_105, used: 64 },
  ]);
  expect(await cloud.image("busybox:test", "default", calm())).toEqual({ image: "busybox:test" });
  expect(await cloud.image("busybox", "default", calm())).toEqual({ image: null, text: null });
  const named = { realm: "default", choice: "busybox:test", image: "busybox:test" };
  expect(await cloud.images?.(null, calm())).toEqual({ images: [named], next: null });
});

test("containers on the network of this machine share its loopback", async () => {
  const script = [{ on: "GET /images/json", body: recorded.images }];
  await using here = await openReplayed(script, { where: { default: { networks: ["host"] } } });
  await using apart = await openReplayed(script);
  for (const { cloud } of [here, apart]) await cloud.realms(calm());
  expect([here, apart].map(({ cloud }) => cloud.sharesLoopback)).toEqual([true, false]);
});
