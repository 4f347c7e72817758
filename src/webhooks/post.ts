// One POST to a webhook, bounded in time and in what is read of the answer. Its host is resolved once, each address is looked at, and the
// connection goes to one that was: a name that leads elsewhere a moment later leads nowhere. Redirects are not followed.

import type { LookupAddress } from "node:dns";
import { request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { pauseIn } from "../cloud-http/retry-after.ts";
import type { Answer } from "../ports/webhooks.ts";
import { type Resolve, UnresolvedName } from "./names.ts";
import { isPublic } from "./public-address.ts";

/** From the look-up of the name to the head of the answer; its body is not read. */
const POST_MS = 15_000;
const HEAD_BYTES = 16 * 1024;
const HTTPS_PORT = "443";

export interface Posting {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Way {
  /** Private addresses as well, and http://. */
  readonly toAny: boolean;
  readonly resolve: Resolve;
  readonly withinMs?: number;
}

class PrivateAddress extends Error {
  override readonly name = "PrivateAddress";
}

/** Why nothing is sent to such a URL, as what it must be or may not hold; null: it may be tried. Names are looked up when it is. */
export function urlRefusal(text: string, { toAny }: Pick<Way, "toAny">): string | null {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return "must look like https://example.org/slipway";
  if (url.username !== "" || url.password !== "") return "may not hold a user name or a password";
  if (url.hash !== "") return "may not hold #";
  if (toAny) return null;
  if (url.protocol === "http:")
    return "must begin with https://; the server's setting SLIPWAY_WEBHOOKS=any permits http://";
  const host = hostOf(url);
  const isPrivate = isIP(host) === 0 ? /(^|\.)localhost\.?$/.test(host) : !isPublic(host);
  return isPrivate ? "may not be a private address; the server's setting SLIPWAY_WEBHOOKS=any permits one" : null;
}

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, "$1");

/** Never rejects: what cannot be sent is an answer as well. */
export async function post(posting: Posting, way: Way): Promise<Answer> {
  const refusal = urlRefusal(posting.url, way);
  if (refusal !== null) return failed(`not sent: its address ${refusal}`);
  const { withinMs = POST_MS } = way;
  const late = AbortSignal.timeout(withinMs);
  try {
    return await send(posting, way, late);
  } catch (error) {
    if (late.aborted) return failed(`no answer within ${withinMs / 1_000} s`);
    return failed(error instanceof PrivateAddress || error instanceof UnresolvedName ? error.message : reasonOf(error));
  }
}

async function send({ url, headers, body }: Posting, way: Way, signal: AbortSignal): Promise<Answer> {
  const to = new URL(url);
  const addresses = await Promise.race([addressesOf(to, way, signal), aborted(signal)]);
  const request = to.protocol === "https:" ? requestTls : requestPlain;
  return new Promise((resolve, reject) => {
    const asking = request(to, {
      method: "POST",
      // A connection of its own each time, to an address that was looked at.
      agent: false,
      defaultPort: to.protocol === "https:" ? HTTPS_PORT : undefined,
      rejectUnauthorized: true,
      maxHeaderSize: HEAD_BYTES,
      lookup: answering(addresses),
      signal,
      headers: { ...headers, "content-length": Buffer.byteLength(body) },
    });
    asking.on("error", reject);
    asking.on("response", (response) => {
      resolve(answerOf(response.statusCode ?? 0, pauseIn(response.headers)));
      response.on("error", () => undefined).destroy();
    });
    asking.end(body);
  });
}

/** Those that may be connected to, one at least. */
async function addressesOf(to: URL, { toAny, resolve }: Way, signal: AbortSignal): Promise<readonly LookupAddress[]> {
  const host = hostOf(to);
  const version = isIP(host);
  const found = version === 0 ? await resolve(host, signal) : [{ address: host, family: version }];
  const fit = toAny ? found : found.filter(({ address }) => isPublic(address));
  if (fit.length === 0) throw new PrivateAddress("not sent: its name leads to private addresses alone");
  return fit;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("too late")), { once: true });
  });
}

/** In place of the system's: whatever the name leads to by now, the connection goes to what was looked at. */
function answering(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, options, done) => {
    const [first] = addresses;
    if (options.all === true) done(null, [...addresses]);
    else done(null, first?.address ?? "", first?.family ?? 0);
  };
}

function answerOf(status: number, retryAfterMs: number | null): Answer {
  if (status >= 200 && status < 300)
    return { isTaken: true, isFinal: true, text: `answered ${status}`, retryAfterMs: null };
  if (status >= 300 && status < 400) return failed(`answered ${status}: redirects are not followed`);
  if (status === 410) return { ...failed("answered 410: it wants no more of this"), isFinal: true };
  return { ...failed(`answered ${status}`), retryAfterMs };
}

/** Of a try that may go better another time. */
export const failed = (text: string): Answer => ({ isTaken: false, isFinal: false, text, retryAfterMs: null });

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection closed without an answer",
  EPIPE: "connection closed without an answer",
  EHOSTUNREACH: "no way to its address",
  ENETUNREACH: "no way to its address",
  ETIMEDOUT: "no answer to the connection",
  HPE_HEADER_OVERFLOW: "an answer with a head that is too large",
};

/** In our own words: what a receiver writes may be anything. */
function reasonOf(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const code = first instanceof Error && "code" in first ? String(first.code) : "";
  if (code.startsWith("HPE_") && REASONS[code] === undefined) return "no HTTP answer";
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO)/.test(code))
    return `its certificate is not trusted (${code})`;
  return REASONS[code] ?? `no connection (${code === "" ? "no reason known" : code})`;
}
