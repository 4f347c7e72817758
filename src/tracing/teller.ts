// Spans with the ids that they are to have. The library draws ids; here they follow from what a span is about, so that processes
// that know nothing of each other tell the same trace.

import {
  type Attributes,
  type Context,
  createTraceState,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from "@opentelemetry/api";
import { type Sampler, SamplingDecision, type SpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { Resource } from "@opentelemetry/resources";
import type { TraceParent } from "../core/traceparent.ts";
import type { Trace } from "./ids.ts";

export interface Telling {
  readonly name: string;
  readonly id: string;
  /** Id of the span that it is within; null: of the deployment's, which has nobody's above it but its sender's. */
  readonly within: string | null;
  readonly from: number;
  readonly to: number;
  readonly attributes: Attributes;
  readonly moments?: readonly { readonly name: string; readonly at: number | null }[];
  /** Null: nobody says. A text: what is wrong. */
  readonly verdict: "good" | { readonly wrong: string } | null;
  readonly isCall?: boolean;
  /** Spans of other traces that it is about. */
  readonly links?: readonly { readonly trace: Trace; readonly spanId: string }[];
}

export interface Teller {
  tell(of: Trace, telling: Telling): void;
  /** For whom a span of this trace asks; null: it is not told. */
  contextOf(of: Trace, id: string): TraceParent | null;
  close(): Promise<void>;
}

interface Means {
  readonly sampler: Sampler;
  readonly resource: Resource;
  readonly processor: SpanProcessor;
  readonly version: string;
}

export function createTeller({ sampler, resource, processor, version }: Means): Teller {
  const next = { traceId: "", spanId: "" };
  const idGenerator = { generateTraceId: () => next.traceId, generateSpanId: () => next.spanId };
  const provider = new TracerProvider({ sampler, resource, idGenerator, spanProcessors: [processor] });
  const tracer = provider.getTracer("slipway", version);

  /** Every process comes to the same: by what the sender has said, else by the trace's id. */
  function isTold(of: Trace): boolean {
    const { decision } = sampler.shouldSample(above(of), of.traceId, "deployment", SpanKind.INTERNAL, {}, []);
    return decision === SamplingDecision.RECORD_AND_SAMPLED;
  }

  return {
    tell(of, { name, id, within, from, to, attributes, moments = [], verdict, isCall = false, links = [] }) {
      const isRoot = within === null;
      const parent = isRoot ? above(of) : contextWith(contextIn(of, within, isTold(of)));
      Object.assign(next, { traceId: of.traceId, spanId: id });
      const kind = isCall ? SpanKind.CLIENT : SpanKind.INTERNAL;
      // As dates: a number that is small enough counts from this process' start.
      const about = links.map(({ trace: other, spanId }) => ({
        context: spanContextOf(contextIn(other, spanId, isTold(other))),
      }));
      const span = tracer.startSpan(name, { startTime: new Date(from), kind, attributes, links: about }, parent);
      for (const { name: moment, at } of moments) if (at !== null) span.addEvent(moment, new Date(at));
      if (verdict === "good") span.setStatus({ code: SpanStatusCode.OK });
      else if (verdict !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: verdict.wrong });
      span.end(new Date(Math.max(from, to)));
    },
    contextOf: (of, id) => (isTold(of) ? contextIn(of, id, true) : null),
    close: () => provider.shutdown(),
  };
}

const contextIn = ({ traceId, parent }: Trace, spanId: string, isSampled: boolean): TraceParent => ({
  traceId,
  spanId,
  isSampled,
  state: parent?.state ?? null,
});

/** What the trace's first span is within. */
function above({ parent }: Trace): Context {
  return parent === null ? ROOT_CONTEXT : contextWith(parent);
}

function contextWith(parent: TraceParent): Context {
  return trace.setSpanContext(ROOT_CONTEXT, spanContextOf(parent));
}

function spanContextOf({ traceId, spanId, isSampled, state }: TraceParent): SpanContext {
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const traceState = state === null ? {} : { traceState: createTraceState(state) };
  return { traceId, spanId, traceFlags, isRemote: true, ...traceState };
}
