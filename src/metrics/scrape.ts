// One answer for Prometheus. However many ask, the database is read once a second at most, and a database that is away keeps nobody
// waiting: what this process counts is told without it.

import { Gauge, type Registry } from "prom-client";
import type { Clock } from "../ports/clock.ts";
import { AWAY, StoreAway } from "../ports/store.ts";
import { sharedMetrics, type Standing } from "./shared.ts";

/** A reading serves all who ask so soon after it. */
const SHARED_MS = 1_000;
/** Prometheus itself waits for 10 s. */
const READ_MOST_MS = 3_000;

export interface ScrapeDeps {
  /** Read from the database. */
  readonly standing: () => Promise<Standing>;
  /** What writing fails with at present; null when it goes well. */
  readonly outage: () => StoreAway | null;
  readonly clock: Clock;
  /** Of the disk that an embedded database is on, in bytes; null: it is elsewhere, or cannot be told. */
  readonly room: () => Promise<{ readonly free: number; readonly total: number } | null>;
  /** With what this process counts. */
  readonly registry: Registry;
  readonly version: string;
  /** What this process was started as: serve or work. */
  readonly command: string;
}

/** The text of a scrape; never rejects. */
export function createScrape(deps: ScrapeDeps): () => Promise<string> {
  const gauges = gaugesOf(deps.registry);
  gauges.build.set({ version: deps.version, command: deps.command }, 1);
  let last: { readonly at: number; readonly text: Promise<string> } | null = null;
  return () => {
    const at = deps.clock.monotonic();
    if (last === null || at - last.at >= SHARED_MS) last = { at, text: scrape(deps, gauges) };
    return last.text;
  };
}

type ProcessGauges = ReturnType<typeof gaugesOf>;

function gaugesOf(registry: Registry) {
  const registers = [registry];
  return {
    build: new Gauge({
      name: "slipway_build_info",
      help: "1, with the version of this process and what it was started as",
      labelNames: ["version", "command"],
      registers,
    }),
    up: new Gauge({
      name: "slipway_database_up",
      help: "1: the database answers this process and takes what is to be written",
      registers,
    }),
    away: new Gauge({
      name: "slipway_database_away",
      help: "1 for the reason for which the database does its work for nobody",
      labelNames: ["reason"],
      registers,
    }),
    free: diskGauge(registers, "free", "Bytes that the embedded database's user may still fill"),
    total: diskGauge(registers, "total", "Bytes of the disk that the embedded database is on"),
  };
}

/** With a label, so that it has no value where there is no such disk. */
function diskGauge(registers: Registry[], which: "free" | "total", help: string): Gauge<"disk"> {
  return new Gauge({ name: `slipway_disk_${which}_bytes`, help, labelNames: ["disk"], registers });
}

async function scrape(deps: ScrapeDeps, gauges: ProcessGauges): Promise<string> {
  const [standing, room] = await Promise.all([standingOf(deps), deps.room()]);
  const isRead = !(standing instanceof Error);
  const away = deps.outage() ?? (standing instanceof StoreAway ? standing : null);
  gauges.up.set(Number(isRead && away === null));
  for (const reason of Object.keys(AWAY)) gauges.away.set({ reason }, Number(away?.reason === reason));
  gauges.free.reset();
  gauges.total.reset();
  if (room !== null) {
    gauges.free.set({ disk: "database" }, room.free);
    gauges.total.set({ disk: "database" }, room.total);
  }
  const own = await deps.registry.metrics();
  // What was true a while ago is not told as if it still were.
  return isRead ? `${own}\n${await sharedMetrics(standing)}` : own;
}

class TooSlow extends Error {
  override readonly name = "TooSlow";
}

async function standingOf({ standing, clock }: ScrapeDeps): Promise<Standing | Error> {
  const ended = new AbortController();
  const limit = clock
    .sleep(READ_MOST_MS, ended.signal)
    .then(() => new TooSlow("the database has not answered in time"));
  try {
    return await Promise.race([standing(), limit]);
  } catch (error) {
    return error instanceof Error ? error : new Error("the database was not read", { cause: error });
  } finally {
    ended.abort("ended");
  }
}
