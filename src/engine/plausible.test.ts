import { expect, test } from "vitest";
import { sampleObserved } from "../ports/store.samples.ts";
import type { Observed } from "../core/machine.ts";
import { readyRequest } from "../ports/provider-suite/stage.testsuite.ts";
import type { Cloud } from "../ports/provider.ts";
import { plausibleCloud } from "./plausible.ts";

const calm = new AbortController().signal;
const request = readyRequest({ placement: { realm: "a", size: "small", image: "debian-12" } });

/** A cloud that answers everything with this machine. */
function cloudWith(observed: Observed): Cloud {
  const never = () => Promise.reject(new Error("not asked for"));
  return plausibleCloud({
    sharesLoopback: false,
    realms: never,
    sizes: never,
    usage: never,
    image: never,
    create: async () => observed,
    lookup: async () => [observed],
    look: async () => observed,
    list: async () => ({ machines: [observed], next: null, complete: true }),
    start: never,
    destroy: never,
    console: never,
  });
}

test("what a cloud answers is passed on", async () => {
  const observed = sampleObserved();
  const cloud = cloudWith(observed);
  expect(await cloud.create(request, calm)).toEqual(observed);
  expect(await cloud.lookup("here", observed.name, calm)).toEqual([observed]);
  expect(await cloud.look(observed.externalId, calm)).toEqual(observed);
  expect(await cloud.list("here", null, calm)).toEqual({ machines: [observed], next: null, complete: true });
});

test.each(["", "i-\0", "x".repeat(100_000)])(
  "a machine whose id no row could hold is no answer",
  async (externalId) => {
    const cloud = cloudWith(sampleObserved({ externalId }));
    const fault = (effect: string): object => ({ fault: { class: "transient", code: "unreadable_answer", effect } });
    await expect(cloud.create(request, calm)).rejects.toMatchObject(fault("unknown"));
    await expect(cloud.lookup("here", "web", calm)).rejects.toMatchObject(fault("none"));
    await expect(cloud.look("i-1", calm)).rejects.toMatchObject(fault("none"));
    await expect(cloud.list("here", null, calm)).rejects.toMatchObject(fault("none"));
  },
);

test("no machine is none", async () => {
  const cloud = plausibleCloud({ ...cloudWith(sampleObserved()), look: async () => null });
  expect(await cloud.look("i-1", calm)).toBeNull();
});
