// The provider's suites over the datacentre's Deltacloud: what it is like was written from Apache's documents, by somebody who had not read this
// folder. Two drivers: `mock` starts what it makes, `rhevm` wants it started. Nobody waits: whoever lets time pass moves the datacentre's clock.

import type { CloudErrorCode } from "../../../datacentre/src/cloud-api.ts";
import { DELTACLOUD_CLOUDS } from "../../../datacentre/src/faces/deltacloud/clouds.ts";
import { deltacloudFace } from "../../../datacentre/src/faces/deltacloud/face.ts";
import type { CloudSettings } from "../../../datacentre/src/settings.ts";
import { expect, test } from "vitest";
import { closedPort } from "../../cloud-http/wire.samples.ts";
import { accountId, machineId } from "../../core/ids.ts";
import { type KnownMachine, OWNER_LABELS } from "../../core/machine.ts";
import type { Where } from "../../core/blueprint/model.ts";
import {
  counted,
  ENDLESS,
  faulty,
  type OtherCloud,
  pollOf,
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
  foundBy,
  lookedAt,
  readyRequest,
  SUITE_INSTALLATION,
} from "../../ports/provider-suite/stage.testsuite.ts";
import { cloudName } from "./names.ts";
import { deltacloudProvider } from "./index.ts";

const MINUTE_MS = 60_000;

interface Driver {
  readonly name: string;
  readonly realm: string;
  readonly size: string;
}

const MOCK: Driver = { name: "mock", realm: "us", size: "m1-small" };
/** Its machines are cut to measure. */
const RHEVM: Driver = { name: "rhevm", realm: "roomy", size: "custom" };

const soon = { kind: "fixed", ms: 100 } as const;

function settingsOf({ name }: Driver): CloudSettings {
  const found = DELTACLOUD_CLOUDS.find((cloud) => cloud.name === name);
  if (found === undefined) throw new Error(`the face has no driver ${name}`);
  const quick = { latency: soon, serviceDelay: soon, stopping: soon, removal: soon };
  return { ...found, ...quick, boot: { kind: "fixed", ms: 4_000 } };
}

interface Given extends OtherCloud {
  readonly driver?: Driver;
  readonly account?: object;
  readonly password?: string;
  readonly size?: string;
}

type FullStage = SituationStage & ServedCloud & { readonly user: string };

async function openStage(given: Given = {}): Promise<FullStage> {
  const { driver = MOCK } = given;
  const settings = { ...settingsOf(driver), ...given.settings };
  const [tenant] = settings.tenants;
  if (tenant === undefined) throw new Error("nobody may log in");
  const served = await serveCloud({ face: deltacloudFace, settings: settingsOf(driver) }, given);
  const { operator } = served;
  const [image] = settings.realms
    .flatMap(({ images }) => images)
    .flatMap((one) => (typeof one === "string" ? [] : one));
  return {
    ...served,
    cloud: openAt(`${served.url}/api`, { ...given, driver, user: tenant.name, password: given.password ?? tenant.key }),
    placement: { realm: driver.realm, size: given.size ?? driver.size, image: image?.id ?? "" },
    user: tenant.name,
    otherRealm: settings.realms[1]?.name ?? "",
    plant: async (name, labels) => {
      const owner = labels[OWNER_LABELS.installation];
      const called = owner === undefined ? name : cloudName({ owner, name });
      const [size] = settings.sizes;
      const measure = { cpu: 1, memoryMib: 512, storageGib: 10 };
      const of = size === undefined ? { size: driver.size, measure } : { size: size.name };
      const { realm } = driver;
      return operator.plant(tenant.name, { ...of, realm, image: image?.id ?? "", name: called, labels: {} }).id;
    },
    unknownId: "inst4711",
  };
}

interface At extends Pick<Given, "account"> {
  readonly driver: Driver;
  readonly user: string;
  readonly password: string;
}

function openAt(url: string, { account = {}, driver, user, password }: At) {
  const settings = { url, driver: driver.name, user, ...account };
  return deltacloudProvider.open({ id: accountId("acc-1"), name: "lab", settings }, { password });
}

function faultsOf(driver: Driver): FaultHarness {
  const open = (given: Given) => (): Promise<FullStage> => openStage({ driver, ...given });
  const refused = (code: CloudErrorCode) => open(faulty({ on: "create", do: { kind: "refuse", code } }));
  return {
    throttle: "no cloud behind Deltacloud tells that it is asked too often in words of its own here",
    auth: open({ password: "wrong" }),
    account: "Deltacloud says 401 to whatever is wrong with an account",
    capacity: refused("insufficient_capacity"),
    quota: refused("quota_exceeded"),
    missing_image: refused("image_not_found"),
    name_taken: driver === RHEVM ? refused("name_taken") : "mock takes any name twice",
    async unreachable() {
      const stage = await openStage({ driver });
      const at = { driver, user: stage.user, password: "any" };
      return { ...stage, cloud: openAt(`http://127.0.0.1:${await closedPort()}/api`, at) };
    },
    answer_lost: open(faulty({ on: "create", do: { kind: "lose_answer" } })),
    request_lost: open(faulty({ on: "create", do: { kind: "lose_request" } })),
    silence: open({ ...faulty({ on: "create", do: { kind: "lose_request" } }), lostAnswers: "hang" }),
    unheard_state: "states of drivers' own are tried at the wire",
    breakdown: "Deltacloud does not tell why an instance has stopped",
    late_failure: "Deltacloud does not tell why an instance is in ERROR or has gone",
    partial_list: "Deltacloud lists all of an account or nothing",
  };
}

const NO_PARTS = "machines behind Deltacloud are of one piece";

const SITUATIONS: SituationHarness = {
  parts: NO_PARTS,
  left_behind: NO_PARTS,
  no_room: NO_PARTS,
  no_room_twice: NO_PARTS,
  last_refused: NO_PARTS,
  realm_down: "Deltacloud lists all realms of an account or none",
  many_sizes: "Deltacloud tells all hardware profiles at once",
  short_names: "a name that is too long for its driver is refused before anything is asked for",
  session: "user and password go with every call",
};

async function openPlaces([there, missing]: readonly [Where, Where], given: Given = {}): Promise<PlacementStage> {
  const settings = settingsOf(MOCK);
  const sshKeys = [{ name: "ops", publicKey: `ssh-ed25519 ${"A".repeat(68)}` }];
  const tenants = settings.tenants.map((tenant) => ({ ...tenant, sshKeys }));
  const stage = await openStage({ ...given, settings: { tenants } });
  const { operator } = stage;
  return {
    ...stage,
    there,
    missing,
    async placed(id) {
      const machine = operator.snapshot().machines.find((one) => one.id === id);
      return { networks: [], securityGroups: [], key: machine?.sshKey ?? null, isSpot: false, host: null };
    },
    broughtKeys: async () => ({}),
    async takeAway() {
      await stage.tenant.removeKey("ops");
    },
  };
}

const PLACEMENTS: PlacementHarness = {
  networks: "Deltacloud's drivers let no network be chosen but EC2's, which gives no names",
  securityGroups: "of the drivers that give names, none here has firewalls; tried at the wire",
  key: () => openPlaces([{ key: "ops" }, { key: "nobody" }]),
  publicKey: "Deltacloud makes keys, and takes none that is brought",
  publicAddress: "no driver lets it be said whether a machine has a public address",
  hosts: "Deltacloud has nothing of hosts",
  spot: "Deltacloud has nothing of spot machines",
  defaults: () => openPlaces([{ key: "ops" }, { key: "nobody" }], { account: { where: { "*": { key: "ops" } } } }),
  volumes: "its machines are given no volumes that were there before",
  no_more_keys: "no keys are brought",
};

/** RHEV-M's own limit is tried below. */
const LONG_NAMES = { most: 80, pattern: String.raw`[\w.-]+` };

for (const driver of [MOCK, RHEVM]) {
  const title = `deltacloud over the datacentre's, driver ${driver.name}`;
  faultSuite(title, faultsOf(driver));
  machineSuite(title, {
    twoStep: driver === RHEVM,
    repeat: "same",
    pageSize: null,
    open: () => openStage({ driver, ...(driver === RHEVM ? { settings: { sizes: [], names: LONG_NAMES } } : {}) }),
    losesReboot: () => openStage({ driver, ...faulty({ on: "reboot", do: { kind: "lose_answer" } }) }),
  });
}
situationSuite("deltacloud over the datacentre's", SITUATIONS);
placementSuite("deltacloud over the datacentre's", PLACEMENTS);

test("a driver that takes shorter names is told with what to shorten, and nothing is asked for", async () => {
  await using stage = await openStage({ driver: RHEVM });
  const request = readyRequest(stage);
  const long = { ...request, name: machineId(`${request.name}-${"x".repeat(30)}`) };
  const { fault } = await faultOf(create(stage, long));
  expect(fault).toMatchObject({ class: "config", scope: "account", effect: "none", code: "name_too_long" });
  expect(fault.text).toContain("takes names of 50 characters");
  expect(await foundBy(stage, long.name)).toEqual([]);
});

test("no room shows at the start with rhevm, as a lack of capacity", async () => {
  const full = faulty({ on: "start", do: { kind: "refuse", code: "insufficient_capacity" } });
  await using stage = await openStage({ driver: RHEVM, ...full });
  const machine = await create(stage, readyRequest(stage));
  await stage.settle();
  const { fault } = await faultOf(stage.cloud.start(machine, calm()));
  expect(fault.class).toBe("capacity");
  await stage.cloud.destroy(machine, calm());
  await stage.settle();
  expect(await lookedAt(stage, machine)).toBeNull();
});

test("what is on its way can't be deleted: it is told what is waited for, and asked again it goes", async () => {
  await using stage = await openStage({
    driver: RHEVM,
    settings: { imageCopy: { kind: "fixed", ms: 10 * MINUTE_MS } },
  });
  const machine = await create(stage, readyRequest(stage));
  const { fault } = await faultOf(stage.cloud.destroy(machine, calm()));
  expect(fault).toMatchObject({ class: "transient", effect: "none", code: "not_deleted_yet", retryAfterMs: 5_000 });
  expect(fault.text).toContain("is PENDING");
  for (let minutes = 0; minutes < 11; minutes += 1) await stage.settle();
  await stage.cloud.destroy(machine, calm());
  await stage.settle();
  expect(await lookedAt(stage, machine)).toBeNull();
}, 30_000);

test("ten machines take two requests more than there are to be made, one for a look at all, one for a list, and four each to go", async () => {
  await using stage = await openStage();
  const machines: KnownMachine[] = [];
  const requests = Array.from({ length: 10 }, () => readyRequest(stage));
  const made = await counted(stage, async () => {
    for (const request of requests) machines.push(await bringUp({ ...stage, settle: async () => undefined }, request));
  });
  await stage.settle();
  const looked = await counted(stage, () => stage.cloud.look(machines, calm()));
  const listed = await counted(stage, () => stage.cloud.list(SUITE_INSTALLATION, null, calm()));
  const ended = await counted(stage, async () => {
    for (const machine of machines) await stage.cloud.destroy(machine, calm());
  });
  expect({ made, looked, listed, ended }).toEqual({ made: 22, looked: 1, listed: 1, ended: 40 });
});

test("a list of 5,000 machines takes one request", async () => {
  await using stage = await openStage({
    settings: { realms: settingsOf(MOCK).realms.map((realm) => ({ ...realm, hosts: ENDLESS })) },
  });
  expect(await pollOf(stage, 5_000)).toEqual({ machines: 5_000, requests: 1 });
}, 60_000);
