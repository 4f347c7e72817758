import { expect, test } from "vitest";
import { sampleDeployment } from "../deployment/deployment.samples.ts";
import { againOf, draftAgain, keptSecrets } from "./again.ts";

const SOURCE = "slipway: 1\nname: shop\n";
const former = {
  deployment: sampleDeployment({
    pool: "prod",
    partial: true,
    leaseMs: 5_400_000,
    holdMs: 1_800_000,
    quarantineMs: 14_400_000,
    parameters: { count: 2, greeting: "ahoy", debug: false, password: null },
  }),
  source: SOURCE,
};
const secret = { name: "password", secret: true };
const outline = { parameters: [secret, { name: "greeting", secret: false }] };

test("the form is filled in as it was launched, but for secret values", () => {
  const draft = draftAgain(former);
  expect(draft).toMatchObject({ from: "file", source: SOURCE, pool: "prod", partial: true });
  expect(draft).toMatchObject({ lease: "1.5", hold: "30", quarantine: "4" });
  expect([...draft.values]).toEqual([
    ["count", "2"],
    ["greeting", "ahoy"],
    ["debug", false],
  ]);
});

test("a blueprint that nobody changed is not sent, and its secret values need not be given again", () => {
  const draft = draftAgain(former);
  const asked = { parameters: { greeting: "hey" }, leaseMs: 3_600_000, holdMs: 60_000, quarantineMs: null };
  const request = { blueprint: { source: SOURCE }, ...asked };
  expect(againOf(former, draft, request)).toEqual({
    parameters: { greeting: "hey" },
    partial: true,
    leaseMs: 3_600_000,
    holdMs: 60_000,
    quarantineMs: null,
  });
  expect([...keptSecrets(former, draft, outline)]).toEqual(["password"]);
  const changed = { ...draft, source: `${SOURCE}# another\n` };
  const blueprint = { source: changed.source };
  expect(againOf(former, changed, { blueprint })).toEqual({ blueprint, partial: true });
  expect([...keptSecrets(former, changed, outline)]).toEqual([]);
  expect([...keptSecrets(former, draft, null)]).toEqual([]);
});
