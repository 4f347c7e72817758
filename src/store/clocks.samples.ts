// Processes on one database, each with a clock of its own, for the suite of the store; and a database whose clock can be set: a function
// of that name stands in front of the real one.

import type { ClockStep } from "../core/world/clock-step.ts";
import { type Clocks, type Joined, ownClock } from "../ports/store-suite/stage.testsuite.ts";
import { type StoreEnds, storeOn } from "./repositories.ts";
import type { Sql } from "./rows.ts";

/** Puts the real one last. */
export const SETTABLE_PATH = "settable,public,pg_catalog";

/** What the clock is set by is in a sequence, since those keep their value whatever becomes of a transaction. */
export const SETTABLE_CLOCK = [
  "create schema if not exists settable",
  "create sequence if not exists settable.by_ms minvalue -1000000000000 start 0",
  `create or replace function settable.clock_timestamp() returns timestamptz language sql volatile as
    $$ select pg_catalog.clock_timestamp() + (select last_value from settable.by_ms) * interval '1 millisecond' $$`,
];

export const setClock = (byMs: number): string => `select setval('settable.by_ms', ${byMs})`;

/** The first of them, and the clocks; `set` makes the database's clock differ from the real one by so much. */
export function processesOn(
  db: Sql,
  ends: StoreEnds,
  set: (byMs: number) => Promise<unknown>,
): Pick<Joined, "store"> & { readonly clocks: Clocks } {
  let setBy = 0;
  const join: Clocks["join"] = (meanwhile = async () => {}) => {
    const heard: ClockStep[] = [];
    const { monotonic, pass } = ownClock(() => performance.now());
    const onStep = (step: ClockStep): void => void heard.push(step);
    const store = storeOn(db, { ...ends, monotonic, onStep, waitForOthers: meanwhile });
    return { store, heard, pass };
  };
  const step = async (byMs: number): Promise<void> => {
    setBy += byMs;
    await set(setBy);
  };
  const { store, heard } = join();
  return { store, clocks: { step, join, heard } };
}
