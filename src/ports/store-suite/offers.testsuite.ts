import { expect, test } from "vitest";
import { accountId } from "../../core/ids.ts";
import { sampleCut, sampleOffer, sampleOffers } from "../market.samples.ts";
import type { Offer } from "../../core/market/offer.ts";
import type { OffersRead, Told } from "../offers.ts";
import { SAMPLE_TIME, sampleAccount, SMALL_PROFILE } from "../store.samples.ts";
import { change, HOUR_MS, launch, nthId, openAccounts, type Stage } from "./stage.testsuite.ts";

const EAST = accountId("acc-east");
const WEST = accountId("acc-west");
const ALL = { limit: 100, after: null, realm: null };
const enquiry = { account: EAST, kind: "image", realm: "east-1", choice: "debian-12" } as const;
const PLACE = '{"networks":["shop"]}';

export function offersSuite(stage: Stage): void {
  const put = (read: Pick<OffersRead, "realms" | "offers"> & Partial<OffersRead>, id = EAST) =>
    stage.store.write(async (tx) => {
      await tx.lockAccount(id);
      await tx.putOffers(id, { unlisted: [], userDataBytesMost: 16_384, sharesLoopback: false, where: [], ...read });
    });
  const listed = (id = EAST, filter: Partial<typeof ALL> = {}) =>
    stage.store.read((tx) => tx.offers(id, { ...ALL, ...filter }));
  const placesOf = (offers: readonly Offer[]) => offers.map(({ realm, size }) => `${realm}/${size}`);
  const market = async () => (await stage.store.read((tx) => tx.market("default")))?.accounts[0];

  test("offers keep every field, and are read in pages in order of realm and size", async () => {
    await openAccounts(stage.store);
    const full = sampleOffer({
      size: "s9",
      storageGib: 0.5,
      accelerators: 2,
      acceleratorKind: "a100",
      family: "gpu",
      spot: true,
      hourlyMicros: null,
      takes: { "cpu/gpu": 8, constructor: 1 },
      cut: sampleCut({ hourlyMicrosPerCpu: 12.5, hourlyMicrosPerGib: null }),
    });
    await put({ realms: ["east-2", "east-1", "east-3"], offers: [full, ...sampleOffers()] });
    expect(await listed()).toEqual([...sampleOffers(["east-1"]), full, ...sampleOffers(["east-2"])]);
    expect(placesOf(await listed(EAST, { limit: 2 }))).toEqual(["east-1/s1", "east-1/s4"]);
    const after = { realm: "east-1", size: "s4" };
    expect(placesOf(await stage.store.read((tx) => tx.offers(EAST, { limit: 2, after, realm: null })))).toEqual([
      "east-1/s9",
      "east-2/s1",
    ]);
    expect(placesOf(await stage.store.read((tx) => tx.offers(EAST, { ...ALL, realm: "east-2" })))).toEqual([
      "east-2/s1",
      "east-2/s4",
    ]);
    expect(await stage.store.read((tx) => tx.realms(EAST))).toEqual(["east-1", "east-2", "east-3"]);
  });

  test("a read replaces the one before, and selection sees it; other accounts keep theirs", async () => {
    await openAccounts(stage.store, [sampleAccount(), sampleAccount({ id: WEST })]);
    expect((await market())?.offers).toBeNull();
    await put({ realms: ["west-1"], offers: [sampleOffer({ realm: "west-1" })] }, WEST);
    await put({ realms: ["east-1", "east-2"], offers: sampleOffers() });
    const cheapest = async () => (await market())?.offers?.fitting(SMALL_PROFILE, "east-1")[0];
    expect((await cheapest())?.hourlyMicros).toBe(10_000);
    await put({ realms: ["east-1"], offers: [sampleOffer({ hourlyMicros: 7 })] });
    expect((await cheapest())?.hourlyMicros).toBe(7);
    expect((await market())?.offers?.realms).toEqual(["east-1"]);
    expect(placesOf(await listed())).toEqual(["east-1/s1"]);
    expect(placesOf(await listed(WEST))).toEqual(["west-1/s1"]);
    await put({ realms: [], offers: [] });
    expect(await listed()).toEqual([]);
    expect((await market())?.offers?.realms).toEqual([]);
  });

  test("what a realm sold that could not be read stays", async () => {
    await openAccounts(stage.store);
    await put({ realms: ["east-1", "east-2"], offers: sampleOffers() });
    const both = ["east-1", "east-2"];
    await put({ realms: both, offers: [sampleOffer({ realm: "east-1" })], unlisted: ["east-2"] });
    expect(placesOf(await listed())).toEqual(["east-1/s1", "east-2/s1", "east-2/s4"]);
    expect((await market())?.offers?.fitting(SMALL_PROFILE, "east-2")).toHaveLength(2);
  });

  test("how much user data is taken there is known with the offers, and grows when only that has changed", async () => {
    await openAccounts(stage.store);
    const offers = sampleOffers(["east-1"]);
    for (const userDataBytesMost of [16_384, 65_535]) {
      await put({ realms: ["east-1"], offers, userDataBytesMost });
      expect((await market())?.offers?.userDataBytesMost).toBe(userDataBytesMost);
    }
  });

  test("when they were read is kept with the account, also by one that is put again", async () => {
    await openAccounts(stage.store);
    const before = await stage.store.read((tx) => tx.now());
    await put({ realms: ["east-1"], offers: sampleOffers(["east-1"]) });
    await put({ realms: ["east-1"], offers: sampleOffers(["east-1"]) });
    await stage.store.write((tx) => tx.putAccount(sampleAccount({ enabled: false }), null));
    const account = await stage.store.read((tx) => tx.account(EAST));
    expect(account?.enabled).toBe(false);
    expect(account?.offersAt).toBeGreaterThanOrEqual(before);
    expect((await market())?.offers?.realms).toEqual(["east-1"]);
  });

  test("what is forgotten is unknown again", async () => {
    await openAccounts(stage.store);
    await put({ realms: ["east-1"], offers: sampleOffers(["east-1"]) });
    await stage.store.write(async (tx) => {
      await tx.putUsage(EAST, { askedAt: SAMPLE_TIME, quotas: [{ realm: null, dimension: "cpu", most: 1, used: 0 }] });
      await tx.putAnswers(EAST, [{ kind: "image", realm: "east-1", choice: "debian-12", found: "img", text: null }]);
      await tx.lockAccount(EAST);
      await tx.forgetOffers(EAST);
    });
    expect((await stage.store.read((tx) => tx.account(EAST)))?.offersAt).toBeNull();
    const row = await market();
    expect([row?.offers, row?.quotas, row?.answer("image", "debian-12", "east-1")]).toEqual([
      null,
      [],
      { kind: "unread", text: null },
    ]);
    expect(await stage.store.read((tx) => tx.usage(EAST))).toBeNull();
    expect(await stage.store.read((tx) => tx.realms(EAST))).toEqual([]);
  });

  test("usage is replaced as a whole, with when it was asked for; of the account and of realms", async () => {
    await openAccounts(stage.store);
    expect(await stage.store.read((tx) => tx.usage(EAST))).toBeNull();
    const quotas = [
      { realm: null, dimension: "addresses", most: null, used: 2.5 },
      { realm: "east-1", dimension: "cpu/standard", most: 64, used: 60 },
    ];
    const read = {
      askedAt: SAMPLE_TIME,
      quotas: [...quotas, { ...quotas[0], realm: "east-2", dimension: "x", most: 1, used: 1 }],
    };
    await stage.store.write((tx) => tx.putUsage(EAST, read));
    expect(await stage.store.read((tx) => tx.usage(EAST))).toEqual(read);
    await stage.store.write((tx) => tx.putUsage(EAST, { askedAt: SAMPLE_TIME + 1, quotas }));
    expect(await stage.store.read((tx) => tx.usage(EAST))).toEqual({ askedAt: SAMPLE_TIME + 1, quotas });
    expect((await market())?.quotas).toEqual(quotas);
  });

  test("an image is asked for once, makes its account due, and is known once it was answered", async () => {
    const later = (await stage.store.read((tx) => tx.now())) + HOUR_MS;
    await openAccounts(stage.store, [sampleAccount({ pollAt: later }), sampleAccount({ id: WEST, pollAt: later })]);
    const unknown = { ...enquiry, account: accountId("acc-none") };
    await stage.store.write((tx) => tx.enquire([enquiry, enquiry, unknown, { ...enquiry, realm: "east-2" }]));
    expect((await stage.store.read((tx) => tx.account(EAST)))?.pollAt).toBeLessThan(later);
    expect((await stage.store.read((tx) => tx.account(WEST)))?.pollAt).toBe(later);
    expect(await stage.store.read((tx) => tx.enquiries(EAST))).toEqual([
      { ...enquiry, text: null },
      { ...enquiry, realm: "east-2", text: null },
    ]);
    expect((await market())?.answer("image", "debian-12", "east-1")).toEqual({ kind: "unread", text: null });
    const told: Told[] = [
      { kind: "image", realm: "east-1", choice: "debian-12", found: "img-1", text: null },
      { kind: "image", realm: "east-2", choice: "debian-12", found: null, text: "two images have that name\0" },
    ];
    await stage.store.write((tx) => tx.putAnswers(EAST, told));
    expect(await stage.store.read((tx) => tx.enquiries(EAST))).toEqual([]);
    const known = await stage.store.read((tx) => tx.answers(EAST, "image"));
    expect(known.map(({ realm, found }) => [realm, found])).toEqual([
      ["east-1", "img-1"],
      ["east-2", null],
    ]);
    const row = await market();
    expect(row?.answer("image", "debian-12", "east-1")).toEqual({ kind: "found", found: "img-1" });
    expect(row?.answer("image", "debian-12", "east-2")).toMatchObject({ kind: "absent" });
    expect(row?.answer("image", "debian-12", "east-3")).toEqual({ kind: "unread", text: null });
    // Known for now: nobody is asked again.
    await stage.store.write((tx) => tx.enquire([enquiry]));
    expect(await stage.store.read((tx) => tx.enquiries(EAST))).toEqual([]);
  });

  test("what came in place of an answer is kept until there is one, and told for the pool", async () => {
    await openAccounts(stage.store);
    await stage.store.write((tx) => tx.enquire([enquiry, { ...enquiry, realm: "east-2" }]));
    const { account: _, ...asked } = enquiry;
    const other = { ...asked, choice: "never asked", text: "broken" };
    await stage.store.write((tx) => tx.putUnanswered(EAST, [{ ...asked, text: "broken\0" }, other]));
    const waiting = await stage.store.read((tx) => tx.unanswered("default"));
    expect(waiting).toEqual([
      { ...enquiry, text: expect.stringMatching(/^broken/) },
      { ...enquiry, realm: "east-2", text: null },
    ]);
    expect(await stage.store.read((tx) => tx.unanswered("elsewhere"))).toEqual([]);
    expect((await market())?.answer("image", "debian-12", "east-1")).toEqual({
      kind: "unread",
      text: waiting[0]?.text,
    });
    expect(await stage.store.read((tx) => tx.enquiries(EAST))).toEqual(waiting);
    await stage.store.write((tx) => tx.putAnswers(EAST, [{ ...asked, found: "img-1", text: null }]));
    // Too late: there is an answer.
    await stage.store.write((tx) => tx.putUnanswered(EAST, [{ ...asked, text: "broken" }]));
    expect(await stage.store.read((tx) => tx.unanswered("default"))).toMatchObject([{ realm: "east-2" }]);
    expect((await market())?.answer("image", "debian-12", "east-1")).toEqual({ kind: "found", found: "img-1" });
  });

  test("where machines are put is asked like an image, and never taken for one of the same name", async () => {
    await openAccounts(stage.store);
    const place = { ...enquiry, kind: "where", choice: PLACE } as const;
    await stage.store.write((tx) => tx.enquire([place, { ...enquiry, choice: PLACE }]));
    expect((await stage.store.read((tx) => tx.enquiries(EAST))).map(({ kind }) => kind)).toEqual(["image", "where"]);
    const told: Told = { kind: "where", realm: "east-1", choice: PLACE, found: null, text: "no network shop" };
    await stage.store.write((tx) => tx.putAnswers(EAST, [told]));
    const row = await market();
    expect(row?.answer("where", PLACE, "east-1")).toEqual({ kind: "absent", text: "no network shop" });
    expect(row?.answer("image", PLACE, "east-1")).toEqual({ kind: "unread", text: null });
    expect(await stage.store.read((tx) => tx.enquiries(EAST))).toMatchObject([{ kind: "image" }]);
    expect(await stage.store.read((tx) => tx.answers(EAST, "image"))).toEqual([]);
    expect(await stage.store.read((tx) => tx.answers(EAST, "where"))).toEqual([told]);
  });

  test("what a provider takes of where machines are put is known with its offers", async () => {
    await openAccounts(stage.store);
    for (const where of [["networks", "key"], []] as const) {
      await put({ realms: ["east-1"], offers: sampleOffers(["east-1"]), where });
      expect((await market())?.offers?.where).toEqual(where);
    }
  });

  test("a decision asks for images with all that it writes", async () => {
    await openAccounts(stage.store);
    await launch(stage.store, { id: nthId(1) });
    await change(stage.store, nthId(1), () => ({ enquiries: [enquiry] }));
    expect(await stage.store.read((tx) => tx.enquiries(EAST))).toEqual([{ ...enquiry, text: null }]);
  });

  test("an account that goes takes its offers along", async () => {
    await openAccounts(stage.store);
    await put({ realms: ["east-1"], offers: sampleOffers(["east-1"]) });
    await stage.store.write((tx) => tx.enquire([enquiry]));
    await stage.store.write((tx) => tx.deleteAccount(EAST));
    await openAccounts(stage.store);
    expect((await market())?.offers).toBeNull();
    expect(await listed()).toEqual([]);
    expect(await stage.store.read((tx) => tx.enquiries(EAST))).toEqual([]);
  });
}
