// The provider's suites over the datacentre's OpenStack: what it is like was written from the projects' API references, by somebody who had not
// read this folder. Nobody waits: whoever lets time pass moves the datacentre's clock.

import { expect, test } from "vitest";
import type { CloudErrorCode } from "../../../datacentre/src/cloud-api.ts";
import { OPENSTACK_CLOUDS } from "../../../datacentre/src/faces/openstack/clouds.ts";
import { openstackFace } from "../../../datacentre/src/faces/openstack/face.ts";
import { uuidOf } from "../../../datacentre/src/faces/openstack/names.ts";
import type { CloudSettings } from "../../../datacentre/src/settings.ts";
import { closedPort } from "../../cloud-http/wire.samples.ts";
import type { Where } from "../../core/blueprint/model.ts";
import { accountId } from "../../core/ids.ts";
import type { KnownMachine } from "../../core/machine.ts";
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
import { calm, create, faultOf, readyRequest, SUITE_INSTALLATION } from "../../ports/provider-suite/stage.testsuite.ts";
import { openstackProvider } from "./index.ts";

const ZONE = "az1";
const TENANT = { name: "demo", key: "demo-password" };
const PAGE_SIZE = 2;

const [FIRST] = OPENSTACK_CLOUDS;
if (FIRST === undefined) throw new Error("the face has a region to begin with");

const SETTINGS: CloudSettings = {
  ...FIRST,
  tenants: [TENANT],
  networks: [{ name: "private", id: uuidOf("network", "private") }],
  latency: { kind: "fixed", ms: 100 },
  scheduling: { kind: "fixed", ms: 200 },
  boot: { kind: "fixed", ms: 4_000 },
  removal: { kind: "fixed", ms: 1_000 },
  serviceDelay: { kind: "fixed", ms: 100 },
  pageSize: PAGE_SIZE,
};

interface Given extends OtherCloud {
  readonly account?: object;
  readonly password?: string;
  readonly size?: string;
  readonly image?: string;
}

type FullStage = SituationStage & ServedCloud;

async function openStage(given: Given = {}): Promise<FullStage> {
  const served = await serveCloud({ face: openstackFace, settings: SETTINGS }, given);
  const { operator } = served;
  const image = given.image ?? uuidOf("image", "debian-12");
  return {
    ...served,
    cloud: openAt(`${served.url}/identity/v3`, given),
    placement: { realm: ZONE, size: given.size ?? "m1.tiny", image },
    otherRealm: "az2",
    plant: async (name, labels) =>
      operator.plant(TENANT.name, { realm: ZONE, size: "m1.tiny", image, name, labels }).id,
    unknownId: "00000000-0000-4000-8000-000000000000",
  };
}

function openAt(authUrl: string, { account = {}, password = TENANT.key }: Given = {}) {
  const settings = { authUrl, user: TENANT.name, project: TENANT.name, ...account };
  return openstackProvider.open({ id: accountId("acc-1"), name: "lab", settings }, { password });
}

const open = (given: Given) => (): Promise<FullStage> => openStage(given);
const refused = (code: CloudErrorCode) => open(faulty({ on: "create", do: { kind: "refuse", code } }));

async function openNowhere(): Promise<FullStage> {
  const stage = await openStage();
  return { ...stage, cloud: openAt(`http://127.0.0.1:${await closedPort()}/identity/v3`) };
}

const FAULTS: FaultHarness = {
  throttle: refused("throttled"),
  auth: open({ password: "wrong-password" }),
  account: "Keystone says 401 to whatever is wrong with an account",
  capacity: refused("invalid_realm"),
  quota: open({ arrange: (operator) => operator.setQuota(TENANT.name, { instances: 0 }) }),
  missing_image: refused("image_not_found"),
  name_taken: "Nova's names are shared unless its operator says otherwise",
  unreachable: openNowhere,
  answer_lost: open(faulty({ on: "create", do: { kind: "lose_answer" } })),
  request_lost: open(faulty({ on: "create", do: { kind: "lose_request" } })),
  silence: open({ ...faulty({ on: "create", do: { kind: "lose_request" } }), lostAnswers: "hang" }),
  unheard_state: "the datacentre has no state of Nova's that is not in its documents",
  breakdown: open(faulty({ on: "create", do: { kind: "die", afterMs: 10, to: "error", text: "it broke down" } })),
  late_failure: open({
    settings: {
      realms: FIRST.realms.map((realm) => ({ ...realm, hosts: [{ cpu: 0, memoryMib: 0, storageGib: 0 }] })),
    },
  }),
  partial_list: "zones share one list, which is refused where it would not be whole",
};

const AT_THE_WIRE = "ports that are made before a server are tried at the wire and on a real control plane";

const MANY = Array.from({ length: 1_000 }, (_, no) => {
  return { name: no === 0 ? "m1.tiny" : `m1.n${no}`, cpu: 1, memoryMib: 512, storageGib: 10, hourlyPrice: 1 };
});

const SITUATIONS: SituationHarness = {
  parts: AT_THE_WIRE,
  left_behind: AT_THE_WIRE,
  no_room: AT_THE_WIRE,
  no_room_twice: AT_THE_WIRE,
  last_refused: AT_THE_WIRE,
  realm_down: AT_THE_WIRE,
  many_sizes: () => openStage({ settings: { sizes: MANY, offerPageSize: 100 } }),
  short_names: "names have up to 255 characters",
  session: "a token ends by itself: its renewal is tried below",
};

const THINGS: Partial<CloudSettings> = {
  networks: ["private", "shop", "back"].map((name) => ({ name, id: uuidOf("network", name) })),
  securityGroups: ["default", "web", "inside"].map((name) => ({ name, id: uuidOf("security-group", name) })),
  tenants: [{ ...TENANT, sshKeys: [{ name: "ops", publicKey: `ssh-ed25519 ${"A".repeat(68)}` }] }],
  pageSize: 1_000,
};

const groupCalled = (id: string): string => THINGS.securityGroups?.find((group) => group.id === id)?.name ?? id;

async function openPlaces(
  [there, missing]: readonly [Where, Where] = [{}, {}],
  given: Given = {},
): Promise<PlacementStage> {
  const where = { "*": { networks: ["private"] } };
  const stage = await openStage({ account: { where }, ...given, settings: { ...THINGS, ...given.settings } });
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
        networks: ports.map(({ network }) => network ?? ""),
        securityGroups: (machine?.securityGroups ?? []).map(groupCalled),
        key: machine?.sshKey ?? null,
        isSpot: false,
        host: machine?.host ?? null,
      };
    },
    async broughtKeys() {
      const { sshKeys } = await tenant.things();
      return Object.fromEntries(sshKeys.flatMap(({ name, publicKey }) => (name === "ops" ? [] : [[name, publicKey]])));
    },
    async takeAway() {
      for (const name of ["shop", "back"]) operator.removeNetwork(uuidOf("network", name));
      for (const name of ["web", "inside"]) operator.removeSecurityGroup(uuidOf("security-group", name));
      await tenant.removeKey("ops");
    },
  };
}

const PLACEMENTS: PlacementHarness = {
  networks: () => openPlaces([{ networks: ["shop", "back"] }, { networks: ["nobody", "elsewhere"] }]),
  securityGroups: () => openPlaces([{ securityGroups: ["web", "inside"] }, { securityGroups: ["nobody"] }]),
  key: () => openPlaces([{ key: "ops" }, { key: "nobody" }]),
  publicKey: () => openPlaces(),
  publicAddress: AT_THE_WIRE,
  hosts: "the provider does not take it: see its README",
  volumes: "its machines are given no volumes that were there before",
  spot: "OpenStack sells no machines that may be taken away",
  defaults: () =>
    openPlaces([{ networks: ["back"], securityGroups: ["web"] }, { networks: ["nobody"] }], {
      account: {
        where: { "*": { networks: ["nobody"], securityGroups: ["web"] }, [ZONE]: { networks: ["back"] } },
      },
    }),
  no_more_keys: () => openPlaces([{}, {}], { arrange: (operator) => operator.setQuota(TENANT.name, { keys: 0 }) }),
};

const TITLE = "openstack over the datacentre's";

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

test.each<[string, Given, string]>([
  ["a wrong password", { password: "wrong-password" }, "user, domain or password is wrong"],
  ["no such project", { account: { project: "nothing" } }, "has no project nothing; it has demo"],
  ["no such region", { account: { region: "RegionTwo" } }, "RegionOne"],
])("a check tells of %s", async (_, given, expected) => {
  await using stage = await openStage(given);
  const { fault } = await faultOf(stage.cloud.usage(calm()));
  expect(fault).toMatchObject({ scope: "account", effect: "none" });
  expect(fault.text).toContain(expected);
});

test("one login for all who ask at once, and a new one when the token is over", async () => {
  await using stage = await openStage();
  const { cloud, operator } = stage;
  await Promise.all([cloud.realms(calm()), cloud.usage(calm()), cloud.realms(calm())]);
  const machine = await create(stage, readyRequest(stage));
  expect(stage.logins().begun).toBe(1);
  operator.expireSessions();
  const again = create(stage, readyRequest(stage));
  await Promise.all([stage.cloud.look([machine], calm()), cloud.usage(calm()), again]);
  expect(stage.logins()).toEqual({ begun: 2, open: 1 });
});

test("an image is one of that name, or the newest with these properties", async () => {
  await using stage = await openStage();
  const image = uuidOf("image", "postgres-16");
  expect(await stage.cloud.image("postgres-16", ZONE, calm())).toEqual({ image });
  expect(await stage.cloud.image("property:os_distro=debian,os_version=12", ZONE, calm())).toEqual({ image });
});

test("ten machines take two requests more than there are to be made, one for a look at all, and two for a list", async () => {
  await using stage = await openStage({ settings: { pageSize: 1_000 } });
  const machines: KnownMachine[] = [];
  const requests = Array.from({ length: 10 }, () => readyRequest(stage));
  const made = await counted(stage, async () => {
    for (const request of requests) machines.push(await create(stage, request));
  });
  await stage.settle();
  const looked = await counted(stage, () => stage.cloud.look(machines, calm()));
  const listed = await counted(stage, () => stage.cloud.list(SUITE_INSTALLATION, null, calm()));
  // The login, and where the network is.
  expect({ made, looked, listed }).toEqual({ made: 12, looked: 1, listed: 2 });
});

test("a list of 5,000 machines takes six requests", async () => {
  await using stage = await openStage({
    settings: { pageSize: 1_000, realms: FIRST.realms.map((realm) => ({ ...realm, hosts: ENDLESS })) },
  });
  expect(await pollOf(stage, 5_000)).toEqual({ machines: 5_000, requests: 6 });
}, 60_000);
