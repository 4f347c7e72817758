// How a daemon of libvirt's is reached: its socket on this machine, TLS with a client's certificate, or ssh, which runs a program there that
// passes bytes on to the socket. Whatever fails here, nothing was asked for.

import { once } from "node:events";
import { connect as dial, isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect as dialSecurely } from "node:tls";
import { codeOf, lineFault } from "../../cloud-http/faults.ts";
import { openSsh, shellQuoted } from "../../cloud-http/ssh.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Endpoint, SshEndpoint, TlsEndpoint } from "./account.ts";
import { SOCKET_REMEDIES, SSH_RULES, sshFault, tlsFault } from "./faults.ts";

const CONNECT_MS = 15_000;
/** A line that the network has lost without telling is found by such probes. */
const PROBE_MS = 30_000;

export interface Line {
  readonly stream: Duplex;
  /** Why it ended, where something tells more than that. */
  why(): ProviderFault | null;
  end(): void;
}

/** Rejects with a ProviderFault of effect none, or with the signal's reason. */
export async function openLine(endpoint: Endpoint, signal: AbortSignal): Promise<Line> {
  const late = AbortSignal.timeout(CONNECT_MS);
  try {
    return await opened(endpoint, AbortSignal.any([signal, late]));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ProviderFault || !(error instanceof Error)) throw error;
    throw late.aborted ? lateFault(endpoint) : failed(endpoint, error);
  }
}

function failed(endpoint: Endpoint, error: Error): ProviderFault {
  return lineFault(error, {
    name: endpoint.name,
    effect: "none",
    remedies: endpoint.kind === "unix" ? SOCKET_REMEDIES : {},
  });
}

function lateFault(endpoint: Endpoint): ProviderFault {
  const error = Object.assign(new Error(`nobody answers within ${CONNECT_MS / 1000} s`), { code: "ETIMEDOUT" });
  return failed(endpoint, error);
}

async function opened(endpoint: Endpoint, signal: AbortSignal): Promise<Line> {
  switch (endpoint.kind) {
    case "unix":
      return openSocket(endpoint.sockets, signal);
    case "tls":
      return openTls(endpoint, signal);
    case "ssh":
      return openBySsh(endpoint);
  }
}

const lineOf = (stream: Duplex): Line => ({ stream, why: () => null, end: () => stream.destroy() });

/** The first of these that is there. */
async function openSocket([path = "", ...others]: readonly string[], signal: AbortSignal): Promise<Line> {
  const socket = dial({ path });
  try {
    await once(socket, "connect", { signal });
    return lineOf(socket);
  } catch (error) {
    socket.on("error", () => undefined).destroy();
    if (others.length > 0 && codeOf(error) === "ENOENT") return openSocket(others, signal);
    throw error;
  }
}

/** The daemon says with one byte whether it takes the certificate that it was shown. */
const TAKEN = 1;

async function openTls(endpoint: TlsEndpoint, signal: AbortSignal): Promise<Line> {
  const { host, port, ca, client } = endpoint;
  const trusted = ca === null ? {} : { ca };
  const servername = isIP(host) === 0 ? host : "";
  const socket = dialSecurely({ host, port, servername, rejectUnauthorized: true, ...trusted, ...client });
  socket.setKeepAlive(true, PROBE_MS);
  try {
    await once(socket, "secureConnect", { signal });
    // A server may refuse a certificate after the handshake, and then only closes.
    const first: unknown = await firstByte(socket, signal);
    if (first !== TAKEN) throw tlsFault(endpoint.name, client !== null);
    return lineOf(socket);
  } catch (error) {
    socket.on("error", () => undefined).destroy();
    throw isRefusedCertificate(error) ? tlsFault(endpoint.name, client !== null) : error;
  }
}

/** Null: it closed. */
async function firstByte(stream: Duplex, signal: AbortSignal): Promise<number | null> {
  const ended = new AbortController();
  const abort = AbortSignal.any([signal, ended.signal]);
  const readable = once(stream, "readable", { signal: abort });
  try {
    await Promise.race([readable, once(stream, "close", { signal: abort })]);
    const byte: unknown = stream.read(1);
    return Buffer.isBuffer(byte) ? (byte[0] ?? null) : null;
  } finally {
    ended.abort();
    readable.catch(() => undefined);
  }
}

function isRefusedCertificate(error: unknown): boolean {
  const code = codeOf(error) ?? "";
  return (
    code.includes("ALERT_CERTIFICATE") || code.includes("CERTIFICATE_REQUIRED") || code.includes("ALERT_UNKNOWN_CA")
  );
}

/** It is taken for open at once: the first answer shows whether it is. */
function openBySsh(endpoint: SshEndpoint): Line {
  const line = openSsh({ ...endpoint, command: passingOn(endpoint.sockets), rules: SSH_RULES });
  return {
    stream: line.socket,
    why() {
      const told = line.why();
      return told === null ? null : sshFault(endpoint.name, told);
    },
    end: () => line.end(),
  };
}

/** Run by the shell of the user there: the first socket that is there, by whatever can pass bytes on. */
function passingOn(sockets: readonly string[]): string {
  const paths = sockets.map(shellQuoted).join(" ");
  const pass = 'if command -v nc >/dev/null; then exec nc -U "$s"; else exec socat - "UNIX-CONNECT:$s"; fi';
  return `sh -c ${shellQuoted(`for s in ${paths}; do if [ -S "$s" ]; then ${pass}; fi; done; echo "no socket of libvirt" >&2; exit 1`)}`;
}
