// Amazon's SDK signs, writes and reads; what is sent goes over this project's own client, so that certificates, proxy, bounds and the effect of
// a lost request are those of every other cloud. Only EC2's own XML gets back to the SDK: whatever else answers in its place would be read
// as an empty list, and an empty list would prove absences.

import type { Remedies } from "../../cloud-http/faults.ts";
import { openWay, type Way } from "../../cloud-http/way.ts";
import { type Answer, send } from "../../cloud-http/send.ts";
import type { Settings } from "./account.ts";
import { notEc2Fault } from "./faults.ts";

/** A request as the SDK has written and signed it. */
interface Signed {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

interface Received {
  readonly response: {
    readonly statusCode: number;
    readonly headers: Record<string, string>;
    readonly body: Uint8Array;
  };
}

export interface Wire {
  handle(request: Signed, options?: { readonly abortSignal?: unknown }): Promise<Received>;
  readonly metadata: { readonly handlerProtocol: string };
  destroy(): void;
}

/** A thousand instances with all that hangs on them have some megabytes. */
const ANSWER_BYTES_MOST = 64 * 1024 * 1024;

type WireForm = Pick<Settings, "trust" | "region"> & { readonly endpoint: URL | null };

/** `handle` rejects with a ProviderFault or the signal's reason. */
export function openWire({ trust, endpoint, region }: WireForm): Wire {
  const ways = new Map<string, Way>();
  // Its names follow from the region where nobody gives another.
  const remedies = endpoint === null ? unknownNames(region) : {};
  const wayTo = ({ protocol, hostname, port }: Signed): Way => {
    const origin = `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`;
    const way =
      ways.get(origin) ??
      openWay({ to: new URL(origin), trust, remedies, tellsTrace: false, limits: { bodyBytes: ANSWER_BYTES_MOST } });
    ways.set(origin, way);
    return way;
  };
  return {
    metadata: { handlerProtocol: "http/1.1" },
    destroy: () => ways.clear(),
    async handle(request, { abortSignal } = {}) {
      const signal = abortSignal instanceof AbortSignal ? abortSignal : new AbortController().signal;
      const { host: _, "content-length": __, ...headers } = request.headers;
      const way = wayTo(request);
      const body = textOf(request.body);
      const method = METHODS.find((one) => one === request.method) ?? "POST";
      const answer = await send(way, { method, path: pathOf(request), headers, body }, signal);
      const asked = new URLSearchParams(body);
      // Not what the SDK's chain asks of others to get its keys.
      if (asked.get("Version") === EC2_VERSION && !isEc2s(answer, asked.get("Action") ?? ""))
        throw notEc2Fault(answer, endpoint === null ? way.name : endpoint.href);
      return {
        response: { statusCode: answer.status, headers: headersOf(answer), body: new Uint8Array(answer.body) },
      };
    },
  };
}

function unknownNames(region: string): Remedies {
  const text = `the host name is unknown; if there is no region ${region}, correct the account's region`;
  return Object.fromEntries(["ENOTFOUND", "EAI_NONAME", "EAI_NODATA"].map((code) => [code, { text }]));
}

/** By which a request is one to EC2. */
const EC2_VERSION = "2016-11-15";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

function textOf(body: unknown): string {
  // Not by a Buffer, which asks the SDK's own kind of bytes for its text first: the SDK then complains on the console.
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  return typeof body === "string" ? body : "";
}

function pathOf({ path, query = {} }: Signed): string {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    [value].flat().map((one) => `${encodeURIComponent(key)}=${encodeURIComponent(one ?? "")}`),
  );
  return pairs.length === 0 ? path : `${path}?${pairs.join("&")}`;
}

/** A whole answer to this action, or a refusal with a code. */
function isEc2s({ status, body }: Answer, action: string): boolean {
  const text = body.toString("utf8");
  if (status >= 300) return beginsWith("Response").test(text) && /<Error>\s*<Code>[^<]+<\/Code>/.test(text);
  return beginsWith(`${action}Response`).test(text) && text.trimEnd().endsWith(`</${action}Response>`);
}

/** As the root, so that a document which declares entities is none. */
const beginsWith = (root: string): RegExp => new RegExp(String.raw`^\s*(?:<\?xml[^>]*>\s*)?<${root}[\s>]`);

/** The SDK looks for the request's id in headers only, and EC2 does not always write it there. */
const REQUEST_ID = "x-amzn-requestid";

function headersOf({ headers, body, status }: Answer): Record<string, string> {
  const told = status < 400 ? undefined : /<RequestID>([\w-]+)<\/RequestID>/.exec(body.toString("utf8"))?.[1];
  const texts = Object.fromEntries(
    // The body is decoded already.
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === "string" && name !== "content-encoding" ? [[name, value]] : [],
    ),
  );
  return told === undefined ? texts : { [REQUEST_ID]: told, ...texts };
}
