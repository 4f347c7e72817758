// Times at which nobody was there to take anything up: every process stood still, or was dead.

/** One process, from when to when, in ms since 1970 as time really goes. */
interface Absence {
  readonly worker: number;
  readonly from: number;
  readonly to: number;
}

export interface Absences {
  /** `worker` is away from now on, for so long. */
  readonly take: (worker: number, forMs: number) => void;
  /** Of the last `ms` those at which all were away at once. */
  readonly allAwayMs: (ms: number) => number;
}

/** `workers`: how many there are; whoever of them is meant by a higher number is hit. */
export function createAbsences(clock: { now(): number }, workers: number): Absences {
  const absences: Absence[] = [];
  return {
    take: (worker, forMs) =>
      void absences.push({ worker: worker % workers, from: clock.now(), to: clock.now() + forMs }),
    allAwayMs(ms) {
      const [from, to] = [clock.now() - ms, clock.now()];
      const edges = new Set([from, to, ...absences.flatMap((one) => [one.from, one.to])]);
      const times = [...edges].filter((at) => at >= from && at <= to).sort((a, b) => a - b);
      const isAway = (at: number): boolean => {
        const away = absences.filter((one) => one.from <= at && one.to > at).map(({ worker }) => worker);
        return new Set(away).size === workers;
      };
      return times.reduce((sum, at, no) => sum + (isAway(at) ? (times[no + 1] ?? at) - at : 0), 0);
    },
  };
}
