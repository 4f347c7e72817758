// Crashes of real processes: `npm run -s crash -- --rounds N [--seed S] [--database embedded|postgres|both] [--batch N]`.
// Servers, workers and databases are killed, paused and restarted under load, at times that follow from the seed; then what
// Slipway says is compared with the datacentre's bill. Findings name the seed of their batch, and its logs are kept.

import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type BatchPlan, type BatchReport, counted, playBatch } from "./crash/batch.ts";
import type { Database } from "./crash/plan.ts";
import { type Stack, startStack } from "./crash/stack.ts";

/** Rounds between two checks. */
const BATCH = 20;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "16" },
    batch: { type: "string", default: String(BATCH) },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    database: { type: "string", default: "both" },
  },
});
// The crash run has a server of its own; this one must live.
delete process.env["DATABASE_URL"];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Share {
  readonly database: Database;
  readonly rounds: number;
}

function sharesOf(database: string, rounds: number): Share[] {
  const half = Math.ceil(rounds / 2);
  switch (database) {
    case "embedded":
    case "postgres":
      return [{ database, rounds }];
    case "both":
      return [
        { database: "embedded", rounds: half },
        { database: "postgres", rounds: rounds - half },
      ];
    default:
      throw new Error("--database must be embedded, postgres or both");
  }
}

function batchesOf({ database, rounds }: Share): BatchPlan[] {
  const size = Number(values.batch);
  return Array.from({ length: Math.ceil(rounds / size) }, (_, index) => ({
    // The first batch of a seed has the seed itself, so that the seed of any batch plays it alone.
    seed: index === 0 ? values.seed : `${values.seed}-${index + 1}`,
    rounds: Math.min(size, rounds - index * size),
    database,
    prefix: `b${index + 1}`,
  }));
}

async function playShare(share: Share): Promise<BatchReport[]> {
  const reports: BatchReport[] = [];
  let stack: Stack | null = null;
  try {
    for (const plan of batchesOf(share)) {
      stack ??= await startStack(plan);
      const report = await playAndTell(stack, plan);
      reports.push(report);
      if (report.findings.length === 0) continue;
      // What it left behind must not be found twice.
      await stack.dispose();
      stack = null;
    }
  } finally {
    await stack?.dispose();
  }
  return reports;
}

async function playAndTell(stack: Stack, plan: BatchPlan): Promise<BatchReport> {
  const { database, seed, rounds } = plan;
  const startedAt = performance.now();
  const title = `${database}, seed ${seed}, ${rounds} rounds`;
  try {
    const report = await playBatch(stack, plan, (line) => say(`${title}: ${line}`));
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    say(
      `${title}: ${report.findings.length} findings in ${seconds} s; ${JSON.stringify(report.states)} ${JSON.stringify(counted(report.changes))}`,
    );
    if (report.findings.length > 0) keep(stack, plan, report);
    return report;
  } catch (error) {
    keep(stack, plan, { findings: [String(error)], evidence: null });
    throw error;
  }
}

function keep(
  stack: Stack,
  plan: BatchPlan,
  report: Pick<BatchReport, "findings"> & { readonly evidence: unknown },
): void {
  const folder = mkdtempSync(join(tmpdir(), `slipway-crash-${plan.database}-${plan.seed}-`));
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of stack.logs()) writeFileSync(join(folder, `${name}.log`), text);
  writeFileSync(join(folder, "evidence.json"), JSON.stringify(report.evidence, null, 1));
  writeFileSync(join(folder, "findings.txt"), report.findings.join("\n"));
  for (const line of report.findings) say(`FINDING ${line}`);
  say(`logs and evidence: ${folder}`);
  const { seed, rounds, database } = plan;
  say(`again: npm run -s crash -- --rounds ${rounds} --batch ${rounds} --seed ${seed} --database ${database}`);
}

const startedAt = performance.now();
const reports: BatchReport[] = [];
for (const share of sharesOf(values.database, Number(values.rounds))) reports.push(...(await playShare(share)));
const sum = (of: (report: BatchReport) => number): number => reports.reduce((all, report) => all + of(report), 0);
const found = sum(({ findings }) => findings.length);
say(
  [
    `${sum(({ episodes }) => episodes.length)} rounds in ${Math.round((performance.now() - startedAt) / 1000)} s`,
    JSON.stringify(counted(reports.flatMap(({ episodes }) => episodes.map(({ kind }) => kind)))),
    `${sum(({ launches }) => launches)} launches, ${sum(({ machines }) => machines)} machines, ${sum(({ faults }) => faults)} faults of clouds`,
    JSON.stringify(counted(reports.flatMap(({ changes }) => changes))),
    `${found} findings`,
  ].join("; "),
);
process.exitCode = found === 0 ? 0 : 1;
