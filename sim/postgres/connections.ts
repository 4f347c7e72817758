// One process's connections to a PostgreSQL, led through the simulation: every statement may be held up, a commit is told while it is
// made, and a process may die or be cut off in between.

import type { PostgresPool, PostgresPoolClient } from "kysely";
import { Pool } from "pg";
import { StoreAway } from "../../src/ports/store.ts";
import { type Asked, openSession, type Server, type Session } from "./session.ts";

const CONNECTIONS_MOST = 40;

/** As Kysely takes it. */
export interface Connections extends PostgresPool {
  /** Nothing is answered any more. */
  crash(): void;
  /** What is asked in transactions under way fails with the reason. */
  cut(reason: Error): void;
}

/** `pause` is awaited before every statement. */
export function openConnections(server: Server, pause: () => Promise<void>): Connections {
  const { traffic } = server;
  const pool = new Pool({ connectionString: server.url, max: CONNECTIONS_MOST, application_name: "slipway sim" });
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  const busy = new Set<Session>();
  let isDead = false;
  const end = (reason: Error): void => {
    for (const session of busy) void session.end(reason);
  };

  return {
    options: pool.options,
    async connect() {
      const client = await alive(() => traffic.during(null, () => pool.connect()));
      const session = openSession(client, { server, pause });
      busy.add(session);
      const query = (...asked: Asked): Promise<unknown> => alive(() => session.ask(asked));
      const release = (): void => {
        busy.delete(session);
        session.release();
      };
      const simulated: PostgresPoolClient = Object.create(client, {
        query: { value: query },
        release: { value: release },
      });
      return simulated;
    },
    end: () => pool.end(),
    crash() {
      isDead = true;
      end(new StoreAway("unreachable"));
    },
    cut: end,
  };

  /** To the dead nothing is answered. */
  async function alive<T>(act: () => Promise<T>): Promise<T> {
    const outcome = isDead
      ? null
      : await act().then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        );
    if (isDead || outcome === null) return new Promise(() => {});
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }
}
