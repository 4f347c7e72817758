import { expect, test } from "vitest";
import { EXPORT_COLUMNS } from "../../contract/export.ts";
import { sampleDeployment } from "../../cli/replies.samples.ts";
import { rowsOfDeployment, tableWriter } from "./export.ts";

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])("a failure that begins as a formula does is text: %j", (failure) => {
  const csv = tableWriter("deployments", "csv").rows(rowsOfDeployment("deployments", sampleDeployment({ failure })));
  const at = EXPORT_COLUMNS.deployments.indexOf("failure");
  expect(csv.split(",")[at]).toBe(`'${failure}`);
});

test("commas, quotes and line ends stay within their cell", () => {
  const csv = tableWriter("deployments", "csv").rows(
    rowsOfDeployment("deployments", sampleDeployment({ failure: 'no "room", none\nat all' })),
  );
  expect(csv).toContain(',"no ""room"", none\nat all",');
  expect(csv.endsWith("\r\n")).toBe(true);
});

test("of JSON that is cut off the end is missing", () => {
  const writer = tableWriter("deployments", "json");
  const pieces = [
    writer.begin,
    writer.rows(rowsOfDeployment("deployments", sampleDeployment())),
    writer.rows(rowsOfDeployment("deployments", sampleDeployment())),
    writer.end,
  ];
  expect(JSON.parse(pieces.join(""))).toHaveLength(2);
  expect(() => JSON.parse(pieces.slice(0, -1).join(""))).toThrow(SyntaxError);
});
