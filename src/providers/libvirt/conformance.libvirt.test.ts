// The suites on a real daemon, "east" of scripts/ci/with-libvirt.sh, with guests that boot. What it cannot be made to show is in
// conformance.test.ts, at the wire.

import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { accountId, machineId } from "../../core/ids.ts";
import { OWNER_LABELS } from "../../core/machine.ts";
import type { Cloud } from "../../ports/provider.ts";
import { type FaultHarness, faultSuite } from "../../ports/provider-suite/faults.testsuite.ts";
import { machineSuite } from "../../ports/provider-suite/machines.testsuite.ts";
import { type SituationStage, situationSuite } from "../../ports/provider-suite/parts.testsuite.ts";
import { type PlacementStage, placementSuite } from "../../ports/provider-suite/placement.testsuite.ts";
import {
  bringUp,
  byId,
  calm,
  create,
  faultOf,
  listAll,
  lookedAt,
  type MachineStage,
  readyRequest,
  type Stage,
  SUITE_INSTALLATION,
} from "../../ports/provider-suite/stage.testsuite.ts";
import { pause } from "../../cloud-http/pause.ts";
import { defineDomain } from "./calls.ts";
import { parseEndpoint } from "./account.ts";
import { domainXml } from "./domain-xml.ts";
import { libvirtProvider } from "./index.ts";
import {
  fileIn,
  fillPool,
  freePool,
  freshCloud,
  killEmulator,
  LAB,
  overSsh,
  overTls,
  partsAt,
  removeDomain,
  setFault,
  settingsOf,
  unlessIt,
  virsh,
} from "./lab.testsuite.ts";
import { uuidOf, volumeName } from "./names.ts";
import { openSession } from "./session.ts";
import { rootIn } from "./xml.ts";

const placement = { realm: "host", size: "custom", image: LAB.image, memoryMib: 96 };

function openCloud(settings: object = {}, credentials: Readonly<Record<string, string>> = {}): Cloud {
  const account = { id: accountId("acc-1"), name: "east", settings: { ...settingsOf("east"), ...settings } };
  return libvirtProvider.open(account, credentials);
}

/** Until each machine that runs has its address: what is seen of it changes no more. */
async function settled(cloud: Cloud): Promise<void> {
  for (let looks = 0; looks < 600; looks += 1) {
    const { machines } = await cloud.list(SUITE_INSTALLATION, null, calm());
    if (machines.every(({ state, privateAddress }) => state !== "running" || privateAddress !== null)) return;
    await pause(100, calm());
  }
  throw new Error("a machine has no address after a minute");
}

async function openStage(
  given: { settings?: object; credentials?: Readonly<Record<string, string>>; placement?: object } = {},
): Promise<MachineStage> {
  await freshCloud("east");
  const cloud = openCloud(given.settings, given.credentials);
  return {
    cloud,
    placement: { ...placement, ...given.placement },
    settle: () => settled(cloud),
    plant,
    unknownId: "00000000-0000-4000-8000-000000000000",
    async [Symbol.asyncDispose]() {
      await cloud[Symbol.asyncDispose]();
      await freshCloud("east");
    },
  };
}

/** Defined by somebody else, who labels as Slipway does, or not at all. */
async function plant(name: string, labels: Readonly<Record<string, string>>): Promise<string> {
  await using session = openSession(parseEndpoint({ uri: LAB.clouds.east.uri, ca: null, cert: null, key: null }));
  const uuid = uuidOf({ owner: "somebody", name });
  const request = { ...readyRequest({ placement }), name: machineId(name), labels };
  const files = { disk: "/nowhere", seed: "/nowhere", console: "/nowhere" };
  const host = { arch: "x86_64", type: "qemu" } as const;
  await defineDomain(session, domainXml({ request, uuid, pool: LAB.pool, files, host, networks: [] }), calm());
  return uuid;
}

afterAll(() => freshCloud("east"));

const AT_THE_WIRE = "a daemon cannot be made to: tried at the wire";

const refusingStarts = (text: string) => async (): Promise<Stage> => {
  const stage = await openStage();
  setFault("east", "refusal", text);
  return stage;
};

const FAULTS: FaultHarness = {
  throttle: "libvirt has no limit of requests",
  auth: () => openStage({ settings: { uri: LAB.clouds.east.tls, ca: fileIn("pki", "authority.pem") } }),
  account: "a host has users, and no accounts that could be suspended",
  capacity: () => openStage({ placement: { memoryMib: 900_000 } }),
  quota: refusingStarts("quota: 1 machines may run"),
  missing_image: () => openStage({ placement: { image: "never-made.qcow2" } }),
  async name_taken() {
    const stage = await openStage();
    const { name } = readyRequest(stage);
    await plant(name, {});
    return { ...stage, placement: { ...stage.placement, name } };
  },
  unreachable: () => openStage({ settings: { uri: "qemu+unix:///system?socket=/nowhere/libvirt-sock" } }),
  answer_lost: AT_THE_WIRE,
  request_lost: AT_THE_WIRE,
  silence: AT_THE_WIRE,
  unheard_state: AT_THE_WIRE,
  async breakdown() {
    const stage = await openStage();
    const settle = async (): Promise<void> => {
      const { machines } = await stage.cloud.list(SUITE_INSTALLATION, null, calm());
      for (const { name, state } of machines) {
        if (state === "running") killEmulator("east", name);
      }
      for (let looks = 0; looks < 300; looks += 1) {
        const now = await stage.cloud.list(SUITE_INSTALLATION, null, calm());
        if (now.machines.every(({ state }) => state !== "running")) return;
        await pause(50, calm());
      }
    };
    return { ...stage, settle };
  },
  late_failure: "what is defined is there at once",
  async partial_list() {
    const stage = await openStage();
    await virsh("east", "pool-destroy", LAB.pool);
    return stage;
  },
};

async function openParts(): Promise<SituationStage> {
  const stage = await openStage();
  return {
    ...stage,
    hasPublicAddress: false,
    parts: () => partsAt("east"),
    async plantPart(machine, labels) {
      const owner = labels[OWNER_LABELS.installation] ?? "nobody";
      await virsh("east", "vol-create-as", LAB.pool, volumeName({ owner, name: machine }, "disk"), "1M");
    },
    async vanish(id) {
      await removeDomain("east", id);
    },
    fall: () => undefined,
    otherRealm: "",
    logins: () => ({ begun: 0, open: 0 }),
  };
}

/** An empty disk takes 196,624 bytes, and what is left then is too little for a seed. */
const DISK_AND_LITTLE_MORE = 208 * 1024;

const ONE_HOST = "an account is one host, which is one realm";

machineSuite("libvirt", { twoStep: true, repeat: "conflict", pageSize: null, open: () => openStage() });
faultSuite("libvirt", FAULTS);
situationSuite("libvirt", {
  parts: openParts,
  left_behind: "nothing but its parts is made with a machine",
  no_room: "what cannot be taken back is tried at the wire; a full pool below",
  no_room_twice: "a volume is made once under its name",
  last_refused: "the domain is the last, and a refused definition leaves nothing",
  realm_down: ONE_HOST,
  many_sizes: "there are no sizes: machines are cut to measure",
  short_names: openParts,
  session: "a connection is no login",
});

test("a pool with room for the disk alone refuses the machine for its capacity, and nothing is left", async () => {
  await using stage = await openParts();
  fillPool("east", DISK_AND_LITTLE_MORE);
  const { fault } = await faultOf(create(stage, readyRequest(stage)));
  freePool("east");
  expect(fault).toMatchObject({ class: "capacity", effect: "none", code: "disk_full" });
  expect(await stage.parts()).toEqual([]);
});

const NETWORK = "suite-shop";

async function openNetwork(settings: object = {}): Promise<PlacementStage> {
  const stage = await openStage({ settings });
  const takeAway = async (): Promise<void> => {
    await virsh("east", "net-destroy", NETWORK).catch(unlessIt(/network not found/i));
    await virsh("east", "net-undefine", NETWORK).catch(unlessIt(/network not found/i));
  };
  await takeAway();
  const xml = join(tmpdir(), `slipway-network-${process.pid}.xml`);
  writeFileSync(
    xml,
    `<network><name>${NETWORK}</name><bridge stp='off' delay='0'/><ip address='10.215.9.1' netmask='255.255.255.0'><dhcp><range start='10.215.9.10' end='10.215.9.250'/></dhcp></ip></network>`,
  );
  await virsh("east", "net-define", xml);
  await virsh("east", "net-start", NETWORK);
  return {
    ...stage,
    async placed(id) {
      const domain = rootIn(await virsh("east", "dumpxml", id), "domain");
      const networks = domain.all("devices", "interface", "source").map((one) => one.attribute("network") ?? "");
      return { networks, securityGroups: [], key: null, isSpot: false, host: null };
    },
    broughtKeys: async () => ({}),
    there: { networks: [NETWORK] },
    missing: { networks: ["never-made"] },
    takeAway,
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]();
      await takeAway();
    },
  };
}

const NO_SUCH = "libvirt has no such thing";
const IN_THE_SEED = "a key that is brought stands in the seed, and goes with it";

placementSuite("libvirt", {
  networks: () => openNetwork(),
  securityGroups: NO_SUCH,
  key: NO_SUCH,
  publicKey: IN_THE_SEED,
  publicAddress: NO_SUCH,
  hosts: ONE_HOST,
  spot: NO_SUCH,
  defaults: () => openNetwork({ where: { "*": { networks: [NETWORK] } } }),
  volumes: NO_SUCH,
  no_more_keys: IN_THE_SEED,
});

async function consoleSays(stage: Stage, machine: Parameters<Cloud["console"]>[0], text: string): Promise<string> {
  for (let looks = 0; looks < 300; looks += 1) {
    const output = (await stage.cloud.console(machine, calm())) ?? "";
    if (output.includes(text)) return output;
    await pause(100, calm());
  }
  throw new Error(`its console never says ${text}`);
}

test.each(["tls", "ssh"])(
  "over %s a machine comes up, runs its user data, tells its console, and goes",
  async (way) => {
    await using stage = await openStage(way === "tls" ? overTls("east") : overSsh("east"));
    const userData = "#!/bin/sh\necho said-by-user-data >/dev/console";
    const machine = await bringUp(stage, readyRequest(stage, { userData }));
    const output = await consoleSays(stage, machine, "said-by-user-data");
    expect(output).toContain(`guest: ${machine.name} is up`);
    await stage.cloud.destroy(machine, calm());
    expect(await lookedAt(stage, machine)).toBeNull();
    expect(await partsAt("east")).toEqual([]);
  },
);

test("a key that is not authorized is told of in a line", async () => {
  await using stage = await openStage(overSsh("east", "stranger"));
  const { fault } = await faultOf(stage.cloud.usage(calm()));
  expect(fault).toMatchObject({ class: "auth", scope: "account", effect: "none", code: "ssh_login_refused" });
});

test("a machine that was cut off by hand, and one that was undefined by hand, are seen as what they are", async () => {
  await using stage = await openParts();
  const cut = await bringUp(stage, readyRequest(stage));
  await virsh("east", "destroy", cut.name);
  expect(await lookedAt(stage, cut)).toMatchObject({ state: "stopped", fault: { code: "destroyed" } });
  await removeDomain("east", cut.name);
  const lone = await lookedAt(stage, cut);
  expect(lone).toMatchObject({ state: "error", fault: { code: "parts_alone" } });
  expect(await listAll(stage.cloud)).toEqual([lone]);
  await stage.cloud.destroy(cut, calm());
  expect(await stage.parts()).toEqual([]);
});

test("changes of ours are announced, and only of ours", async () => {
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
  await plant("sw-other", { [OWNER_LABELS.installation]: "neighbour" });
  await stage.cloud.look([byId(stage, stage.unknownId)], calm());
  expect(changes).toBe(1);
  await create(stage, readyRequest(stage));
  await heard.promise;
  end.abort();
  await watching;
});
