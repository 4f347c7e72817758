import { expect, test } from "vitest";
import type { Courier, Letter } from "../ports/webhooks.ts";
import { sampleEvent, SAMPLE_TIME } from "../ports/store.samples.ts";
import { change, launch, nthId, times } from "../ports/store-suite/stage.testsuite.ts";
import { CHAIN_MS, startDeliveries } from "./deliver.ts";
import { createWorld, type World } from "./world.testsuite.ts";

const SLOW_MS = 10_000;

async function add({ store }: World, name: string): Promise<void> {
  const webhook = { name, url: "https://x.example", pool: null, kinds: null, createdAt: SAMPLE_TIME, createdBy: "ada" };
  await store.write((tx) => tx.addWebhook(webhook, "sealed"));
}

const write = (world: World, n: number, last: number) =>
  change(world.store, nthId(n), ({ deployment }) => ({
    deployment: { eventNo: last },
    events: times(last - deployment.eventNo).map((no) =>
      sampleEvent({ deployment: nthId(n), no: deployment.eventNo + no + 1 }),
    ),
  }));

test("webhooks that take everything late let others have a place in between", async () => {
  const world = await createWorld();
  const { clock, deps } = world;
  for (const n of times(4)) await launch(world.store, { id: nthId(n) });
  for (const n of times(4)) await add(world, `slow-${n}`);
  for (const n of times(4)) await write(world, n, 60);
  const told: Letter[] = [];
  const carry: Courier["carry"] = async (letter) => {
    if (letter.webhook.name !== "prompt") await clock.sleep(SLOW_MS);
    told.push(letter);
    return { isTaken: true, isFinal: true, text: "answered 204", retryAfterMs: null };
  };
  const courier: Courier = { carry, test: async () => Promise.reject(new Error("not asked")), refusal: () => null };
  let nonces = 0;
  const deliveries = await startDeliveries({ ...deps, courier, nonce: () => `nonce-${(nonces += 1)}` });
  await clock.advance(SLOW_MS / 2);
  await add(world, "prompt");
  await write(world, 0, 61);
  await clock.advance(CHAIN_MS + SLOW_MS);
  expect(told.filter(({ webhook }) => webhook.name === "prompt").map(({ event }) => event.no)).toEqual([61]);
  const stopped = deliveries.stop();
  await clock.advance(10 * SLOW_MS);
  await stopped;
});
