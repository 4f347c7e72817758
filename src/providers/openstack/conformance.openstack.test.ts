// The suites on a real control plane. Faults that it cannot be made to show are in conformance.test.ts, at the wire.

import { expect, test } from "vitest";
import { accountId } from "../../core/ids.ts";
import { OWNER_LABELS } from "../../core/machine.ts";
import { type FaultHarness, faultSuite } from "../../ports/provider-suite/faults.testsuite.ts";
import { machineSuite } from "../../ports/provider-suite/machines.testsuite.ts";
import { type SituationStage, situationSuite } from "../../ports/provider-suite/parts.testsuite.ts";
import type { Where } from "../../core/blueprint/model.ts";
import { type PlacementStage, placementSuite } from "../../ports/provider-suite/placement.testsuite.ts";
import { faultOf, type MachineStage, type Stage } from "../../ports/provider-suite/stage.testsuite.ts";
import type { Cloud } from "../../ports/provider.ts";
import { openstackProvider } from "./index.ts";
import {
  allParts,
  breakServer,
  CREDENTIALS,
  emptied,
  freshLab,
  LAB,
  PUBLIC,
  setFaults,
  setHost,
  setQuota,
  settled,
  SETTINGS,
  tester,
} from "./lab.testsuite.ts";
import { broughtKeys, clearPlaces, makePlaces, PLACES, placed, takeAway } from "./lab-places.testsuite.ts";
import { descriptionOf } from "./names.ts";
import { idsCalled } from "./neutron.ts";
import { createServer, deleteServer } from "./nova.ts";

const placement = { realm: "az1", size: "tiny", image: LAB.image };
const UNKNOWN = "00000000-0000-4000-8000-000000000000";
const calm = (): AbortSignal => new AbortController().signal;

type Settings = Readonly<Record<string, unknown>>;

function openCloud(settings: Settings = {}, credentials: Readonly<Record<string, string>> = CREDENTIALS): Cloud {
  const account = { id: accountId("acc-1"), name: "lab", settings: { ...SETTINGS, ...settings } };
  return openstackProvider.open(account, credentials);
}

interface Given {
  readonly settings?: Settings;
  readonly credentials?: Readonly<Record<string, string>>;
  readonly placement?: Partial<Stage["placement"]>;
  readonly arrange?: () => unknown;
}

async function openStage({ settings, credentials, arrange, ...given }: Given = {}): Promise<MachineStage> {
  await freshLab();
  await arrange?.();
  return {
    cloud: openCloud(settings, credentials),
    placement: { ...placement, ...given.placement },
    settle: settled,
    plant,
    unknownId: UNKNOWN,
    [Symbol.asyncDispose]: emptied,
  };
}

function plant(name: string, labels: Readonly<Record<string, string>>): Promise<string> {
  const { realm, image } = placement;
  const server = {
    name,
    flavorRef: "1",
    imageRef: image,
    availability_zone: realm,
    networks: "none",
    metadata: labels,
  };
  return createServer(tester, server, calm());
}

async function openWithParts(): Promise<SituationStage> {
  const [network] = await idsCalled(tester, { kind: "network", name: LAB.network }, calm());
  return {
    ...(await openStage({ settings: PUBLIC })),
    parts: async () => (await allParts()).map(({ kind, description }) => `${kind} ${description}`),
    async plantPart(name, labels) {
      const owner = labels[OWNER_LABELS.installation];
      const description = owner === undefined ? name : descriptionOf({ owner, name, realm: placement.realm });
      const body = { port: { network_id: network, name, description } };
      const asked = { service: "network", method: "POST", path: "/v2.0/ports", body } as const;
      await tester.ask({ ...asked, read: () => undefined }, calm());
    },
    vanish: (id) => deleteServer(tester, id, calm()),
    fall: () => undefined,
    otherRealm: "az2",
    logins: () => ({ begun: 0, open: 0 }),
  };
}

const AT_THE_WIRE = "a real cloud cannot be made to: tried at the wire";

const refusing =
  (status: number, when?: "after", headers: Readonly<Record<string, string>> = {}) =>
  (): Promise<Stage> =>
    openStage({
      arrange: () =>
        setFaults({
          api: [{ method: "POST", path: "/servers", status, headers, ...(when === undefined ? {} : { when }) }],
        }),
    });

const FAULTS: FaultHarness = {
  throttle: refusing(429, undefined, { "Retry-After": "7" }),
  auth: () => openStage({ credentials: { password: "wrong-password" } }),
  account: "Keystone says 401 to whatever is wrong with an account",
  capacity: () => openStage({ placement: { realm: "az2" }, arrange: () => setHost("cmp2", "disabled") }),
  quota: () => openStage({ arrange: () => setQuota({ instances: 0 }) }),
  missing_image: () => openStage({ placement: { image: UNKNOWN } }),
  name_taken: "Nova's names are shared unless its operator says otherwise",
  unreachable: AT_THE_WIRE,
  answer_lost: refusing(504, "after"),
  request_lost: refusing(503),
  silence: AT_THE_WIRE,
  unheard_state: AT_THE_WIRE,
  breakdown: async () => {
    const stage = await openStage();
    return {
      ...stage,
      settle: async () => {
        await settled();
        const { machines } = await stage.cloud.list("suite", null, calm());
        for (const { externalId, state } of machines) if (state === "running") await breakServer(externalId);
      },
    };
  },
  late_failure: () => openStage({ placement: { size: "huge" } }),
  partial_list: AT_THE_WIRE,
};

machineSuite("openstack", { twoStep: false, repeat: "same", pageSize: null, open: () => openStage() });
faultSuite("openstack", FAULTS);
situationSuite("openstack", {
  parts: openWithParts,
  left_behind: "what Nova makes along goes with its server; what is made before it stays, as in `parts`",
  no_room: "what a full cloud does to the second part is tried at the wire",
  no_room_twice: "as above",
  last_refused: "the server is the last part",
  realm_down: "zones share one list; cells that do not answer are tried at the wire",
  many_sizes: "a thousand flavors take minutes to make: pages are tried at the wire",
  short_names: openWithParts,
  session: "a token ends by itself: its renewal is tried at the wire",
});

async function openPlacement(
  [there, missing]: readonly [Where, Where] = [{}, {}],
  { settings, arrange }: Given = {},
): Promise<PlacementStage> {
  const stage = await openStage(settings === undefined ? {} : { settings });
  await clearPlaces();
  await makePlaces();
  await arrange?.();
  return {
    ...stage,
    there,
    missing,
    placed,
    broughtKeys,
    takeAway,
    async [Symbol.asyncDispose]() {
      await setQuota({ key_pairs: KEY_PAIRS });
      await emptied();
      await clearPlaces();
    },
  };
}

/** What a project may have when nobody has said otherwise. */
const KEY_PAIRS = 100;

placementSuite("openstack", {
  networks: () => openPlacement([{ networks: [LAB.network, PLACES.network] }, { networks: ["nobody", "noone"] }]),
  securityGroups: () => openPlacement([{ securityGroups: [...PLACES.groups] }, { securityGroups: ["nobody"] }]),
  key: () => openPlacement([{ key: PLACES.key }, { key: "nobody" }]),
  publicKey: () => openPlacement(),
  publicAddress: () => openPlacement([{}, {}], { settings: { floatingNetwork: LAB.publicNetwork } }),
  hosts: "the provider does not take it: see its README",
  spot: "OpenStack sells no machines that may be taken away",
  defaults: () =>
    openPlacement([{ networks: [PLACES.network], securityGroups: [PLACES.groups[0]] }, { networks: ["nobody"] }], {
      settings: {
        where: {
          "*": { networks: ["nobody"], securityGroups: [PLACES.groups[0]] },
          [placement.realm]: { networks: [PLACES.network] },
        },
      },
    }),
  volumes: "its machines are given no volumes that were there before",
  no_more_keys: () => openPlacement([{}, {}], { arrange: () => setQuota({ key_pairs: 0 }) }),
});

test.each<[string, Settings, Readonly<Record<string, string>>, string]>([
  ["a wrong password", {}, { password: "wrong-password" }, "user, domain or password is wrong"],
  ["no such project", { project: "nothing" }, CREDENTIALS, "has no project nothing; it has tests"],
  ["no project at all", { user: LAB.stranger }, CREDENTIALS, `has no project ${LAB.project}, nor any other`],
  ["no permission", { user: LAB.reader }, CREDENTIALS, "user reader may not make servers in this project"],
  ["no such region", { region: "Nowhere" }, CREDENTIALS, "there is no region Nowhere"],
])("a check says in a line what is wrong: %s", async (...[, settings, credentials, text]) => {
  const { fault } = await faultOf(openCloud(settings, credentials).usage(calm()));
  expect(fault.text).toContain(text);
  expect(fault.text).not.toContain("password-");
});
