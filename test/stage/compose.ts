// deploy/compose.yaml as it is, read for tests: what its services are started with.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { ROOT } from "./child.ts";

const Service = z.object({
  image: z.string(),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  networks: z.array(z.string()).default(["default"]),
  secrets: z.array(z.string()).default([]),
  depends_on: z.union([z.array(z.string()), z.record(z.string(), z.unknown()).transform(Object.keys)]).default([]),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  read_only: z.boolean().default(false),
  stop_grace_period: z.string().optional(),
});

const Compose = z.object({
  services: z.record(z.string(), Service),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
  volumes: z.record(z.string(), z.object({})),
});

/** With its variables (`${NAME:-default}`, `${NAME:?else}`) as they are given. */
export function readCompose(given: Readonly<Record<string, string>>): z.output<typeof Compose> {
  const needed = (name: string): string => {
    const value = given[name];
    if (value === undefined) throw new Error(`compose.yaml needs ${name}`);
    return value;
  };
  const filled = (text: string): string =>
    text
      .replaceAll(/\$\{(\w+):-([^}]*)\}/g, (_, name: string, otherwise: string) => given[name] ?? otherwise)
      .replaceAll(/\$\{(\w+):\?[^}]*\}/g, (_, name: string) => needed(name));
  const text = readFileSync(join(ROOT, "deploy/compose.yaml"), "utf8");
  const fill = (_: unknown, value: unknown): unknown => (typeof value === "string" ? filled(value) : value);
  return Compose.parse(parse(text, fill, { merge: true }));
}

const Scraping = z.object({
  rule_files: z.array(z.string()),
  scrape_configs: z.array(
    z.object({ job_name: z.string(), static_configs: z.array(z.object({ targets: z.array(z.string()) })) }),
  ),
});

/** deploy/prometheus.yaml. */
export function readScraping(): z.output<typeof Scraping> & { readonly targets: readonly string[] } {
  const read = Scraping.parse(parse(readFileSync(join(ROOT, "deploy/prometheus.yaml"), "utf8")));
  const targets = read.scrape_configs.flatMap((one) => one.static_configs.flatMap((some) => some.targets));
  return { ...read, targets };
}
