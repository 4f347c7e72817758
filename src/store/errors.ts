// What the database's errors mean: a conflict that people can cause, a database that is away, or a bug.

import { StoreAway, StoreConflict } from "../ports/store.ts";

/** The store cannot be opened; the message is one line for people and says what to do. The program ends with exit code 2. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
  readonly code:
    | "in_use"
    | "not_writable"
    | "not_private"
    | "schema_newer"
    | "schema_altered"
    | "cannot_migrate"
    | "cannot_open";
  constructor(code: StoreUnavailable["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const TAKEN: Readonly<Record<string, StoreConflict["what"]>> = {
  deployment_name_taken: "deployment",
  request_key_taken: "request_key",
  account_name_taken: "account",
};

// Operator intervention, too many connections, and what sockets say. Class 08 is all connection exceptions.
const AWAY_CODES = new Set([
  "57P01",
  "57P02",
  "57P03",
  "25P03",
  "53300",
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "EPIPE",
  "ENOENT",
]);
// pg and kysely give these no code; the last two are a store that was closed.
const AWAY_TEXT =
  /^Connection terminated|connection error and is not queryable|timeout exceeded when trying to connect|driver has already been destroyed|after calling end on the pool/;

/** The error that leaves the store for one that a driver threw. */
export function translate(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = textOf(error, "code");
  const what = code === "23505" ? TAKEN[textOf(error, "constraint")] : undefined;
  if (what !== undefined) return new StoreConflict(what, { cause: error });
  if (AWAY_CODES.has(code) || /^08...$/.test(code) || AWAY_TEXT.test(error.message))
    return new StoreAway({ cause: error });
  return error;
}

function textOf(error: Error, field: string): string {
  const value: unknown = Reflect.get(error, field);
  return typeof value === "string" ? value : "";
}
