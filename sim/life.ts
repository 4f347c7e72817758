// The life of one simulated process: it may die or stand still at any point where it waits for somebody. A dead one's promises go
// nowhere; one that stands still goes on later as if nothing had been, which is how a paused process wakes up.

import type { Clock as DatacentreClock } from "../datacentre/src/clock.ts";
import type { Clock } from "../src/ports/clock.ts";
import type { Point } from "./scenario.ts";

interface Blow {
  readonly point: Point;
  skip: number;
  readonly strike: () => void;
}

export interface Life {
  isDead(): boolean;
  /** Aborts when it dies. */
  readonly death: AbortSignal;
  /** Tells that the process has come to this point; dies or stands still there if that is what was planned. */
  reach(point: Point): void;
  /** True when `pass` would return at once. */
  isFree(): boolean;
  /** Returns when the process may go on: at once, after it has stood still, or never. */
  pass(): Promise<void>;
  /** At the next such point, after `skip` of them: die, and call `died`. */
  dieAt(at: { readonly point: Point; readonly skip: number }, died: () => void): void;
  /** At the next such point, after `skip` of them: stand still for `ms`. */
  standAt(at: { readonly point: Point; readonly skip: number }, ms: number, stood: () => void): void;
  /** At the next such point, after `skip` of them: something happens elsewhere. */
  happenAt(at: { readonly point: Point; readonly skip: number }, happen: () => void): void;
  /** At the next such point, after `skip` of them: lose the connections to the database, and call `cut`. */
  cutAt(at: { readonly point: Point; readonly skip: number }, cut: () => void): void;
  /** Whether the connection over which something was just done has been cut, so that nobody hears of it; told once. */
  hearsNothing(): boolean;
  /** Nothing more is planned for it. */
  spare(): void;
  /** The process's clock: its sleeps end only while it goes on. */
  readonly clock: Clock;
}

/** `onPoint` is told of each point that it comes to. */
export function beginLife(clock: DatacentreClock, onPoint: (point: Point) => void): Life {
  let dead = false;
  const death = new AbortController();
  let isCut = false;
  let still: Promise<void> | null = null;
  const blows: Blow[] = [];

  const pass = async (): Promise<void> => {
    while (still !== null) await still;
    if (dead) await new Promise<void>(() => {});
  };
  const standStill = (ms: number): void => {
    const rest = clock.sleep(ms).then(() => {
      if (still === rest) still = null;
    });
    still = rest;
  };

  return {
    isDead: () => dead,
    death: death.signal,
    reach(point) {
      if (!dead) onPoint(point);
      if (blows.length === 0) return;
      const blow = blows.find((one) => one.point === point);
      if (blow === undefined || dead) return;
      if (blow.skip > 0) {
        blow.skip -= 1;
        return;
      }
      blows.splice(blows.indexOf(blow), 1);
      blow.strike();
    },
    isFree: () => still === null && !dead,
    pass,
    dieAt({ point, skip }, died) {
      const strike = (): void => {
        dead = true;
        death.abort();
        died();
      };
      blows.push({ point, skip, strike });
    },
    standAt({ point, skip }, ms, stood) {
      const strike = (): void => {
        standStill(ms);
        stood();
      };
      blows.push({ point, skip, strike });
    },
    happenAt({ point, skip }, happen) {
      blows.push({ point, skip, strike: happen });
    },
    cutAt({ point, skip }, cut) {
      const strike = (): void => {
        isCut = point === "committed";
        cut();
      };
      blows.push({ point, skip, strike });
    },
    hearsNothing() {
      const wasCut = isCut;
      isCut = false;
      return wasCut;
    },
    spare: () => void blows.splice(0),
    clock: clockOf(clock, async () => {
      if (still !== null || dead) await pass();
    }),
  };
}

/** Its sleeps end when `passed` says so. */
function clockOf(clock: DatacentreClock, passed: () => Promise<void>): Clock {
  return {
    monotonic: () => clock.now(),
    async sleep(ms, signal) {
      await clock.sleep(ms, signal);
      await passed();
    },
  };
}
