import { expect, test } from "vitest";
import { Plan } from "../../contract/plan.ts";
import { createStand } from "../stand.testsuite.ts";

const MISSPELT = "slipway: 1\nname: a\ninstances: { web: { image: debain-12, profile: small } }\n";

test("an answer about an image that is over is asked for again by the next plan", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const codes = async () => {
    const asked = { method: "POST", path: "/v1/plan", body: { blueprint: { source: MISSPELT } } };
    const plan = await stand.meanwhile(stand.reply(Plan, 200, asked));
    return [...new Set(plan.refused.map(({ code }) => code))];
  };
  expect(await codes()).toEqual(["no_image"]);
  await stand.clock.advance(120_000);
  expect(await codes()).toEqual(["no_image"]);
});
