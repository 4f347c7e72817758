// What a request for a machine may say, and when it is the same request again; on either way.

import { describe, expect, test } from "vitest";
import type { CreateRequest } from "../cloud-api.ts";
import { createDatacentre } from "../datacentre.ts";
import { plainCloud } from "../presets.ts";
import type { CloudSettings } from "../settings.ts";
import type { TenantApi } from "../tenant-api.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { ACCESS, MEDIUM, refusal, stagesBy, WAYS } from "../ways.testsuite.ts";
import { createAll } from "./create.ts";

const HOST = { cpu: 64, memoryMib: 131_072, storageGib: 2000 };
const TWO: Partial<CloudSettings> = {
  realms: ["plain-a", "plain-b"].map((name) => ({ name, images: ["debian-12"], hosts: [HOST] })),
};
const PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFiY2Q= somebody";

describe.each(WAYS)("%s: the same request again", (_, way) => {
  const cloudWith = stagesBy(way);
  const asked = { ...MEDIUM, token: "t-1" };

  test("everything that it says counts, in whatever order, but not its token's age", async () => {
    const { clock, api } = await cloudWith();
    const request: CreateRequest = { ...asked, parts: [{ kind: "volume" }], publicAddress: true };
    const { id } = await api.create(request);
    await clock.advance(86_400_000);
    expect((await api.create({ token: "t-1", publicAddress: true, parts: [{ kind: "volume" }], ...MEDIUM })).id).toBe(
      id,
    );
    for (const other of [{ parts: [] }, { publicAddress: false }, { userData: "x" }, { name: "web" }]) {
      await expect(api.create({ ...request, ...other })).rejects.toMatchObject(refusal("token_mismatch"));
    }
  });

  test("a token may be forgotten while its machine lives", async () => {
    const { clock, api } = await cloudWith({ tokenLifeMs: 60_000 });
    const first = await api.create(asked);
    await clock.advance(59_999);
    expect((await api.create(asked)).id).toBe(first.id);
    await clock.advance(1);
    expect((await api.create(asked)).id).not.toBe(first.id);
  });

  test("it may be known long after its machine has gone, and show that or be refused", async () => {
    for (const spentTokens of ["show", "refuse"] as const) {
      const { clock, api } = await cloudWith({ tokenKeptMs: 86_400_000, spentTokens });
      const { id } = await api.create(asked);
      await api.remove(id);
      await clock.advance(86_399_999);
      if (spentTokens === "show") expect(await api.create(asked)).toMatchObject({ id, state: "terminated" });
      else await expect(api.create(asked)).rejects.toMatchObject(refusal("token_spent"));
      await expect(api.create({ ...asked, size: "small" })).rejects.toMatchObject(refusal("token_mismatch"));
      await clock.advance(1);
      expect((await api.create(asked)).id).not.toBe(id);
    }
  });

  test("unless told, it is known as long as its machine is shown, and not when that vanished", async () => {
    const { clock, api, operator } = await cloudWith({ lingerMs: 5000 });
    const { id } = await api.create(asked);
    await api.remove(id);
    await clock.advance(4999);
    expect((await api.create(asked)).id).toBe(id);
    await clock.advance(1);
    const second = await api.create(asked);
    expect(second.id).not.toBe(id);
    operator.vanish(second.id);
    expect((await api.create(asked)).id).not.toBe(second.id);
  });

  test("a refusal uses no token up", async () => {
    const { api, operator } = await cloudWith();
    operator.setQuota("plain", { instances: 0 });
    await expect(api.create(asked)).rejects.toMatchObject(refusal("quota_zero"));
    operator.setQuota("plain", {});
    await api.create({ ...asked, size: "small" });
  });
});

test("one token for several machines, and many tokens forgotten in time", async () => {
  const clock = new VirtualClock();
  const datacentre = createDatacentre({ clouds: [plainCloud({ tokenLifeMs: 1000 })], clock });
  const door = datacentre.door({ lostAnswers: "reject", signal: new AbortController().signal });
  const make = (requests: readonly CreateRequest[]) =>
    door.ask(ACCESS, { operation: "create" }, (asked) => createAll(asked, requests));
  const two = ["a", "b"].map((name) => ({ ...MEDIUM, name, token: "t" }));
  const made = await make(two);
  expect((await make(two)).map(({ id }) => id)).toEqual(made.map(({ id }) => id));
  await expect(make(two.slice(1))).rejects.toMatchObject({ code: "token_mismatch" });
  const api = datacentre.connect(ACCESS);
  for (let made_ = 0; made_ < 1100; made_++) {
    const { id } = await api.create({ ...MEDIUM, size: "small", token: `t-${made_}` });
    await api.remove(id);
  }
  expect(datacentre.billing.aliveNow()).toHaveLength(2);
});

describe.each(WAYS)("%s: names and user data", (_, way) => {
  const cloudWith = stagesBy(way);

  test("names have a length and characters, of machines and of parts", async () => {
    const { api } = await cloudWith({ names: { most: 8, pattern: "[a-z][a-z0-9-]*" } });
    expect((await api.traits()).names).toEqual({ most: 8, pattern: "[a-z][a-z0-9-]*" });
    const create = (name: string) => api.create({ ...MEDIUM, name, size: "small" });
    await create("abcd-678");
    await expect(create("abcd-6789")).rejects.toMatchObject({
      ...refusal("invalid_name"),
      message: "The name may have 8 characters at most, not 9",
    });
    for (const name of ["Abc", "a_b", "a b", "ä", "a\n"]) {
      await expect(create(name)).rejects.toMatchObject(refusal("invalid_name"));
    }
    await expect(api.createPart({ kind: "port", name: "A", realm: "plain-a" })).rejects.toMatchObject(
      refusal("invalid_name"),
    );
    expect((await (await cloudWith()).api.traits()).names).toEqual({ most: null, pattern: null });
  });

  test("user data is measured in bytes", async () => {
    const { api } = await cloudWith({ userDataBytesMost: 10 });
    expect((await api.traits()).userDataBytesMost).toBe(10);
    await api.create({ ...MEDIUM, userData: "ääääxx" });
    await expect(api.create({ ...MEDIUM, userData: "ääääxxx" })).rejects.toMatchObject({
      ...refusal("invalid_user_data"),
      message: "User data may have 10 bytes at most",
    });
  });
});

describe.each(WAYS)("%s: things that must exist", (_, way) => {
  const cloudWith = stagesBy(way);
  const things: Partial<CloudSettings> = {
    ...TWO,
    networks: [
      { name: "front", id: "net-1", realms: ["plain-a"] },
      { name: "back", realms: ["plain-b"], addresses: 2 },
      { name: "theirs", tenants: ["other"] },
    ],
    securityGroups: [{ name: "default", id: "sg-1" }, { name: "web" }],
    tenants: [
      { name: "plain", key: "plain-key", sshKeys: [{ name: "ops", publicKey: PUBLIC_KEY }] },
      { name: "other", key: "other-key" },
    ],
  };

  test("networks, security groups and ssh keys: by id or name, or the request is refused", async () => {
    const { api, operator } = await cloudWith(things);
    const named = { network: "net-1", securityGroups: ["default", "web"], sshKey: "ops" };
    expect(await api.create({ ...MEDIUM, ...named })).toMatchObject({ ...named, network: "front" });
    expect(await api.create({ ...MEDIUM, network: "front" })).toMatchObject({ network: "front", sshKey: null });
    expect(await api.create(MEDIUM)).toMatchObject({ network: "front" });
    const wrong: readonly [Partial<CreateRequest>, string][] = [
      [{ network: "back" }, "No network back"],
      [{ network: "theirs" }, "No network theirs"],
      [{ securityGroups: ["web", "db"] }, "No security group db"],
      [{ sshKey: "nobody" }, "No ssh key nobody"],
    ];
    for (const [change, message] of wrong) {
      await expect(api.create({ ...MEDIUM, ...change })).rejects.toMatchObject({
        ...refusal("invalid_reference"),
        message,
      });
    }
    operator.addSecurityGroup({ name: "db" });
    operator.addNetwork({ name: "back", id: "net-9" });
    await api.create({ ...MEDIUM, network: "back", securityGroups: ["db"] });
    operator.removeSecurityGroup("db");
    operator.removeNetwork("net-9");
    await expect(api.create({ ...MEDIUM, securityGroups: ["db"] })).rejects.toMatchObject(refusal("invalid_reference"));
    expect(() => operator.removeNetwork("net-9")).toThrow("No network net-9");
  });

  test("what there is can be read; other tenants' things are not there", async () => {
    const { api } = await cloudWith(things);
    expect(await api.things()).toEqual({
      networks: [
        { id: "net-1", name: "front", realms: ["plain-a"], freeAddresses: null },
        { id: "back", name: "back", realms: ["plain-b"], freeAddresses: 2 },
      ],
      securityGroups: [
        { id: "sg-1", name: "default" },
        { id: "web", name: "web" },
      ],
      sshKeys: [
        { name: "ops", publicKey: PUBLIC_KEY, fingerprint: expect.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/) },
      ],
    });
  });

  test("a key is brought and taken away again; its name is its own", async () => {
    const { api } = await cloudWith();
    const key = await api.importKey({ name: "mine", publicKey: PUBLIC_KEY });
    await expect(api.importKey({ name: "mine", publicKey: PUBLIC_KEY })).rejects.toMatchObject(refusal("name_taken"));
    for (const request of [
      { name: "x", publicKey: "-----BEGIN PRIVATE KEY-----" },
      { name: "", publicKey: PUBLIC_KEY },
    ]) {
      await expect(api.importKey(request)).rejects.toMatchObject(refusal("invalid_request"));
    }
    const { id } = await api.create({ ...MEDIUM, sshKey: "mine" });
    expect((await api.things()).sshKeys).toEqual([key]);
    await api.removeKey("mine");
    await expect(api.removeKey("mine")).rejects.toMatchObject(refusal("not_found"));
    expect((await api.get(id)).sshKey).toBe("mine");
  });

  test("where there are several networks, one may have to be named", async () => {
    const networks = [{ name: "a" }, { name: "b" }];
    const { api } = await cloudWith({ networks, networkChoice: "needed" });
    await expect(api.create(MEDIUM)).rejects.toMatchObject({
      message: "There are 2 networks: the request must name one",
    });
    await api.create({ ...MEDIUM, network: "b" });
    const first = await cloudWith({ networks });
    expect((await first.api.create(MEDIUM)).network).toBe("a");
    const none = await cloudWith({ networkChoice: "needed" });
    expect((await none.api.create(MEDIUM)).network).toBeNull();
  });

  test("a network's addresses come to an end: each machine has one, or its port", async () => {
    const free = async (api: TenantApi) => (await api.things()).networks[0]?.freeAddresses;
    const { api } = await cloudWith({ networks: [{ name: "small", addresses: 2 }] });
    const first = await api.create(MEDIUM);
    const port = await api.createPart({ kind: "port", name: "p", realm: "plain-a" });
    expect(port.network).toBe("small");
    expect(await free(api)).toBe(0);
    const refused = { ...refusal("no_free_address"), message: "All 2 addresses of the network small are taken" };
    await expect(api.create(MEDIUM)).rejects.toMatchObject(refused);
    await expect(api.create({ ...MEDIUM, parts: [{ kind: "port" }] })).rejects.toMatchObject(refused);
    await expect(api.createPart({ kind: "port", name: "q", realm: "plain-a" })).rejects.toMatchObject(refused);
    await api.createPart({ kind: "address", name: "a", realm: "plain-a" });
    await expect(
      api.createPart({ kind: "address", name: "a", realm: "plain-a", network: "small" }),
    ).rejects.toMatchObject(refusal("invalid_request"));
    const second = await api.create({ ...MEDIUM, parts: [{ id: port.id }] });
    await api.remove(first.id);
    expect(await free(api)).toBe(1);
    const third = await api.create({ ...MEDIUM, parts: [{ kind: "port" }] });
    expect(await free(api)).toBe(0);
    for (const { id } of [second, third]) await api.remove(id);
    expect(await free(api)).toBe(1);
    await api.removePart(port.id);
    expect(await free(api)).toBe(2);
  });
});

describe.each(WAYS)("%s: spot", (_, way) => {
  const cloudWith = stagesBy(way);
  const size = { name: "medium", family: "general", cpu: 2, memoryMib: 1024, storageGib: 1, hourlyPrice: 1 };
  const spot: Partial<CloudSettings> = { ...TWO, sizes: [{ ...size, spotPrice: 0.3 }], lingerMs: 60_000 };
  const SPOT = { ...MEDIUM, spot: {} };

  test("costs its own price, counts apart, and is refused below it or where it can't be had", async () => {
    const { api, datacentre, operator } = await cloudWith(spot);
    operator.setQuota("plain", { "cpu/general": 2, spotCpu: 4 });
    await api.create(MEDIUM);
    expect(await api.create(SPOT)).toMatchObject({ isSpot: true });
    await api.create({ ...SPOT, spot: { maxHourlyPrice: 0.3 } });
    await expect(api.create(MEDIUM)).rejects.toMatchObject({
      message: "Quota exceeded for cpu/general: 2 of 2 used, 2 requested",
    });
    await expect(api.create(SPOT)).rejects.toMatchObject({
      message: "Quota exceeded for spotCpu: 4 of 4 used, 2 requested",
    });
    await expect(api.create({ ...SPOT, spot: { maxHourlyPrice: 0.29 } })).rejects.toMatchObject({
      ...refusal("price_too_low"),
      message: "Spot costs 0.3 for medium in plain-a at present",
    });
    operator.setOffer({ size: "medium", realm: "plain-b" }, { spotPrice: null });
    await expect(api.create({ ...SPOT, realm: "plain-b" })).rejects.toMatchObject(refusal("invalid_size"));
    const born = datacentre.billing.entries().filter(({ kind }) => kind === "born");
    expect(born.map(({ hourlyPrice }) => hourlyPrice)).toEqual([1, 0.3, 0.3]);
  });

  test("is taken back when it costs more than was offered, or can't be had any more", async () => {
    const { api, operator } = await cloudWith(spot);
    const [firm, low, high] = [
      await api.create(MEDIUM),
      await api.create({ ...SPOT, spot: { maxHourlyPrice: 0.5 } }),
      await api.create(SPOT),
    ];
    const states = async () => (await api.getMany([firm.id, low.id, high.id])).machines.map(({ state }) => state);
    operator.setOffer({ size: "medium", realm: "plain-a" }, { spotPrice: 0.5 });
    expect(await states()).toEqual(["running", "running", "running"]);
    operator.setOffer({ size: "medium", realm: "plain-a" }, { spotPrice: 0.6 });
    expect(await states()).toEqual(["running", "terminated", "running"]);
    expect(await api.get(low.id)).toMatchObject({
      fault: { code: "insufficient_capacity", text: "Taken back: spot costs 0.6 by now" },
    });
    operator.setOffer({ size: "medium" }, { spotPrice: null });
    expect(await states()).toEqual(["running", "terminated", "terminated"]);
  });
});

describe.each(WAYS)("%s: machines of one group", (_, way) => {
  const cloudWith = stagesBy(way);
  const three: Partial<CloudSettings> = {
    realms: [{ name: "plain-a", images: ["debian-12"], hosts: [4, 4, 4].map((cpu) => ({ ...HOST, cpu })) }],
  };

  test("lie apart or together, or find no room", async () => {
    const { api, operator } = await cloudWith(three);
    const create = (hosts: "spread" | "compact") =>
      api.create({ ...MEDIUM, size: "small", group: { name: hosts, hosts } });
    const hostsOf = () => new Set(operator.snapshot().machines.map(({ host }) => host));
    for (let made = 0; made < 3; made++) await create("spread");
    expect(hostsOf().size).toBe(3);
    await expect(create("spread")).rejects.toMatchObject({
      ...refusal("insufficient_capacity"),
      message: "There is no room for small apart from the others of its group in plain-a at present",
    });
    for (let made = 0; made < 3; made++) await create("compact");
    await expect(create("compact")).rejects.toMatchObject({
      message: "There is no room for small beside the others of its group in plain-a at present",
    });
    await api.create({ ...MEDIUM, size: "small" });
  });

  test("also when they are started", async () => {
    const { api } = await cloudWith({ ...three, twoStep: true });
    const group = { name: "g", hosts: "spread" } as const;
    const made = [1, 2, 3, 4].map(() => api.create({ ...MEDIUM, size: "small", group }));
    const ids = (await Promise.all(made)).map(({ id }) => id);
    const starts = await Promise.allSettled(ids.map((id) => api.start(id)));
    expect(starts.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "fulfilled", "fulfilled", "rejected"]);
  });
});

test("machines of one group and one request lie apart, too", async () => {
  const realms = [{ name: "plain-a", images: ["debian-12"], hosts: [HOST, HOST] }];
  const datacentre = createDatacentre({ clouds: [plainCloud({ realms })], clock: new VirtualClock() });
  const door = datacentre.door({ lostAnswers: "reject", signal: new AbortController().signal });
  const request: CreateRequest = { ...MEDIUM, group: { name: "g", hosts: "spread" } };
  const make = (count: number) =>
    door.ask(ACCESS, { operation: "create" }, (asked) => createAll(asked, Array(count).fill(request)));
  await expect(make(3)).rejects.toMatchObject({ code: "insufficient_capacity" });
  await make(2);
  expect(
    new Set(
      datacentre
        .cloud("plain")
        .snapshot()
        .machines.map(({ host }) => host),
    ).size,
  ).toBe(2);
});

test("settings that make no sense are refused", () => {
  const open = (changes: Partial<CloudSettings>) => () =>
    createDatacentre({ clouds: [plainCloud(changes)], clock: new VirtualClock() });
  expect(open({ names: { pattern: "[" } })).toThrow("config.clouds[0].names.pattern: Invalid regular expression");
  expect(open({ networks: [{ name: "n", realms: ["moon"] }] })).toThrow("the network n of plain: there is no moon");
  expect(open({ networks: [{ name: "n", tenants: ["sun"] }] })).toThrow("the network n of plain: there is no sun");
  expect(open({ networks: [{ name: "n" }, { name: "n" }] })).toThrow("two networks of plain are named n");
});
