// What a command is given to work with.

import type { Client } from "./client.ts";
import type { Terminal } from "./terminal.ts";

export interface Session {
  readonly terminal: Terminal;
  /** The server's client. Throws a Complaint when no server is known. */
  readonly client: () => Promise<Client>;
  /** Aborts when nobody reads the output any more (`slipway events -f shop | head`). */
  readonly closed: AbortSignal;
}

/** Runs what a command does; its exit code, one of EXIT or another program's, is this program's; 0 if it returns none. */
export type Run = (act: (session: Session) => Promise<number | void>) => Promise<void>;
