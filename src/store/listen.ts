// Who wants to hear of commits, and the connection that hears of them.

import { sql } from "kysely";
import { Client } from "pg";
import { deploymentId, type DeploymentId } from "../core/ids.ts";
import type { Store } from "../ports/store.ts";
import type { Lite } from "./lite.ts";
import { type CHANNELS, DUE_CHANNEL, EVENTS_CHANNEL } from "./notices.ts";
import { only, type Sql } from "./rows.ts";
import { outside } from "./session.ts";

export interface Listening extends Pick<Store, "onDue" | "onEvents"> {
  /** How often the connection that listens was lost: the server may have begun anew since, without a word of that. */
  losses(): number;
  close(): Promise<void>;
}

type Channel = (typeof CHANNELS)[number];
type Ear = (payload: string) => void;

export function listenOnLite(lite: Lite): Listening {
  const dues = new Set<Ear>();
  // Whatever became due while nobody listened.
  lite.onNextLife(() => {
    for (const ear of dues) outside(() => ear(""));
  });
  const on = async (channel: Channel, ear: Ear): Promise<() => Promise<void>> => {
    if (channel === DUE_CHANNEL) dues.add(ear);
    const end = lite.on(channel, (payload) => outside(() => ear(payload)));
    return async () => {
      dues.delete(ear);
      end();
    };
  };
  return {
    onDue: (wake) => on(DUE_CHANNEL, () => wake()),
    onEvents: (wake) => on(EVENTS_CHANNEL, (payload) => wake(deploymentId(payload))),
    // Each life of it has its own start.
    losses: () => 0,
    close: async () => undefined,
  };
}

/** Each process has one connection of this name: so they can be counted. */
const LISTENER = "slipway listen";

/** How many servers and workers are at work on the database. */
export async function listenersOf(db: Sql): Promise<number> {
  const { rows } = await sql<{ processes: number }>`
    select count(*)::int as processes from pg_stat_activity
    where datname = current_database() and application_name = ${LISTENER}`.execute(db);
  return only(rows).processes;
}

/** Of silence, before the system asks the other side whether it is there: a connection that listens has nothing to say. */
const KEEP_ALIVE_MS = 10_000;
const RECONNECT_MS = { first: 250, most: 5_000 } as const;

/** One connection for all that listen, opened with the first and opened again whenever it is lost. */
export function listenOnServer(url: string): Listening {
  const ears: Record<Channel, Set<Ear>> = { [DUE_CHANNEL]: new Set(), [EVENTS_CHANNEL]: new Set() };
  let client: Client | null = null;
  let opening: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let pauseMs: number = RECONNECT_MS.first;
  let closed = false;
  let losses = 0;

  const tell = (channel: string, payload: string) => {
    if (channel !== DUE_CHANNEL && channel !== EVENTS_CHANNEL) return;
    for (const ear of ears[channel]) outside(() => ear(payload));
  };

  const lost = (of: Client) => {
    losses += 1;
    if (client === of) client = null;
    of.removeAllListeners();
    // Errors of a connection that is given up already.
    of.on("error", () => undefined);
    void of.end().catch(() => undefined);
    if (closed) return;
    clearTimeout(timer);
    timer = setTimeout(() => void open("again"), pauseMs).unref();
    pauseMs = Math.min(RECONNECT_MS.most, pauseMs * 2);
  };

  const open = async (time: "again" | "first"): Promise<void> => {
    const fresh = new Client({
      connectionString: url,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      application_name: LISTENER,
    });
    fresh.on("error", () => lost(fresh));
    fresh.on("end", () => lost(fresh));
    fresh.on("notification", ({ channel, payload }) => tell(channel, payload ?? ""));
    try {
      await fresh.connect();
      await fresh.query(`listen ${DUE_CHANNEL}; listen ${EVENTS_CHANNEL}`);
    } catch {
      return lost(fresh);
    }
    if (closed) return lost(fresh);
    client = fresh;
    pauseMs = RECONNECT_MS.first;
    // Whatever became due while nobody listened.
    if (time === "again") tell(DUE_CHANNEL, "");
  };

  const on = async (channel: Channel, ear: Ear): Promise<() => Promise<void>> => {
    ears[channel].add(ear);
    opening ??= open("first");
    await opening;
    return async () => void ears[channel].delete(ear);
  };

  return {
    onDue: (wake) => on(DUE_CHANNEL, () => wake()),
    onEvents: (wake: (deployment: DeploymentId) => void) => on(EVENTS_CHANNEL, (id) => wake(deploymentId(id))),
    losses: () => losses,
    async close() {
      closed = true;
      clearTimeout(timer);
      await opening;
      await client?.end();
    },
  };
}
