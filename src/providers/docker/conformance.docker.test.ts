// The suite on a real engine: the one that DOCKER_HOST names, which has the image busybox:test. Faults that an engine cannot
// be made to show are in conformance.test.ts, at the wire.

import { expect, test } from "vitest";
import { z } from "zod";
import { accountId } from "../../core/ids.ts";
import { type KnownMachine, OWNER_LABELS } from "../../core/machine.ts";
import { CONSOLE_BYTES_MAX } from "../../ports/console-tail.ts";
import type { Cloud } from "../../ports/provider.ts";
import { type FaultHarness, faultSuite } from "../../ports/provider-suite/faults.testsuite.ts";
import { type PlacementStage, placementSuite } from "../../ports/provider-suite/placement.testsuite.ts";
import { machineSuite } from "../../ports/provider-suite/machines.testsuite.ts";
import { situationSuite } from "../../ports/provider-suite/parts.testsuite.ts";
import {
  byId,
  create,
  foundBy,
  lookedAt,
  listAll,
  type MachineStage,
  readyRequest,
  type Stage,
  SUITE_INSTALLATION,
} from "../../ports/provider-suite/stage.testsuite.ts";
import { connectEngine, type Engine } from "./client.ts";
import { endpointOf } from "./engine-replay.testsuite.ts";
import { dockerProvider } from "./index.ts";
import { readContainers, readCreatedId } from "./schema.ts";

const endpoint = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";
const engine: Engine = connectEngine(endpointOf({ endpoint }));
const calm = (): AbortSignal => new AbortController().signal;

const placement = {
  realm: "default",
  size: "custom",
  image: "busybox:test",
  cpu: 0.1,
  userData: "#!/bin/sh\nexec sleep 1000",
};

function openCloud(settings: Readonly<Record<string, unknown>> = {}): Cloud {
  const account = { id: accountId("acc-1"), name: "engine", settings: { endpoint, ...settings } };
  return dockerProvider.open(account, {});
}

async function removeAll(): Promise<void> {
  const containers = await engine.ask({ method: "GET", path: "/containers/json?all=1" }, readContainers, calm());
  for (const { id } of containers) await openCloud().destroy(byId({ placement }, id), calm());
}

async function openStage(
  given: { settings?: object; placement?: Partial<Stage["placement"]> } = {},
): Promise<MachineStage> {
  await removeAll();
  return {
    cloud: openCloud({ ...given.settings }),
    placement: { ...placement, ...given.placement },
    settle: async () => undefined,
    plant: (name, labels) => plant(name, { Labels: labels }),
    unknownId: "0".repeat(64),
    [Symbol.asyncDispose]: removeAll,
  };
}

function plant(name: string, body: object): Promise<string> {
  const call = { method: "POST", path: `/containers/create?name=${name}`, body: { Image: placement.image, ...body } };
  return engine.ask({ ...call, method: "POST" }, readCreatedId, calm());
}

/** Everything that was started has ended. */
async function waitForEnds(): Promise<void> {
  const containers = await engine.ask({ method: "GET", path: "/containers/json" }, readContainers, calm());
  for (const { id } of containers) {
    await engine.ask({ method: "POST", path: `/containers/${id}/wait` }, () => undefined, calm());
  }
}

const AT_THE_WIRE = "an engine cannot be made to: tried at the wire";
const NEVER = "Docker has no such thing";

const FAULTS: FaultHarness = {
  throttle: AT_THE_WIRE,
  auth: AT_THE_WIRE,
  account: "root, which the engine's tests need, may open every socket: tried in faults.test.ts",
  capacity: () => openStage({ placement: { cpu: 4096 } }),
  quota: NEVER,
  missing_image: () => openStage({ placement: { image: "busybox:never-made" } }),
  name_taken: async () => {
    const stage = await openStage();
    const name = readyRequest(stage).name;
    await plant(name, {});
    return { ...stage, placement: { ...stage.placement, name } };
  },
  unreachable: () => openStage({ settings: { endpoint: "unix:///nowhere/docker.sock" } }),
  answer_lost: AT_THE_WIRE,
  request_lost: AT_THE_WIRE,
  silence: AT_THE_WIRE,
  unheard_state: AT_THE_WIRE,
  breakdown: async () => {
    const stage = await openStage({ placement: { userData: "#!/bin/sh\nexit 3" } });
    return { ...stage, settle: waitForEnds };
  },
  late_failure: "what is created is there at once",
  partial_list: NEVER,
};

machineSuite("docker", {
  twoStep: true,
  repeat: "conflict",
  pageSize: null,
  open: () => openStage(),
});
faultSuite("docker", FAULTS);
situationSuite("docker", {
  parts: "a container is of one piece",
  left_behind: "a container is of one piece",
  no_room: "a container is of one piece",
  no_room_twice: "a container is of one piece",
  last_refused: "a container is of one piece",
  realm_down: "an engine is one realm: it answers, or the account does not",
  many_sizes: "there are no sizes: containers are cut to measure",
  short_names: "a container is of one piece; its name may be as long as ours get",
  session: "an engine knows no sessions",
});

async function bringUp(
  { cloud }: Pick<Stage, "cloud">,
  given: Partial<Stage["placement"]> = {},
): Promise<KnownMachine> {
  const machine = await create({ cloud }, readyRequest({ placement: { ...placement, ...given } }));
  await cloud.start(machine, calm());
  return machine;
}

test("user data reaches the container's environment, a script becomes its first program, and both streams its console", async () => {
  await using stage = await openStage({
    placement: { userData: '#!/bin/sh\necho "$SLIPWAY_USER_DATA"; echo oops >&2' },
  });
  const machine = await bringUp(stage, stage.placement);
  await waitForEnds();
  const output = (await stage.cloud.console(machine, calm())) ?? "";
  expect(output).toContain('echo "$SLIPWAY_USER_DATA"; echo oops >&2\n');
  expect(output).toContain("oops\n");
});

test("one byte of user data more than the provider says is more than the system takes", async () => {
  const userData = `${placement.userData}\n# `.padEnd(openCloud().traits.userDataBytesMost + 1, "x");
  await using stage = await openStage({ placement: { userData } });
  const machine = await create(stage, readyRequest(stage));
  await stage.cloud.start(machine, calm()).catch(() => undefined);
  await waitForEnds();
  const seen = await lookedAt(stage, machine);
  expect(seen).toMatchObject({ state: "stopped", fault: { effect: "made" } });
});

test("the console is the newest 64 KiB", async () => {
  const userData = '#!/bin/sh\nyes "a line of output that is not short at all" | head -n 4000; echo the end';
  await using stage = await openStage({ placement: { userData } });
  const machine = await bringUp(stage, { userData });
  await waitForEnds();
  const output = (await stage.cloud.console(machine, calm())) ?? "";
  expect(output).toHaveLength(CONSOLE_BYTES_MAX);
  expect(output.endsWith("short at all\nthe end\n")).toBe(true);
});

test("how a container ended is told alike by look, lookup and list", async () => {
  await using stage = await openStage();
  const cases = [
    { userData: "#!/bin/sh\nexit 3", code: "exited", text: "exit code 3" },
    { userData: "#!/bin/sh\nhead -c 100m /dev/zero | tail", memoryMib: 8, code: "out_of_memory", text: "memory" },
  ];
  for (const { code, text, ...given } of cases) {
    const machine = await bringUp(stage, given);
    await waitForEnds();
    const seen = await lookedAt(stage, machine);
    expect(seen).toMatchObject({
      state: "stopped",
      fault: { code, effect: "made", text: expect.stringContaining(text) },
    });
    expect(await foundBy(stage, seen?.name ?? "")).toEqual([seen]);
    expect(await listAll(stage.cloud)).toContainEqual(seen);
  }
});

const ONE_NETWORK = "a container joins one network and gets volumes, and nothing else is chosen for it";
const SUITE_NETWORK = "suite-shop";

const quietly = (call: { readonly method: "POST" | "DELETE"; readonly path: string; readonly body?: object }) =>
  engine.ask(call, () => undefined, calm()).catch(() => undefined);

async function openNetwork(settings: object = {}): Promise<PlacementStage> {
  const stage = await openStage({ settings });
  await quietly({ method: "DELETE", path: `/networks/${SUITE_NETWORK}` });
  await quietly({ method: "POST", path: "/networks/create", body: { Name: SUITE_NETWORK } });
  const takeAway = async (): Promise<void> => {
    // The engine keeps a network as long as somebody is in it.
    const { machines } = await stage.cloud.list(SUITE_INSTALLATION, null, calm());
    for (const { externalId: Container } of machines) {
      const body = { Container, Force: true };
      await quietly({ method: "POST", path: `/networks/${SUITE_NETWORK}/disconnect`, body });
    }
    await quietly({ method: "DELETE", path: `/networks/${SUITE_NETWORK}` });
  };
  return {
    ...stage,
    async placed(id) {
      const path = `/containers/${id}/json`;
      const networks = await engine.ask({ method: "GET", path }, readNetworks, calm());
      return { networks, securityGroups: [], key: null, isSpot: false, host: null };
    },
    broughtKeys: async () => ({}),
    there: { networks: [SUITE_NETWORK] },
    missing: { networks: ["never-made"] },
    refusesAtStart: true,
    takeAway,
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]();
      await takeAway();
    },
  };
}

const SUITE_VOLUME = "suite-data";

async function openVolumes(): Promise<PlacementStage> {
  const stage = await openStage();
  const takeAway = () => quietly({ method: "DELETE", path: `/volumes/${SUITE_VOLUME}` });
  await takeAway();
  await quietly({ method: "POST", path: "/volumes/create", body: { Name: SUITE_VOLUME } });
  return {
    ...stage,
    async placed(id) {
      const mounts = await engine.ask({ method: "GET", path: `/containers/${id}/json` }, readMounts, calm());
      const volumes = mounts.map(({ Name, Destination, RW }) => `${Name}:${Destination}${RW ? "" : ":ro"}`);
      return { networks: [], securityGroups: [], volumes, key: null, isSpot: false, host: null };
    },
    broughtKeys: async () => ({}),
    there: { volumes: [`${SUITE_VOLUME}:/var/lib/data`, `${SUITE_VOLUME}:/etc/data:ro`] },
    missing: { volumes: ["never-made:/data"] },
    takeAway,
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]();
      await takeAway();
    },
  };
}

const readMounts = (value: unknown) =>
  z
    .object({ Mounts: z.array(z.object({ Name: z.string(), Destination: z.string(), RW: z.boolean() })) })
    .parse(value)
    .Mounts.toSorted((one, other) => other.Destination.localeCompare(one.Destination));

const readNetworks = (value: unknown): readonly string[] =>
  Object.keys(
    z.object({ NetworkSettings: z.object({ Networks: z.record(z.string(), z.unknown()) }) }).parse(value)
      .NetworkSettings.Networks,
  );

placementSuite("docker", {
  networks: openNetwork,
  securityGroups: ONE_NETWORK,
  key: ONE_NETWORK,
  publicKey: ONE_NETWORK,
  publicAddress: ONE_NETWORK,
  hosts: ONE_NETWORK,
  volumes: openVolumes,
  spot: ONE_NETWORK,
  defaults: () => openNetwork({ where: { "*": { networks: [SUITE_NETWORK] } } }),
  no_more_keys: ONE_NETWORK,
});

test("a network is there or is not, as the engine says, and a container joins the one that its blueprint names", async () => {
  await using stage = await openStage();
  const lacks = (...networks: string[]) => stage.cloud.lacks?.({ networks }, stage.placement.realm, calm());
  expect([await lacks("bridge"), await lacks("host"), await lacks()]).toEqual([null, null, null]);
  expect(await lacks("never-made")).toBe("network never-made is not there");
  const machine = await bringUp(stage, { where: { networks: ["none"] } });
  expect(await lookedAt(stage, machine)).toMatchObject({ state: "running", privateAddress: null });
});

test("a start that the engine refuses is told by the answer and by the container afterwards", async () => {
  await using stage = await openStage({ settings: { where: { "*": { networks: ["never-made"] } } } });
  const machine = await create(stage, readyRequest(stage));
  const fault = { class: "config", scope: "account", code: "network_missing" };
  await expect(stage.cloud.start(machine, calm())).rejects.toMatchObject({ fault: { ...fault, effect: "none" } });
  expect(await lookedAt(stage, machine)).toMatchObject({
    state: "stopped",
    fault: { ...fault, effect: "made" },
  });
});

test("what a container writes into a volume is there for the next one, and goes with nobody", async () => {
  await using stage = await openVolumes();
  const where = { volumes: [`${SUITE_VOLUME}:/data`] };
  const writer = await bringUp(stage, { where, userData: "#!/bin/sh\necho kept >/data/said" });
  await waitForEnds();
  await stage.cloud.destroy(writer, calm());
  const reader = await bringUp(stage, { where, userData: "#!/bin/sh\ncat /data/said" });
  await waitForEnds();
  expect(await stage.cloud.console(reader, calm())).toBe("kept\n");
});

test("published ports are reached at the engine's host, and taken only once", async () => {
  const settings = { publish: true };
  await using stage = await openStage({ settings });
  const ports = [18_473];
  const machine = await bringUp(stage, { ports });
  const seen = await lookedAt(stage, machine);
  expect(seen?.publicAddress).toBe("127.0.0.1");
  expect(await listAll(stage.cloud)).toEqual([seen]);
  await expect(bringUp(stage, { ports })).rejects.toMatchObject({
    fault: { class: "capacity", code: "port_taken" },
  });
});

test("a paused container is neither running nor stopped", async () => {
  await using stage = await openStage();
  const machine = await bringUp(stage);
  await engine.ask({ method: "POST", path: `/containers/${machine.externalId}/pause` }, () => undefined, calm());
  expect((await lookedAt(stage, machine))?.state).toBe("unknown");
  await expect(stage.cloud.start(machine, calm())).rejects.toMatchObject({
    fault: { class: "conflict", effect: "none" },
  });
});

test("what containers were promised counts as used", async () => {
  await using stage = await openStage();
  const before = await stage.cloud.usage(calm());
  await bringUp(stage, { cpu: 0.25, memoryMib: 32 });
  await plant("sw-somebody", { HostConfig: { CpuQuota: 50_000, Memory: 64 * 1024 * 1024 } });
  const after = await stage.cloud.usage(calm());
  expect(after.map(({ dimension, used }) => [dimension, used])).toEqual([
    ["instances", 2],
    ["cpu", 0.75],
    ["memoryMib", 96],
  ]);
  expect(after.map(({ most }) => most)).toEqual(before.map(({ most }) => most));
});

test("the engine announces changes of ours, and only of ours", async () => {
  await using stage = await openStage();
  const end = new AbortController();
  const heard = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  let changes = 0;
  const changed = (): void => {
    changes += 1;
    if (changes === 1) opened.resolve();
    else heard.resolve();
  };
  const watching = stage.cloud.watch?.(SUITE_INSTALLATION, changed, end.signal);
  await opened.promise;
  await plant("sw-other", { Labels: { [OWNER_LABELS.installation]: "neighbour" } });
  expect(changes).toBe(1);
  await create(stage, readyRequest(stage));
  await heard.promise;
  end.abort();
  await watching;
});
