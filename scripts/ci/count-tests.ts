// Prints "PASSED FAILED" summed over the JSON reports of vitest in the folder given. A file that failed before its first
// test counts as one failure.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import * as z from "zod";

const Report = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

const folder = argv[2] ?? "reports";
const reports = globSync("*.json", { cwd: folder }).map((name) =>
  Report.parse(JSON.parse(readFileSync(join(folder, name), "utf8"))),
);

const passed = reports.reduce((sum, report) => sum + report.numPassedTests, 0);
const failed = reports.reduce((sum, report) => {
  const unstarted = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  return sum + report.numFailedTests + unstarted.length;
}, 0);

console.log(`${passed} ${failed}`);
