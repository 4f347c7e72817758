// A line to a cloud, ready for a request and before any: whatever fails here, nothing was asked for.

import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { connect as dial, isIP, type Socket } from "node:net";
import { checkServerIdentity, connect as wrap, type ConnectionOptions } from "node:tls";
import type { ClientCertificate, Trust } from "./address.ts";
import { openSsh, type SshPlace } from "./ssh.ts";

export interface Line {
  /** Null: a Unix socket, or ssh. */
  readonly address: URL | null;
  readonly socketPath: string | null;
  readonly ssh: SshPlace | null;
  readonly trust: Trust;
  readonly client: ClientCertificate | null;
  /** A server that shows the very certificate that is trusted is the right one, whatever name stands in it. */
  readonly pinsCertificate: boolean;
  readonly limits: { readonly connectMs: number; readonly headerBytes: number };
}

/** The line did not come to be. */
export class NotConnected extends Error {
  override readonly name = "NotConnected";
  readonly why: Error;
  constructor(why: Error) {
    super("no connection", { cause: why });
    this.why = why;
  }
}

/** A line that the network has lost without telling is found by such probes alone where a stream is silent. */
const PROBE_MS = 30_000;

/** Rejects with NotConnected, or with the signal's reason. */
export async function connect(line: Line, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const { connectMs } = line.limits;
  const late = AbortSignal.timeout(connectMs);
  try {
    const socket = await open(line, AbortSignal.any([signal, late]));
    return socket.setKeepAlive(true, PROBE_MS);
  } catch (error) {
    signal.throwIfAborted();
    if (late.aborted) throw new NotConnected(withCode(`nobody answers within ${connectMs / 1000} s`, "ETIMEDOUT"));
    throw error instanceof Error ? new NotConnected(error) : error;
  }
}

async function open(line: Line, signal: AbortSignal): Promise<Socket> {
  const { address, socketPath, ssh, trust } = line;
  if (ssh !== null) return openBySsh(line, ssh, signal);
  if (address === null) return until(dial({ path: socketPath ?? "" }), "connect", signal);
  const near = trust.proxy ?? address;
  const socket = await until(dial({ host: hostOf(near), port: portOf(near) }), "connect", signal);
  if (address.protocol === "http:") return socket;
  const through = trust.proxy === null ? socket : await tunnel(socket, line, signal);
  return until(wrap({ ...securely(address, line), socket: through }), "secureConnect", signal);
}

function securely(address: URL, { trust, client, pinsCertificate }: Line): ConnectionOptions {
  const host = hostOf(address);
  const pinned = pinsCertificate && trust.ca !== null ? new X509Certificate(trust.ca).raw : null;
  return {
    host,
    // The name to be shown a certificate for; an address is none.
    servername: isIP(host) === 0 ? host : "",
    ALPNProtocols: ["http/1.1"],
    // Whatever the environment says (NODE_TLS_REJECT_UNAUTHORIZED).
    rejectUnauthorized: true,
    ...(trust.ca === null ? {} : { ca: trust.ca }),
    ...(pinned === null
      ? {}
      : {
          checkServerIdentity: (name, shown) =>
            shown.raw.equals(pinned) ? undefined : checkServerIdentity(name, shown),
        }),
    ...client,
  };
}

/** Rejects with the socket's error or an abort; the socket is closed then. */
async function until<S extends Socket>(socket: S, event: "connect" | "secureConnect", signal: AbortSignal): Promise<S> {
  try {
    await once(socket, event, { signal });
    return socket;
  } catch (error) {
    // Nobody listens to it any more, and what it says while it ends is of no use.
    socket.on("error", () => undefined).destroy();
    throw error;
  }
}

/** As short a request as there is: whatever is answered, somebody is there who speaks HTTP. */
const GREETING = "HEAD /_ping HTTP/1.1\r\nHost: localhost\r\n\r\n";

/** A login that is refused, and a program there that finds nobody to pass anything on to, show in that nothing comes back. */
async function openBySsh({ limits }: Line, ssh: SshPlace, signal: AbortSignal): Promise<Socket> {
  const opened = openSsh(ssh);
  try {
    opened.socket.write(GREETING);
    await greeted(opened.socket, limits.headerBytes, signal);
    return opened.socket;
  } catch (error) {
    opened.end();
    if (signal.aborted) throw error;
    throw (await opened.ended()) ?? error;
  }
}

const HEAD_END = "\r\n\r\n";

/** Until the head of the answer is there, which has no body. */
async function greeted(socket: Socket, most: number, signal: AbortSignal): Promise<void> {
  let head = "";
  const over = new AbortController();
  const abort = AbortSignal.any([signal, over.signal]);
  const ended = once(socket, "close", { signal: abort }).then(() => {
    throw withCode("the connection ended", "ECONNRESET");
  });
  ended.catch(() => undefined);
  try {
    while (!head.endsWith(HEAD_END)) {
      const piece: unknown = socket.read();
      if (piece === null) await Promise.race([once(socket, "readable", { signal: abort }), ended]);
      else if (Buffer.isBuffer(piece)) head += piece.toString("latin1");
      if (head.length > most) throw withCode("no head of an answer", "HPE_HEADER_OVERFLOW");
    }
  } finally {
    over.abort();
    socket.removeAllListeners("readable");
  }
  if (!head.startsWith("HTTP/1.")) throw withCode("no head of an answer", "HPE_INVALID_CONSTANT");
}

/** A proxy is asked for a line to the cloud; what goes through it is not for its ears. */
function tunnel(socket: Socket, { address, limits }: Line, signal: AbortSignal): Promise<Socket> {
  const authority = address === null ? "" : `${address.hostname}:${portOf(address)}`;
  return new Promise((resolve, reject) => {
    const asking = request({
      createConnection: () => socket,
      method: "CONNECT",
      path: authority,
      headers: { host: authority },
      maxHeaderSize: limits.headerBytes,
      signal,
    });
    asking.on("error", reject);
    asking.on("connect", ({ statusCode }, opened, head) => {
      if (statusCode === 200 && head.length === 0) return resolve(socket);
      opened.destroy();
      reject(withCode(`the proxy answers with status ${statusCode}`, "proxy_refused"));
    });
    asking.end();
  });
}

/** Where a line to an address begins. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

function portOf({ port, protocol }: URL): number {
  if (port !== "") return Number(port);
  return protocol === "https:" ? 443 : 80;
}

function withCode(text: string, code: string): Error {
  return Object.assign(new Error(text), { code });
}
