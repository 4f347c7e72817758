// What every provider must pass. A harness says how its cloud is brought into each situation; where a cloud cannot show one,
// the harness gives the reason instead, and the test is skipped under that reason.

import { describe, expect, test } from "vitest";
import type { FaultClass, FaultEffect, FaultScope } from "../core/fault.ts";
import { machineId } from "../core/ids.ts";
import { type CreateRequest, type Observed, OWNER_LABELS } from "../core/machine.ts";
import { CONSOLE_BYTES_MAX } from "./console-tail.ts";
import { type Cloud, ProviderFault } from "./provider.ts";

/** One account at one cloud in one situation, with nothing of ours in it unless said. */
export interface Stage extends AsyncDisposable {
  readonly cloud: Cloud;
  /** What the cloud can serve with a machine that stays up; `readyRequest` puts name and labels to it. */
  readonly placement: Pick<CreateRequest, "realm" | "size" | "image"> & Partial<CreateRequest>;
  /** Lets time pass until nothing is in transit any more. */
  settle(): Promise<void>;
  /** For `silence`: resolves when the request has reached the cloud. Left out where a call does so at once. */
  readonly underWay?: Promise<void>;
}

export interface MachineStage extends Stage {
  /** Makes a machine at the cloud behind the provider's back; returns its id. */
  plant(name: string, labels: Readonly<Record<string, string>>): Promise<string>;
  /** An id of the cloud's form that nothing has. */
  readonly unknownId: string;
}

export interface MachineHarness {
  /** A created machine turns up stopped and waits for our start. */
  readonly twoStep: boolean;
  /** What a create sent twice under one name leads to: the one machine again, or a fault of class conflict. */
  readonly repeat: "same" | "conflict";
  /** How many machines it takes until a list has a second page; null when lists are whole. */
  readonly pageSize: number | null;
  /** The provider's trait. */
  readonly userDataBytesMost: number;
  open(): Promise<MachineStage>;
}

/** Situations in which the next create, or the start after it, goes wrong as the name says. */
export const PROVOCATIONS = [
  "throttle",
  "auth",
  "account",
  "capacity",
  "quota",
  "missing_image",
  "name_taken",
  "unreachable",
  /** Carried out, and the answer never arrives. */
  "answer_lost",
  /** Never carried out, and the connection ends without an answer. */
  "request_lost",
  /** Neither answer nor end: only the caller's signal ends it. */
  "silence",
  /** The machine exists and its state is one that the provider has never heard of. */
  "unheard_state",
  /** The machine goes down by itself, with a reason. */
  "breakdown",
  /** The next list says that parts of it are missing. */
  "partial_list",
] as const;
export type Provocation = (typeof PROVOCATIONS)[number];

/** How to get there, or why the cloud cannot. */
export type FaultHarness = Readonly<Record<Provocation, (() => Promise<Stage>) | string>>;

export const SUITE_INSTALLATION = "suite";

let asked = 0;

/** A request of this installation under a name of its own. */
export function readyRequest(stage: Pick<Stage, "placement">, given: Partial<CreateRequest> = {}): CreateRequest {
  asked += 1;
  return {
    name: machineId(`sw-suite0000000-a1-web-${asked}-t1`),
    cpu: 1,
    memoryMib: 64,
    storageGib: 1,
    userData: "",
    ports: [],
    labels: suiteLabels(),
    ...stage.placement,
    ...given,
  };
}

export function suiteLabels(installation = SUITE_INSTALLATION): Readonly<Record<string, string>> {
  return {
    [OWNER_LABELS.installation]: installation,
    [OWNER_LABELS.deployment]: "suite0000000",
    [OWNER_LABELS.instance]: "web",
    [OWNER_LABELS.attempt]: "1",
  };
}

const calm = (): AbortSignal => new AbortController().signal;

const PAGES_MOST = 10;

/** Every page of the list. */
export async function listAll(cloud: Cloud): Promise<readonly Observed[]> {
  const machines: Observed[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < PAGES_MOST; pages += 1) {
    const page = await cloud.list(SUITE_INSTALLATION, cursor, calm());
    expect(page.complete).toBe(true);
    machines.push(...page.machines);
    cursor = page.next;
    if (cursor === null) return machines;
  }
  throw new Error(`the list has no end after ${PAGES_MOST} pages`);
}

async function faultOf(answer: Promise<unknown>): Promise<ProviderFault> {
  const error: unknown = await answer.then(
    () => new Error("nothing went wrong"),
    (reason: unknown) => reason,
  );
  if (error instanceof ProviderFault) return error;
  throw error;
}

/** Asks for a machine and for its start where it turns up stopped, as the engine does. */
async function bringUp(stage: Stage, request: CreateRequest): Promise<string> {
  const { externalId } = await stage.cloud.create(request, calm());
  await stage.settle();
  const seen = await stage.cloud.look(externalId, calm());
  if (seen?.state !== "stopped" || seen.fault !== null) return externalId;
  await stage.cloud.start(externalId, calm());
  await stage.settle();
  return externalId;
}

export function machineSuite(title: string, harness: MachineHarness): void {
  describe(`${title}: machines`, () => {
    test("the catalogue offers what can be asked for", async () => {
      await using stage = await harness.open();
      const { realms, sizes, flexible, images, used } = await stage.cloud.catalogue(calm());
      const { realm, size, image } = stage.placement;
      expect(realms).toContain(realm);
      expect(images).toContain(image);
      expect(sizes.some(({ name }) => name === size) || flexible !== null).toBe(true);
      expect(used.instances).toBe(0);
    });

    test("a created machine is there under its name, by id, by name and in the list", async () => {
      await using stage = await harness.open();
      const request = readyRequest(stage);
      const made = await stage.cloud.create(request, calm());
      expect(made.name).toBe(request.name);
      await stage.settle();
      const { externalId } = made;
      const seen = await stage.cloud.look(externalId, calm());
      expect(seen).toMatchObject({ externalId, name: request.name, fault: null });
      expect(await stage.cloud.lookup(SUITE_INSTALLATION, request.name, calm())).toEqual([seen]);
      expect(await listAll(stage.cloud)).toEqual([seen]);
    });

    test(harness.twoStep ? "it turns up stopped and runs after our start" : "it comes to run by itself", async () => {
      await using stage = await harness.open();
      const { externalId } = await stage.cloud.create(readyRequest(stage), calm());
      await stage.settle();
      if (harness.twoStep) {
        expect(await stage.cloud.look(externalId, calm())).toMatchObject({ state: "stopped", fault: null });
        await stage.cloud.start(externalId, calm());
        await stage.settle();
      }
      expect(await stage.cloud.look(externalId, calm())).toMatchObject({ state: "running", fault: null });
      expect((await stage.cloud.catalogue(calm())).used.instances).toBe(1);
    });

    test("user data of as many bytes as the provider says brings a machine up", async () => {
      await using stage = await harness.open();
      const begin = stage.placement.userData ?? "";
      const left = harness.userDataBytesMost - Buffer.byteLength(`${begin}\n# `);
      // Bytes are what counts, not characters.
      const userData = `${begin}\n# ${"日".repeat(Math.floor(left / 3))}${"x".repeat(left % 3)}`;
      expect(Buffer.byteLength(userData)).toBe(harness.userDataBytesMost);
      const externalId = await bringUp(stage, readyRequest(stage, { userData }));
      expect(await stage.cloud.look(externalId, calm())).toMatchObject({ state: "running", fault: null });
    });

    test("a start of what runs already changes nothing", async () => {
      await using stage = await harness.open();
      const externalId = await bringUp(stage, readyRequest(stage));
      await stage.cloud.start(externalId, calm());
      expect((await stage.cloud.look(externalId, calm()))?.state).toBe("running");
    });

    test("a running machine has an address", async () => {
      await using stage = await harness.open();
      const externalId = await bringUp(stage, readyRequest(stage));
      const seen = await stage.cloud.look(externalId, calm());
      expect(seen?.privateAddress ?? seen?.publicAddress).toMatch(/^[0-9a-f.:]+$/);
    });

    test.each(["running", "never started"])(
      "a destroyed machine (%s) goes, and may be destroyed again",
      async (which) => {
        await using stage = await harness.open();
        const request = readyRequest(stage);
        const { externalId } =
          which === "running"
            ? { externalId: await bringUp(stage, request) }
            : await stage.cloud.create(request, calm());
        await stage.cloud.destroy(externalId, calm());
        await stage.settle();
        expect([null, "gone"]).toContain((await stage.cloud.look(externalId, calm()))?.state ?? null);
        expect(await stage.cloud.lookup(SUITE_INSTALLATION, request.name, calm())).toEqual([]);
        expect((await listAll(stage.cloud)).filter(({ state }) => state !== "gone")).toEqual([]);
        await stage.cloud.destroy(externalId, calm());
      },
    );

    test("what does not exist is null, is fine to destroy, and cannot be started", async () => {
      await using stage = await harness.open();
      expect(await stage.cloud.look(stage.unknownId, calm())).toBeNull();
      expect(await stage.cloud.console(stage.unknownId, calm())).toBeNull();
      expect(await stage.cloud.lookup(SUITE_INSTALLATION, "sw-nobody", calm())).toEqual([]);
      await stage.cloud.destroy(stage.unknownId, calm());
      const { fault } = await faultOf(stage.cloud.start(stage.unknownId, calm()));
      expect(fault).toMatchObject({ class: "not_found", effect: "none" });
    });

    test("the console is text of bounded length, or none", async () => {
      await using stage = await harness.open();
      const externalId = await bringUp(stage, readyRequest(stage));
      const output = await stage.cloud.console(externalId, calm());
      expect(new TextEncoder().encode(output ?? "").length).toBeLessThanOrEqual(CONSOLE_BYTES_MAX);
    });

    test("machines of others are neither listed nor found, whatever their name", async () => {
      await using stage = await harness.open();
      const [bare, neighbour] = [readyRequest(stage).name, readyRequest(stage).name];
      const ids = [await stage.plant(bare, {}), await stage.plant(neighbour, suiteLabels("neighbour"))];
      await stage.settle();
      expect(await listAll(stage.cloud)).toEqual([]);
      expect(await stage.cloud.lookup(SUITE_INSTALLATION, bare, calm())).toEqual([]);
      expect(await stage.cloud.lookup(SUITE_INSTALLATION, neighbour, calm())).toEqual([]);
      for (const id of ids) expect(await stage.cloud.look(id, calm())).not.toBeNull();
    });

    test("a name that only begins like ours is not ours", async () => {
      await using stage = await harness.open();
      const { name } = readyRequest(stage);
      await stage.plant(`${name}0`, suiteLabels());
      await stage.settle();
      expect(await stage.cloud.lookup(SUITE_INSTALLATION, name, calm())).toEqual([]);
    });

    test("a create sent twice under one name leaves one machine", async () => {
      await using stage = await harness.open();
      const request = readyRequest(stage);
      const { externalId } = await stage.cloud.create(request, calm());
      const again = stage.cloud.create(request, calm());
      if (harness.repeat === "same") expect((await again).externalId).toBe(externalId);
      else expect((await faultOf(again)).fault).toMatchObject({ class: "conflict", effect: "unknown" });
      await stage.settle();
      const found = await stage.cloud.lookup(SUITE_INSTALLATION, request.name, calm());
      expect(found.map((machine) => machine.externalId)).toEqual([externalId]);
    });

    test("a list shows every machine once over all its pages", async () => {
      await using stage = await harness.open();
      const requests = Array.from({ length: (harness.pageSize ?? 2) + 1 }, () => readyRequest(stage));
      for (const request of requests) await stage.cloud.create(request, calm());
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
      const id = stage.unknownId;
      await expect(cloud.catalogue(signal)).rejects.toBe(reason);
      await expect(cloud.create(readyRequest(stage), signal)).rejects.toBe(reason);
      await expect(cloud.lookup(SUITE_INSTALLATION, "sw-nobody", signal)).rejects.toBe(reason);
      await expect(cloud.look(id, signal)).rejects.toBe(reason);
      await expect(cloud.start(id, signal)).rejects.toBe(reason);
      await expect(cloud.destroy(id, signal)).rejects.toBe(reason);
      await expect(cloud.console(id, signal)).rejects.toBe(reason);
      await expect(cloud.list(SUITE_INSTALLATION, null, signal)).rejects.toBe(reason);
      await stage.settle();
      expect(await listAll(cloud)).toEqual([]);
    });
  });
}

interface Expectation {
  readonly class: FaultClass;
  readonly scope?: FaultScope;
  readonly effect?: FaultEffect;
}

/** What a refused launch must look like, wherever in create or start the cloud refuses it. */
const REFUSALS: Readonly<Partial<Record<Provocation, Expectation>>> = {
  throttle: { class: "throttle", effect: "none" },
  auth: { class: "auth", scope: "account", effect: "none" },
  account: { class: "account", scope: "account", effect: "none" },
  capacity: { class: "capacity" },
  quota: { class: "quota", effect: "none" },
  missing_image: { class: "config", scope: "deployment", effect: "none" },
  name_taken: { class: "conflict", effect: "unknown" },
  unreachable: { class: "transient", effect: "none" },
  answer_lost: { class: "transient", effect: "unknown" },
  request_lost: { class: "transient", effect: "unknown" },
};

export function faultSuite(title: string, harness: FaultHarness): void {
  /** Runs `act` on the stage of a provocation, or skips it under the harness's reason. */
  function provoked(provocation: Provocation, what: string, act: (stage: Stage) => Promise<void>): void {
    const open = harness[provocation];
    if (typeof open === "string") return test.skip(`${provocation}: ${what} (${open})`, () => undefined);
    test(`${provocation}: ${what}`, async () => {
      await using stage = await open();
      await act(stage);
    });
  }

  describe(`${title}: faults`, () => {
    for (const provocation of PROVOCATIONS) {
      const expected = REFUSALS[provocation];
      if (expected === undefined) continue;
      provoked(provocation, `the launch is refused as ${expected.class}`, async (stage) => {
        const { fault } = await faultOf(bringUp(stage, readyRequest(stage)));
        expect(fault).toMatchObject(expected);
        expect(fault.code).not.toBe("");
        expect(fault.text).not.toBe("");
      });
    }

    provoked("answer_lost", "the machine is found by its name afterwards", async (stage) => {
      const request = readyRequest(stage);
      await faultOf(stage.cloud.create(request, calm()));
      await stage.settle();
      const found = await stage.cloud.lookup(SUITE_INSTALLATION, request.name, calm());
      expect(found.map(({ name }) => name)).toEqual([request.name]);
    });

    provoked("request_lost", "nothing is found by the name afterwards", async (stage) => {
      const request = readyRequest(stage);
      await faultOf(stage.cloud.create(request, calm()));
      await stage.settle();
      expect(await stage.cloud.lookup(SUITE_INSTALLATION, request.name, calm())).toEqual([]);
    });

    provoked("silence", "the signal ends the wait with its own reason", async (stage) => {
      const reason = new Error("waited long enough");
      const abort = new AbortController();
      const answer = stage.cloud.create(readyRequest(stage), abort.signal);
      await stage.underWay;
      abort.abort(reason);
      await expect(answer).rejects.toBe(reason);
    });

    provoked("unheard_state", "the machine is seen as unknown", async (stage) => {
      const { externalId } = await stage.cloud.create(readyRequest(stage), calm());
      expect((await stage.cloud.look(externalId, calm()))?.state).toBe("unknown");
    });

    provoked("breakdown", "the machine is down and tells why", async (stage) => {
      const externalId = await bringUp(stage, readyRequest(stage));
      await stage.settle();
      const seen = await stage.cloud.look(externalId, calm());
      expect(["error", "stopped"]).toContain(seen?.state);
      expect(seen?.fault).toMatchObject({ effect: "made" });
      expect(seen?.fault?.text).not.toBe("");
    });

    provoked("partial_list", "absence from the list proves nothing", async (stage) => {
      expect(await stage.cloud.list(SUITE_INSTALLATION, null, calm())).toMatchObject({ complete: false });
    });
  });
}
