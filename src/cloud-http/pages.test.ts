import { expect, test } from "vitest";
import { chunks, type PageOf, pages } from "./pages.ts";
import { faultOf } from "./wire.samples.ts";

/** Pages by their cursors; `` is the first. */
const listOf = (book: Readonly<Record<string, PageOf<number>>>) => async (cursor: string | null) =>
  book[cursor ?? ""] ?? { items: [], next: null };

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = [];
  for await (const item of items) got.push(item);
  return got;
}

test("a list is walked from page to page, empty ones as well", async () => {
  const read = listOf({ "": { items: [1, 2], next: "b" }, b: { items: [], next: "c" }, c: { items: [3], next: null } });
  expect(await all(pages(read))).toEqual([1, 2, 3]);
});

test("no page is read before it is asked for", async () => {
  const read: (string | null)[] = [];
  for await (const item of pages(async (cursor) => {
    read.push(cursor);
    return { items: [1], next: "more" };
  })) {
    expect(item).toBe(1);
    break;
  }
  expect(read).toEqual([null]);
});

test("cursors that lead in a circle are a fault", async () => {
  const read = listOf({ "": { items: [1], next: "b" }, b: { items: [2], next: "c" }, c: { items: [3], next: "b" } });
  const fault = await faultOf(all(pages(read)));
  expect(fault).toMatchObject({ class: "transient", scope: "account", effect: "none", code: "endless_list" });
  expect(fault.text).toContain("circle");
});

test("cursors that are always new are a fault as well", async () => {
  let no = 0;
  const read = async () => ({ items: [no], next: `page-${(no += 1)}` });
  expect((await faultOf(all(pages(read, 5)))).text).toContain("more than 5 pages");
  expect(no).toBe(5);
});

test("many things are taken in chunks, the last one as long as it gets", () => {
  expect(chunks([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(chunks([1, 2], 2)).toEqual([[1, 2]]);
  expect(chunks([], 2)).toEqual([]);
});
