// What machines of every provider must do. A harness says how its cloud is brought into each situation.

import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { KnownMachine } from "../../core/machine.ts";
import type { Offer } from "../../core/market/offer.ts";
import { CONSOLE_BYTES_MAX } from "../console-tail.ts";
import { type Cloud, ProviderFault } from "../provider.ts";
import {
  askedAs,
  bringUp,
  byId,
  calm,
  create,
  end,
  faultOf,
  foundBy,
  keepNothing,
  listAll,
  longestName,
  lookedAt,
  type MachineStage,
  PAGES_MOST,
  readyRequest,
  type Stage,
  SUITE_INSTALLATION,
  suiteLabels,
} from "./stage.testsuite.ts";

export interface MachineHarness {
  /** A created machine turns up stopped and waits for our start. */
  readonly twoStep: boolean;
  /** What a create sent twice under one name leads to: the one machine again, or a fault of class conflict. */
  readonly repeat: "same" | "conflict";
  /** How many machines it takes until a list has a second page; null when lists are whole. */
  readonly pageSize: number | null;
  open(): Promise<MachineStage>;
  /** Where the answer to a reboot is lost; left out where its cloud cannot show that. */
  readonly losesReboot?: () => Promise<MachineStage>;
}

/** Every page of what is sold. */
async function allOffers(cloud: Cloud): Promise<readonly Offer[]> {
  const offers: Offer[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < PAGES_MOST; pages += 1) {
    const page = await cloud.sizes(cursor, calm());
    offers.push(...page.offers);
    cursor = page.next;
    if (cursor === null) return offers;
  }
  throw new Error(`the offers have no end after ${PAGES_MOST} pages`);
}

/** A provider that cannot reboot machines leaves that out, and comes to no suite of those that can. */
async function rebooted({ cloud }: Stage, machine: KnownMachine, signal = calm()): Promise<void> {
  if (cloud.reboot === undefined) throw new Error("this provider reboots no machines");
  await cloud.reboot(machine, signal);
}

async function usedInstances(cloud: Cloud): Promise<number> {
  const quotas = await cloud.usage(calm());
  return quotas.find(({ realm, dimension }) => realm === null && dimension === "instances")?.used ?? 0;
}

export function machineSuite(title: string, harness: MachineHarness): void {
  describe(`${title}: machines`, () => {
    test("what can be asked for is among its offers, and its image is found there", async () => {
      await using stage = await harness.open();
      const { realm, size, image } = stage.placement;
      expect(await stage.cloud.realms(calm())).toContain(realm);
      const offers = await allOffers(stage.cloud);
      const offered = offers.filter((offer) => offer.realm === realm && (offer.size === size || offer.cut !== null));
      expect(offered).toHaveLength(1);
      expect(new Set(offers.map((offer) => `${offer.realm}/${offer.size}`)).size).toBe(offers.length);
      expect(await stage.cloud.image(image, realm, calm())).toEqual({ image });
      expect(await stage.cloud.image("sw-no-such-image", realm, calm())).toMatchObject({ image: null });
      expect(await usedInstances(stage.cloud)).toBe(0);
    });

    test("a create is waited for longer than a look", async () => {
      await using stage = await harness.open();
      const { callTimeoutMs } = stage.cloud.traits;
      expect(callTimeoutMs.create).toBeGreaterThanOrEqual(callTimeoutMs.other);
    });

    test("a created machine is there under its name, by id, by name and in the list", async () => {
      await using stage = await harness.open();
      const request = readyRequest(stage);
      const machine = await create(stage, request);
      expect(machine).toMatchObject({ name: request.name, realm: request.realm });
      await stage.settle();
      const seen = await lookedAt(stage, machine);
      const { name, realm, externalId } = machine;
      expect(seen).toMatchObject({ externalId, name, realm, fault: null });
      expect(await foundBy(stage, request.name)).toEqual([seen]);
      expect(await listAll(stage.cloud)).toEqual([seen]);
    });

    test(harness.twoStep ? "it turns up stopped and runs after our start" : "it comes to run by itself", async () => {
      await using stage = await harness.open();
      const machine = await create(stage, readyRequest(stage));
      await stage.settle();
      if (harness.twoStep) {
        expect(await lookedAt(stage, machine)).toMatchObject({ state: "stopped", fault: null });
        await stage.cloud.start(machine, calm());
        await stage.settle();
      }
      expect(await lookedAt(stage, machine)).toMatchObject({ state: "running", fault: null });
      expect(await usedInstances(stage.cloud)).toBe(1);
    });

    test("user data of as many bytes as the provider says brings a machine up", async () => {
      await using stage = await harness.open();
      const begin = stage.placement.userData ?? "";
      const { userDataBytesMost } = stage.cloud.traits;
      const left = userDataBytesMost - Buffer.byteLength(`${begin}\n# `);
      // Bytes are what counts, not characters.
      const userData = `${begin}\n# ${"日".repeat(Math.floor(left / 3))}${"x".repeat(left % 3)}`;
      expect(Buffer.byteLength(userData)).toBe(userDataBytesMost);
      const machine = await bringUp(stage, readyRequest(stage, { userData }));
      expect(await lookedAt(stage, machine)).toMatchObject({ state: "running", fault: null });
    });

    test("a machine with the longest of our names is there under it, and goes", async () => {
      await using stage = await harness.open();
      const name = longestName("i");
      const machine = await bringUp(stage, readyRequest(stage, { name }));
      const seen = await lookedAt(stage, machine);
      expect(seen).toMatchObject({ name, state: "running" });
      expect(await foundBy(stage, name)).toEqual([seen]);
      expect(await listAll(stage.cloud)).toEqual([seen]);
      expect(await foundBy(stage, longestName("j"))).toEqual([]);
      await stage.cloud.destroy(machine, calm());
      await stage.settle();
      expect(await foundBy(stage, name)).toEqual([]);
    });

    test("one byte more is refused, or told of by the machine: nothing breaks in silence", async () => {
      await using stage = await harness.open();
      const begin = stage.placement.userData ?? "";
      const userData = `${begin}\n# `.padEnd(stage.cloud.traits.userDataBytesMost + 1, "x");
      const request = readyRequest(stage, { userData });
      const made = await create(stage, request).catch((error: unknown) => error);
      if (made instanceof ProviderFault) {
        expect(made.fault).toMatchObject({ class: "config", effect: "none" });
        return expect(await foundBy(stage, request.name)).toEqual([]);
      }
      const [machine] = await foundBy(stage, request.name);
      const known = byId(stage, machine?.externalId ?? "", request.name);
      await stage.cloud.start(known, calm()).catch(() => undefined);
      await stage.settle();
      let seen = await lookedAt(stage, known);
      // It may take a moment until what was begun has found that it cannot be.
      for (let looks = 0; looks < 100 && seen?.state === "running"; looks += 1) {
        await pause(50);
        seen = await lookedAt(stage, known);
      }
      expect(seen).toMatchObject({ state: expect.not.stringMatching("running"), fault: { effect: "made" } });
    });

    test("a start of what runs already changes nothing", async () => {
      await using stage = await harness.open();
      const machine = await bringUp(stage, readyRequest(stage));
      await stage.cloud.start(machine, calm());
      expect((await lookedAt(stage, machine))?.state).toBe("running");
    });

    test("a running machine boots again, and is the same afterwards", async () => {
      await using stage = await harness.open();
      const machine = await bringUp(stage, readyRequest(stage));
      const before = await lookedAt(stage, machine);
      expect(before?.state).toBe("running");
      await rebooted(stage, machine);
      await stage.settle();
      const after = await lookedAt(stage, machine);
      expect(after).toEqual({ ...before, handle: after?.handle });
      expect(await listAll(stage.cloud)).toHaveLength(1);
      await end(stage, machine);
    });

    test.skipIf(harness.losesReboot === undefined)("nobody knows of a reboot whose answer is lost", async () => {
      await using stage = (await harness.losesReboot?.()) ?? (await harness.open());
      const machine = await bringUp(stage, readyRequest(stage));
      const { fault } = await faultOf(rebooted(stage, machine));
      expect(fault).toMatchObject({ class: "transient", effect: "unknown" });
    });

    test("a running machine has an address", async () => {
      await using stage = await harness.open();
      const machine = await bringUp(stage, readyRequest(stage));
      const seen = await lookedAt(stage, machine);
      expect(seen?.privateAddress ?? seen?.publicAddress).toMatch(/^[0-9a-f.:]+$/);
    });

    test.each(["running", "never started"])(
      "a destroyed machine (%s) goes, and may be destroyed again",
      async (which) => {
        await using stage = await harness.open();
        const request = readyRequest(stage);
        const machine = which === "running" ? await bringUp(stage, request) : await create(stage, request);
        await end(stage, machine);
        await stage.settle();
        expect([null, "gone"]).toContain((await lookedAt(stage, machine))?.state ?? null);
        expect(await foundBy(stage, request.name)).toEqual([]);
        expect((await listAll(stage.cloud)).filter(({ state }) => state !== "gone")).toEqual([]);
        await stage.cloud.destroy(machine, calm());
      },
    );

    test("what does not exist is null, is fine to destroy, and can be neither started nor rebooted", async () => {
      await using stage = await harness.open();
      expect(await lookedAt(stage, byId(stage, stage.unknownId))).toBeNull();
      expect(await stage.cloud.console(byId(stage, stage.unknownId), calm())).toBeNull();
      expect(await foundBy(stage, "sw-nobody")).toEqual([]);
      await stage.cloud.destroy(byId(stage, stage.unknownId), calm());
      const nobody = byId(stage, stage.unknownId);
      for (const act of [() => stage.cloud.start(nobody, calm()), () => rebooted(stage, nobody)]) {
        expect((await faultOf(act())).fault).toMatchObject({ class: "not_found", effect: "none" });
      }
    });

    test("the console is text of bounded length, or none", async () => {
      await using stage = await harness.open();
      const machine = await bringUp(stage, readyRequest(stage));
      const output = await stage.cloud.console(machine, calm());
      expect(new TextEncoder().encode(output ?? "").length).toBeLessThanOrEqual(CONSOLE_BYTES_MAX);
    });

    test("machines of others are neither listed nor found, whatever their name", async () => {
      await using stage = await harness.open();
      const [bare, neighbour] = [readyRequest(stage).name, readyRequest(stage).name];
      const ids = [await stage.plant(bare, {}), await stage.plant(neighbour, suiteLabels("neighbour"))];
      await stage.settle();
      expect(await listAll(stage.cloud)).toEqual([]);
      expect(await foundBy(stage, bare)).toEqual([]);
      expect(await foundBy(stage, neighbour)).toEqual([]);
      for (const id of ids) expect(await lookedAt(stage, byId(stage, id))).not.toBeNull();
    });

    test("looks at several tell of each what is so, of those that are missing too", async () => {
      await using stage = await harness.open();
      const machines = [await create(stage, readyRequest(stage)), await create(stage, readyRequest(stage))];
      await stage.settle();
      const nobody = byId(stage, stage.unknownId);
      const looks = await stage.cloud.look([...machines, nobody], calm());
      expect(looks.get(nobody.name)).toEqual({ kind: "absent" });
      for (const { name, externalId } of machines) {
        expect(looks.get(name)).toMatchObject({ kind: "seen", observed: { name, externalId } });
      }
    });

    test("a search for several tells of each what is so, of those that are missing too", async () => {
      await using stage = await harness.open();
      const machines = [await create(stage, readyRequest(stage)), await create(stage, readyRequest(stage))];
      const { name: neighbour } = readyRequest(stage);
      await stage.plant(neighbour, suiteLabels("neighbour"));
      await stage.settle();
      const names = [...machines.map(({ name }) => name), neighbour, "sw-nobody"];
      const found = await stage.cloud.lookup(
        SUITE_INSTALLATION,
        names.map((name) => askedAs(stage, name)),
        calm(),
      );
      for (const { name, externalId } of machines)
        expect(found.get(name)).toMatchObject({ kind: "found", observed: [{ name, externalId }] });
      for (const name of [neighbour, "sw-nobody"]) expect(found.get(name)).toEqual({ kind: "found", observed: [] });
    });

    test("a name that only begins like ours is not ours", async () => {
      await using stage = await harness.open();
      const { name } = readyRequest(stage);
      await stage.plant(`${name}0`, suiteLabels());
      await stage.settle();
      expect(await foundBy(stage, name)).toEqual([]);
    });

    test("a create sent twice under one name leaves one machine", async () => {
      await using stage = await harness.open();
      const request = readyRequest(stage);
      const machine = await create(stage, request);
      const again = create(stage, request);
      const { externalId } = machine;
      if (harness.repeat === "same") expect((await again).externalId).toBe(externalId);
      else expect((await faultOf(again)).fault).toMatchObject({ class: "conflict", effect: "unknown" });
      await stage.settle();
      const found = await foundBy(stage, request.name);
      expect(found.map((one) => one.externalId)).toEqual([externalId]);
    });

    test("a list shows every machine once over all its pages", async () => {
      await using stage = await harness.open();
      const requests = Array.from({ length: (harness.pageSize ?? 2) + 1 }, () => readyRequest(stage));
      for (const request of requests) await create(stage, request);
      await stage.settle();
      const first = await stage.cloud.list(SUITE_INSTALLATION, null, calm());
      expect(first.next === null).toBe(harness.pageSize === null);
      const names = (await listAll(stage.cloud)).map(({ name }) => name);
      expect(names.toSorted()).toEqual(requests.map(({ name }) => name).toSorted());
    });

    test("every call honours a signal that is aborted already, and asks nothing", async () => {
      await using stage = await harness.open();
      const { cloud } = stage;
      const reason = new Error("no longer wanted");
      const signal = AbortSignal.abort(reason);
      const nobody = byId(stage, stage.unknownId);
      await expect(cloud.realms(signal)).rejects.toBe(reason);
      await expect(cloud.sizes(null, signal)).rejects.toBe(reason);
      await expect(cloud.usage(signal)).rejects.toBe(reason);
      await expect(cloud.image("debian-12", stage.placement.realm, signal)).rejects.toBe(reason);
      await expect(cloud.create(readyRequest(stage), keepNothing, signal)).rejects.toBe(reason);
      await expect(cloud.lookup(SUITE_INSTALLATION, [nobody], signal)).rejects.toBe(reason);
      await expect(cloud.look([nobody], signal)).rejects.toBe(reason);
      await expect(cloud.start(nobody, signal)).rejects.toBe(reason);
      await expect(rebooted(stage, nobody, signal)).rejects.toBe(reason);
      await expect(cloud.destroy(nobody, signal)).rejects.toBe(reason);
      await expect(cloud.console(nobody, signal)).rejects.toBe(reason);
      await expect(cloud.list(SUITE_INSTALLATION, null, signal)).rejects.toBe(reason);
      await stage.settle();
      expect(await listAll(cloud)).toEqual([]);
    });
  });
}
