import { expect, test } from "vitest";
import { chunks, type PageOf, pages } from "./pages.ts";
import type { Fault } from "../core/fault.ts";
import { ProviderFault } from "../ports/provider.ts";
import { sampleFault } from "../ports/store.samples.ts";
import { faultOf } from "./wire.samples.ts";

/** Pages by their cursors; `` is the first. */
const listOf = (book: Readonly<Record<string, PageOf<number>>>) => async (cursor: string | null) =>
  book[cursor ?? ""] ?? { items: [], next: null };

const UNCUT = { signal: new AbortController().signal };

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = [];
  for await (const item of items) got.push(item);
  return got;
}

test("a list is walked from page to page, empty ones as well", async () => {
  const read = listOf({ "": { items: [1, 2], next: "b" }, b: { items: [], next: "c" }, c: { items: [3], next: null } });
  expect(await all(pages(read, UNCUT))).toEqual([1, 2, 3]);
});

test("no page is read before it is asked for", async () => {
  const read: (string | null)[] = [];
  for await (const item of pages(async (cursor) => {
    read.push(cursor);
    return { items: [1], next: "more" };
  }, UNCUT)) {
    expect(item).toBe(1);
    break;
  }
  expect(read).toEqual([null]);
});

test("cursors that lead in a circle are a fault", async () => {
  const read = listOf({ "": { items: [1], next: "b" }, b: { items: [2], next: "c" }, c: { items: [3], next: "b" } });
  const fault = await faultOf(all(pages(read, UNCUT)));
  expect(fault).toMatchObject({ class: "transient", scope: "account", effect: "none", code: "endless_list" });
  expect(fault.text).toContain("circle");
});

test("cursors that are always new are a fault as well", async () => {
  let no = 0;
  const read = async () => ({ items: [no], next: `page-${(no += 1)}` });
  expect((await faultOf(all(pages(read, { ...UNCUT, most: 5 })))).text).toContain("more than 5 pages");
  expect(no).toBe(5);
});

/** A list of three pages, whose reads are answered as `refusals` say, by their number. */
function throttled(refusals: Readonly<Record<number, Partial<Fault>>>) {
  const slept: number[] = [];
  const asked: (string | null)[] = [];
  const read = async (cursor: string | null): Promise<PageOf<number>> => {
    asked.push(cursor);
    const refusal = refusals[asked.length];
    if (refusal !== undefined) throw new ProviderFault(sampleFault({ class: "throttle", effect: "none", ...refusal }));
    const no = Number(cursor ?? 1);
    return { items: [no], next: no === 3 ? null : String(no + 1) };
  };
  const sleep = async (ms: number): Promise<void> => void slept.push(ms);
  return { slept, asked, got: () => all(pages(read, { ...UNCUT, sleep })) };
}

test("a later page that is throttled is asked for again, after the cloud's wish and longer each time", async () => {
  const one = throttled({ 2: { retryAfterMs: null }, 3: { retryAfterMs: null }, 5: { retryAfterMs: 3_000 } });
  expect(await one.got()).toEqual([1, 2, 3]);
  expect(one.asked).toEqual([null, "2", "2", "2", "3", "3"]);
  expect(one.slept).toEqual([250, 500, 3_000]);
});

test.each([
  ["the first page, for nothing is lost", { 1: { retryAfterMs: 0 } }, []],
  ["one that the cloud wants to be left alone with for longer", { 2: { retryAfterMs: 10_001 } }, []],
  ["other refusals", { 2: { class: "transient" as const } }, []],
  [
    "what has been waited for long enough",
    { 2: { retryAfterMs: 6_000 }, 4: { retryAfterMs: 4_000 }, 5: { retryAfterMs: 0 } },
    [6_000, 4_000],
  ],
])("is not asked for again: %s", async (_, refusals, slept) => {
  const one = throttled(refusals);
  await faultOf(one.got());
  expect(one.slept).toEqual(slept);
});

test("a page is waited for as long as its caller does", async () => {
  const over = new AbortController();
  const read = async (cursor: string | null): Promise<PageOf<number>> => {
    if (cursor === null) return { items: [1], next: "2" };
    over.abort(new Error("over"));
    throw new ProviderFault(sampleFault({ class: "throttle", retryAfterMs: 9_000 }));
  };
  await expect(all(pages(read, { signal: over.signal }))).rejects.toThrow("over");
});

test("many things are taken in chunks, the last one as long as it gets", () => {
  expect(chunks([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(chunks([1, 2], 2)).toEqual([[1, 2]]);
  expect(chunks([], 2)).toEqual([]);
});
