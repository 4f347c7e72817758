import { readdir, readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { standWith } from "./stand.samples.ts";

const AT = "GET /v1/export?table=machines&format=csv";
const CSV = "id,name\r\nm-1,shop\r\n";

test("a table goes to the standard output, or into a file", async () => {
  await using stand = await standWith({ [AT]: (response) => void response.end(CSV) });
  expect((await stand.run(["export", "machines"])).out).toBe(CSV);
  const path = join(stand.folder, "machines.csv");
  const { exitCode, out } = await stand.run(["export", "machines", "-o", path]);
  expect(exitCode).toBe(0);
  expect(out).toContain(`${path} holds the machines, in 1 KiB.`);
  expect(await readFile(path, "utf8")).toBe(CSV);
});

test("days and filters go to the server as it takes them", async () => {
  const asked = "GET /v1/export?table=attempts&format=json&pool=prod&from=2026-11-01T00%3A00%3A00.000Z";
  await using stand = await standWith({ [asked]: (response) => void response.end("[\n]\n") });
  const given = ["export", "attempts", "--format", "json", "--pool", "prod", "--from", "2026-11-01"];
  expect((await stand.run(given)).exitCode).toBe(0);
});

test("of a table that breaks off nothing is left, and it is told", async () => {
  const cut = (response: ServerResponse): void => {
    response.write(CSV);
    setImmediate(() => response.destroy());
  };
  await using stand = await standWith({ [AT]: cut });
  const path = join(stand.folder, "machines.csv");
  const { exitCode, err } = await stand.run(["export", "machines", "-o", path]);
  expect([exitCode, err]).toEqual([1, expect.stringContaining("nothing was exported")]);
  expect(await readdir(stand.folder)).toEqual([]);
  const { exitCode: printed, err: why } = await stand.run(["export", "machines"]);
  expect([printed, why]).toEqual([1, expect.stringContaining("the table is not whole")]);
});

test.each([
  [["export", "secrets"], "must be one of deployments, attempts, machines"],
  [["export", "machines", "--from", "yesterday"], "must be a day or a time in UTC"],
  [["export", "machines", "--format", "xml"], "must be one of csv, json"],
])("%j is refused before anything is asked", async (argv, text) => {
  await using stand = await standWith({});
  const { exitCode, err } = await stand.run(argv);
  expect([exitCode, err]).toEqual([2, expect.stringContaining(text)]);
});
