import { expect, test } from "vitest";
import type { Offer } from "../core/catalogue.ts";
import { ProviderFault } from "./provider.ts";
import { readOffer } from "./read-offer.ts";
import { NOTHING, sampleCatalogue, sampleSize } from "./store.samples.ts";

const calm = (): AbortSignal => new AbortController().signal;
const reading = (offer: Offer) => readOffer({ catalogue: async () => offer }, calm());

test("what can be true is handed on, and what was left out is named", async () => {
  const sizes = [sampleSize({ name: "good" }), sampleSize({ name: "bad", hourlyMicros: -1 })];
  const read = await reading(sampleCatalogue({ sizes }));
  expect(read.offer.sizes.map(({ name }) => name)).toEqual(["good"]);
  expect(read.leftOut).toEqual(["bad"]);
});

test("quotas that cannot be read are a fault of the account that passes, with their place", async () => {
  const used = { ...NOTHING, cpu: Number.NaN };
  const read = reading(sampleCatalogue({ used }));
  await expect(read).rejects.toThrow(ProviderFault);
  await expect(read).rejects.toMatchObject({
    fault: {
      class: "transient",
      scope: "account",
      code: "unreadable_answer",
      text: "the cloud's answer cannot be read: used.cpu is NaN, which is no amount",
    },
  });
});
