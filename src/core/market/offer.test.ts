import { expect, test } from "vitest";
import { sampleOffer } from "../../ports/market.samples.ts";
import { SMALL_PROFILE } from "../../ports/store.samples.ts";
import { offerBook } from "./offer.ts";

test("what no more matches are remembered for is looked up anew, with the same answer", () => {
  const offers = ["r1", "r2"].map((realm) => sampleOffer({ realm, cpu: 4 }));
  const conditions = { realms: ["r1", "r2"], userDataBytesMost: 1, sharesLoopback: false, where: [] };
  const book = offerBook(offers, conditions, 1);
  const answers = () =>
    [1, 2, 3].map((cpu) => book.fittingIn({ ...SMALL_PROFILE, cpu }, ["r1", "r2"]).map(({ offer }) => offer.realm));
  const first = answers();
  expect(first).toEqual([1, 2, 3].map(() => ["r1", "r2"]));
  expect(answers()).toEqual(first);
  // What is remembered is the same list.
  const profile = { ...SMALL_PROFILE, cpu: 3 };
  expect(book.fitting(profile, "r1")).toBe(book.fitting(profile, "r1"));
});
