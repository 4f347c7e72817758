// Worlds in which members die once their launch has settled.

import { sampleBlueprint, sampleFault, sampleResolvedInstance } from "../../ports/store.samples.ts";
import { sampleOffer } from "../../ports/market.samples.ts";
import { DEFAULT_POLICY, DEFAULT_REPAIR, type RepairPolicy, type ResolvedBlueprint } from "../blueprint/model.ts";
import { offerBook } from "../market/offer.ts";
import { askRepair } from "../people/requests.ts";
import { by, fails, sight, type World } from "../world/world.testsuite.ts";

export const { undoMs } = DEFAULT_POLICY.deadlines;
export const MINUTE = 60_000;

export const replacing = (given: Partial<RepairPolicy> = {}): RepairPolicy => ({
  ...DEFAULT_REPAIR,
  mode: "replace",
  ...given,
});

/** web is told db's private address, and cache is told nothing. */
export const shop = (repair: RepairPolicy, others: RepairPolicy = DEFAULT_REPAIR): ResolvedBlueprint =>
  sampleBlueprint({
    instances: [
      sampleResolvedInstance({ name: "db", repair }),
      sampleResolvedInstance({
        name: "web",
        dependsOn: ["db"],
        userData: [
          { kind: "text", text: "connect " },
          { kind: "instance", instances: ["db"], attribute: "privateAddress" },
        ],
        repair: others,
      }),
      sampleResolvedInstance({ name: "cache", repair: others }),
    ],
  });

export const alone = (given: Partial<RepairPolicy> = {}): ResolvedBlueprint =>
  sampleBlueprint({ instances: [sampleResolvedInstance({ name: "db", repair: replacing(given) })] });

export const panic = sampleFault({ class: "unknown", text: "kernel panic" });
export const full = fails({ class: "capacity", scope: "offer" });

export const repair = (world: World, ...instances: string[]) =>
  world.ask(askRepair(world.snapshot(), { ...by(world), instances, allowReplace: [] }));

export const told = (world: World) =>
  world.events.flatMap(({ body }) => {
    if (body.kind === "repair_begun")
      return [`${body.instance} ${body.by ?? `${body.nth}/${body.most}`}: ${body.reason}`];
    return body.kind === "repair_ended" ? [`${body.instance} ${body.isUp ? "up" : `not: ${body.reason}`}`] : [];
  });

/** As its cloud has it from then on. */
export function bringUpAt(world: World, instance: string, privateAddress: string): void {
  world.answer(instance, {
    kind: "created",
    observed: { ...sight(world.machineOf(instance), "running"), privateAddress },
  });
}

export const sells = (world: World, sizes: readonly string[]): void => {
  const sold = sizes.map((size) => sampleOffer({ size, realm: "east-1" }));
  const book = offerBook(sold, { realms: ["east-1"], userDataBytesMost: 16_384, sharesLoopback: false, where: [] });
  world.accounts = world.accounts.map((one, place) => (place === 0 ? { ...one, offers: book } : one));
};

export const placesOf = (world: World) =>
  world.placements
    .map(({ instance, no, size, releasedAt }) => `${instance}.${no} ${size}${releasedAt === null ? "" : " back"}`)
    .toSorted();
