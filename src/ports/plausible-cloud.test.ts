import { expect, test } from "vitest";
import { sampleFault, sampleObserved } from "./store.samples.ts";
import type { Handle, KnownMachine, Observed } from "../core/machine.ts";
import { keepNothing, readyRequest } from "./provider-suite/stage.testsuite.ts";
import { type Cloud, type Found, HandleNotKept, type Look } from "./provider.ts";
import { plausibleCloud } from "./plausible-cloud.ts";

const calm = new AbortController().signal;
const request = readyRequest({ placement: { realm: "a", size: "small", image: "debian-12" } });

const MACHINE: KnownMachine = {
  name: sampleObserved().name,
  realm: "east-1",
  externalId: "i-1",
  handle: null,
  isLeaving: false,
};
const TRAITS = {
  visibilityMs: 0,
  callTimeoutMs: { create: 1, other: 1 },
  usualBootMs: 1,
  lookMost: 1,
  looksTogether: false,
  userDataBytesMost: 0,
};

/** Members on the prototype, and a field that they need. */
class WrittenAsClass implements Cloud {
  readonly traits = TRAITS;
  readonly sharesLoopback = true;
  readonly #asked: string[];
  constructor(asked: string[]) {
    this.#asked = asked;
  }
  async realms() {
    return [this.#met("realms")];
  }
  async sizes() {
    return { offers: [], unlisted: [], next: this.#no("sizes") };
  }
  async usage() {
    return this.#no("usage") ?? [];
  }
  async image() {
    return { image: this.#met("image") };
  }
  async images() {
    return { images: [], next: this.#no("images") };
  }
  async create() {
    return sampleObserved({ externalId: this.#met("create") });
  }
  async lookup() {
    return founds(sampleObserved({ externalId: this.#met("lookup") }));
  }
  async look() {
    return looks({ kind: "seen", observed: sampleObserved({ externalId: this.#met("look") }) });
  }
  async start() {
    this.#met("start");
  }
  async reboot() {
    this.#met("reboot");
  }
  async destroy() {
    this.#met("destroy");
  }
  async console() {
    return this.#met("console");
  }
  async list() {
    return { machines: [], unlisted: [], next: this.#no("list") };
  }
  async probe() {
    return { passed: true, answer: this.#met("probe") };
  }
  async watch() {
    this.#met("watch");
  }
  async [Symbol.asyncDispose]() {
    this.#met("asyncDispose");
  }
  #met(name: string): string {
    this.#asked.push(name);
    return name;
  }
  #no(name: string): null {
    this.#met(name);
    return null;
  }
}

const founds = (...observed: readonly Observed[]): ReadonlyMap<string, Found> =>
  new Map([[MACHINE.name, { kind: "found", observed }]]);

const looks = (look: Look): ReadonlyMap<string, Look> => new Map([[MACHINE.name, look]]);

/** A cloud that answers everything with this machine. */
function cloudWith(observed: Observed): Cloud {
  const never = () => Promise.reject(new Error("not asked for"));
  return plausibleCloud({
    traits: TRAITS,
    sharesLoopback: false,
    realms: never,
    sizes: never,
    usage: never,
    image: never,
    create: async () => observed,
    lookup: async () => founds(observed),
    look: async () => looks({ kind: "seen", observed }),
    list: async () => ({ machines: [observed], next: null, unlisted: [] }),
    start: never,
    destroy: never,
    console: never,
    [Symbol.asyncDispose]: never,
  });
}

test("what a cloud answers is passed on", async () => {
  const observed = sampleObserved();
  const cloud = cloudWith(observed);
  expect(await cloud.create(request, keepNothing, calm)).toEqual(observed);
  expect(await cloud.lookup("here", [MACHINE], calm)).toEqual(founds(observed));
  expect(await cloud.look([MACHINE], calm)).toEqual(looks({ kind: "seen", observed }));
  expect(await cloud.list("here", null, calm)).toEqual({ machines: [observed], next: null, unlisted: [] });
});

test.each(["", "i-\0", "x".repeat(100_000)])(
  "a machine whose id no row could hold is no answer",
  async (externalId) => {
    const cloud = cloudWith(sampleObserved({ externalId }));
    const fault = (effect: string): object => ({ fault: { class: "transient", code: "unreadable_answer", effect } });
    await expect(cloud.create(request, keepNothing, calm)).rejects.toMatchObject(fault("unknown"));
    const founds = await cloud.lookup("here", [MACHINE], calm);
    expect(founds.get(MACHINE.name)).toMatchObject({ kind: "unknown", ...fault("none") });
    expect((await cloud.look([MACHINE], calm)).get(MACHINE.name)).toMatchObject({ kind: "unknown", ...fault("none") });
    await expect(cloud.list("here", null, calm)).rejects.toMatchObject(fault("none"));
  },
);

test("no machine is none, and one of which nothing is known stays so", async () => {
  const fault = sampleFault();
  for (const look of [{ kind: "absent" }, { kind: "unknown", fault }] as const) {
    const cloud = plausibleCloud({ ...cloudWith(sampleObserved()), look: async () => looks(look) });
    expect(await cloud.look([MACHINE], calm)).toEqual(looks(look));
  }
});

test("a handle is kept as it is, and one that no row could hold is not", async () => {
  const kept: Handle[] = [];
  const keep = async (handle: Handle): Promise<void> => void kept.push(handle);
  const making = (handle: Handle): Cloud =>
    plausibleCloud({
      ...cloudWith(sampleObserved()),
      create: async (_request, mine) => {
        await mine(handle);
        return sampleObserved({ handle });
      },
    });
  const handle = { operation: "op-1", disks: ["d-1", "d-2"] };
  expect(await making(handle).create(request, keep, calm)).toMatchObject({ handle });
  for (const broken of [
    { disk: "" },
    { "": "d-1" },
    { disks: Array.from({ length: 80 }, () => "d") },
    { disk: "\0" },
  ]) {
    await expect(making(broken).create(request, keep, calm)).rejects.toBeInstanceOf(HandleNotKept);
  }
  expect(kept).toEqual([handle]);
});

test("a cloud that is written as a class keeps its members, and they keep their object", async () => {
  const asked: string[] = [];
  const cloud = plausibleCloud(new WrittenAsClass(asked));
  await cloud.realms(calm);
  await cloud.sizes(null, calm);
  await cloud.usage(calm);
  await cloud.image("debian-12", "a", calm);
  await cloud.images?.(null, calm);
  await cloud.create(request, keepNothing, calm);
  await cloud.lookup("here", [MACHINE], calm);
  await cloud.look([MACHINE], calm);
  await cloud.start(MACHINE, calm);
  await cloud.reboot?.(MACHINE, calm);
  await cloud.destroy(MACHINE, calm);
  await cloud.console(MACHINE, calm);
  await cloud.list("here", null, calm);
  await cloud.probe?.(MACHINE, { kind: "provider" }, calm);
  await cloud.watch?.("here", () => {}, calm);
  await cloud[Symbol.asyncDispose]();
  const members = Object.getOwnPropertyNames(WrittenAsClass.prototype).filter((name) => name !== "constructor");
  expect(asked.toSorted()).toEqual([...members, "asyncDispose"].toSorted());
  expect(cloud).toMatchObject({ traits: TRAITS, sharesLoopback: true });
});

test("an image whose id no row could hold is no answer, and its name no hint", async () => {
  const image = "x".repeat(100_000);
  const cloud = plausibleCloud({
    ...cloudWith(sampleObserved()),
    image: async () => ({ image }),
    images: async () => ({ images: [{ realm: "a", choice: "debian-12", image }], next: "b" }),
  });
  const fault = { class: "transient", code: "unreadable_answer", effect: "none" };
  await expect(cloud.image("debian-12", "a", calm)).rejects.toMatchObject({ fault });
  expect(await cloud.images?.(null, calm)).toEqual({ images: [], next: "b" });
});
