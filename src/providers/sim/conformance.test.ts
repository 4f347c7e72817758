import type { CloudErrorCode } from "../../../datacentre/src/cloud-api.ts";
import type { CloudOperator } from "../../../datacentre/src/cloud-operator.ts";
import { createDatacentre, type Datacentre } from "../../../datacentre/src/datacentre.ts";
import type { FaultRule } from "../../../datacentre/src/fault.ts";
import { plainCloud } from "../../../datacentre/src/presets.ts";
import { serveDatacentre } from "../../../datacentre/src/server.ts";
import type { CloudSettings } from "../../../datacentre/src/settings.ts";
import type { TenantApi } from "../../../datacentre/src/tenant-api.ts";
import type { Where } from "../../core/blueprint/model.ts";
import { accountId } from "../../core/ids.ts";
import { faulty, impatientClock, loginsOf } from "../../ports/provider-suite/datacentre.testsuite.ts";
import { type FaultHarness, faultSuite } from "../../ports/provider-suite/faults.testsuite.ts";
import { impostorSuite } from "../../ports/provider-suite/impostor.testsuite.ts";
import { machineSuite } from "../../ports/provider-suite/machines.testsuite.ts";
import {
  type SituationHarness,
  type SituationStage,
  situationSuite,
} from "../../ports/provider-suite/parts.testsuite.ts";
import {
  type PlacementHarness,
  type PlacementStage,
  placementSuite,
} from "../../ports/provider-suite/placement.testsuite.ts";
import { type MachineStage, stillStage } from "../../ports/provider-suite/stage.testsuite.ts";
import { closedPort, cloudThat } from "../../cloud-http/wire.samples.ts";
import { connectOverHttp, type TenantCloud } from "./client.ts";
import { type Connect, simProvider } from "./index.ts";

const PAGE_SIZE = 2;
const MINUTE_MS = 60_000;

const placement = { realm: "plain-a", size: "small", image: "debian-12" };

const SLOW: Partial<CloudSettings> = {
  latency: { kind: "fixed", ms: 100 },
  boot: { kind: "fixed", ms: 4_000 },
  imageCopy: { kind: "fixed", ms: 2_000 },
  removal: { kind: "fixed", ms: 1_000 },
  visibilityMs: 500,
  lingerMs: 5 * MINUTE_MS,
  pageSize: PAGE_SIZE,
};

interface Given {
  readonly settings?: Partial<CloudSettings>;
  readonly key?: string;
  readonly where?: object;
  readonly lostAnswers?: "hang" | "reject";
  readonly wrap?: (api: TenantCloud) => TenantCloud;
  readonly arrange?: (operator: CloudOperator) => void;
}

interface Opened {
  readonly connect: Connect;
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** A way to the datacentre. Both have to pass: one is what simulations use, the other what people use. */
type Way = (datacentre: Datacentre, lostAnswers: "hang" | "reject") => Promise<Opened>;

const inProcess: Way = async (datacentre, lostAnswers) => ({
  connect: ({ tenant, key }) => datacentre.connect({ tenant, key, lostAnswers }),
  url: "http://127.0.0.1:1",
  close: async () => undefined,
});

const overHttp: Way = async (datacentre, lostAnswers) => {
  const ends = { hang: "hang", reject: "destroy" } as const;
  const served = await serveDatacentre(datacentre, { port: 0, lostAnswers: ends[lostAnswers] });
  return { connect: connectOverHttp, url: served.url, close: () => served.close() };
};

type FullStage = SituationStage & { readonly operator: CloudOperator; readonly tenant: TenantApi };

async function openStage(way: Way, given: Given = {}): Promise<FullStage> {
  const clock = impatientClock();
  const datacentre = createDatacentre({ clouds: [plainCloud({ ...SLOW, ...given.settings })], clock });
  const operator = datacentre.cloud("plain");
  given.arrange?.(operator);
  const { connect, url, close } = await way(datacentre, given.lostAnswers ?? "reject");
  const wrap = given.wrap ?? ((api) => api);
  const provider = simProvider({ connect: (to) => wrap(connect(to)), sleep: (ms) => clock.sleep(ms) });
  const account = {
    id: accountId("acc-1"),
    name: "plain",
    settings: { url, tenant: "plain", ...(given.where === undefined ? {} : { where: given.where }) },
  };
  const cloud = provider.open(account, { key: given.key ?? "plain-key" });
  return {
    cloud,
    placement,
    settle: async () => clock.pass(MINUTE_MS),
    operator,
    tenant: datacentre.connect({ tenant: "plain", key: "plain-key" }),
    otherRealm: "plain-b",
    parts: async () => operator.snapshot().parts.map(({ name }) => name),
    async plantPart(name, labels) {
      operator.plantPart("plain", { kind: "port", name: `${name}-port`, realm: placement.realm, labels });
    },
    vanish: async (id) => operator.vanish(id),
    fall: () => undefined,
    logins: () => loginsOf(operator),
    plant: async (name, labels) => operator.plant("plain", { ...placement, name, labels }).id,
    unknownId: "i-nothing",
    [Symbol.asyncDispose]: close,
  };
}

const unheard = (api: TenantCloud): TenantCloud => ({
  ...api,
  // A state that a newer cloud may have: outside the type on purpose.
  get: async (id, signal) => ({ ...(await api.get(id, signal)), state: JSON.parse('"hibernating"') }),
});

async function openNowhere(): Promise<FullStage> {
  const stage = await openStage(overHttp);
  const url = `http://127.0.0.1:${await closedPort()}`;
  const account = { id: accountId("acc-1"), name: "plain", settings: { url, tenant: "plain" } };
  return { ...stage, cloud: simProvider().open(account, { key: "plain-key" }) };
}

const OF_PARTS: Partial<CloudSettings> = {
  parts: { needed: ["port"], implied: ["volume"], publicByPart: true, making: { kind: "fixed", ms: 500 } },
};
const SMALL = plainCloud().sizes;
const HOST = { cpu: 64, memoryMib: 131_072, storageGib: 2_000 };
const LEAVING: Partial<CloudSettings> = {
  parts: { needed: ["port"], implied: ["volume"], leftBehind: ["volume"], labelled: false, publicByPart: true },
};

const MANY = Array.from({ length: 996 }, (_, index) => ({
  name: `s-${index}`,
  cpu: 1 + index,
  memoryMib: 512,
  storageGib: 5,
  hourlyPrice: 1,
}));

function situationsBy(way: Way): SituationHarness {
  const open = (settings: Partial<CloudSettings>, arrange: Given["arrange"] = () => undefined) =>
    openStage(way, { settings, arrange });
  const full = { cpu: 0, memoryMib: 0, storageGib: 0 };
  const realms = ["plain-a", "plain-b"].map((name) => ({ name, images: ["debian-12"], hosts: [HOST] }));
  return {
    parts: () => open(OF_PARTS),
    left_behind: () => open(LEAVING),
    async no_room() {
      const stage = await open(OF_PARTS, (operator) =>
        operator.setCapacity({ realm: "plain-a", host: "plain-a-host-1" }, full),
      );
      const stuck: FaultRule = { on: "removePart", times: 20, do: { kind: "refuse", code: "locked" } };
      return {
        ...stage,
        settle: async () => (stage.operator.clearFaults(), stage.settle()),
        fall: () => stage.operator.addFaults([stuck]),
      };
    },
    no_room_twice: () =>
      open(OF_PARTS, (operator) => {
        operator.setCapacity({ realm: "plain-a", host: "plain-a-host-1" }, full);
        operator.addFaults([{ on: "createPart", do: { kind: "duplicate", gapMs: 100 } }]);
      }),
    last_refused: () => open(OF_PARTS, (operator) => operator.setQuota("plain", { addresses: 0 })),
    async realm_down() {
      const stage = await open({ ...OF_PARTS, realms, pageSize: 100 });
      return { ...stage, fall: () => stage.operator.setRealmDown("plain-a", true) };
    },
    many_sizes: () => openStage(way, { settings: { sizes: [...SMALL, ...MANY] } }),
    short_names: () => open({ ...OF_PARTS, names: { most: 63, pattern: "[a-z0-9-]+" } }),
    session: "the account's key is used for every call",
  };
}

const KEYS: Partial<CloudSettings> = {
  networks: [{ name: "shop" }, { name: "back", id: "net-7" }, { name: "elsewhere", realms: ["plain-b"] }],
  securityGroups: [{ name: "web" }, { name: "inside", id: "sg-3" }],
  tenants: [
    { name: "plain", key: "plain-key", sshKeys: [{ name: "ops", publicKey: `ssh-ed25519 ${"A".repeat(68)}` }] },
  ],
  realms: ["plain-a", "plain-b"].map((name) => ({ name, images: ["debian-12"], hosts: [HOST, HOST, HOST] })),
  sizes: SMALL.map((size) => ({ ...size, spotPrice: 0.01 })),
  pageSize: 100,
};

function placementsBy(way: Way, settings: Partial<CloudSettings> = {}): PlacementHarness {
  const open = async (
    [there, missing]: readonly [Where, Where] = [{}, {}],
    given: Given = {},
  ): Promise<PlacementStage> => {
    const stage = await openStage(way, { ...given, settings: { ...KEYS, parts: { keys: true }, ...settings } });
    const { operator } = stage;
    const machineOf = (id: string) => operator.snapshot().machines.find((machine) => machine.id === id);
    const parts = () => operator.snapshot().parts;
    return {
      ...stage,
      there,
      missing,
      async placed(id) {
        const machine = machineOf(id);
        const ports = parts().filter((part) => part.kind === "port" && part.machine === id);
        const network = machine?.network ?? null;
        return {
          networks: ports.length > 0 ? ports.map((port) => port.network ?? "") : network === null ? [] : [network],
          securityGroups: machine?.securityGroups ?? [],
          key: machine?.sshKey ?? null,
          isSpot: machine?.isSpot ?? false,
          host: machine?.host ?? null,
        };
      },
      async broughtKeys() {
        return Object.fromEntries(
          parts().flatMap(({ kind, name, publicKey }) => (kind === "key" ? [[name, publicKey ?? ""]] : [])),
        );
      },
      async takeAway() {
        for (const id of ["shop", "net-7"]) operator.removeNetwork(id);
        for (const id of ["web", "sg-3"]) operator.removeSecurityGroup(id);
        await stage.tenant.removeKey("ops");
      },
    };
  };
  return {
    networks: () => open([{ networks: ["shop", "back"] }, { networks: ["nobody", "elsewhere"] }]),
    securityGroups: () => open([{ securityGroups: ["web", "inside"] }, { securityGroups: ["nobody"] }]),
    key: () => open([{ key: "ops" }, { key: "nobody" }]),
    publicKey: () => open(),
    publicAddress: () => open(),
    hosts: () => open(),
    spot: () => open(),
    defaults: () =>
      open([{ networks: ["back"], securityGroups: ["web"] }, { networks: ["nobody"] }], {
        where: { "*": { networks: ["nobody"], securityGroups: ["web"] }, "plain-a": { networks: ["back"] } },
      }),
    volumes: "its machines are given no volumes that were there before",
    no_more_keys: () => open([{}, {}], { arrange: (operator) => operator.setQuota("plain", { keys: 0 }) }),
  };
}

function faultsBy(way: Way): FaultHarness {
  const open = (given: Given) => (): Promise<MachineStage> => openStage(way, given);
  const refused = (code: CloudErrorCode): Given => faulty({ on: "create", do: { kind: "refuse", code } });
  const host = { realm: "plain-a", host: "plain-a-host-1" };
  const full = { cpu: 0, memoryMib: 0, storageGib: 0 };
  const none = { instances: 0, cpu: null, memoryMib: null };
  return {
    throttle: open(refused("throttled")),
    auth: open({ key: "wrong" }),
    account: open({ arrange: (operator) => operator.setSuspended("plain", true) }),
    capacity: open({ arrange: (operator) => operator.setCapacity(host, full) }),
    quota: open({ arrange: (operator) => operator.setQuota("plain", none) }),
    missing_image: open(refused("image_not_found")),
    name_taken: open(refused("name_taken")),
    unreachable: way === overHttp ? openNowhere : "there is no line in process",
    answer_lost: open(faulty({ on: "create", do: { kind: "lose_answer" } })),
    request_lost: open(faulty({ on: "create", do: { kind: "lose_request" } })),
    silence: open({ ...faulty({ on: "create", do: { kind: "lose_request" } }), lostAnswers: "hang" }),
    unheard_state: open({ wrap: unheard }),
    breakdown: open(faulty({ on: "create", do: { kind: "die", afterMs: 10, to: "error" } })),
    late_failure: open({
      ...faulty({
        on: "create",
        do: { kind: "operation_fails", afterMs: 10, text: "no host has room", code: "insufficient_capacity" },
      }),
      settings: { failures: { shown: "nothing", reason: "operation" } },
    }),
    partial_list: open(faulty({ on: "list", do: { kind: "list_partial", realms: ["plain-a"] } })),
  };
}

const ONE_STEP = { twoStep: false, repeat: "same", pageSize: PAGE_SIZE } as const;
const LIKE_OVIRT: Given = { settings: { twoStep: true, uniqueNames: true, tokens: "off" } };

for (const [title, way] of [
  ["sim in process", inProcess],
  ["sim over HTTP", overHttp],
] as const) {
  machineSuite(title, {
    ...ONE_STEP,
    open: () => openStage(way),
    losesReboot: () => openStage(way, faulty({ on: "reboot", do: { kind: "lose_answer" } })),
  });
  faultSuite(title, faultsBy(way));
  situationSuite(title, situationsBy(way));
  placementSuite(title, placementsBy(way));
}
machineSuite("sim of parts", {
  ...ONE_STEP,
  repeat: "conflict",
  open: () => openStage(inProcess, { settings: OF_PARTS }),
});
machineSuite("sim that leaves parts behind", {
  ...ONE_STEP,
  repeat: "conflict",
  open: () => openStage(inProcess, { settings: LEAVING }),
});
machineSuite("sim that shows machines as stopped while they boot again", {
  ...ONE_STEP,
  open: () => openStage(inProcess, { settings: { rebootsAs: "stopped" } }),
});
machineSuite("sim like oVirt", {
  ...ONE_STEP,
  twoStep: true,
  repeat: "conflict",
  open: () => openStage(inProcess, LIKE_OVIRT),
});

const openAt = (url: string) =>
  simProvider().open(
    { id: accountId("acc-1"), name: "plain", settings: { url, tenant: "plain" } },
    { key: "plain-key" },
  );

impostorSuite("sim", async (body, status) => {
  const other = await cloudThat((_, response) => void response.writeHead(status).end(body));
  return stillStage({ placement, cloud: openAt(`http://127.0.0.1:${other.port}`) }, other);
});
impostorSuite("sim whose traits are told", async (body, status) => {
  const served = await overHttp(createDatacentre({ clouds: [plainCloud()], clock: impatientClock() }), "reject");
  const other = await cloudThat((request, response) => {
    if (request.url !== "/v1/traits") return void response.writeHead(status).end(body);
    const headers = { authorization: "Bearer plain:plain-key" };
    void fetch(`${served.url}/v1/traits`, { headers }).then(async (answer) => response.end(await answer.text()));
  });
  const behind = new AsyncDisposableStack();
  behind.defer(() => served.close());
  behind.use(other);
  return stillStage({ placement, cloud: openAt(`http://127.0.0.1:${other.port}`) }, behind);
});
impostorSuite(
  "sim under a wrong path",
  async () => {
    const served = await overHttp(createDatacentre({ clouds: [plainCloud()], clock: impatientClock() }), "reject");
    const behind = { [Symbol.asyncDispose]: () => served.close() };
    return stillStage({ placement, cloud: openAt(`${served.url}/elsewhere`) }, behind);
  },
  [404],
);
placementSuite("sim of parts", placementsBy(inProcess, { parts: { ...OF_PARTS.parts, keys: true } }));
