// The provider's suites over the datacentre's EC2: what it is like was written from Amazon's documents, by somebody who had not read this
// folder. Nobody waits: whoever lets time pass moves the datacentre's clock.

// Loaded before the time of any test counts.
import "@aws-sdk/client-ec2";
import type { CloudErrorCode } from "../../../datacentre/src/cloud-api.ts";
import type { CloudSettings } from "../../../datacentre/src/settings.ts";
import { closedPort } from "../../cloud-http/wire.samples.ts";
import { expect, test } from "vitest";
import type { KnownMachine } from "../../core/machine.ts";
import type { Where } from "../../core/blueprint/model.ts";
import { counted, ENDLESS, faulty, pollOf } from "../../ports/provider-suite/datacentre.testsuite.ts";
import { type FaultHarness, faultSuite } from "../../ports/provider-suite/faults.testsuite.ts";
import { machineSuite } from "../../ports/provider-suite/machines.testsuite.ts";
import { type SituationHarness, situationSuite } from "../../ports/provider-suite/parts.testsuite.ts";
import {
  type PlacementHarness,
  type PlacementStage,
  placementSuite,
} from "../../ports/provider-suite/placement.testsuite.ts";
import {
  bringUp,
  calm,
  create,
  faultOf,
  keepNothing,
  lookedAt,
  readyRequest,
  SUITE_INSTALLATION,
} from "../../ports/provider-suite/stage.testsuite.ts";
import {
  EAST,
  type FullStage,
  type Given,
  IMAGE,
  IMAGES,
  openAt,
  openStage,
  OTHER_ZONE,
  PAGE_SIZE,
  TENANT,
  ZONE,
} from "./face.testsuite.ts";

const open = (given: Given) => (): Promise<FullStage> => openStage(given);
const refused = (code: CloudErrorCode) => open(faulty({ on: "create", do: { kind: "refuse", code } }));

async function openNowhere(): Promise<FullStage> {
  const stage = await openStage();
  return { ...stage, cloud: openAt(`http://127.0.0.1:${await closedPort()}`) };
}

const FAULTS: FaultHarness = {
  throttle: refused("throttled"),
  auth: open({ secret: "wrong-key" }),
  account: open({ arrange: (operator) => operator.setSuspended(TENANT.name, true) }),
  capacity: refused("insufficient_capacity"),
  quota: open({ arrange: (operator) => operator.setQuota(TENANT.name, { "cpu/standard": 0 }) }),
  missing_image: refused("image_not_found"),
  name_taken: refused("token_mismatch"),
  unreachable: openNowhere,
  answer_lost: open(faulty({ on: "create", do: { kind: "lose_answer" } })),
  request_lost: open(faulty({ on: "create", do: { kind: "lose_request" } })),
  silence: open({ ...faulty({ on: "create", do: { kind: "lose_request" } }), lostAnswers: "hang" }),
  unheard_state: "the datacentre has no state of EC2's that is not in its documents",
  breakdown: open(
    faulty({
      on: "create",
      do: {
        kind: "die",
        afterMs: 10,
        to: "stopped",
        text: "Client.InstanceInitiatedShutdown: Instance initiated shutdown",
      },
    }),
  ),
  late_failure: open(
    faulty({ on: "create", do: { kind: "boot_error", text: "no host has room", code: "insufficient_capacity" } }),
  ),
  partial_list: "EC2 lists all zones of a region or none",
};

const NO_PARTS = "machines of EC2 are of one piece but for their key, which the suite of placements tries";

const MANY = Array.from({ length: 1_000 }, (_, no) => {
  return { name: no === 0 ? "t3.micro" : `m5.n${no}`, cpu: 2, memoryMib: 1_024, storageGib: 8, hourlyPrice: 1 };
});

const SITUATIONS: SituationHarness = {
  parts: NO_PARTS,
  left_behind: NO_PARTS,
  no_room: NO_PARTS,
  no_room_twice: NO_PARTS,
  last_refused: NO_PARTS,
  realm_down: "EC2 lists all zones of a region or none",
  many_sizes: () => openStage({ settings: { sizes: MANY } }),
  short_names: "names of machines are tags, of 256 characters",
  session: "the account's key is used for every call",
};

const THINGS: Partial<CloudSettings> = {
  networks: [
    { name: "main", id: "subnet-0a", realms: [ZONE] },
    { name: "shop", id: "subnet-0b", realms: [ZONE] },
    { name: "back", id: "subnet-0c", realms: [ZONE] },
    { name: "elsewhere", id: "subnet-0d", realms: [OTHER_ZONE] },
  ],
  securityGroups: [
    { name: "default", id: "sg-0a" },
    { name: "web", id: "sg-0b" },
    { name: "inside", id: "sg-0c" },
  ],
  tenants: [{ ...TENANT, sshKeys: [{ name: "ops", publicKey: `ssh-ed25519 ${"A".repeat(68)}` }] }],
  pageSize: 1_000,
};

const NAMES: ReadonlyMap<string, string> = new Map([
  ["back", "subnet-0c"],
  ["sg-0b", "web"],
]);

/** As the test calls it, which names some by name and some by id. */
const called = (id: string): string => NAMES.get(id) ?? id;

async function openPlaces(
  [there, missing]: readonly [Where, Where] = [{}, {}],
  given: Given = {},
): Promise<PlacementStage> {
  const stage = await openStage({ ...given, settings: { ...THINGS, ...given.settings } });
  const { operator, tenant } = stage;
  return {
    ...stage,
    there,
    missing,
    async placed(id) {
      const { machines, parts } = operator.snapshot();
      const machine = machines.find((one) => one.id === id);
      const ports = parts.filter((part) => part.kind === "port" && part.machine === id);
      return {
        networks: ports.map(({ network }) => called(network ?? "")),
        securityGroups: (machine?.securityGroups ?? []).map(called),
        key: machine?.sshKey ?? null,
        isSpot: machine?.isSpot ?? false,
        host: machine?.host ?? null,
      };
    },
    async broughtKeys() {
      const { sshKeys } = await tenant.things();
      return Object.fromEntries(sshKeys.flatMap(({ name, publicKey }) => (name === "ops" ? [] : [[name, publicKey]])));
    },
    async takeAway() {
      for (const id of ["subnet-0b", "subnet-0c"]) operator.removeNetwork(id);
      for (const id of ["sg-0b", "sg-0c"]) operator.removeSecurityGroup(id);
      await tenant.removeKey("ops");
    },
  };
}

const PLACEMENTS: PlacementHarness = {
  networks: () => openPlaces([{ networks: ["shop", "subnet-0c"] }, { networks: ["nobody", "elsewhere"] }]),
  securityGroups: () => openPlaces([{ securityGroups: ["web", "sg-0c"] }, { securityGroups: ["nobody"] }]),
  key: () => openPlaces([{ key: "ops" }, { key: "nobody" }]),
  publicKey: () => openPlaces(),
  publicAddress: () => openPlaces(),
  hosts: () => openPlaces(),
  spot: () => openPlaces([{}, {}], { size: "t3.micro/spot" }),
  defaults: () =>
    openPlaces([{ networks: ["subnet-0c"], securityGroups: ["web"] }, { networks: ["nobody"] }], {
      account: {
        where: { "*": { networks: ["nobody"], securityGroups: ["web"] }, [ZONE]: { networks: ["subnet-0c"] } },
      },
    }),
  volumes: "its machines are given no volumes that were there before",
  no_more_keys: () => openPlaces([{}, {}], faulty({ on: "importKey", do: { kind: "refuse", code: "quota_exceeded" } })),
};

const TITLE = "ec2 over the datacentre's";

faultSuite(TITLE, FAULTS);
machineSuite(TITLE, {
  twoStep: false,
  repeat: "same",
  pageSize: PAGE_SIZE,
  open: () => openStage(),
  losesReboot: () => openStage(faulty({ on: "reboot", do: { kind: "lose_answer" } })),
});
situationSuite(TITLE, SITUATIONS);
placementSuite(TITLE, PLACEMENTS);

const usual = () => openStage({ settings: { visibilityMs: 1_500, idVisibilityMs: 800 } });

test("a new instance that EC2 does not know yet is not taken for gone: its end is asked for again", async () => {
  await using stage = await usual();
  const machine = await create(stage, readyRequest(stage));
  expect(await lookedAt(stage, machine)).toBeNull();
  expect(stage.cloud.traits.visibilityMs).toBeGreaterThan(1_500);
  const { fault } = await faultOf(stage.cloud.destroy(machine, calm()));
  expect(fault).toMatchObject({ class: "transient", effect: "none", code: "InvalidInstanceID.NotFound" });
  await stage.settle();
  expect(await lookedAt(stage, machine)).toMatchObject({ state: "running" });
  await stage.cloud.destroy(machine, calm());
  await stage.settle();
  expect(await lookedAt(stage, machine)).toMatchObject({ state: "gone", fault: null });
});

test("limits are those of Service Quotas, usage is counted by family, and a parameter names an image", async () => {
  const quota = { "cpu/standard": 64, "cpu/g": 0, spotCpu: 32 };
  await using stage = await openStage({ settings: { tenants: [{ ...TENANT, quota }] } });
  await bringUp(stage, readyRequest(stage));
  expect(await stage.cloud.usage(calm())).toEqual([
    { realm: null, dimension: "instances", most: null, used: 1 },
    { realm: null, dimension: "cpu/g", most: 0, used: 0 },
    { realm: null, dimension: "cpu/spot-standard", most: 32, used: 0 },
    { realm: null, dimension: "cpu/standard", most: 64, used: 2 },
  ]);
  const parameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
  const image = IMAGES.find(({ aliases = [] }) => aliases.includes(parameter))?.id;
  expect(await stage.cloud.image(parameter, ZONE, calm())).toEqual({ image });
  expect(await stage.cloud.image("newest:amazon/al2023-*-x86_64", ZONE, calm())).toEqual({ image });
  expect(await stage.cloud.image("tag:Name=debian-12", ZONE, calm())).toEqual({ image: IMAGE });
});

test("what was made under a token that is spent is not made again", async () => {
  await using stage = await openStage();
  const request = readyRequest(stage);
  await stage.cloud.destroy(await bringUp(stage, request), calm());
  await stage.settle();
  const { fault } = await faultOf(stage.cloud.create(request, keepNothing, calm()));
  expect(fault).toMatchObject({ class: "unknown", effect: "none", code: "IdempotentInstanceTerminated" });
});

test.each<[CloudErrorCode, string]>([
  ["forbidden", "UnauthorizedOperation"],
  ["account_suspended", "OptInRequired"],
])("a check that is refused with %s says so", async (code, expected) => {
  await using stage = await openStage(faulty({ on: "create", do: { kind: "refuse", code } }));
  expect((await faultOf(stage.cloud.usage(calm()))).fault.code).toBe(expected);
});

test("ten machines take twelve requests to be made, one for a look at all, two for a list, and one each to go", async () => {
  await using stage = await openStage({ settings: { pageSize: 1_000 } });
  const machines: KnownMachine[] = [];
  const requests = Array.from({ length: 10 }, () => readyRequest(stage));
  const made = await counted(stage, async () => {
    for (const request of requests) machines.push(await create(stage, request));
  });
  await stage.settle();
  const looked = await counted(stage, () => stage.cloud.look(machines, calm()));
  const listed = await counted(stage, () => stage.cloud.list(SUITE_INSTALLATION, null, calm()));
  const ended = await counted(stage, async () => {
    for (const machine of machines) await stage.cloud.destroy(machine, calm());
  });
  expect({ made, looked, listed, ended }).toEqual({ made: 12, looked: 1, listed: 2, ended: 10 });
});

test("a list of 5,000 machines takes six requests", async () => {
  const realms = EAST.realms.map((realm) => ({ ...realm, hosts: ENDLESS }));
  const networks = [{ name: "default", id: "subnet-0a", realms: [ZONE] }];
  await using stage = await openStage({ settings: { pageSize: 1_000, realms, networks } });
  expect(await pollOf(stage, 5_000)).toEqual({ machines: 5_000, requests: 6 });
}, 60_000);
