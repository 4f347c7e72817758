// What every store must do, in memory and in SQL alike: the rules of store.ts, one test each, and the races that only real
// concurrency shows.

import { afterEach, beforeEach, describe } from "vitest";
import { advanceSuite } from "./store-suite/advance.testsuite.ts";
import { auditSuite } from "./store-suite/audit.testsuite.ts";
import { claimRaceSuite } from "./store-suite/claim-races.testsuite.ts";
import { claimSuite } from "./store-suite/claims.testsuite.ts";
import { clockSuite } from "./store-suite/clock.testsuite.ts";
import { figureSuite } from "./store-suite/figures.testsuite.ts";
import { guardSuite } from "./store-suite/guards.testsuite.ts";
import { holdSuite } from "./store-suite/hold.testsuite.ts";
import { jobSuite } from "./store-suite/jobs.testsuite.ts";
import { ledgerSuite } from "./store-suite/ledger.testsuite.ts";
import { listingSuite } from "./store-suite/listing.testsuite.ts";
import { holdingsSuite } from "./store-suite/holdings.testsuite.ts";
import { marketSuite } from "./store-suite/market.testsuite.ts";
import { offersSuite } from "./store-suite/offers.testsuite.ts";
import { parkingSuite } from "./store-suite/parking.testsuite.ts";
import { accessSuite } from "./store-suite/access.testsuite.ts";
import { peopleSuite } from "./store-suite/people.testsuite.ts";
import { planSuite } from "./store-suite/plans.testsuite.ts";
import { pollSuite } from "./store-suite/polls.testsuite.ts";
import { pruningSuite } from "./store-suite/pruning.testsuite.ts";
import { quotaSuite } from "./store-suite/quotas.testsuite.ts";
import { raceSuite } from "./store-suite/races.testsuite.ts";
import type { OpenedStore, Stage } from "./store-suite/stage.testsuite.ts";
import { transactionSuite } from "./store-suite/transactions.testsuite.ts";
import { updateSuite } from "./store-suite/updates.testsuite.ts";
import { viewSuite } from "./store-suite/views.testsuite.ts";
import { waitingSuite } from "./store-suite/waiting.testsuite.ts";
import { webhookSuite } from "./store-suite/webhooks.testsuite.ts";

/** Runs the suite; `open` is called before each test, and gives a store that holds nothing but the seeds. */
export function storeSuite(name: string, open: () => Promise<OpenedStore>): void {
  describe(name, () => {
    let opened: OpenedStore;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(async () => {
      await opened.close();
    });
    const stage: Stage = {
      get store() {
        return opened.store;
      },
      get concurrent() {
        return opened.concurrent;
      },
      get clocks() {
        return opened.clocks;
      },
      get giveUpMs() {
        return opened.giveUpMs;
      },
    };
    describe("transactions", () => transactionSuite(stage));
    describe("advance", () => advanceSuite(stage));
    describe("updates", () => updateSuite(stage));
    describe("parking", () => parkingSuite(stage));
    describe("guards", () => guardSuite(stage));
    describe("claims of calls", () => claimSuite(stage));
    describe("calls together and in turn", () => jobSuite(stage));
    describe("plans", () => planSuite(stage));
    describe("probes and polls", () => pollSuite(stage));
    describe("listings", () => listingSuite(stage));
    describe("what was written of the ledger", () => ledgerSuite(stage));
    describe("what waits for an account", () => waitingSuite(stage));
    describe("market", () => marketSuite(stage));
    describe("quotas", () => quotaSuite(stage));
    describe("holdings", () => holdingsSuite(stage));
    describe("offers", () => offersSuite(stage));
    describe("views", () => viewSuite(stage));
    describe("figures", () => figureSuite(stage));
    describe("pruning", () => pruningSuite(stage));
    describe("clock", () => clockSuite(stage));
    describe("hold", () => holdSuite(stage));
    describe("people", () => peopleSuite(stage));
    describe("access", () => accessSuite(stage));
    describe("webhooks", () => webhookSuite(stage));
    describe("audit", () => auditSuite(stage));
    describe("races", () => raceSuite(stage));
    describe("races for claims", () => claimRaceSuite(stage));
  });
}
