// Where machines are put, as far as a provider takes it. A harness has one entry per key: an account at a cloud that has what is asked
// for, or the reason why this cloud cannot show it.

import { describe, expect } from "vitest";
import type { Where } from "../../core/blueprint/model.ts";
import { mountOf } from "../../core/blueprint/where-values.ts";
import type { KnownMachine } from "../../core/machine.ts";
import { HandleNotKept } from "../provider.ts";
import {
  bringUp,
  byId,
  calm,
  create,
  faultOf,
  foundBy,
  keepNothing,
  listAll,
  lookedAt,
  readyRequest,
  type Stage,
} from "./stage.testsuite.ts";
import { type Opening, staged } from "./staged.testsuite.ts";

export const PLACEMENTS = [
  "networks",
  "securityGroups",
  "key",
  "publicKey",
  "publicAddress",
  "hosts",
  "volumes",
  "spot",
  /** The account has `there` as its defaults. */
  "defaults",
  /** No further ssh key is taken. */
  "no_more_keys",
] as const;
export type PlacementCase = (typeof PLACEMENTS)[number];

/** How a machine is put, as its cloud itself knows it. */
export interface Placed {
  readonly networks: readonly string[];
  readonly securityGroups: readonly string[];
  /** As a blueprint names them; left out where a cloud has none. */
  readonly volumes?: readonly string[];
  /** Name of its ssh key. */
  readonly key: string | null;
  readonly isSpot: boolean;
  /** Where it runs. */
  readonly host: string | null;
}

export interface PlacementStage extends Stage {
  placed(externalId: string): Promise<Placed>;
  /** Text of each ssh key that was brought and is there, by name. */
  broughtKeys(): Promise<Readonly<Record<string, string>>>;
  /** What the cloud has of this case, by name. */
  readonly there: Where;
  /** The same of things that it has not. */
  readonly missing: Where;
  /** What is missing is refused only when the machine is started: there it is in between. */
  readonly refusesAtStart?: boolean;
  /** What has gone missing since stays what it was: takes away all that `there` names. */
  takeAway(): Promise<void>;
}

export type PlacementHarness = Readonly<Record<PlacementCase, Opening<PlacementStage>>>;

type Within = (of: PlacementCase, what: string, act: (stage: PlacementStage) => Promise<void>) => void;

/** A true one: clouds look into it. */
const PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJPTxf/LnJvRlzd+Usu1MLABQoMzVbBM0eYxNk1YiwID suite@example.org";

export function placementSuite(title: string, harness: PlacementHarness): void {
  const within: Within = (of, what, act) => staged({ of, what, open: harness[of] }, act);

  describe(`${title}: where machines are put`, () => {
    for (const of of ["networks", "securityGroups", "key"] as const) named(of, within);
    broughtKey(within);
    volumes(within);
    others(within);
  });
}

const lacking = ({ cloud, placement }: PlacementStage, where: Where): Promise<string | null> => {
  if (cloud.lacks === undefined) throw new Error("its form takes it, so that it says what of it is not there");
  return cloud.lacks(where, placement.realm, calm());
};

async function expectToGo(stage: PlacementStage, machine: KnownMachine): Promise<void> {
  for (let times = 0; times < 2; times += 1) {
    await stage.cloud.destroy(machine, calm());
    await stage.settle();
  }
  expect([null, "gone"]).toContain((await lookedAt(stage, { ...machine, isLeaving: true }))?.state ?? null);
  expect(await foundBy(stage, machine.name)).toEqual([]);
  expect((await listAll(stage.cloud)).filter(({ state }) => state !== "gone")).toEqual([]);
  expect(await stage.broughtKeys()).toEqual({});
}

function named(of: "networks" | "securityGroups" | "key", within: Within): void {
  within(of, "it is told whether it is there, and a machine gets what is", async (stage) => {
    const { there, missing } = stage;
    expect(await lacking(stage, there)).toBeNull();
    const text = await lacking(stage, missing);
    for (const name of [missing[of]].flat()) expect(text).toContain(name);
    const machine = await bringUp(stage, readyRequest(stage, { where: there }));
    expect(await stage.placed(machine.externalId)).toMatchObject({ [of]: there[of] });
    expect(await lookedAt(stage, machine)).toMatchObject({ state: "running", fault: null });
    await expectToGo(stage, machine);
  });

  within(of, "what is not there is refused here alone, and nothing is left", async (stage) => {
    const request = readyRequest(stage, { where: stage.missing });
    const made = stage.refusesAtStart === true ? await create(stage, request) : null;
    const asked = made === null ? stage.cloud.create(request, keepNothing, calm()) : stage.cloud.start(made, calm());
    const { fault } = await faultOf(asked);
    expect(fault).toMatchObject({ class: "config", scope: "account", effect: "none" });
    await stage.settle();
    if (made !== null) return expectToGo(stage, made);
    expect(await foundBy(stage, request.name)).toEqual([]);
  });

  within(of, "a machine goes although it has gone meanwhile, and then it is not there", async (stage) => {
    const machine = await bringUp(stage, readyRequest(stage, { where: stage.there }));
    await stage.takeAway();
    expect(await lacking(stage, stage.there)).not.toBeNull();
    await expectToGo(stage, machine);
  });
}

function volumes(within: Within): void {
  within("volumes", "it is told whether they are there, and they stay when the machine goes", async (stage) => {
    const { there, missing } = stage;
    expect(await lacking(stage, there)).toBeNull();
    const text = await lacking(stage, missing);
    for (const volume of missing.volumes ?? []) expect(text).toContain(mountOf(volume).name);
    const machine = await bringUp(stage, readyRequest(stage, { where: there }));
    expect(await stage.placed(machine.externalId)).toMatchObject({ volumes: there.volumes });
    expect(await lookedAt(stage, machine)).toMatchObject({ state: "running", fault: null });
    await expectToGo(stage, machine);
    expect(await lacking(stage, there)).toBeNull();
    await stage.takeAway();
    expect(await lacking(stage, there)).not.toBeNull();
  });

  within("volumes", "what is not there is refused here alone, and not made", async (stage) => {
    const request = readyRequest(stage, { where: stage.missing });
    const { fault } = await faultOf(stage.cloud.create(request, keepNothing, calm()));
    expect(fault).toMatchObject({ class: "config", scope: "account", effect: "none" });
    expect(await foundBy(stage, request.name)).toEqual([]);
    expect(await lacking(stage, stage.missing)).not.toBeNull();
  });
}

function broughtKey(within: Within): void {
  const where = { publicKey: PUBLIC_KEY };

  within("publicKey", "it is brought for the machine, and goes with it", async (stage) => {
    expect(await lacking(stage, { publicKey: "ssh-ed25519" })).toBeNull();
    const machine = await bringUp(stage, readyRequest(stage, { where }));
    const [[name, text] = []] = Object.entries(await stage.broughtKeys());
    expect(text).toBe(PUBLIC_KEY);
    expect(await stage.placed(machine.externalId)).toMatchObject({ key: name });
    const seen = await lookedAt(stage, machine);
    expect(seen).toMatchObject({ state: "running", fault: null });
    expect(await listAll(stage.cloud)).toEqual([seen]);
    await expectToGo(stage, machine);
  });

  within("publicKey", "two machines have one each, and one's end leaves the other's", async (stage) => {
    const machines = [
      await bringUp(stage, readyRequest(stage, { where })),
      await bringUp(stage, readyRequest(stage, { where })),
    ];
    expect(Object.keys(await stage.broughtKeys())).toHaveLength(2);
    const [first, second] = machines;
    if (first === undefined || second === undefined) throw new Error("two were made");
    for (let times = 0; times < 2; times += 1) {
      await stage.cloud.destroy(first, calm());
      await stage.settle();
    }
    expect(Object.keys(await stage.broughtKeys())).toHaveLength(1);
    expect(await lookedAt(stage, second)).toMatchObject({ state: "running" });
    await expectToGo(stage, second);
  });

  for (const kept of [0, 1]) {
    within("publicKey", `killed when ${kept} parts were kept: the key is found by name, and goes`, async (stage) => {
      const request = readyRequest(stage, { where });
      let left = kept;
      const keep = async (): Promise<void> => {
        if (left === 0) throw new HandleNotKept("not wanted any more");
        left -= 1;
      };
      await expect(stage.cloud.create(request, keep, calm())).rejects.toBeInstanceOf(HandleNotKept);
      await stage.settle();
      expect(Object.keys(await stage.broughtKeys())).toHaveLength(1);
      const [found, ...more] = await foundBy(stage, request.name);
      expect(more).toEqual([]);
      expect(found).toMatchObject({ name: request.name, realm: request.realm });
      // A restored database knows no handle.
      await expectToGo(stage, byId(stage, found?.externalId ?? "", request.name));
    });
  }

  within("no_more_keys", "a refused key leaves nothing, and is a matter of quota", async (stage) => {
    const request = readyRequest(stage, { where });
    const { fault, externalId } = await faultOf(stage.cloud.create(request, keepNothing, calm()));
    expect(fault).toMatchObject({ class: "quota", effect: "none" });
    expect(externalId).toBeNull();
    await stage.settle();
    expect(await stage.broughtKeys()).toEqual({});
    expect(await foundBy(stage, request.name)).toEqual([]);
    await expectToGo(stage, await bringUp(stage, readyRequest(stage)));
  });
}

function others(within: Within): void {
  within("publicAddress", "a machine has one or none, as it is asked for", async (stage) => {
    for (const publicAddress of [true, false]) {
      expect(await lacking(stage, { publicAddress })).toBeNull();
      const machine = await bringUp(stage, readyRequest(stage, { where: { publicAddress } }));
      const seen = await lookedAt(stage, machine);
      expect(seen).toMatchObject({ state: "running", fault: null });
      expect(seen?.publicAddress === null).toBe(!publicAddress);
      await expectToGo(stage, machine);
    }
  });

  within("hosts", "members of a group are spread, or lie together; another group's are no matter", async (stage) => {
    const hostsOf = async (hosts: "spread" | "compact", groups: readonly string[]): Promise<(string | null)[]> => {
      const machines: KnownMachine[] = [];
      for (const group of groups) machines.push(await bringUp(stage, readyRequest(stage, { where: { hosts }, group })));
      const placed = await Promise.all(machines.map(({ externalId }) => stage.placed(externalId)));
      for (const machine of machines) await stage.cloud.destroy(machine, calm());
      await stage.settle();
      return placed.map(({ host }) => host);
    };
    const [one, other] = await hostsOf("spread", ["g1", "g1"]);
    expect(one).not.toBe(other);
    const together = await hostsOf("compact", ["g2", "g2"]);
    expect(new Set(together).size).toBe(1);
    expect(await hostsOf("spread", ["g3", "g4"])).not.toContain(null);
  });

  within("spot", "it is asked for as such, up to its price", async (stage) => {
    const machine = await bringUp(stage, readyRequest(stage, { spot: { maxHourlyMicros: 1_000_000 } }));
    expect(await stage.placed(machine.externalId)).toMatchObject({ isSpot: true });
    await expectToGo(stage, machine);
    const { fault } = await faultOf(
      stage.cloud.create(readyRequest(stage, { spot: { maxHourlyMicros: 1 } }), keepNothing, calm()),
    );
    expect(fault).toMatchObject({ class: "capacity", scope: "offer", effect: "none" });
    const lasting = await create(stage, readyRequest(stage));
    expect(await stage.placed(lasting.externalId)).toMatchObject({ isSpot: false });
  });

  within("defaults", "what the blueprint leaves open is the account's", async (stage) => {
    const { there, missing } = stage;
    const machine = await bringUp(stage, readyRequest(stage));
    expect(await stage.placed(machine.externalId)).toMatchObject(there);
    expect(await lacking(stage, {})).toBeNull();
    expect(await lacking(stage, missing)).not.toBeNull();
    await stage.takeAway();
    expect(await lacking(stage, {})).not.toBeNull();
    await expectToGo(stage, machine);
  });
}
