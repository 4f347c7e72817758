// The provider's suites over the datacentre's oVirt: what it is like was written from oVirt's documents, by somebody who had not read this
// folder. Nobody waits: whoever lets time pass moves the datacentre's clock.

import { expect, test } from "vitest";
import type { CloudErrorCode } from "../../../datacentre/src/cloud-api.ts";
import { OVIRT_CLOUDS } from "../../../datacentre/src/faces/ovirt/clouds.ts";
import { ovirtFace } from "../../../datacentre/src/faces/ovirt/face.ts";
import type { CloudSettings } from "../../../datacentre/src/settings.ts";
import { closedPort } from "../../cloud-http/wire.samples.ts";
import type { Where } from "../../core/blueprint/model.ts";
import { accountId } from "../../core/ids.ts";
import { type KnownMachine, OWNER_LABELS } from "../../core/machine.ts";
import {
  counted,
  faulty,
  type OtherCloud,
  serveCloud,
  type ServedCloud,
} from "../../ports/provider-suite/datacentre.testsuite.ts";
import { type FaultHarness, faultSuite } from "../../ports/provider-suite/faults.testsuite.ts";
import { machineSuite } from "../../ports/provider-suite/machines.testsuite.ts";
import {
  type SituationHarness,
  situationSuite,
  type SituationStage,
} from "../../ports/provider-suite/parts.testsuite.ts";
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
  listAll,
  lookedAt,
  readyRequest,
  SUITE_INSTALLATION,
} from "../../ports/provider-suite/stage.testsuite.ts";
import { ovirtProvider } from "./index.ts";
import { commentOf } from "./names.ts";

const REALM = "roomy";
const OTHER_REALM = "small";
const TENANT = { name: "admin@internal", key: "engine-password" };

const [ENGINE] = OVIRT_CLOUDS;
if (ENGINE === undefined) throw new Error("the face has an engine to begin with");

const IMAGES = ENGINE.realms.flatMap(({ images }) => images).flatMap((one) => (typeof one === "string" ? [] : one));
const IMAGE = IMAGES.find(({ name }) => name === "debian-12")?.id ?? "";

const fixed = (ms: number) => ({ kind: "fixed", ms }) as const;

const SETTINGS: CloudSettings = {
  ...ENGINE,
  tenants: [TENANT],
  latency: fixed(100),
  imageCopy: fixed(500),
  boot: fixed(1_000),
  serviceDelay: fixed(100),
  stopping: fixed(200),
  userDataBytesMost: 1024 * 1024,
  visibilityMs: 0,
  parts: { implied: ["port", "volume"], removal: fixed(500) },
};

interface Given extends OtherCloud {
  readonly account?: object;
  readonly password?: string;
  readonly realm?: string;
  readonly size?: string;
}

type FullStage = SituationStage & ServedCloud;

async function openStage(given: Given = {}): Promise<FullStage> {
  const served = await serveCloud({ face: ovirtFace, settings: SETTINGS }, given);
  const { operator } = served;
  const { realm = REALM, size = "Small" } = given;
  return {
    ...served,
    cloud: openAt(served.url, given),
    placement: { realm, size, image: IMAGE },
    otherRealm: OTHER_REALM,
    fall: () => operator.expireSessions(),
    plant: async (name, labels) => {
      const isOwned = labels[OWNER_LABELS.installation] !== undefined;
      const comment = isOwned ? commentOf(labels, { name, realm, networks: [], storageGib: null }) : "";
      return operator.plant(TENANT.name, { realm, size: "Small", image: IMAGE, name, labels: { comment } }).id;
    },
    unknownId: "00000000-0000-4000-8000-00000000abcd",
  };
}

function openAt(url: string, { account = {}, password = TENANT.key }: Given = {}) {
  const settings = { url, user: TENANT.name, ...account };
  return ovirtProvider.open({ id: accountId("acc-1"), name: "engine", settings }, { password });
}

const open = (given: Given) => (): Promise<FullStage> => openStage(given);
const refused = (code: CloudErrorCode) => open(faulty({ on: "create", do: { kind: "refuse", code } }));

async function openNowhere(): Promise<FullStage> {
  const stage = await openStage();
  return { ...stage, cloud: openAt(`http://127.0.0.1:${await closedPort()}`) };
}

const FAULTS: FaultHarness = {
  throttle: "an engine has no limit of requests",
  auth: open({ password: "wrong-password" }),
  account: "an engine has users, and no accounts that could be suspended",
  // At the start: by then the machine is there, and has its disk.
  capacity: open({ realm: OTHER_REALM, size: "Large" }),
  quota: open({ arrange: (operator) => operator.setQuota(TENANT.name, { cpu: 0 }) }),
  missing_image: refused("image_not_found"),
  name_taken: refused("name_taken"),
  unreachable: openNowhere,
  answer_lost: open(faulty({ on: "create", do: { kind: "lose_answer" } })),
  request_lost: open(faulty({ on: "create", do: { kind: "lose_request" } })),
  silence: open({ ...faulty({ on: "create", do: { kind: "lose_request" } }), lostAnswers: "hang" }),
  unheard_state: "the datacentre has no state of oVirt's that is not in its documents",
  breakdown: open(
    faulty({ on: "start", do: { kind: "die", afterMs: 10, to: "stopped", text: "Lost connection with qemu process" } }),
  ),
  late_failure: "room for a machine is asked for at its start",
  partial_list: "an engine lists all clusters or none",
};

const ONE_PIECE = "a machine is made by one request, disks and interfaces with it";

const MANY = Array.from({ length: 1_000 }, (_, no) => {
  return { name: no === 0 ? "Small" : `n${no}`, cpu: 1, memoryMib: 1_024, storageGib: 10, hourlyPrice: 1 };
});

const SITUATIONS: SituationHarness = {
  parts: ONE_PIECE,
  left_behind: ONE_PIECE,
  no_room: ONE_PIECE,
  no_room_twice: ONE_PIECE,
  last_refused: ONE_PIECE,
  realm_down: "an engine tells of the machines of all clusters or none",
  many_sizes: () => openStage({ settings: { sizes: MANY } }),
  short_names: "machines alone have names, of 64 characters",
  session: () => openStage(),
};

const NETWORKS: Partial<CloudSettings> = {
  networks: [{ name: "ovirtmgmt" }, { name: "shop" }, { name: "back" }],
};

async function openPlaces(
  [there, missing]: readonly [Where, Where] = [{}, {}],
  given: Given = {},
): Promise<PlacementStage> {
  const stage = await openStage({ ...given, settings: { ...NETWORKS, ...given.settings } });
  const { operator } = stage;
  return {
    ...stage,
    there,
    missing,
    async placed(id) {
      const { machines, parts } = operator.snapshot();
      const ports = parts.filter((part) => part.kind === "port" && part.machine === id);
      return {
        networks: ports.map(({ network }) => network ?? ""),
        securityGroups: [],
        key: null,
        isSpot: false,
        host: machines.find((one) => one.id === id)?.host ?? null,
      };
    },
    broughtKeys: async () => ({}),
    async takeAway() {
      for (const name of ["shop", "back"]) operator.removeNetwork(name);
    },
  };
}

const TEXT = "a key is text in the machine's own document, and goes with it";

const PLACEMENTS: PlacementHarness = {
  networks: () => openPlaces([{ networks: ["shop", "back"] }, { networks: ["nobody"] }]),
  securityGroups: "interfaces have network filters, and no groups",
  key: "keys of users are for consoles alone",
  publicKey: TEXT,
  publicAddress: "addresses are the networks' own affair",
  hosts: "no affinity groups are made",
  spot: "there are no spot machines",
  defaults: () =>
    openPlaces([{ networks: ["back"] }, { networks: ["nobody"] }], {
      account: { where: { "*": { networks: ["nobody"] }, [REALM]: { networks: ["back"] } } },
    }),
  volumes: TEXT,
  no_more_keys: TEXT,
};

const TITLE = "ovirt over the datacentre's";

faultSuite(TITLE, FAULTS);
machineSuite(TITLE, {
  twoStep: true,
  repeat: "conflict",
  pageSize: null,
  open: () => openStage(),
  losesReboot: () => openStage(faulty({ on: "reboot", do: { kind: "lose_answer" } })),
});
situationSuite(TITLE, SITUATIONS);
placementSuite(TITLE, PLACEMENTS);

test("a start that is asked for while the disks are copied waits, and is no failure", async () => {
  await using stage = await openStage();
  const machine = await create(stage, readyRequest(stage));
  const { fault } = await faultOf(stage.cloud.start(machine, calm()));
  expect(fault).toMatchObject({ class: "conflict", effect: "none" });
  await stage.settle();
  await stage.cloud.start(machine, calm());
  await stage.cloud.start(machine, calm());
  await stage.settle();
  expect(await lookedAt(stage, machine)).toMatchObject({ state: "running", fault: null });
});

test("of a machine whose start was refused for room everything goes", async () => {
  await using stage = await openStage({ realm: OTHER_REALM, size: "Large" });
  const machine = await create(stage, readyRequest(stage));
  await stage.settle();
  expect((await faultOf(stage.cloud.start(machine, calm()))).fault).toMatchObject({
    class: "capacity",
    scope: "offer",
  });
  expect(await lookedAt(stage, machine)).toMatchObject({ state: "stopped" });
  await stage.cloud.destroy(machine, calm());
  await stage.settle();
  expect(await lookedAt(stage, { ...machine, isLeaving: true })).toBeNull();
  expect(await stage.parts()).toEqual([]);
});

test("a machine is gone when its disk is", async () => {
  await using stage = await openStage({ settings: { parts: { implied: ["port", "volume"], removal: fixed(30_000) } } });
  const machine = { ...(await bringUp(stage, readyRequest(stage))), isLeaving: true };
  await lookedAt(stage, machine);
  await stage.cloud.destroy(machine, calm());
  // The machine takes a moment to go, and its disk half a minute.
  for (let looks = 0; looks < 5; looks += 1) expect(await lookedAt(stage, machine)).not.toBeNull();
  await stage.settle();
  expect(await lookedAt(stage, machine)).toBeNull();
});

test("a larger disk than its template's is had by the start", async () => {
  await using stage = await openStage();
  const machine = await bringUp(stage, readyRequest(stage, { storageGib: 25 }));
  expect(await lookedAt(stage, machine)).toMatchObject({ state: "running" });
  const [disk] = stage.operator.snapshot().parts.filter(({ kind }) => kind === "volume");
  expect(disk?.sizeGib).toBe(25);
});

test("a start that fails at its host tells why, and a create that fails while its disks are copied too", async () => {
  const fails = { kind: "operation_fails", text: "the disk is away", shown: "nothing" } as const;
  await using stage = await openStage(faulty({ on: "create", do: fails }));
  const machine = await create(stage, readyRequest(stage));
  await stage.settle();
  expect(await lookedAt(stage, machine)).toMatchObject({
    state: "gone",
    fault: { code: "USER_ADD_VM_FINISHED_FAILURE", effect: "made" },
  });
  expect(await lookedAt(stage, { ...machine, isLeaving: true })).toBeNull();
});

test("a check is refused where the user may not make machines", async () => {
  await using stage = await openStage(faulty({ on: "create", do: { kind: "refuse", code: "forbidden" }, times: 2 }));
  expect((await faultOf(stage.cloud.usage(calm()))).fault).toMatchObject({ class: "auth", code: "may_not_create" });
  expect(await listAll(stage.cloud)).toEqual([]);
});

test("limits and usage are those of the account's quota", async () => {
  const quota = { cpu: 20, memoryMib: 65_536 };
  await using stage = await openStage({
    settings: { tenants: [{ ...TENANT, quota }] },
    account: { quota: TENANT.name },
  });
  await bringUp(stage, readyRequest(stage));
  expect(await stage.cloud.usage(calm())).toEqual([
    { realm: null, dimension: "instances", most: null, used: 1 },
    { realm: null, dimension: "cpu", most: 20, used: 1 },
    { realm: null, dimension: "memoryMib", most: 65_536, used: 2_048 },
  ]);
});

test("the evidence of a machine is its events", async () => {
  await using stage = await openStage();
  const machine = await bringUp(stage, readyRequest(stage));
  const text = await stage.cloud.console(machine, calm());
  expect(text).toMatch(/creation was initiated.*creation has been completed.*was started.* started/s);
});

test("ten machines take ten requests to be made, ten to be started, two for the list that shows their addresses, and one for each after it", async () => {
  await using stage = await openStage();
  const machines: KnownMachine[] = [];
  const made = await counted(stage, async () => {
    for (let no = 0; no < 10; no += 1) machines.push(await create(stage, readyRequest(stage)));
  });
  await stage.settle();
  const listed = () => counted(stage, () => stage.cloud.list(SUITE_INSTALLATION, null, calm()));
  const still = await listed();
  const started = await counted(stage, async () => {
    for (const machine of machines) await stage.cloud.start(machine, calm());
  });
  await stage.settle();
  const first = await listed();
  const again = await listed();
  const looked = await counted(stage, () => stage.cloud.look(machines, calm()));
  const ended = await counted(stage, async () => {
    for (const machine of machines) await stage.cloud.destroy(machine, calm());
  });
  // Before the first create: the login, the places, the sizes, and the template's disk.
  expect({ made, still, started, first, again, looked }).toEqual({
    made: 15,
    still: 3,
    started: 10,
    first: 2,
    again: 1,
    looked: 1,
  });
  // Powered off, seen to stand still, and removed.
  expect(ended).toBeLessThanOrEqual(50);
});
