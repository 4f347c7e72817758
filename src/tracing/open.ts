// OpenTelemetry, as it is told by OTLP over HTTP. Loaded when traces are asked for and not before.

import { setGlobalErrorHandler } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import {
  detectResources,
  envDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from "@opentelemetry/resources";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace";
import type { Spans } from "../ports/spans.ts";
import type { TracesConfig } from "../ports/traces-config.ts";
import { samplerOf } from "./sampler.ts";
import { spansBy } from "./spans.ts";
import { createTeller } from "./teller.ts";

/** How long the end of the process waits for what is left to be told. */
const CLOSE_MS = 5_000;
/** One complaint in so long: spans go out every few seconds. */
const COMPLAIN_EVERY_MS = 60_000;

export interface OpenSpans extends Spans {
  /** Tells what is left, as far as that takes no long time. Never rejects. */
  close(): Promise<void>;
}

export interface Outlet {
  readonly config: TracesConfig;
  readonly version: string;
  /** Spans that could not be told; they are lost. */
  readonly complain: (text: string) => void;
}

export function openSpans({ config, version, complain }: Outlet): OpenSpans {
  let quietUntil = 0;
  setGlobalErrorHandler((error) => {
    const now = performance.now();
    if (now < quietUntil) return;
    quietUntil = now + COMPLAIN_EVERY_MS;
    complain(textOf(error));
  });
  const own = resourceFromAttributes({ "service.name": "slipway", "service.version": version });
  const resource = own.merge(detectResources({ detectors: [serviceInstanceIdDetector, envDetector] }));
  const processor = new BatchSpanProcessor({ exporter: new OTLPTraceExporter() });
  const teller = createTeller({ sampler: samplerOf(config), resource, processor, version });
  return {
    ...spansBy(teller),
    async close() {
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(), CLOSE_MS);
      const over = new Promise<void>((resolve) =>
        late.signal.addEventListener("abort", () => resolve(), { once: true }),
      );
      await Promise.race([teller.close().catch(() => undefined), over]);
      clearTimeout(timer);
    },
  };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : JSON.stringify(error);
}
