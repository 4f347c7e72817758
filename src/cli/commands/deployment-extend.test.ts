import { expect, test } from "vitest";
import { Extension } from "../../contract/extension.ts";
import { at, sampleDeployment } from "../replies.samples.ts";
import { problem, standWith } from "../stand.samples.ts";

const ID = sampleDeployment().id;
const HOURS = 3_600;
const EXTEND = `POST /v1/deployments/${ID}/extend`;

test("an extension is asked for as the time at which the lease ends, and that is told", async () => {
  const leased = (leaseEndsAt: string) => ({
    json: sampleDeployment({ state: "running", leaseMs: 8 * HOURS * 1000, leaseEndsAt, actions: ["stop", "extend"] }),
  });
  await using stand = await standWith({
    "GET /v1/deployments/shop": leased(at(8 * HOURS)),
    [EXTEND]: leased(at(12 * HOURS)),
  });
  const { exitCode, out, err } = await stand.run(["extend", "shop", "4h"]);
  expect(exitCode).toBe(0);
  expect(Extension.parse(stand.requests.at(-1)?.body)).toEqual({ until: at(12 * HOURS) });
  expect(out + err).toContain(`shop runs until ${at(12 * HOURS)}, in `);
  const shown = await stand.run(["show", "shop"]);
  expect(shown.out).toContain(`, at ${at(8 * HOURS)}; longer: slipway extend shop 4h`);
  expect(shown.out).toContain("slipway extend shop 4h  # let it run longer before it stops by itself");
});

test("what cannot be extended is told in the server's words, and a time that is none before anybody is asked", async () => {
  const detail = "Deployment shop is running and has no lease to extend: it runs until it is stopped.";
  await using stand = await standWith({
    "GET /v1/deployments/shop": { json: sampleDeployment({ state: "running" }) },
    [EXTEND]: problem("not_in_this_state", detail),
  });
  expect((await stand.run(["extend", "shop", "4h"])).err).toContain("has no lease to extend");
  const asked = stand.requests.length;
  const wrong = await stand.run(["extend", "shop", "4"]);
  expect([wrong.exitCode, wrong.err]).toEqual([2, expect.stringContaining('Write the unit: "4s" are seconds')]);
  expect(stand.requests).toHaveLength(asked);
});

test("how long one is leased for is told before its lease begins, and nothing where it is over", async () => {
  const leaseMs = 8 * HOURS * 1000;
  await using stand = await standWith({
    "GET /v1/deployments/new": { json: sampleDeployment({ state: "pending", leaseMs }) },
    "GET /v1/deployments/old": {
      json: sampleDeployment({ state: "stopped", final: true, leaseMs, leaseEndsAt: at(9), stopAskedAt: at(8) }),
    },
    "GET /v1/deployments/over": {
      json: sampleDeployment({ state: "stopped", final: true, leaseMs, leaseEndsAt: at(9), stopAskedAt: at(9) }),
    },
  });
  expect((await stand.run(["show", "new"])).out).toContain(
    "Lease: 8 h from when all of it runs; then it stops by itself",
  );
  expect((await stand.run(["show", "old"])).out).not.toContain("Lease");
  expect((await stand.run(["show", "over"])).out).toContain(`Lease: it ended at ${at(9)}, which is why it was stopped`);
});
