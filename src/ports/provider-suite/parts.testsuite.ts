// What providers must do whose machines are made of several parts, and what any must do where its cloud has limits of its own. A
// harness has one entry per situation: how to get there, or the reason why this cloud cannot show it.

import { describe, expect } from "vitest";
import type { Handle } from "../../core/machine.ts";
import { HandleNotKept, type Keep } from "../provider.ts";
import {
  bringUp,
  byId,
  calm,
  create,
  faultOf,
  foundBy,
  keepNothing,
  listAll,
  longestName,
  lookedAt,
  type MachineStage,
  readyRequest,
  SUITE_INSTALLATION,
  suiteLabels,
  lookedUp,
} from "./stage.testsuite.ts";
import { type Opening, staged } from "./staged.testsuite.ts";

export const SITUATIONS = [
  /** A machine takes a part made before it, and another one after it. */
  "parts",
  /** The same, and some of what is made with a machine stays when it goes, with nothing but a name to tell whose it was. */
  "left_behind",
  /** There is room for the first part, and none for the machine. */
  "no_room",
  /** The same, where the request for the part is carried out twice and answered once. */
  "no_room_twice",
  /** The last part is refused, after the machine was made. */
  "last_refused",
  /** Of two realms, one does not answer from `fall` on. */
  "realm_down",
  /** A thousand sizes. */
  "many_sizes",
  /** Names of machines and parts have 63 characters at most. */
  "short_names",
  /** Calls need a session, which `fall` ends. */
  "session",
] as const;
export type Situation = (typeof SITUATIONS)[number];

export interface SituationStage extends MachineStage {
  /** What there is at the cloud besides machines, by name. */
  parts(): Promise<readonly string[]>;
  /** Makes a part behind the provider's back, named after a machine that is not there. */
  plantPart(machine: string, labels: Readonly<Record<string, string>>): Promise<void>;
  /** Ends a machine at the cloud, without a trace. */
  vanish(externalId: string): Promise<void>;
  fall(): void;
  /** The realm of `realm_down` that goes on. */
  readonly otherRealm: string;
  /** False: machines are reached by their private address alone. */
  readonly hasPublicAddress?: boolean;
  readonly logins: () => { readonly begun: number; readonly open: number };
}

export type SituationHarness = Readonly<Record<Situation, Opening<SituationStage>>>;

export function situationSuite(title: string, harness: SituationHarness): void {
  function within(situation: Situation, what: string, act: (stage: SituationStage) => Promise<void>): void {
    staged({ of: situation, what, open: harness[situation] }, act);
  }

  describe(`${title}: situations`, () => {
    for (const situation of ["parts", "left_behind"] as const) wholeMachines(situation, within);
    foundParts(within);
    refusedParts(within);
    clouds(within);
  });
}

type Within = (situation: Situation, what: string, act: (stage: SituationStage) => Promise<void>) => void;

/** What was kept, and a `keep` that is refused from the nth time on. */
function keeping(most: number): { readonly kept: Handle[]; readonly keep: Keep } {
  const kept: Handle[] = [];
  const keep = async (handle: Handle): Promise<void> => {
    if (kept.length === most) throw new HandleNotKept("not wanted any more");
    kept.push(handle);
  };
  return { kept, keep };
}

function wholeMachines(situation: "parts" | "left_behind", within: Within): void {
  within(situation, "a machine is whole, and goes with all of its parts, as often as it is asked to", async (stage) => {
    const machine = await bringUp(stage, readyRequest(stage));
    const seen = await lookedAt(stage, machine);
    expect(seen).toMatchObject({ state: "running", fault: null, privateAddress: expect.any(String) });
    expect(seen?.publicAddress).toEqual(stage.hasPublicAddress === false ? null : expect.any(String));
    expect(await stage.parts()).not.toEqual([]);
    expect(await listAll(stage.cloud)).toEqual([seen]);
    expect(await foundBy(stage, machine.name)).toEqual([seen]);
    await expectToGo(stage, { ...machine, handle: seen?.handle ?? null });
    await stage.cloud.destroy(machine, calm());
  });

  within(situation, "parts whose machine has gone by itself are not absent, and are removed", async (stage) => {
    const machine = await bringUp(stage, readyRequest(stage));
    const handle = (await lookedAt(stage, machine))?.handle ?? null;
    await stage.vanish(machine.externalId);
    await stage.settle();
    expect(await stage.parts()).not.toEqual([]);
    expect(await lookedAt(stage, { ...machine, handle })).toMatchObject({ state: "error", fault: { effect: "made" } });
    const [found] = await foundBy(stage, machine.name);
    expect(found).toMatchObject({ state: "error", name: machine.name });
    await expectToGo(stage, { ...machine, handle });
  });

  for (const refused of [0, 1, 2]) {
    within(
      situation,
      `killed when ${refused} of its parts were kept: what is there is found, and goes`,
      async (stage) => {
        const request = readyRequest(stage);
        const { kept, keep } = keeping(refused);
        await expect(stage.cloud.create(request, keep, calm())).rejects.toBeInstanceOf(HandleNotKept);
        expect(kept).toHaveLength(refused);
        await stage.settle();
        const before = await stage.parts();
        expect(before).not.toEqual([]);
        const [found, ...others] = await foundBy(stage, request.name);
        expect(others).toEqual([]);
        expect(found).toMatchObject({ name: request.name, realm: request.realm });
        const { externalId = "", handle = null } = found ?? {};
        if (refused < 2) expect(found).toMatchObject({ state: "error", fault: { effect: "made" } });
        const machine = { ...byId(stage, externalId, request.name), handle };
        expect(await lookedAt(stage, machine)).toMatchObject({ externalId, state: found?.state });
        // A restored database knows no handle.
        await expectToGo(stage, refused === 0 ? { ...machine, handle: null } : machine);
      },
    );
  }
}

async function expectToGo(
  stage: SituationStage,
  machine: Parameters<MachineStage["cloud"]["destroy"]>[0],
): Promise<void> {
  // What is left behind stands alone only once its machine has gone.
  for (let times = 0; times < 2; times += 1) {
    await stage.cloud.destroy(machine, calm());
    await stage.settle();
  }
  expect([null, "gone"]).toContain((await lookedAt(stage, { ...machine, isLeaving: true }))?.state ?? null);
  expect(await foundBy(stage, machine.name)).toEqual([]);
  expect((await listAll(stage.cloud)).filter(({ state }) => state !== "gone")).toEqual([]);
  expect(await stage.parts()).toEqual([]);
}

function foundParts(within: Within): void {
  within("parts", "a lone part is seen as a machine in error, by name and in the list, and removed", async (stage) => {
    const name = readyRequest(stage).name;
    await stage.plantPart(name, suiteLabels());
    await stage.settle();
    const [found] = await foundBy(stage, name);
    expect(found).toMatchObject({ name, realm: stage.placement.realm, state: "error", fault: { effect: "made" } });
    expect(await listAll(stage.cloud)).toEqual([found]);
    const machine = byId(stage, found?.externalId ?? "", name);
    expect(await lookedAt(stage, machine)).toEqual(found);
    expect((await faultOf(stage.cloud.start(machine, calm()))).fault).toMatchObject({ effect: "none" });
    expect(await stage.cloud.console(machine, calm())).toBeNull();
    await expectToGo(stage, machine);
  });

  within(
    "parts",
    "lone parts of others are neither listed nor found nor removed, whatever their name",
    async (stage) => {
      const names = [readyRequest(stage).name, readyRequest(stage).name];
      await stage.plantPart(names[0] ?? "", suiteLabels("neighbour"));
      await stage.plantPart(names[1] ?? "", {});
      await stage.settle();
      const before = await stage.parts();
      expect(await listAll(stage.cloud)).toEqual([]);
      for (const name of names) {
        expect(await foundBy(stage, name)).toEqual([]);
        await stage.cloud.destroy(byId(stage, stage.unknownId, name), calm());
      }
      await stage.settle();
      expect(await stage.parts()).toEqual(before);
    },
  );
}

function nothingLeft(situation: "no_room" | "no_room_twice", within: Within): void {
  within(situation, "a refusal with effect none leaves nothing, any other names what is left", async (stage) => {
    const request = readyRequest(stage);
    const { kept, keep } = keeping(9);
    const { fault, externalId } = await faultOf(stage.cloud.create(request, keep, calm()));
    expect(fault).toMatchObject({ class: "capacity", effect: "none" });
    expect(externalId).toBeNull();
    expect(kept).not.toEqual([]);
    expect(await stage.parts()).toEqual([]);
    await stage.settle();
    expect(await foundBy(stage, request.name)).toEqual([]);
  });
}

function refusedParts(within: Within): void {
  for (const situation of ["no_room", "no_room_twice"] as const) nothingLeft(situation, within);

  within("no_room", "what cannot be taken back is named, and goes later", async (stage) => {
    const request = readyRequest(stage);
    stage.fall();
    const { fault, externalId } = await faultOf(stage.cloud.create(request, keepNothing, calm()));
    expect(fault).toMatchObject({ class: "capacity", effect: "made" });
    await stage.settle();
    const [found] = await foundBy(stage, request.name);
    expect(found).toMatchObject({ externalId, state: "error" });
    await expectToGo(stage, byId(stage, externalId ?? "", request.name));
  });

  within("last_refused", "the machine that is there is named, and goes with its parts", async (stage) => {
    const request = readyRequest(stage);
    const { kept, keep } = keeping(9);
    const { fault, externalId } = await faultOf(stage.cloud.create(request, keep, calm()));
    expect(fault).toMatchObject({ class: "quota", effect: "made" });
    await stage.settle();
    const machine = { ...byId(stage, externalId ?? "", request.name), handle: kept.at(-1) ?? null };
    expect(await lookedAt(stage, machine)).toMatchObject({ state: "error", fault: { effect: "made" } });
    await expectToGo(stage, machine);
  });
}

function clouds(within: Within): void {
  within("realm_down", "the others are shown, it is named, and nothing is absent there", async (stage) => {
    const machines = [
      await bringUp(stage, readyRequest(stage)),
      await bringUp(stage, readyRequest(stage, { realm: stage.otherRealm })),
    ];
    stage.fall();
    const { machines: listed, unlisted } = await stage.cloud.list(SUITE_INSTALLATION, null, calm());
    expect(unlisted).toEqual([stage.placement.realm]);
    expect(listed.filter(({ realm }) => realm === stage.otherRealm)).toHaveLength(1);
    const nobody = byId(stage, stage.unknownId);
    for (const asked of [[...machines, nobody], machines.slice(0, 1), [nobody]]) {
      const looks = await stage.cloud.look(asked, calm());
      for (const { name, realm } of asked) {
        const look = looks.get(name);
        if (realm === stage.otherRealm) expect(look).toMatchObject({ kind: "seen", observed: { state: "running" } });
        else expect(look?.kind === "seen" ? look.observed.state : look?.kind).toBe("unknown");
      }
    }
    await faultOf(lookedUp(stage, nobody));
  });

  within("many_sizes", "a thousand sizes come in pages, each once", async (stage) => {
    const sizes: string[] = [];
    let [cursor, pages]: [string | null, number] = [null, 0];
    do {
      const page = await stage.cloud.sizes(cursor, calm());
      sizes.push(...page.offers.filter(({ realm }) => realm === stage.placement.realm).map(({ size }) => size));
      cursor = page.next;
      pages += 1;
    } while (cursor !== null && pages < 100);
    expect(pages).toBeGreaterThan(1);
    expect(sizes).toHaveLength(1_000);
    expect(new Set(sizes).size).toBe(1_000);
  });

  within("short_names", "the longest name of ours has its machine, its parts, and its end", async (stage) => {
    const name = longestName("i");
    const other = longestName("j");
    const machine = await bringUp(stage, readyRequest(stage, { name }));
    const seen = await lookedAt(stage, machine);
    expect(seen).toMatchObject({ name, state: "running" });
    expect(await foundBy(stage, name)).toEqual([seen]);
    expect(await foundBy(stage, other)).toEqual([]);
    await expectToGo(stage, machine);
    await expect(
      stage.cloud.create(readyRequest(stage, { name: other }), keeping(1).keep, calm()),
    ).rejects.toBeInstanceOf(HandleNotKept);
    await stage.settle();
    const [part] = await foundBy(stage, other);
    expect(part).toMatchObject({ name: other, state: "error" });
    expect(await foundBy(stage, name)).toEqual([]);
    await expectToGo(stage, byId(stage, part?.externalId ?? "", other));
  });

  within(
    "session",
    "one login for all who ask at once, a new one when it ends, and none is left in the end",
    async (stage) => {
      const { cloud } = stage;
      await Promise.all([cloud.realms(calm()), cloud.usage(calm()), cloud.realms(calm())]);
      expect(stage.logins()).toEqual({ begun: 1, open: 1 });
      const machine = await create(stage, readyRequest(stage));
      stage.fall();
      await Promise.all([lookedAt(stage, machine), cloud.usage(calm()), create(stage, readyRequest(stage))]);
      expect(stage.logins()).toEqual({ begun: 2, open: 1 });
      await cloud[Symbol.asyncDispose]();
      expect(stage.logins().open).toBe(0);
    },
  );
}
