// Which addresses a webhook's name leads to. Asked of the name servers over sockets of its own, which are closed when the time is up: the
// system's look-up cannot be called off, and a name that nobody answers for holds one of the two places that the whole process has for such
// look-ups, those of clouds among them.

import type { LookupAddress } from "node:dns";
import { lookup, Resolver } from "node:dns/promises";

/** For both kinds of addresses, all servers and tries. */
const ASKING_MS = 6_000;
const SERVER = { timeout: 2_000, tries: 2 } as const;

/** Every address of a name. Rejects with UnresolvedName, or once the signal is aborted. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<readonly LookupAddress[]>;

/** The message is for people. */
export class UnresolvedName extends Error {
  override readonly name = "UnresolvedName";
}

export interface Names {
  /** Names that are this machine's alone as well: /etc/hosts, search domains. */
  readonly toAny: boolean;
  /** In place of those in the system's settings: addresses, each with its port. */
  readonly servers?: readonly string[];
  /** In place of the system's own look-up. */
  readonly system?: (host: string) => Promise<readonly LookupAddress[]>;
}

export function createNames({ toAny, servers, system = ofSystem }: Names): Resolve {
  const inTurn = oneAtATime(system);
  return async (host, signal) => {
    const found = await asked(host, servers, signal);
    if (typeof found !== "string") return found;
    signal.throwIfAborted();
    try {
      if (toAny) return await inTurn(host, signal);
    } catch {
      // What the name servers said is told.
    }
    throw new UnresolvedName(UNKNOWN.has(found) ? "its name is not known" : "its name cannot be looked up");
  };
}

/** There is no such name, or it has no address. */
const UNKNOWN: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA"]);

/** Addresses, or a code of why there are none. */
async function asked(host: string, servers: Names["servers"], signal: AbortSignal): Promise<LookupAddress[] | string> {
  const resolver = new Resolver(SERVER);
  if (servers !== undefined) resolver.setServers(servers);
  const late = AbortSignal.any([signal, AbortSignal.timeout(ASKING_MS)]);
  const cancel = (): void => resolver.cancel();
  late.addEventListener("abort", cancel, { once: true });
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  late.removeEventListener("abort", cancel);
  const families = [4, 6] as const;
  const found = answers.flatMap((answer, n) =>
    answer.status === "fulfilled" ? answer.value.map((address) => ({ address, family: families[n] ?? 0 })) : [],
  );
  if (found.length > 0) return found;
  const codes = answers.map((answer) => (answer.status === "rejected" ? codeOf(answer.reason) : "ENODATA"));
  return codes.find((code) => !UNKNOWN.has(code)) ?? "ENOTFOUND";
}

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");

const ofSystem = (host: string): Promise<LookupAddress[]> => lookup(host, { all: true });

/** Whoever has waited too long for a turn lets it pass, so that look-ups of a name that nobody answers for do not queue up. */
function oneAtATime(system: NonNullable<Names["system"]>): Resolve {
  let last: Promise<unknown> = Promise.resolve();
  return (host, signal) => {
    const found = last.then(() => {
      signal.throwIfAborted();
      return system(host);
    });
    last = found.catch(() => undefined);
    return found;
  };
}
