import { expect, test } from "vitest";
import { at } from "../replies.samples.ts";
import { problem, standWith } from "../stand.samples.ts";

const SOURCE = "# Kept as written\nslipway: 1\nname: hello\n";
const outline = { name: "hello", parameters: [], instances: [] };
const stored = { name: "hello", version: 2, createdAt: at(0), createdBy: "ann", source: SOURCE, outline };

test("blueprint show prints the text alone, so that it can be kept as a file", async () => {
  await using stand = await standWith({ "GET /v1/blueprints/hello?version=2": { json: stored } });
  const { exitCode, out, err } = await stand.run(["blueprint", "show", "hello@2"]);
  expect({ exitCode, out, err }).toEqual({ exitCode: 0, out: SOURCE, err: "" });
});

test("blueprint rm removes it, or says that there is none", async () => {
  await using stand = await standWith({
    "DELETE /v1/blueprints/hello": { status: 204 },
    "DELETE /v1/blueprints/nope": problem("not_found", "There is no blueprint nope."),
  });
  expect((await stand.run(["blueprint", "rm", "hello"])).out).toBe("Removed blueprint hello.\n");
  expect(await stand.run(["blueprint", "rm", "nope"])).toMatchObject({ exitCode: 2, out: "" });
});
