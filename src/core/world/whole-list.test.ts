import { expect, test } from "vitest";
import { sampleAccount } from "../../ports/store.samples.ts";
import { lookedAtMost, type Looks, type WholeList } from "./whole-list.ts";

const LAST: WholeList = { pages: 5, dueAt: 9_000, pollAt: 1_000 };
const account = sampleAccount({ health: "healthy", healthText: null, alert: null, pollAt: 1_000 });
const TOGETHER: Looks = { lookMost: 10, looksTogether: true };
const most = (change: Partial<typeof account> = {}, { last = LAST, now = 1_000, looks = TOGETHER } = {}): number =>
  lookedAtMost(last, { account: { ...account, ...change }, now }, looks);

test("so many are looked at as ask less than the pages of the last list", () => {
  expect(most()).toBe(40);
  expect(most({}, { looks: { lookMost: 10, looksTogether: false } })).toBe(4);
  expect(most({}, { looks: { lookMost: 0, looksTogether: true } })).toBe(4);
  expect(most({}, { last: { ...LAST, pages: 1 } })).toBe(0);
});

test("a list is asked for when it is due, and where this process knows of none", () => {
  expect(most({}, { now: 8_999 })).toBe(40);
  expect(most({}, { now: 9_000 })).toBe(0);
  expect(lookedAtMost(null, { account, now: 1_000 }, TOGETHER)).toBe(0);
});

test("whatever moved the poll gets a list, and so does an account in trouble", () => {
  expect(most({ pollAt: 999 })).toBe(0);
  expect(most({ pollAt: 1_001 })).toBe(0);
  expect(most({ health: "unreachable" })).toBe(0);
  expect(most({ healthText: "connection refused" })).toBe(0);
  expect(most({ alert: { text: "none is shown", realms: [] } })).toBe(0);
});
