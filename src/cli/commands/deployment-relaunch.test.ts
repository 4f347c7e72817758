import { expect, test } from "vitest";
import { RelaunchRequest } from "../../contract/deployment.ts";
import { sampleDeployment } from "../replies.samples.ts";
import { problem, standWith } from "../stand.samples.ts";

const RELAUNCH = "POST /v1/deployments/shop/relaunch";
const made = sampleDeployment({ id: "new1", relaunchOf: "old1" });

test("a relaunch asks for what is given to be another, and tells where the old one is", async () => {
  await using stand = await standWith({ [RELAUNCH]: { status: 201, json: made } });
  const { exitCode, out, err } = await stand.run([
    "relaunch",
    "shop",
    "--set",
    "size=large",
    "--lease",
    "2h",
    "--hold",
    "30m",
  ]);
  expect([exitCode, err]).toEqual([0, expect.any(String)]);
  expect(out + err).toContain("shop is launched once more, as new1.");
  expect(out + err).toContain("slipway show old1");
  const [asked] = stand.requests;
  expect(RelaunchRequest.parse(asked?.body)).toEqual({
    parameters: { size: "large" },
    leaseMs: 7_200_000,
    holdMs: 1_800_000,
  });
});

test("one that has not ended is refused in the server's words, and one that has says that it may be launched again", async () => {
  const detail = "Deployment shop is running, and is launched once more only when it has ended.";
  await using stand = await standWith({
    [RELAUNCH]: problem("not_in_this_state", detail),
    "GET /v1/deployments/shop": {
      json: sampleDeployment({ state: "stopped", final: true, actions: ["delete", "relaunch"], relaunchOf: "old1" }),
    },
    "GET /v1/deployments/old1": {
      json: sampleDeployment({ state: "failed", final: true, ref: "old1", successor: "new1" }),
    },
  });
  expect((await stand.run(["relaunch", "shop"])).err).toContain("only when it has ended");
  const shown = await stand.run(["show", "shop"]);
  expect(shown.out).toContain("slipway relaunch shop  # launch it once more, as another deployment");
  expect(shown.out).toContain("Launched once more after old1: slipway show old1");
  expect((await stand.run(["show", "old1"])).out).toContain("Its name belongs to new1 now: slipway show new1");
});

test("goes on with the trace that TRACEPARENT names", async () => {
  await using stand = await standWith({ [RELAUNCH]: { status: 201, json: made } });
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  await stand.run(["relaunch", "shop"], { env: { TRACEPARENT: traceparent, TRACESTATE: "ci=1" } });
  await stand.run(["relaunch", "shop"]);
  expect(stand.requests.map(({ headers }) => [headers["traceparent"], headers["tracestate"]])).toEqual([
    [traceparent, "ci=1"],
    [undefined, undefined],
  ]);
});
