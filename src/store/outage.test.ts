import { expect, test } from "vitest";
import { VirtualClock } from "../../datacentre/src/virtual-clock.ts";
import { eventsTo } from "../log.ts";
import { type AwayReason, type Store, StoreAway } from "../ports/store.ts";
import { openMemory } from "./memory/open.ts";
import { watching } from "./outage.ts";

function stage() {
  const clock = new VirtualClock(0);
  const lines: { msg: string; reason?: string }[] = [];
  const events = eventsTo("info", { write: (line: string) => void lines.push(JSON.parse(line)) });
  const memory = openMemory({ clock });
  let away: AwayReason | null = null;
  const refuse = async (): Promise<never> => {
    throw new StoreAway(away ?? "unreachable");
  };
  const store: Store = {
    ...memory,
    write: (act) => (away === null ? memory.write(act) : refuse()),
    read: (act) => (away === null ? memory.read(act) : refuse()),
  };
  const wall = { monotonic: () => clock.now(), sleep: (ms: number) => clock.sleep(ms) };
  const watched = watching(store, { clock: wall, events });
  const write = () => watched.store.write((tx) => tx.setSetting("colour", "red")).catch(() => undefined);
  return {
    clock,
    watched,
    write,
    reason: () => watched.outage()?.reason ?? null,
    told: () => lines.map(({ msg, reason }) => [msg, ...(reason === undefined ? [] : [reason])].join(": ")),
    set: (reason: AwayReason | null) => void (away = reason),
  };
}

test("an outage is told once, with each change of its reason, and once when it is over", async () => {
  const { clock, set, write, reason, told } = stage();
  await write();
  expect(reason()).toBeNull();
  set("no_space");
  for (let n = 0; n < 5; n += 1) await write();
  expect(reason()).toBe("no_space");
  set("restarting");
  await write();
  expect(reason()).toBe("restarting");
  set(null);
  await clock.advance(10_000);
  await write();
  expect(reason()).toBeNull();
  expect(told()).toEqual(["database is away: no_space", "database is away: restarting", "database is back"]);
});

test("one write that goes well between others that do not ends no outage", async () => {
  const { clock, set, write, reason, told } = stage();
  for (let n = 0; n < 4; n += 1) {
    set("no_space");
    await write();
    set(null);
    await clock.advance(5_000);
    await write();
    expect(reason()).toBe("no_space");
  }
  await clock.advance(5_000);
  await write();
  expect(reason()).toBeNull();
  expect(told()).toEqual(["database is away: no_space", "database is back"]);
});

test("a read that fails is an outage, and one that goes well says nothing of writing", async () => {
  const { clock, set, watched, reason } = stage();
  set("unreachable");
  await watched.store.read((tx) => tx.now()).catch(() => undefined);
  set(null);
  await clock.advance(60_000);
  await watched.store.read((tx) => tx.now());
  expect(reason()).toBe("unreachable");
});

test("neither a transaction that waited too long, nor what fails for itself, nor the end of the program is an outage", async () => {
  const { set, write, watched, reason, told } = stage();
  set("busy");
  await write();
  set(null);
  await watched.store.write(() => Promise.reject(new Error("a bug"))).catch(() => undefined);
  await watched.store.close();
  set("unreachable");
  await write();
  expect([reason(), told()]).toEqual([null, []]);
});
