// A process at work at a cloud that counts what it is asked: how many lists and looks a launch takes, and how much longer than its machines need.

import type { CloudSettings } from "../../datacentre/src/settings.ts";
import type { Cloud, Provider } from "../ports/provider.ts";
import { sampleResolvedInstance } from "../ports/store.samples.ts";
import { createWorld, flockBlueprint, type World, type WorldOptions } from "./world.testsuite.ts";

/** Of a request, with its answer; its effect comes in the middle. */
const ANSWER_MS = 100;
/** Three machines one after the other, which boot for so long on average: the way of the request, and the boot. */
export const criticalMs = (bootMs: number): number => 3 * (ANSWER_MS / 2 + bootMs);

const CLOUD = {
  name: "east",
  latency: { kind: "fixed", ms: ANSWER_MS },
  removal: { kind: "fixed", ms: 2_000 },
  visibilityMs: 0,
  serviceDelay: { kind: "fixed", ms: 0 },
  realms: [{ name: "east-1", images: ["debian-12"], hosts: [{ cpu: 1e5, memoryMib: 1e9, storageGib: 1e9 }] }],
} as const satisfies Partial<CloudSettings>;

type Boot = NonNullable<CloudSettings["boot"]>;

/** Each machine boots for so long. */
export const fixed = (ms: number): Boot => ({ kind: "fixed", ms });
/** Boots that differ by three tenths to either side. */
export const spread = (ms: number): Boot => ({ kind: "uniform", minMs: ms * 0.7, maxMs: ms * 1.3 });

interface Counted {
  readonly world: World;
  /** Lists and looks that were sent so far. */
  readonly asked: { list: number; look: number };
}

/** A process at work, at a cloud of which it knows nothing yet. `pushes`: it announces what changes. */
export async function counted({ pushes = false, boot = fixed(5_000) } = {}): Promise<Counted> {
  const asked = { list: 0, look: 0 };
  const ears: (() => void)[] = [];
  const wrap = (provider: Provider): Provider => ({
    ...provider,
    open(account, credentials) {
      const cloud = provider.open(account, credentials);
      const list: Cloud["list"] = (...given) => {
        asked.list += 1;
        return cloud.list(...given);
      };
      const look: Cloud["look"] = (...given) => {
        asked.look += 1;
        return cloud.look(...given);
      };
      const watch: Cloud["watch"] = async (_installation, changed, signal) => {
        ears.push(changed);
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      };
      return { ...cloud, list, look, ...(pushes ? { watch } : {}) };
    },
  });
  const options: WorldOptions = {
    clouds: [{ ...CLOUD, boot, ...(pushes ? { pushes } : {}) }],
    wrap,
    traits: { lookMost: 100, usualBootMs: 1_000 },
  };
  const world = await createWorld(options);
  await world.engine().start();
  await world.clock.advance(1_000);
  if (pushes) void announce(world, ears);
  return { world, asked };
}

/** Launches chains until what boots take is well known, and eight more: how long those took on average, and how many lists. */
export async function steady(counting: Counted, learning = 7): Promise<{ ms: number; lists: number }> {
  const rounds: Awaited<ReturnType<typeof chain>>[] = [];
  for (let round = 1; round <= learning + 8; round += 1) rounds.push(await chain(counting, round));
  const later = rounds.slice(learning);
  const mean = (of: "ms" | "lists"): number => later.reduce((sum, one) => sum + one[of], 0) / later.length;
  return { ms: mean("ms"), lists: mean("lists") };
}

async function announce(world: World, ears: readonly (() => void)[]): Promise<void> {
  const tenant = world.datacentre.connect({ tenant: "east", key: "east-key" });
  for await (const { what } of await tenant.watch({})) if (what === "machine") for (const hear of ears) hear();
}

/** Launches a chain of three; how long it took, and how many lists. */
export async function chain({ world, asked }: Counted, round: number): Promise<{ ms: number; lists: number }> {
  const member = (name: string, dependsOn: string[]) =>
    sampleResolvedInstance({ name, images: ["debian-12"], dependsOn });
  const instances = [member("db", []), member("app", ["db"]), member("web", ["app"])];
  const lists = asked.list;
  const begun = world.clock.now();
  const id = await world.launch({ ...flockBlueprint(1), instances }, `dep${String(round).padStart(9, "0")}`);
  while ((await world.deployment(id)).state !== "running") await world.clock.advance(1);
  const took = { ms: world.clock.now() - begun, lists: asked.list - lists };
  await world.clock.advance(60_000);
  return took;
}

/** Launches fifty, of which the last one fails, until all is hauled back; how many lists and looks that took. */
export async function fiftyAndBack({ world, asked }: Counted): Promise<number> {
  const text = "No valid host was found";
  const fails = { on: "create", when: { nth: 50 }, do: { kind: "boot_error", text, code: "internal_error" } } as const;
  world.operator("east").addFaults([fails]);
  const id = await world.launch(flockBlueprint(50));
  const before = asked.list + asked.look;
  while ((await world.deployment(id)).state !== "failed") await world.clock.advance(1_000);
  return asked.list + asked.look - before;
}
