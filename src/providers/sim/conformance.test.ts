import type { Clock } from "../../../datacentre/src/clock.ts";
import { type CloudApi, CloudUnreachable } from "../../../datacentre/src/cloud-api.ts";
import type { CloudOperator } from "../../../datacentre/src/cloud-operator.ts";
import { createDatacentre } from "../../../datacentre/src/datacentre.ts";
import { plainCloud } from "../../../datacentre/src/presets.ts";
import type { CloudSettings } from "../../../datacentre/src/settings.ts";
import { accountId } from "../../core/ids.ts";
import { type FaultHarness, faultSuite, machineSuite, type MachineStage } from "../../ports/provider.testsuite.ts";
import { simProvider } from "./index.ts";

const PAGE_SIZE = 2;
const MINUTE_MS = 60_000;

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
  readonly lostAnswers?: "hang" | "reject";
  readonly wrap?: (api: CloudApi) => CloudApi;
  readonly arrange?: (operator: CloudOperator) => void;
}

async function openStage(given: Given = {}): Promise<MachineStage> {
  const clock = impatientClock();
  const datacentre = createDatacentre({ clouds: [plainCloud({ ...SLOW, ...given.settings })], clock });
  const operator = datacentre.cloud("plain");
  given.arrange?.(operator);
  const { lostAnswers = "reject" } = given;
  const wrap = given.wrap ?? ((api) => api);
  const provider = simProvider({
    connect: ({ tenant, key }) => wrap(datacentre.connect({ tenant, key, lostAnswers })),
  });
  const account = { id: accountId("acc-1"), name: "plain", settings: { url: "http://127.0.0.1:1", tenant: "plain" } };
  const cloud = provider.open(account, { key: given.key ?? "plain-key" });
  const placement = { realm: "plain-a", size: "small", image: "debian-12" };
  return {
    cloud,
    placement,
    settle: async () => clock.pass(MINUTE_MS),
    plant: async (name, labels) => operator.plant("plain", { ...placement, name, labels }).id,
    unknownId: "i-nothing",
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Nobody waits: whoever sleeps moves time forward. Enough where one caller does one thing after the other. */
function impatientClock(): Clock & { pass(ms: number): void } {
  let now = 0;
  const pass = (ms: number): void => {
    now += ms;
  };
  return { now: () => now, sleep: async (ms) => pass(ms), pass };
}

const refused = (code: "throttled" | "image_not_found" | "name_taken") => (): Promise<MachineStage> =>
  openStage({ arrange: (operator) => operator.addFaults([{ on: "create", do: { kind: "refuse", code } }]) });

const unreachable = (api: CloudApi): CloudApi => ({
  ...api,
  create: () => Promise.reject(new CloudUnreachable("connect ECONNREFUSED 127.0.0.1:1")),
});

const unheard = (api: CloudApi): CloudApi => ({
  ...api,
  // A state that a newer cloud may have: outside the type on purpose.
  get: async (id, signal) => ({ ...(await api.get(id, signal)), state: JSON.parse('"hibernating"') }),
});

const FAULTS: FaultHarness = {
  throttle: refused("throttled"),
  auth: () => openStage({ key: "wrong" }),
  account: () => openStage({ arrange: (operator) => operator.setSuspended("plain", true) }),
  capacity: () =>
    openStage({
      arrange: (operator) =>
        operator.setCapacity({ realm: "plain-a", host: "plain-a-host-1" }, { cpu: 0, memoryMib: 0, storageGib: 0 }),
    }),
  quota: () =>
    openStage({
      arrange: (operator) => operator.setQuota("plain", { instances: 0, cpu: null, memoryMib: null }),
    }),
  missing_image: refused("image_not_found"),
  name_taken: refused("name_taken"),
  unreachable: () => openStage({ wrap: unreachable }),
  answer_lost: () =>
    openStage({ arrange: (operator) => operator.addFaults([{ on: "create", do: { kind: "lose_answer" } }]) }),
  request_lost: () =>
    openStage({ arrange: (operator) => operator.addFaults([{ on: "create", do: { kind: "lose_request" } }]) }),
  silence: () =>
    openStage({
      lostAnswers: "hang",
      arrange: (operator) => operator.addFaults([{ on: "create", do: { kind: "lose_request" } }]),
    }),
  unheard_state: () => openStage({ wrap: unheard }),
  breakdown: () =>
    openStage({
      arrange: (operator) => operator.addFaults([{ on: "create", do: { kind: "die", afterMs: 10, to: "error" } }]),
    }),
  partial_list: () =>
    openStage({
      arrange: (operator) => operator.addFaults([{ on: "list", do: { kind: "list_partial", realms: ["plain-a"] } }]),
    }),
};

machineSuite("sim", { twoStep: false, repeat: "same", pageSize: PAGE_SIZE, open: () => openStage() });
machineSuite("sim like oVirt", {
  twoStep: true,
  repeat: "conflict",
  pageSize: PAGE_SIZE,
  open: () => openStage({ settings: { twoStep: true, uniqueNames: true, tokens: "off" } }),
});
faultSuite("sim", FAULTS);
