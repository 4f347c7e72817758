// What the database's errors mean: a conflict that people can cause, a database that is away, or a bug.

import { type AwayReason, StoreAway, StoreConflict } from "../ports/store.ts";

/** The store cannot be opened; the message is one line for people and says what to do. The program ends with exit code 2. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
  readonly code:
    | "in_use"
    | "not_writable"
    | "not_private"
    | "schema_newer"
    | "schema_in_use"
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

// What a server says when it cannot serve anybody, by SQLSTATE: the code, else its class. All other codes are about the statement.
const AWAY_STATES: Readonly<Record<string, AwayReason>> = {
  "08": "unreachable",
  "25006": "read_only",
  "25P03": "busy",
  "25P04": "busy",
  "28": "refused",
  "3D": "refused",
  "40": "busy",
  "42501": "refused",
  "53": "busy",
  "53100": "no_space",
  "53200": "no_memory",
  "53300": "no_connections",
  "55000": "refused",
  "55P03": "busy",
  "57": "restarting",
  "57014": "busy",
  "58": "broken_disk",
};
// What the system says, of a connection or of a file.
const AWAY_ERRNOS: Readonly<Record<string, AwayReason>> = {
  ECONNREFUSED: "unreachable",
  ECONNRESET: "unreachable",
  ENOTFOUND: "unreachable",
  EAI_AGAIN: "unreachable",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  ETIMEDOUT: "unreachable",
  EPIPE: "unreachable",
  ENOENT: "unreachable",
  ENOSPC: "no_space",
  EDQUOT: "no_space",
  ENOMEM: "no_memory",
  EMFILE: "no_connections",
  ENFILE: "no_connections",
  EIO: "broken_disk",
  EROFS: "read_only",
};
// What comes without a code of its own, or with one that means many things; the second line is a store that was closed.
const AWAY_TEXTS: readonly (readonly [RegExp, AwayReason])[] = [
  [/^Connection terminated|connection error and is not queryable/, "unreachable"],
  [/driver has already been destroyed|after calling end on the pool/, "unreachable"],
  [/timeout exceeded when trying to connect/, "no_connections"],
  [/is not accepting commands/, "read_only"],
  [/No space left on device|[Dd]isk quota exceeded/, "no_space"],
  [/\bout of memory\b|Cannot enlarge memory|memory access out of bounds/i, "no_memory"],
];
/** SQLSTATEs that say more by their text: a limit of the program, and what the server did not expect. */
const VAGUE = /^(?:54|XX)/;
const SQLSTATE = /^[0-9FHPX][0-9A-Z]{4}$/;

/** Why the database is away, from an error of its driver; null when it is about what was asked. */
export function awayReason(error: Error): AwayReason | null {
  const code = textOf(error, "code");
  const isState = SQLSTATE.test(code);
  const known = isState ? (AWAY_STATES[code] ?? AWAY_STATES[code.slice(0, 2)]) : AWAY_ERRNOS[code];
  if (known !== undefined) return known;
  // The server has ended the session over it, or itself.
  const isFatal = /^(?:FATAL|PANIC)$/.test(textOf(error, "severity"));
  // A statement's own error may repeat anybody's words.
  const saysMore = !isState || isFatal || VAGUE.test(code);
  const [, told] = (saysMore && AWAY_TEXTS.find(([text]) => text.test(error.message))) || [];
  return told ?? (isFatal ? "restarting" : null);
}

/** The error that leaves the store for one that a driver threw in a transaction that may write, or only read. */
export function translate(error: unknown, mode: "write" | "read" | "alone" = "write"): unknown {
  if (!(error instanceof Error) || error instanceof StoreAway) return error;
  const what = textOf(error, "code") === "23505" ? TAKEN[textOf(error, "constraint")] : undefined;
  if (what !== undefined) return new StoreConflict(what, { cause: error });
  const reason = awayReason(error);
  // Whoever asked for a transaction that only reads and writes in it has made a mistake.
  if (reason === null || (reason === "read_only" && mode !== "write")) return error;
  return new StoreAway(reason, { cause: error });
}

/** For people who run the program: why the database is away, and in which words it said so. */
export function whyAway({ message, cause }: StoreAway): string {
  return cause instanceof Error && cause.message !== "" ? `${message} (${cause.message})` : message;
}

function textOf(error: Error, field: string): string {
  const value: unknown = Reflect.get(error, field);
  return typeof value === "string" ? value : "";
}
