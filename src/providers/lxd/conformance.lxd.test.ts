// The suite on a real LXD: cloud `east` of scripts/ci/with-lxd.sh. Faults that an LXD cannot be made to show are in conformance.test.ts,
// at the wire.

import { readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { OWNER_LABELS } from "../../core/machine.ts";
import type { Cloud } from "../../ports/provider.ts";
import { type FaultHarness, faultSuite } from "../../ports/provider-suite/faults.testsuite.ts";
import { machineSuite } from "../../ports/provider-suite/machines.testsuite.ts";
import { situationSuite } from "../../ports/provider-suite/parts.testsuite.ts";
import { type PlacementStage, placementSuite } from "../../ports/provider-suite/placement.testsuite.ts";
import {
  bringUp,
  calm,
  create,
  faultOf,
  foundBy,
  listAll,
  lookedAt,
  type MachineStage,
  readyRequest,
  SUITE_INSTALLATION,
} from "../../ports/provider-suite/stage.testsuite.ts";
import { accountAt, ask, instancesOf, labCloud, limit, openAt, freshCloud, removeByHand } from "./lab.testsuite.ts";

const east = labCloud("east");
const PROJECT = `?project=${east.project}`;

const placement = { realm: "default", size: "custom", image: "busybox", cpu: 1, memoryMib: 64 };

const openCloud = (settings: object = {}, by: "https" | "socket" = "https"): Cloud => {
  const account = accountAt(east, by);
  return openAt({ ...account, settings: { ...account.settings, ...settings } });
};

/** Lets time pass until what has been started has its address. */
async function settled(cloud: Cloud): Promise<void> {
  for (let times = 0; times < 200; times += 1) {
    const { machines } = await cloud.list(SUITE_INSTALLATION, null, calm());
    if (machines.every(({ state }) => state !== "pending")) return;
    await ask(east, { method: "GET", path: "/1.0/operations" });
  }
  throw new Error("something never settles");
}

async function openStage(given: { settings?: object; placement?: object; by?: "socket" } = {}): Promise<MachineStage> {
  await freshCloud(east);
  const cloud = openCloud(given.settings, given.by ?? "https");
  return {
    cloud,
    placement: { ...placement, ...given.placement },
    settle: () => settled(openCloud()),
    plant: (name, labels) => plant(name, labels),
    unknownId: "00000000-0000-4000-8000-000000000000",
    [Symbol.asyncDispose]: () => freshCloud(east),
  };
}

async function plant(name: string, labels: Readonly<Record<string, string>>, more: object = {}): Promise<string> {
  const config = Object.fromEntries(Object.entries(labels).map(([key, label]) => [`user.${key}`, label]));
  const body = { name, source: { type: "image", alias: "busybox" }, config, ...more };
  await ask(east, { method: "POST", path: `/1.0/instances${PROJECT}`, body });
  const planted = (await instancesOf(east)).find((one) => one.name === name);
  return planted?.config["volatile.uuid"] ?? "";
}

/** Kills the first process of every guest, as a crash would. */
async function killGuests(): Promise<void> {
  for (const { name } of await instancesOf(east)) {
    const state = await ask(east, { method: "GET", path: `/1.0/instances/${name}/state${PROJECT}` });
    process.kill(z.object({ pid: z.number().min(2) }).parse(state).pid, "SIGKILL");
  }
  await seen(async () => (await instancesOf(east)).every(({ status }) => status === "Stopped"));
}

/** Asks LXD again and again, for a while. */
async function seen(isSo: () => Promise<boolean>): Promise<void> {
  for (let times = 0; times < 1_000; times += 1) if (await isSo()) return;
  throw new Error("it never came to be so");
}

beforeEach(async () => {
  await limit(east, { "limits.instances": "20", "limits.memory": "4GiB", "limits.cpu": "64" });
});
afterAll(() => freshCloud(east));

const AT_THE_WIRE = "LXD cannot be made to: tried at the wire";
const NEVER = "LXD has no such thing";
const ONE_PIECE = "a machine is of one piece: LXD removes its disk and its address with it";

const FAULTS: FaultHarness = {
  throttle: NEVER,
  auth: async () => {
    const stranger = { cert: readFileSync(east.strangerCert, "utf8") };
    const account = accountAt(east);
    const stage = await openStage();
    const key = readFileSync(east.strangerKey, "utf8");
    return { ...stage, cloud: openAt({ settings: { ...account.settings, ...stranger }, credentials: { key } }) };
  },
  account: "root, which LXD's tests need, may open every socket: tried in account.test.ts",
  capacity: async () => {
    const stage = await openStage();
    const filler = join(east.poolFolder, "filler");
    const { bsize, bavail } = statfsSync(east.poolFolder);
    writeFileSync(filler, Buffer.alloc(bsize * bavail));
    return {
      ...stage,
      async [Symbol.asyncDispose]() {
        rmSync(filler);
        await stage[Symbol.asyncDispose]();
      },
    };
  },
  quota: async () => {
    const stage = await openStage();
    await limit(east, { "limits.instances": "0" });
    return stage;
  },
  missing_image: () => openStage({ placement: { image: "never-made" } }),
  name_taken: async () => {
    const stage = await openStage();
    const { name } = readyRequest(stage);
    await plant(name, {});
    return { ...stage, placement: { ...stage.placement, name } };
  },
  unreachable: async () => ({
    ...(await openStage()),
    cloud: openAt({ settings: { endpoint: "unix:///nowhere/lxd.socket" }, credentials: {} }),
  }),
  answer_lost: AT_THE_WIRE,
  request_lost: AT_THE_WIRE,
  silence: AT_THE_WIRE,
  unheard_state: AT_THE_WIRE,
  breakdown: async () => {
    const stage = await openStage();
    let times = 0;
    const settle = async (): Promise<void> => {
      await stage.settle();
      times += 1;
      if (times === 3) await killGuests();
    };
    return { ...stage, settle };
  },
  late_failure:
    "a create waits for the end of its operation, which is refused as any other: tried at the wire where it goes on",
  partial_list: NEVER,
};

for (const by of ["https", "socket"] as const) {
  machineSuite(`lxd over ${by}`, {
    twoStep: true,
    repeat: "conflict",
    pageSize: null,
    open: () => openStage(by === "socket" ? { by } : {}),
  });
}
faultSuite("lxd", FAULTS);
situationSuite("lxd", {
  parts: ONE_PIECE,
  left_behind: ONE_PIECE,
  no_room: ONE_PIECE,
  no_room_twice: ONE_PIECE,
  last_refused: ONE_PIECE,
  realm_down: "a server is one realm: it answers, or the account does not",
  many_sizes: "sizes are the account's own list, or machines are cut to measure",
  short_names: ONE_PIECE,
  session: "LXD knows its clients by certificate: there are no sessions",
});

const NETWORK = "lxsuite0";
const ONLY_NETWORKS = "networks are all that is chosen";

async function openNetwork(settings: object = {}): Promise<PlacementStage> {
  const stage = await openStage({ settings });
  const config = {
    "ipv4.address": "10.77.9.1/24",
    "ipv4.nat": "false",
    "ipv4.firewall": "false",
    "ipv6.address": "none",
    "ipv6.firewall": "false",
  };
  const gone = (): Promise<unknown> =>
    ask(east, { method: "DELETE", path: `/1.0/networks/${NETWORK}` }).catch(() => undefined);
  await gone();
  await ask(east, { method: "POST", path: "/1.0/networks", body: { name: NETWORK, type: "bridge", config } });
  return {
    ...stage,
    async placed(id) {
      const found = (await instancesOf(east)).find(({ config: of }) => of["volatile.uuid"] === id);
      const nics = Object.values(found?.devices ?? {}).filter(({ type }) => type === "nic");
      const networks = nics.flatMap(({ network }) => network ?? []);
      return { networks, securityGroups: [], key: null, isSpot: false, host: null };
    },
    broughtKeys: async () => ({}),
    there: { networks: [NETWORK] },
    missing: { networks: ["never-made"] },
    async takeAway() {
      // LXD keeps a network as long as somebody may want it.
      for (const { name } of await instancesOf(east)) {
        const path = `/1.0/instances/${name}${PROJECT}`;
        await ask(east, { method: "PATCH", path, body: { devices: { eth0: { type: "none" } } } });
      }
      await ask(east, { method: "DELETE", path: `/1.0/networks/${NETWORK}` });
    },
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]();
      await gone();
    },
  };
}

placementSuite("lxd", {
  networks: openNetwork,
  securityGroups: ONLY_NETWORKS,
  key: ONLY_NETWORKS,
  publicKey: ONLY_NETWORKS,
  publicAddress: ONLY_NETWORKS,
  hosts: ONLY_NETWORKS,
  spot: "LXD sells nothing",
  defaults: () => openNetwork({ where: { "*": { networks: [NETWORK] } } }),
  volumes: ONLY_NETWORKS,
  no_more_keys: ONLY_NETWORKS,
});

describe("lxd", () => {
  test("user data runs in the guest, and the console tells of it while it is up and when it was killed", async () => {
    await using stage = await openStage({ placement: { userData: "#!/bin/sh\necho said by $(hostname)" } });
    const machine = await bringUp(stage, readyRequest(stage));
    await seen(async () => (await stage.cloud.console(machine, calm()))?.includes("guest: ready") === true);
    expect(await stage.cloud.console(machine, calm())).toContain(`said by ${machine.name}`);
    await killGuests();
    expect(await stage.cloud.console(machine, calm())).toContain(`said by ${machine.name}`);
    expect(await lookedAt(stage, machine)).toMatchObject({ state: "stopped", fault: { code: "stopped" } });
  });

  test("a machine has the limits of its profile and its owner's labels, and what its profiles say of the rest", async () => {
    await using stage = await openStage({ settings: { pool: east.pool }, placement: { cpu: 1.5, memoryMib: 48 } });
    const machine = await create(stage, readyRequest(stage));
    const [made] = await instancesOf(east);
    expect(made?.config).toMatchObject({
      "limits.cpu": "2",
      "limits.memory": "48MiB",
      "user.slipway-machine": machine.name,
      [`user.${OWNER_LABELS.installation}`]: SUITE_INSTALLATION,
    });
    expect(made?.devices).toEqual({ root: { type: "disk", path: "/", pool: east.pool, size: "1GiB" } });
  });

  test("what a project may have and has is its quota", async () => {
    await using stage = await openStage();
    await limit(east, { "limits.instances": "5", "limits.memory": "1GiB", "limits.cpu": null });
    await create(stage, readyRequest(stage, { memoryMib: 96, cpu: 2 }));
    expect(await stage.cloud.usage(calm())).toEqual([
      { realm: null, dimension: "instances", most: 5, used: 1 },
      { realm: null, dimension: "cpu", most: null, used: expect.any(Number) },
      { realm: null, dimension: "memoryMib", most: 1024, used: 96 },
      { realm: null, dimension: "disk", most: null, used: expect.any(Number) },
    ]);
  });

  test("memory that the project has not is a matter of quota, and of this offer alone", async () => {
    await using stage = await openStage();
    await limit(east, { "limits.memory": "64MiB" });
    const { fault } = await faultOf(create(stage, readyRequest(stage, { memoryMib: 65 })));
    expect(fault).toMatchObject({ class: "quota", scope: "offer", effect: "none", code: "limit_used_up" });
    expect(await instancesOf(east)).toEqual([]);
  });

  test("a copy that somebody made of a machine is nobody's, and one that was renamed is known by its id", async () => {
    await using stage = await openStage();
    const machine = await create(stage, readyRequest(stage));
    const [made] = await instancesOf(east);
    // As `lxc copy` asks for it.
    const config = Object.fromEntries(
      Object.entries(made?.config ?? {}).filter(([key]) => !key.startsWith("volatile.")),
    );
    const body = { name: "a-copy", config, source: { type: "copy", source: machine.name, project: east.project } };
    await ask(east, { method: "POST", path: `/1.0/instances${PROJECT}`, body });
    expect((await listAll(stage.cloud)).map(({ name }) => name)).toEqual([machine.name]);
    await ask(east, { method: "POST", path: `/1.0/instances/${machine.name}${PROJECT}`, body: { name: "renamed" } });
    expect(await lookedAt(stage, machine)).toMatchObject({ externalId: machine.externalId, name: "renamed" });
    expect(await foundBy(stage, machine.name)).toEqual([]);
    await stage.cloud.destroy(machine, calm());
    expect((await instancesOf(east)).map(({ name }) => name)).toEqual(["a-copy"]);
  });

  test("one that was removed by hand is absent, and one of the same name that came after it is another machine", async () => {
    await using stage = await openStage();
    const machine = await bringUp(stage, readyRequest(stage));
    await removeByHand(east, machine.name);
    expect(await lookedAt(stage, machine)).toBeNull();
    await plant(machine.name, {});
    expect(await lookedAt(stage, machine)).toBeNull();
    await stage.cloud.destroy(machine, calm());
    expect(await instancesOf(east)).toHaveLength(1);
  });

  test("of a project that is not there nothing is absent, and nothing is listed", async () => {
    await using stage = await openStage();
    const machine = await create(stage, readyRequest(stage));
    const elsewhere = openCloud({ project: "never-made" }, "socket");
    const fault = { class: "config", scope: "account", code: "project_missing" };
    await expect(elsewhere.look([machine], calm())).rejects.toMatchObject({ fault });
    await expect(elsewhere.list(SUITE_INSTALLATION, null, calm())).rejects.toMatchObject({ fault });
    await expect(elsewhere.usage(calm())).rejects.toMatchObject({ fault });
    await expect(elsewhere.create(readyRequest(stage), async () => undefined, calm())).rejects.toMatchObject({
      fault: { ...fault, effect: "none" },
    });
  });

  test.each([
    ["a profile", { profiles: "default, never-made" }, "profile_missing"],
    ["a storage pool", { pool: "never-made" }, "pool_missing"],
    ["virtual machines, where there is no QEMU", { instances: "virtual-machine" }, "kind_missing"],
  ])("a check finds that %s is not there", async (_what, settings, code) => {
    await using stage = await openStage({ settings });
    const { fault } = await faultOf(stage.cloud.usage(calm()));
    expect(fault).toMatchObject({ class: "config", scope: "account", code });
  });

  test("a trust token makes LXD trust the account's certificate, once for all who ask", async () => {
    const body = { name: "suite", type: "client", token: true, restricted: true, projects: [east.project] };
    const token = z
      .object({ metadata: z.object({ addresses: z.array(z.string()), fingerprint: z.string(), secret: z.string() }) })
      .parse(await ask(east, { method: "POST", path: "/1.0/certificates", body })).metadata;
    const text = JSON.stringify({ client_name: "suite", ...token, expires_at: "0001-01-01T00:00:00Z" });
    const account = accountAt(east);
    const settings = { ...account.settings, cert: readFileSync(east.strangerCert, "utf8") };
    const key = readFileSync(east.strangerKey, "utf8");
    const trusted = openAt({ settings, credentials: { key, trustToken: Buffer.from(text).toString("base64") } });
    try {
      await Promise.all([trusted.realms(calm()), trusted.usage(calm()), trusted.sizes(null, calm())]);
      expect(await openAt({ settings, credentials: { key } }).realms(calm())).toEqual(["default"]);
    } finally {
      const all = z.array(z.string()).parse(await ask(east, { method: "GET", path: "/1.0/certificates" }));
      for (const path of all) {
        const { name } = z.object({ name: z.string() }).parse(await ask(east, { method: "GET", path }));
        if (name === "suite") await ask(east, { method: "DELETE", path });
      }
    }
    expect((await faultOf(openAt({ settings, credentials: { key } }).realms(calm()))).fault.class).toBe("auth");
  });

  test("a start that LXD refuses tells why, and the machine stands still", async () => {
    await using stage = await openStage();
    const id = await plant(
      "sw-nobridge",
      {},
      { devices: { eth0: { type: "nic", nictype: "bridged", parent: "lxnone", name: "eth0" } } },
    );
    const machine = { name: "sw-nobridge", realm: "default", externalId: id, handle: null, isLeaving: false };
    const { fault } = await faultOf(stage.cloud.start(machine, calm()));
    expect(fault).toMatchObject({ class: "config", scope: "account", code: "network_missing" });
    expect(await lookedAt(stage, machine)).toMatchObject({ state: "stopped", fault: null });
  });

  test("LXD announces what happens to machines with names of ours", async () => {
    await using stage = await openStage();
    const end = new AbortController();
    const opened = Promise.withResolvers<void>();
    const heard = Promise.withResolvers<void>();
    let changes = 0;
    const changed = (): void => {
      changes += 1;
      if (changes === 1) opened.resolve();
      else heard.resolve();
    };
    const watching = stage.cloud.watch?.(SUITE_INSTALLATION, changed, end.signal);
    await opened.promise;
    await plant("somebody-else", {});
    expect(changes).toBe(1);
    await create(stage, readyRequest(stage));
    await heard.promise;
    end.abort();
    await watching;
  });
});
