// A collector of traces: takes what is sent by OTLP over HTTP in protobuf, by the part of OpenTelemetry's own schema that spans need.

import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { parse } from "protobufjs";
import { z } from "zod";
import { until } from "./poll.ts";

// opentelemetry/proto/trace/v1/trace.proto and its common.proto, with the numbers of their fields.
const SCHEMA = `
syntax = "proto3";
message Request { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Resource { repeated KeyValue attributes = 1; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message Scope { string name = 1; string version = 2; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9;
  repeated Event events = 11; Status status = 15;
}
message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; }
message Status { string message = 2; int32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; ArrayValue array_value = 5; } }
message ArrayValue { repeated AnyValue values = 1; }
`;
const REQUEST = parse(SCHEMA).root.lookupType("Request");

const hex = z.base64().transform((text) => Buffer.from(text, "base64").toString("hex"));
const ms = z.string().transform((nanos) => Number(BigInt(nanos) / 1_000_000n));
const Single = z.union([
  z.object({ stringValue: z.string() }).transform((value): string | number => value.stringValue),
  z.object({ intValue: z.string() }).transform((value): string | number => Number(value.intValue)),
  z.object({ doubleValue: z.number() }).transform((value): string | number => value.doubleValue),
]);
const Value = z.union([
  Single,
  z.object({ arrayValue: z.object({ values: z.array(Single) }) }).transform((value) => value.arrayValue.values),
]);
const Attributes = z
  .array(z.object({ key: z.string(), value: Value }))
  .transform((pairs) => Object.fromEntries(pairs.map(({ key, value }) => [key, value])));
const Span = z
  .object({
    traceId: hex,
    spanId: hex,
    parentSpanId: hex.optional().transform((id) => id || null),
    name: z.string(),
    kind: z.number(),
    startTimeUnixNano: ms,
    endTimeUnixNano: ms,
    attributes: Attributes.default({}),
    events: z.array(z.object({ name: z.string(), timeUnixNano: ms })).default([]),
    status: z.object({ code: z.number().default(0), message: z.string().optional() }).default({ code: 0 }),
  })
  .transform(({ startTimeUnixNano: from, endTimeUnixNano: to, parentSpanId: parent, ...span }) => ({
    ...span,
    from,
    to,
    parent,
  }));
const Body = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: Attributes }),
      scopeSpans: z.array(z.object({ spans: z.array(Span) })),
    }),
  ),
});

export type CollectedSpan = z.output<typeof Span> & { readonly resource: z.output<typeof Attributes> };

export interface Collector extends AsyncDisposable {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  readonly spans: CollectedSpan[];
  /** Requests that were none. */
  readonly wrong: string[];
  /** The first that fits. */
  span(fits: (span: CollectedSpan) => boolean, deadlineMs?: number): Promise<CollectedSpan>;
}

export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const wrong: string[] = [];
  const take = async (request: IncomingMessage): Promise<void> => {
    const sent = await buffer(request);
    if (request.url !== "/v1/traces" || request.headers["content-type"] !== "application/x-protobuf") {
      throw new Error(`${request.method} ${request.url} ${request.headers["content-type"]}`);
    }
    const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
    const read = REQUEST.toObject(REQUEST.decode(body), { longs: String, bytes: String });
    for (const { resource, scopeSpans } of Body.parse(read).resourceSpans) {
      for (const span of scopeSpans.flatMap((scope) => scope.spans))
        spans.push({ ...span, resource: resource.attributes });
    }
  };
  const server = createServer((request, response) => {
    void take(request).then(
      () => response.writeHead(200, { "content-type": "application/x-protobuf" }).end(),
      (error: unknown) => {
        wrong.push(String(error));
        response.writeHead(400).end();
      },
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the collector has no port");
  const told = (): string => spans.map(({ name, spanId, parent }) => `${name} ${spanId} in ${parent}`).join("\n");
  return {
    url: `http://127.0.0.1:${address.port}`,
    spans,
    wrong,
    span: (fits, deadlineMs = 45_000) =>
      until(async () => spans.find(fits) ?? null, {
        deadlineMs,
        otherwise: () => `no such span among\n${told()}\nwrong: ${wrong.join("\n")}`,
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Those of one trace, each under what it is within, as lines of text: `create db` under `instance db`. */
export function treeOf(spans: readonly CollectedSpan[], traceId: string): string[] {
  const mine = spans.filter((span) => span.traceId === traceId);
  const ids = new Set(mine.map(({ spanId }) => spanId));
  const below = (parent: string | null, indent: string): string[] =>
    mine
      .filter((span) => (parent === null ? span.parent === null || !ids.has(span.parent) : span.parent === parent))
      .toSorted((a, b) => a.from - b.from || (labelOf(a) < labelOf(b) ? -1 : 1))
      .flatMap((span) => [indent + labelOf(span), ...below(span.spanId, `${indent}  `)]);
  return below(null, "");
}

function labelOf({ name, attributes }: CollectedSpan): string {
  const given = (of: string): string => [attributes[`slipway.${of}`]].flat().join(" ");
  if (name === "instance") return `instance ${given("instance")}`;
  return name === "attempt" ? `attempt ${given("attempt")} ${given("account")}` : name;
}
