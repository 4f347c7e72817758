import { describe, expect, test } from "vitest";
import { sampleDeployment } from "../replies.samples.ts";
import { standWith } from "../stand.samples.ts";

describe("with a plan", () => {
  const applied = { "POST /v1/plans/plan1/apply": { status: 201, json: sampleDeployment({ state: "new" }) } };

  test("launches exactly that", async () => {
    await using stand = await standWith(applied);
    const { exitCode, out } = await stand.run(["launch", "--plan", "plan1"]);
    expect({ exitCode, out }).toMatchObject({ exitCode: 0, out: expect.stringContaining("has begun") });
    expect(stand.requests.map(({ method, url, body }) => [method, url, body])).toEqual([
      ["POST", "/v1/plans/plan1/apply", null],
    ]);
  });

  test.each([
    ["shop.yaml", ["shop.yaml"]],
    ["--max-hourly", ["--max-hourly", "3"]],
    ["--set", ["--set", "a=b"]],
    ["--partial", ["--partial"]],
    ["--quarantine", ["--quarantine", "4h"]],
  ])("takes no %s", async (told, argv) => {
    await using stand = await standWith({});
    const { exitCode, err } = await stand.run(["launch", "--plan", "plan1", ...argv]);
    const text = `slipway: --plan plan1 launches exactly what was planned: leave out ${told}, or plan again with it\n`;
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: text });
  });
});

test("wants a blueprint or a plan", async () => {
  await using stand = await standWith({});
  expect(await stand.run(["launch"])).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining("or a plan, with --plan ID"),
  });
  expect(await stand.run(["launch", "shop", "--max-hourly", "0"])).toMatchObject({
    exitCode: 2,
    err: "slipway: --max-hourly 0: must be a number above 0, at most 1000000000\n",
  });
});
