import { expect, test } from "vitest";
import { VirtualClock } from "../../datacentre/src/virtual-clock.ts";
import { eventsTo } from "../log.ts";
import { createPump, type Task, type Work } from "./pump.ts";

function stage() {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const deps = {
    clock: { monotonic: () => clock.now(), sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal) },
    events: eventsTo("debug", { write: (line: string) => void lines.push(line) }),
  };
  return { clock, lines, deps };
}

/** Rows that take 100 ms each, and how many were under way at the same time at most. */
function rowsOf(clock: VirtualClock, count: number) {
  const seen = { left: count, busy: 0, most: 0, takes: 0, done: 0 };
  const run = async (): Promise<void> => {
    seen.busy += 1;
    seen.most = Math.max(seen.most, seen.busy);
    await clock.sleep(100);
    seen.busy -= 1;
    seen.done += 1;
  };
  const work: Work = {
    kind: "call",
    bound: 4,
    async take(free) {
      seen.takes += 1;
      const rows = Math.min(free, seen.left);
      seen.left -= rows;
      const tasks: Task[] = Array.from({ length: rows }, (_, index) => ({ row: `row-${index}`, run }));
      return { rows, tasks };
    },
  };
  return { seen, work };
}

test("a pump works on as many rows as its bound allows, and never on more", async () => {
  const { clock, deps } = stage();
  const { seen, work } = rowsOf(clock, 10);
  const over = new AbortController();
  const end = createPump(work, deps).run(over.signal);
  await clock.advance(299);
  expect(seen).toMatchObject({ left: 0, most: 4, done: 8 });
  await clock.advance(1);
  expect(seen.done).toBe(10);
  over.abort();
  await end;
});

test("rounds that overlap share the bound", async () => {
  const { clock, deps } = stage();
  const { seen, work } = rowsOf(clock, 10);
  const pump = createPump(work, deps);
  const rounds = [pump.round(), pump.round(), pump.round()];
  await clock.advance(100);
  expect(await Promise.all(rounds)).toEqual([4, 0, 0]);
  expect(seen.most).toBe(4);
});

test("a pump without work waits for a ring", async () => {
  const { clock, deps } = stage();
  const { seen, work } = rowsOf(clock, 0);
  const over = new AbortController();
  const pump = createPump(work, deps);
  const end = pump.run(over.signal);
  await clock.advance(60_000);
  expect(seen.takes).toBe(1);
  seen.left = 1;
  pump.ring();
  await clock.advance(100);
  expect(seen.done).toBe(1);
  over.abort();
  await end;
});

test("a ring while it takes is not lost", async () => {
  const { clock, deps } = stage();
  const { seen, work } = rowsOf(clock, 0);
  const over = new AbortController();
  const pump = createPump(
    {
      ...work,
      async take(free) {
        const taken = await work.take(free);
        if (seen.takes === 1) {
          seen.left = 1;
          pump.ring();
        }
        return taken;
      },
    },
    deps,
  );
  const end = pump.run(over.signal);
  await clock.advance(100);
  expect(seen.done).toBe(1);
  over.abort();
  await end;
});

test("a pump that cannot take comes again, later and later, and says so", async () => {
  const { clock, deps, lines } = stage();
  const { seen, work } = rowsOf(clock, 1);
  let failures = 3;
  const failing: Work = {
    ...work,
    async take(free) {
      failures -= 1;
      if (failures >= 0) throw new Error("the database is away");
      return work.take(free);
    },
  };
  const over = new AbortController();
  const end = createPump(failing, deps).run(over.signal);
  await clock.advance(1_000);
  expect(seen.done).toBe(1);
  const pauses = lines.map((line) => JSON.parse(line)).map(({ msg, pauseMs }) => [msg, pauseMs > 0]);
  expect(pauses).toEqual([
    ["pump stumbled", true],
    ["pump stumbled", true],
    ["pump stumbled", true],
  ]);
  over.abort();
  await end;
});

test("work that ends in a bug is logged and holds up nobody", async () => {
  const { deps, lines } = stage();
  const tasks: Task[] = [
    { row: "row-1", run: () => Promise.reject(new TypeError("a bug")) },
    { row: "row-2", run: async () => {} },
  ];
  const pump = createPump({ kind: "probe", bound: 2, take: async () => ({ rows: 2, tasks }) }, deps);
  expect(await pump.round()).toBe(2);
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ msg: "work broke", row: "row-1", pump: "probe" }]);
});

test("after the signal a pump takes nothing, and ends when its running work does", async () => {
  const { clock, deps } = stage();
  const { seen, work } = rowsOf(clock, 10);
  const over = new AbortController();
  const pump = createPump(work, deps);
  let ended = false;
  const end = pump.run(over.signal).then(() => {
    ended = true;
  });
  await clock.advance(50);
  over.abort();
  await clock.advance(49);
  expect([ended, pump.running()]).toEqual([false, 4]);
  await clock.advance(1);
  await end;
  expect(seen).toMatchObject({ left: 6, done: 4 });
});
