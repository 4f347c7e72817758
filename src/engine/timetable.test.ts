import { expect, test } from "vitest";
import { VirtualClock } from "../../datacentre/src/virtual-clock.ts";
import { eventsTo } from "../log.ts";
import type { NextDue } from "../ports/store.ts";
import { openMemory } from "../store/memory/open.ts";
import { type Kind, KINDS, type Pump } from "./pump.ts";
import { createTimetable } from "./timetable.ts";

/** A timetable over pumps that only note when they were rung, and what the database says is due. */
function stage(due: (now: number) => Partial<Record<Kind, number>>) {
  const clock = new VirtualClock();
  const rings: [Kind, number][] = [];
  const pumps = KINDS.map((kind): Pump => ({
    kind,
    ring: () => void rings.push([kind, clock.now()]),
    round: async () => 0,
    run: async () => {},
    running: () => 0,
    isIdle: () => false,
  }));
  let reads = 0;
  const nextDue = async (): Promise<NextDue> => {
    reads += 1;
    return { now: clock.now(), advance: null, call: null, probe: null, poll: null, ...due(clock.now()) };
  };
  const store = openMemory({ clock, sleep: (ms) => clock.sleep(ms) });
  const timetable = createTimetable(pumps, {
    store: { ...store, read: (act) => store.read((tx) => act({ ...tx, nextDue })) },
    clock: { monotonic: () => clock.now(), sleep: (ms, signal) => clock.sleep(ms, signal) },
    events: eventsTo("silent", { write: () => undefined }),
  });
  const over = new AbortController();
  const ended = timetable.run(over.signal);
  return { clock, rings, timetable, reads: () => reads, end: () => (over.abort(), ended) };
}

test("a pump is rung when its next row is due, and only that pump", async () => {
  const { clock, rings, end } = stage(() => ({ call: 250, poll: 60_000 }));
  await clock.advance(249);
  expect(rings).toEqual([]);
  await clock.advance(1);
  expect(rings).toEqual([["call", 250]]);
  await end();
});

test("rows that are due and could not be taken are rung for once a second, not all the time", async () => {
  const { clock, rings, reads, end } = stage(() => ({ poll: 0 }));
  await clock.advance(3_500);
  expect(rings).toEqual([0, 1_000, 2_000, 3_000].map((at) => ["poll", at]));
  expect(reads()).toBe(4);
  await end();
});

test("what a lost notification missed is found within a second", async () => {
  const { clock, rings, end } = stage((now) => (now < 10 ? {} : { advance: 10 }));
  await clock.advance(1_000);
  expect(rings).toEqual([["advance", 1_000]]);
  await end();
});

test("a notification is looked at at once", async () => {
  const { clock, rings, timetable, end } = stage((now) => (now < 10 ? {} : { advance: 10 }));
  await clock.advance(20);
  timetable.ring();
  await clock.advance(0);
  expect(rings).toEqual([["advance", 20]]);
  await end();
});
