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
import {
  ADDRESS_MADE,
  described,
  EXTERNAL,
  GROUP,
  group,
  KEY_MADE,
  keyName,
  NAMED,
  network,
  noKey,
  NOTHING_LEFT,
  OWN,
  PORT_MADE,
  stage,
} from "./parts.testsuite.ts";

const NOBODY: Exchange = { on: ON.servers, body: { servers: [] } };

test("a server gets flavor, image, zone, owner, user data, key and groups, and is asked for once", async () => {
  const settings = { where: { az1: { networks: ["shop-net"] }, "*": { key: "ops", networks: ["other"] } } };
  const script = [FLAVORS, network("shop-net", NETWORK), group("web", GROUP), CREATED];
  await using opened = await openReplayed(script, settings);
  const request = readyRequest(stage, { userData: "#!/bin/sh\necho ü\n", where: { securityGroups: ["web"] } });
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
      security_groups: [{ name: GROUP }],
    },
  });
});

test("a name that was asked for before is looked for first, and never asked for twice", async () => {
  const request = readyRequest(stage);
  const theirs = server(request.name, { id: "other", metadata: { "slipway-installation": "neighbour" } });
  await using opened = await openReplayed([
    FLAVORS,
    { on: ON.create, end: "cut" },
    { on: ON.servers, body: { servers: [theirs, server(request.name)] } },
  ]);
  expect(await faultOf(opened.cloud.create(request, keepNothing, calm()))).toMatchObject({ effect: "unknown" });
  expect(await opened.cloud.create(request, keepNothing, calm())).toMatchObject({
    externalId: SERVER,
    state: "running",
  });
  expect(opened.asked.at(-1)?.query.get("name")).toBe(`^${request.name}$`);
});

test("what fails before anything is asked for has made nothing", async () => {
  await using opened = await openReplayed([{ on: ON.flavors, status: 503 }]);
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
  await using opened = await openReplayed(script);
  const request = readyRequest(stage, { where: { networks: ["shop-net"] } });
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
      security_groups: [GROUP],
    },
  });
  expect(asksAddress).toMatchObject({ floatingip: { floating_network_id: EXTERNAL, port_id: PORT, description } });
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
const NO_KEY: Exchange = { ...noKey("x"), optional: true };
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
  const script = [
    FLAVORS,
    ...NAMED,
    PORT_MADE,
    ADDRESS_MADE,
    OVER,
    ...TAKEN_BACK,
    ...NOTHING_LEFT,
    ...GONE,
    NO_KEY,
    ...GONE,
  ];
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
])("a network that is not there, or several, is told before anything is made", async (networks, code) => {
  await using opened = await openReplayed([FLAVORS, { on: ON.networks, body: { networks } }]);
  const request = readyRequest(stage, { where: { networks: ["shop-net"] } });
  const fault = await faultOf(opened.cloud.create(request, keepNothing, calm()));
  expect(fault).toMatchObject({ class: "config", scope: "account", effect: "none", code });
});

const PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3uQ0ZbKc0l6hQx5vJm2w8rTt9n4pYk1sDfGhJkLzXc ops@example.org";
const BROUGHT = { where: { publicKey: PUBLIC_KEY } };

test("several networks are as many NICs, and groups are those of all", async () => {
  const back = "5c0c3d38-5f5d-4d0c-9d3a-9a7d4a1f0c01";
  const where = { networks: ["shop-net", "back"], securityGroups: ["web"] };
  const asked = [network("shop-net", NETWORK), network("back", back), group("web", GROUP)];
  await using opened = await openReplayed([FLAVORS, ...asked, CREATED]);
  await opened.cloud.create(readyRequest(stage, { where }), keepNothing, calm());
  expect(opened.asked.at(-1)?.body).toMatchObject({
    server: { networks: [{ uuid: NETWORK }, { uuid: back }], security_groups: [{ name: GROUP }] },
  });
});

test("with a public address the first network gets the port, and groups count for the others too", async () => {
  const back = "5c0c3d38-5f5d-4d0c-9d3a-9a7d4a1f0c01";
  const where = { networks: ["shop-net", "back"], securityGroups: ["web"], publicAddress: true };
  const named = [network("shop-net", NETWORK), network("back", back), group("web", GROUP), network("public", EXTERNAL)];
  const script = [FLAVORS, ...named, PORT_MADE, ADDRESS_MADE, CREATED];
  await using opened = await openReplayed(script, { floatingNetwork: "public" });
  await opened.cloud.create(readyRequest(stage, { where }), keepNothing, calm());
  const external = opened.asked.filter(({ path }) => path.endsWith("/networks")).at(-1)?.query;
  expect(external?.get("router:external")).toBe("true");
  expect(opened.asked.at(-1)?.body).toMatchObject({
    server: { networks: [{ port: PORT }, { uuid: back }], security_groups: [{ name: GROUP }] },
  });
});

test("nothing asked for leaves the network to Nova, and a blueprint needs no address that its account would give", async () => {
  const named = [network("shop-net", NETWORK), group("web", GROUP)];
  await using opened = await openReplayed([FLAVORS, CREATED], { floatingNetwork: "public" });
  await opened.cloud.create(readyRequest(stage), keepNothing, calm());
  expect(opened.asked.at(-1)?.body).toMatchObject({ server: { networks: "auto" } });
  await using giving = await openReplayed([FLAVORS, ...named, CREATED], OWN);
  const made = await giving.cloud.create(readyRequest(stage, { where: { publicAddress: false } }), keepNothing, calm());
  expect(made.handle).toEqual({ owner: "suite" });
});

test.each([
  [{ publicAddress: true }, {}, "external_network_missing"],
  [{ publicAddress: true }, { floatingNetwork: "public" }, "network_missing"],
])("a public address that cannot be had is refused here alone", async (where, settings, code) => {
  await using opened = await openReplayed([FLAVORS], settings);
  const fault = await faultOf(opened.cloud.create(readyRequest(stage, { where }), keepNothing, calm()));
  expect(fault).toMatchObject({ class: "config", scope: "account", effect: "none", code });
});

test("a key is brought before its machine, kept, and named after it", async () => {
  await using opened = await openReplayed([FLAVORS, KEY_MADE, CREATED]);
  const request = readyRequest(stage, BROUGHT);
  const name = keyName(request.name);
  const kept: unknown[] = [];
  const made = await opened.cloud.create(
    request,
    async (handle) => {
      kept.push([opened.asked.at(-1)?.path, handle]);
    },
    calm(),
  );
  const handle = { owner: "suite", parts: [`key:${name}`] };
  expect(kept).toEqual([
    ["/compute/v2.1/os-keypairs", handle],
    ["/compute/v2.1/servers", handle],
  ]);
  expect(made.handle).toEqual(handle);
  const [key, asked] = opened.asked.slice(-2).map(({ body }) => body);
  expect(key).toEqual({ keypair: { name, public_key: PUBLIC_KEY } });
  expect(asked).toMatchObject({ server: { key_name: name } });
});

test.each([
  [403, "Quota exceeded, too many key pairs.", "quota account none"],
  [400, "Keypair data is invalid: failed to generate fingerprint", "config account none"],
  [409, "Key pair 'x_suite' already exists.", "conflict account unknown"],
])("a key that is refused with %i leaves nothing, unless it was there before", async (status, message, meant) => {
  await using opened = await openReplayed([FLAVORS, refusal(ON.makeKey, status, message)]);
  const fault = await faultOf(opened.cloud.create(readyRequest(stage, BROUGHT), keepNothing, calm()));
  expect(`${fault.class} ${fault.scope} ${fault.effect}`).toBe(meant);
});

test.each([
  ["gone", "none"],
  ["stays", "made"],
])("a server that is refused after its key: the key %s", async (what, effect) => {
  const request = readyRequest(stage, BROUGHT);
  const removed = { on: ON.endKey, status: what === "gone" ? 204 : 503 };
  const proof = what === "gone" ? [noKey(request.name)] : [];
  await using opened = await openReplayed([FLAVORS, KEY_MADE, OVER, removed, ...proof]);
  const error: unknown = await opened.cloud.create(request, keepNothing, calm()).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ fault: { class: "quota", effect } });
  const left = what === "gone" ? null : `parts:suite/${request.name}`;
  expect(error).toMatchObject({ externalId: left });
});

test("a key that could not be kept is all that was asked for", async () => {
  await using opened = await openReplayed([FLAVORS, KEY_MADE]);
  const keep = () => Promise.reject(new HandleNotKept("not wanted any more"));
  const creating = opened.cloud.create(readyRequest(stage, BROUGHT), keep, calm());
  await expect(creating).rejects.toBeInstanceOf(HandleNotKept);
});
