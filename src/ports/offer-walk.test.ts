import { expect, test } from "vitest";
import type { OfferMark } from "./offer-walk.ts";
import { walkOffers } from "./offer-walk.ts";
import { type SizesPage, ProviderFault } from "./provider.ts";

const traits = {
  visibilityMs: 0,
  callTimeoutMs: { create: 1, other: 1 },
  usualBootMs: 1,
  lookMost: 1,
  looksTogether: false,
  userDataBytesMost: 0,
};

const never = () => Promise.reject(new Error("not asked for"));

function selling(sizes: (cursor: string | null) => Promise<SizesPage>) {
  const nothing = { usage: never, image: never, create: never, lookup: never, look: never, list: never };
  const rest = { start: never, destroy: never, console: never, [Symbol.asyncDispose]: never };
  return {
    traits,
    where: [],
    cloud: { traits, sharesLoopback: false, realms: async () => ["a"], sizes, ...nothing, ...rest },
  };
}

const page = (next: string | null): SizesPage => ({ offers: [], unlisted: [], next });
const ask = <T>(_: string, act: (signal: AbortSignal) => Promise<T>): Promise<T> => act(new AbortController().signal);

async function faultOf(walk: Promise<unknown>) {
  const error = await walk.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ProviderFault)) throw new Error("it has an end");
  return error.fault;
}

test("pages that never end, or go in a circle, are no read of all that is sold", async () => {
  let no = 0;
  const ever = selling(async () => page(`p-${(no += 1)}`));
  const fault = await faultOf(walkOffers(ever, { ask, isOver: () => false, from: null }));
  expect(fault).toMatchObject({ class: "transient", code: "endless_list" });
  expect(no).toBe(10_000);
  const circle = selling(async (cursor) => page(cursor === "b" ? "c" : "b"));
  expect((await faultOf(walkOffers(circle, { ask, isOver: () => false, from: null }))).text).toContain("circle");
});

test("a walk that is taken up again and again has an end as well", async () => {
  let no = 0;
  const ever = selling(async () => page(`p-${(no += 1)}`));
  let mark: OfferMark | null = null;
  const walkOn = async (): Promise<void> => {
    const walked: Awaited<ReturnType<typeof walkOffers>> = await walkOffers(ever, {
      ask,
      isOver: () => no % 10 === 0,
      from: mark,
    });
    if (!("cursor" in walked)) throw new Error("it has an end");
    mark = walked;
  };
  const all = async (): Promise<void> => {
    for (let poll = 0; poll < 2_000; poll += 1) await walkOn();
  };
  expect((await faultOf(all())).text).toContain("more than 10000 pages");
});

test("a throttle between two pages ends the walk with where to go on; at the first, or of another kind, it has no such place", async () => {
  const refused = (kind: "throttle" | "transient") =>
    new ProviderFault({
      class: kind,
      scope: "account",
      effect: "none",
      retryAfterMs: null,
      code: kind,
      text: "no",
      requestId: null,
    });
  const upTo = (last: string | null, kind: "throttle" | "transient") =>
    selling(async (cursor) => {
      if (cursor === last) throw refused(kind);
      return page(cursor === null ? "b" : "c");
    });
  const walk = (last: string | null, kind: "throttle" | "transient") =>
    walkOffers(upTo(last, kind), { ask, isOver: () => false, from: null });
  expect(await walk("c", "throttle")).toMatchObject({ cursor: "c", throttle: { fault: { code: "throttle" } } });
  expect((await faultOf(walk(null, "throttle"))).code).toBe("throttle");
  expect((await faultOf(walk("c", "transient"))).code).toBe("transient");
});
