// Live checks by the pumps: what is known of a member when nobody can try it.

import { expect, test } from "vitest";
import type { LiveCheck } from "../core/blueprint/model.ts";
import { ProviderFault } from "../ports/provider.ts";
import { clouded, createWorld, pairBlueprint } from "./world.testsuite.ts";

const LIVE: LiveCheck = { check: { kind: "tcp", port: 80 }, periodMs: 1_000, failures: 3 };

const LOCKED_OUT = new ProviderFault({
  class: "auth",
  scope: "account",
  effect: "none",
  code: "wrong_key",
  text: "the key is wrong",
  requestId: null,
  retryAfterMs: null,
});

test("a member that cannot be tried is as alive as it was, and one that answers with a refusal is not", async () => {
  let says: "passed" | "locked out" | "refused" = "passed";
  const world = await createWorld({
    clouds: [{ name: "east" }],
    ...clouded(() => ({
      probe: async () => {
        if (says === "locked out") throw LOCKED_OUT;
        return says === "passed" ? { passed: true } : { passed: false, answer: "connection refused" };
      },
    })),
  });
  await world.engine().start();
  await world.clock.advance(1_000);
  const instances = pairBlueprint().instances.map((one) => ({ ...one, live: LIVE }));
  const id = await world.launch({ instances });
  await world.clock.advance(20_000);
  expect((await world.deployment(id)).state).toBe("running");
  says = "locked out";
  await world.clock.advance(60_000);
  expect((await world.deployment(id)).state).toBe("running");
  expect(await world.story(id)).not.toContain("live_lost");
  says = "refused";
  await world.clock.advance(10_000);
  expect(await world.story(id)).toContain("live_lost");
});
