// One connection to a PostgreSQL as a simulated process has it: held up before every statement, told of when it commits, and cut off when
// that is what happens to it.

import type { PoolClient } from "pg";
import { StoreAway } from "../../src/ports/store.ts";
import { outside } from "../../src/store/session.ts";
import type { Changed } from "../database.ts";
import { readChanges, type TimeColumns } from "./changes.ts";
import type { Traffic } from "./settling.ts";

/** A transaction that stands still for so long is ended by the database; by the simulated clock. */
const IDLE_TIMEOUT_MS = 12_000;

/** What may change a row; to lock one changes none. */
const WRITES = /\b(?:insert into|delete from|(?<!for )(?<!no key )update)\s/i;

/** What all processes on one database share. */
export interface Server {
  readonly url: string;
  readonly times: TimeColumns;
  readonly traffic: Traffic;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly commits: Turns;
  readonly onCommit: (changed: Changed) => void;
  /** Ends connections at the server, at once. */
  readonly terminate: (pids: readonly number[]) => Promise<unknown>;
}

/** What the transaction under way has done so far. */
interface Done {
  readonly writes: boolean;
  readonly notifies: boolean;
}

const NOTHING_DONE: Done = { writes: false, notifies: false };

function doneWith({ writes, notifies }: Done, statement: string): Done {
  return { writes: writes || WRITES.test(statement), notifies: notifies || statement.includes("pg_notify") };
}

/** Runs one after the other, in the order in which they came. */
export type Turns = <T>(act: () => Promise<T>) => Promise<T>;

export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const turn = last.then(act);
    last = turn.catch(() => undefined);
    return turn;
  };
}

export type Asked = [text: string, values?: unknown[]];

export interface Session {
  ask(asked: Asked): Promise<unknown>;
  /** Ends the connection: all that is asked from now on fails with the reason. What is being committed has been committed before. */
  end(reason: Error): Promise<void>;
  release(): void;
}

interface Around {
  readonly server: Server;
  readonly pause: () => Promise<void>;
}

export function openSession(client: PoolClient, { server, pause }: Around): Session {
  const { traffic } = server;
  const pid: number = Reflect.get(client, "processID");
  let left: Error | null = null;
  let committing: Promise<unknown> = Promise.resolve();
  /** Null: between transactions. */
  let mode: "read" | "write" | null = null;
  let standing = new AbortController();
  let done = NOTHING_DONE;

  const mustBeThere = (): void => {
    if (left !== null) throw left;
  };
  const end = async (reason: Error): Promise<void> => {
    // What has been told as committed is committed first; from here on nothing more will be.
    left ??= reason;
    await committing;
    await server.terminate([pid]);
  };
  const begin = (statement: string): void => {
    done = NOTHING_DONE;
    mode = statement.includes("read only") ? "read" : "write";
    standing = new AbortController();
    const { signal } = standing;
    void server.sleep(IDLE_TIMEOUT_MS, signal).then(() => {
      if (signal.aborted) return;
      void end(new StoreAway("busy", { cause: new Error("the transaction took longer than the database lets it") }));
    });
  };
  const over = (): void => {
    mode = null;
    standing.abort();
  };
  /** All others' commits come before it or after it, so that they are told in their order. */
  const committed = (act: () => Promise<unknown>): Promise<unknown> => {
    const turn = server.commits(async () => {
      mustBeThere();
      if (done.notifies) traffic.notify();
      return act();
    });
    committing = turn.catch(() => undefined);
    return turn;
  };
  const perform = (asked: Asked): Promise<unknown> => {
    const [statement] = asked;
    done = doneWith(done, statement);
    if (/^(?:begin|start transaction)/.test(statement)) begin(statement);
    else if (mode === null) return committed(() => alone(client, asked, { server, mustBeThere }));
    if (statement !== "commit") return client.query(...asked);
    if (mode === "read") return client.query("commit");
    return committed(() => (done.writes ? commit(client, { server, mustBeThere }) : client.query("commit")));
  };

  return {
    async ask(asked) {
      const [statement] = asked;
      mustBeThere();
      await pause();
      mustBeThere();
      try {
        return await traffic.during(pid, () => perform(asked));
      } catch (error) {
        throw left ?? error;
      } finally {
        if (statement === "commit" || statement === "rollback") over();
      }
    },
    end,
    release() {
      over();
      client.release(left !== null);
    },
  };
}

interface Committing {
  readonly server: Server;
  readonly mustBeThere: () => void;
}

async function commit(client: PoolClient, { server: { times, onCommit }, mustBeThere }: Committing): Promise<unknown> {
  const changes = await readChanges(client, times);
  // From here to the statement nothing may come in between: what is told is committed.
  mustBeThere();
  // Who is told may ask for something in a transaction of his own.
  if (changes !== null) outside(() => onCommit(changes));
  return client.query("commit");
}

/** A statement that is a transaction by itself. */
async function alone(client: PoolClient, asked: Asked, committing: Committing): Promise<unknown> {
  await client.query("begin");
  try {
    const answer = await client.query(...asked);
    await commit(client, committing);
    return answer;
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
}
