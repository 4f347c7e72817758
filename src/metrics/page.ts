// The page that Prometheus reads, for a port of its own.

import { Hono } from "hono";
import { prometheusContentType } from "prom-client";

/** `scrape`: the text. */
export function metricsPage(scrape: () => Promise<string>): Hono {
  const app = new Hono();
  app.get("/metrics", async (c) => c.body(await scrape(), 200, { "content-type": prometheusContentType }));
  app.get("/", (c) => c.text("Slipway's metrics are at /metrics\n"));
  return app;
}
