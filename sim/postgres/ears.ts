// Notifications of a PostgreSQL for simulated processes: each may be lost, and whoever hears of one may be held up first.

import { Client } from "pg";
import { type DeploymentId, deploymentId } from "../../src/core/ids.ts";
import type { Listening } from "../../src/store/listen.ts";
import { CHANNELS, DUE_CHANNEL } from "../../src/store/notices.ts";
import { outside } from "../../src/store/session.ts";

export interface Ears {
  /** One process's. */
  join(pause: () => Promise<void> | undefined): Listening;
  /** Returns when all has arrived that was committed before: notifications come before the answer to a question. */
  heard(): Promise<unknown>;
  close(): Promise<void>;
}

/** One connection that listens for all processes. */
export async function listen(url: string, drop: () => boolean): Promise<Ears> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  await client.query(CHANNELS.map((channel) => `listen ${channel}`).join(";"));
  const processes = new Set<(channel: string, payload: string) => void>();
  client.on("notification", ({ channel, payload = "" }) => {
    for (const tell of processes) if (!drop()) tell(channel, payload);
  });

  const join = (pause: () => Promise<void> | undefined): Listening => {
    const dues = new Set<() => void>();
    const events = new Set<(deployment: DeploymentId) => void>();
    const tell = (channel: string, payload: string): void => {
      const act = (): void => {
        if (channel === DUE_CHANNEL) for (const ear of dues) outside(ear);
        else for (const ear of events) outside(() => ear(deploymentId(payload)));
      };
      void (async () => {
        await pause();
        act();
      })();
    };
    processes.add(tell);
    const on = async <E>(ears: Set<E>, ear: E): Promise<() => Promise<void>> => {
      ears.add(ear);
      return async () => void ears.delete(ear);
    };
    return {
      onDue: (wake) => on(dues, wake),
      onEvents: (wake) => on(events, wake),
      losses: () => 0,
      close: async () => void processes.delete(tell),
    };
  };
  return {
    join,
    heard: () => client.query("select 1"),
    close: () => client.end(),
  };
}
