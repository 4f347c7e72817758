import { expect, test } from "vitest";
import { faultOf } from "../../cloud-http/wire.samples.ts";
import { HandleNotKept } from "../../ports/provider.ts";
import { calm, keepNothing, readyRequest } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  ADDRESS,
  CREATED,
  type Exchange,
  flavor,
  FLAVORS,
  IMAGE,
  NETWORK,
  networkRefusal,
  ON,
  openReplayed,
  PORT,
  refusal,
  SERVER,
  server,
} from "./cloud-replay.testsuite.ts";
import { stage, network, OWN, described, PORT_MADE, ADDRESS_MADE, NAMED, NOTHING_LEFT } from "./parts.testsuite.ts";

const NOBODY: Exchange = { on: ON.servers, body: { servers: [] } };

test("a server gets flavor, image, zone, owner, user data, key and groups, and is asked for once", async () => {
  const settings = { network: "shop-net", keyPair: "ops", securityGroups: "web" };
  await using opened = await openReplayed([FLAVORS, network("shop-net", NETWORK), CREATED], settings);
  const request = readyRequest(stage, { userData: "#!/bin/sh\necho ü\n" });
  const made = await opened.cloud.create(request, keepNothing, calm());
  expect(made).toMatchObject({ externalId: SERVER, name: request.name, realm: "az1", state: "pending" });
  expect(made.handle).toEqual({ owner: "suite" });
  const { body, headers } = opened.asked.at(-1) ?? {};
  expect(headers).toMatchObject({ "x-auth-token": "gAAAAABrC1LDSqa7", "openstack-api-version": "compute 2.79" });
  expect(body).toEqual({
    server: {
      name: request.name,
      flavorRef: "2",
      imageRef: IMAGE,
      availability_zone: "az1",
      metadata: { ...request.labels, "slipway-machine": request.name, "slipway-realm": "az1" },
      networks: [{ uuid: NETWORK }],
      user_data: "IyEvYmluL3NoCmVjaG8gw7wK",
      key_name: "ops",
      security_groups: [{ name: "web" }],
    },
  });
});

test("a name that was asked for before is looked for first, and never asked for twice", async () => {
  const request = readyRequest(stage);
  const theirs = server(request.name, { id: "other", metadata: { "slipway-installation": "neighbour" } });
  await using opened = await openReplayed(
    [FLAVORS, { on: ON.create, end: "cut" }, { on: ON.servers, body: { servers: [theirs, server(request.name)] } }],
    { network: "none" },
  );
  expect(await faultOf(opened.cloud.create(request, keepNothing, calm()))).toMatchObject({ effect: "unknown" });
  expect(await opened.cloud.create(request, keepNothing, calm())).toMatchObject({
    externalId: SERVER,
    state: "running",
  });
  expect(opened.asked.at(-1)?.query.get("name")).toBe(`^${request.name}$`);
});

test("what fails before anything is asked for has made nothing", async () => {
  await using opened = await openReplayed([{ on: ON.flavors, status: 503 }], { network: "none" });
  const fault = await faultOf(opened.cloud.create(readyRequest(stage), keepNothing, calm()));
  expect(fault).toMatchObject({ class: "transient", effect: "none" });
});

test("a flavor that is not there any more is refused as an offer", async () => {
  await using opened = await openReplayed([{ on: ON.flavors, body: { flavors: [flavor("9", "other")] } }]);
  const fault = await faultOf(opened.cloud.create(readyRequest(stage), keepNothing, calm()));
  expect(fault).toMatchObject({ class: "config", scope: "offer", effect: "none", code: "flavor_missing" });
});

test("flavor and network are looked up again once a create was refused", async () => {
  const refused = refusal(ON.create, 400, `Network ${NETWORK} could not be found.`);
  const named = network("shop-net", NETWORK);
  const renewed = { on: ON.flavors, body: { flavors: [flavor("7", "lab.small")] } };
  const script = [FLAVORS, named, refused, NOBODY, renewed, named, CREATED];
  await using opened = await openReplayed(script, { network: "shop-net" });
  const request = readyRequest(stage);
  expect(await faultOf(opened.cloud.create(request, keepNothing, calm()))).toMatchObject({ code: "network_missing" });
  await opened.cloud.create(request, keepNothing, calm());
  expect(opened.asked.at(-1)?.body).toMatchObject({ server: { flavorRef: "7" } });
});

test("port and floating address are made first, each is kept before the next is asked for, and all are the machine's", async () => {
  await using opened = await openReplayed([FLAVORS, ...NAMED, PORT_MADE, ADDRESS_MADE, CREATED], OWN);
  const request = readyRequest(stage);
  const kept: unknown[] = [];
  const made = await opened.cloud.create(
    request,
    async (handle) => {
      kept.push([opened.asked.length, handle]);
    },
    calm(),
  );
  const [port, address] = [`port:${PORT}`, `floatingip:${ADDRESS}`];
  const before = opened.asked.length - 3;
  expect(kept).toEqual([
    [before + 1, { owner: "suite", parts: [port] }],
    [before + 2, { owner: "suite", parts: [address, port] }],
    [before + 3, { owner: "suite", parts: [address, port] }],
  ]);
  expect(made.handle).toEqual({ owner: "suite", parts: [address, port] });
  const [asksPort, asksAddress, asksServer] = opened.asked.slice(before).map(({ body }) => body);
  const description = described(request.name);
  expect(asksPort).toEqual({
    port: {
      network_id: NETWORK,
      name: request.name,
      description,
      security_groups: ["6d95f540-fff4-46ca-8c81-ca017167498e"],
    },
  });
  expect(asksAddress).toMatchObject({ floatingip: { port_id: PORT, description } });
  expect(asksServer).toMatchObject({ server: { networks: [{ port: PORT }] } });
  expect(asksServer).not.toHaveProperty("server.security_groups");
});

test("a keep that is refused ends the create without another request", async () => {
  await using opened = await openReplayed([FLAVORS, ...NAMED, PORT_MADE], OWN);
  const keep = () => Promise.reject(new HandleNotKept("not wanted any more"));
  await expect(opened.cloud.create(readyRequest(stage), keep, calm())).rejects.toBeInstanceOf(HandleNotKept);
});

const OVER = refusal(ON.create, 403, "Quota exceeded for instances: Requested 1, but already used 3 of 3 instances");
const TAKEN_BACK: readonly Exchange[] = [
  { on: ON.endAddress, status: 204 },
  { on: ON.endPort, status: 204 },
];
const GONE: readonly Exchange[] = [
  networkRefusal("GET /network/v2.0/ports/*", 404, {
    type: "PortNotFound",
    message: `Port ${PORT} could not be found.`,
  }),
  networkRefusal("GET /network/v2.0/floatingips/*", 404, {
    type: "FloatingIPNotFound",
    message: "Floating IP could not be found",
  }),
].map((exchange) => ({ ...exchange, optional: true }));

test("a refusal takes back what was made before it, and says none once that is proven", async () => {
  const script = [FLAVORS, ...NAMED, PORT_MADE, ADDRESS_MADE, OVER, ...TAKEN_BACK, ...NOTHING_LEFT, ...GONE, ...GONE];
  await using opened = await openReplayed(script, OWN);
  const fault = await faultOf(opened.cloud.create(readyRequest(stage), keepNothing, calm()));
  expect(fault).toMatchObject({ class: "quota", effect: "none" });
});

test("what cannot be taken back is named", async () => {
  const broken: Exchange = { on: ON.endAddress, status: 503 };
  const script = [FLAVORS, ...NAMED, PORT_MADE, ADDRESS_MADE, OVER, broken, { on: ON.endPort, status: 204 }];
  await using opened = await openReplayed(script, OWN);
  const request = readyRequest(stage);
  const error: unknown = await opened.cloud.create(request, keepNothing, calm()).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    fault: { class: "quota", effect: "made" },
    externalId: `parts:suite/${request.name}`,
  });
});

test("a server whose creation is in doubt keeps its port and address", async () => {
  const script = [FLAVORS, ...NAMED, PORT_MADE, ADDRESS_MADE, { on: ON.create, status: 504 }];
  await using opened = await openReplayed(script, OWN);
  const fault = await faultOf(opened.cloud.create(readyRequest(stage), keepNothing, calm()));
  expect(fault).toMatchObject({ class: "transient", effect: "unknown" });
});

test.each([
  [[], "network_missing"],
  [
    [
      { id: "a", name: "shop-net" },
      { id: "b", name: "shop-net" },
    ],
    "no_unique_match",
  ],
])(
  "a network of the account that is not there, or several, is told before anything is made",
  async (networks, code) => {
    await using opened = await openReplayed([FLAVORS, { on: ON.networks, body: { networks } }], {
      network: "shop-net",
    });
    const fault = await faultOf(opened.cloud.create(readyRequest(stage), keepNothing, calm()));
    expect(fault).toMatchObject({ class: "config", scope: "account", effect: "none", code });
  },
);
