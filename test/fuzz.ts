// A fuzz over openapi.json: `npm run -s fuzz -- [--seconds N] [--requests N] [--seed S]`. Requests that are right, nearly right and
// not right at all go to a server of its own; each reply must be one that the document has, with its schema, none may be the server's
// fault, and a request that was refused must leave all rows as they were. It ends when both so much time is over and so many requests
// were sent. A seed draws the same requests again; ids that the server draws are others.

import { parseArgs } from "node:util";
import { readDocument } from "./fuzz/document.ts";
import { runFuzz } from "./fuzz/run.ts";
import { openStage } from "./fuzz/stage.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "120" },
    requests: { type: "string", default: "20000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const [seconds, requests, seed] = [values.seconds, values.requests, values.seed].map(Number);
if (seconds === undefined || requests === undefined || seed === undefined)
  throw new Error("three numbers are asked for");
for (const value of [seconds, requests, seed]) {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error("--seconds, --requests and --seed are whole numbers");
}

const TOLD_EVERY = 2_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const started = performance.now();
const passedS = (): number => Math.round((performance.now() - started) / 1000);

say(`fuzz: seed ${seed}`);
const stage = await openStage();
const report = await runFuzz(stage, readDocument(), {
  seed,
  isEnough(sent) {
    if (sent > 0 && sent % TOLD_EVERY === 0) say(`${sent} requests, ${passedS()} s`);
    return sent >= requests && passedS() >= seconds;
  },
});
await stage.close();

for (const { no, asked, faults } of report.findings) say(`request ${no}: ${asked}\n    ${faults.join("\n    ")}`);
const statuses = [...report.statuses].toSorted(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
say(`replies by status: ${statuses.join(", ")}`);
if (report.unreached.length > 0) say(`never answered with success: ${report.unreached.join(", ")}`);
say(`${report.requests} requests, seed ${seed}, ${passedS()} s, ${report.findings.length} findings`);
process.exit(report.findings.length === 0 ? 0 : 1);
