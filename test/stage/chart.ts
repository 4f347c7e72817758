// deploy/helm/slipway, rendered as helm would.

import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";
import { ROOT } from "./child.ts";

const CHART = join(ROOT, "deploy/helm/slipway");
const Values = z.record(z.string(), z.unknown());

const textOf = (path: string): string => readFileSync(join(CHART, path), "utf8");

export const Chart = z.object({ name: z.string(), version: z.string(), appVersion: z.string() });

export const readChart = (): z.output<typeof Chart> => Chart.parse(parse(textOf("Chart.yaml")));

/** What the templates are of, by their names. */
export function chartTemplates(): Record<string, string> {
  const paths = globSync("templates/*", { cwd: CHART });
  return Object.fromEntries(paths.map((path) => [basename(path), textOf(path)]));
}

/** `changes`: whole parts of values.yaml in place of those there. */
export function renderChart(changes: Readonly<Record<string, unknown>>): readonly unknown[] {
  const program = process.env["SLIPWAY_TEST_RENDER"];
  if (program === undefined) throw new Error("these tests need Go: scripts/ci/with-go-templates.sh");
  const { name, version, appVersion } = readChart();
  const context = {
    Values: { ...Values.parse(parse(textOf("values.yaml"))), ...changes },
    Release: { Name: "prod", Namespace: "default", Service: "Helm" },
    Chart: { Name: name, Version: version, AppVersion: appVersion },
  };
  const input = JSON.stringify({ templates: chartTemplates(), context });
  const output = execFileSync(program, { input, encoding: "utf8" });
  const texts = Object.values(z.record(z.string(), z.string()).parse(JSON.parse(output)));
  return texts.flatMap((text) =>
    parseAllDocuments(text).flatMap((document): unknown[] => {
      for (const error of document.errors) throw error;
      const read: unknown = document.toJS();
      return read === null ? [] : [read];
    }),
  );
}
