// How one account's cloud is reached: its address, whom to trust, by which proxy, and how much may come back.

import { Agent } from "node:http";
import type { Socket } from "node:net";
import type { ClientCertificate, Trust } from "./address.ts";
import { connect, type Line } from "./connect.ts";
import type { Remedies } from "./faults.ts";
import { SSH_REMEDIES, sshName, type SshPlace } from "./ssh.ts";

interface Limits {
  /** Of a body, decoded, and as it comes. */
  readonly bodyBytes: number;
  /** All headers of an answer. */
  readonly headerBytes: number;
  /** From the first step towards the cloud to the last byte of its answer. */
  readonly totalMs: number;
  /** Until the line is there, with proxy and TLS. */
  readonly connectMs: number;
}

const LIMITS: Limits = {
  bodyBytes: 16 * 1024 * 1024,
  headerBytes: 16 * 1024,
  totalMs: 60_000,
  connectMs: 10_000,
};

export interface Way extends Line {
  /** For people, without anything secret. */
  readonly name: string;
  readonly remedies: Remedies;
  readonly limits: Limits;
  /** Whether requests say of which trace they are. */
  readonly tellsTrace: boolean;
  /** Connections that are kept for reads. */
  readonly kept: Agent;
}

export interface WayForm {
  /** An address, the path of a Unix socket, or where ssh leads to. */
  readonly to: URL | string | SshPlace;
  readonly trust: Trust;
  readonly client?: ClientCertificate | null;
  /** For clouds whose servers sign for themselves, with names that nobody reaches them by: the certificate that is trusted is the server's own. */
  readonly pinsCertificate?: boolean;
  /** False for clouds whose requests are signed as they are, or that are none of ours to tell. */
  readonly tellsTrace?: boolean;
  /** Texts for errors about which this kind of cloud knows more. */
  readonly remedies?: Remedies;
  readonly limits?: Partial<Limits>;
}

/** Contacts nobody. */
export function openWay({ to, trust, remedies = {}, limits, ...more }: WayForm): Way {
  const { client = null, pinsCertificate = false, tellsTrace = true } = more;
  const line = { ...placeOf(to), trust, client, pinsCertificate, limits: { ...LIMITS, ...limits } };
  const known = line.ssh === null ? remedies : { ...SSH_REMEDIES, ...remedies };
  return { ...line, tellsTrace, remedies: known, kept: new KeptConnections(line) };
}

function placeOf(to: WayForm["to"]): Pick<Way, "name" | "address" | "socketPath" | "ssh"> {
  if (typeof to === "string") return { name: `unix://${to}`, address: null, socketPath: to, ssh: null };
  if (to instanceof URL) {
    return { name: `${to.origin}${to.pathname.replace(/\/+$/, "")}`, address: to, socketPath: null, ssh: null };
  }
  return { name: sshName(to), address: null, socketPath: null, ssh: to };
}

const IDLE_MS = 20_000;
const IDLE_MOST = 8;

/** Node's pool, of connections made here. Idle ones are closed after a while, and do not keep the process alive. */
class KeptConnections extends Agent {
  readonly #line: Line;
  constructor(line: Line) {
    super({ keepAlive: true, maxFreeSockets: IDLE_MOST, timeout: IDLE_MS });
    this.#line = line;
  }
  override createConnection(_: unknown, done?: (error: Error | null, socket: Socket) => void): undefined {
    // Not the request's own signal: the pool may give the connection to another one.
    const answer = (...given: readonly unknown[]): void => Reflect.apply(done ?? (() => undefined), undefined, given);
    void connect(this.#line, new AbortController().signal).then(
      (socket) => answer(null, socket),
      (error: unknown) => answer(error),
    );
  }
}
