// The port's methods, put together from one file per aggregate.

import { sql } from "kysely";
import type { Reads, Store, Tx } from "../ports/store.ts";
import { keepingAccess, readingAccess } from "./access.ts";
import { keepingAudit, readingAudit } from "./audit.ts";
import { keepingAccounts, polling, readingAccounts } from "./accounts.ts";
import { advancing, readingSnapshots } from "./advance.ts";
import { calling } from "./calls.ts";
import { turningSources } from "./revisions.ts";
import { lockingDeployments, readingDeployments } from "./deployments.ts";
import { readingEvents } from "./events.ts";
import { readingFigures } from "./figures.ts";
import { probing } from "./instances.ts";
import { listing, readingLedger } from "./listing.ts";
import { readingLists } from "./lists.ts";
import { keepingMachines, readingMachines } from "./machines.ts";
import { keepingMarkets, readingMarkets } from "./markets.ts";
import { holding, readingHold } from "./hold.ts";
import type { Listening } from "./listen.ts";
import { createOfferBooks, keepingOffers, type OfferBooks, readingOffers } from "./offers.ts";
import { readingPace } from "./pace.ts";
import { keepingPeople, readingPeople } from "./people.ts";
import { keepingPlans, readingPlans } from "./plans.ts";
import { pruning, readingKept } from "./pruning.ts";
import { date, type Sql } from "./rows.ts";
import { type Session, transact } from "./session.ts";
import { readingTime, tellingTime, timeRowsOn } from "./time.ts";
import { readingVitals } from "./vitals.ts";
import { keepingWebhooks, readingWebhooks } from "./webhooks.ts";
import { createTimekeeper, type TimekeeperOptions } from "./timekeeper.ts";

const GIVE_UP_MS = 10_000;

/** What a store needs besides its database. */
/** The defaults: a clock that stands still while the machine sleeps, nobody told, and nobody else there. */
export interface StoreEnds extends Partial<TimekeeperOptions> {
  readonly listening: Listening;
  readonly closing: () => Promise<void>;
  /** How long a transaction may take; default 10 s. */
  readonly giveUpMs?: number;
}

/** What a process keeps of its database beside the rows. */
interface Kept {
  readonly books: OfferBooks;
  /** How often it was lost. */
  readonly losses: () => number;
}

/** The store on a database that has its schema. */
export function storeOn(db: Sql, ends: StoreEnds): Store {
  const { listening, closing, giveUpMs = GIVE_UP_MS } = ends;
  const { monotonic = () => performance.now(), onStep = () => {}, waitForOthers = null } = ends;
  const keeper = createTimekeeper(timeRowsOn(db), { monotonic, onStep, waitForOthers });
  const terms = { giveUpMs, keeper };
  const kept = { books: createOfferBooks(), losses: () => listening.losses() };
  return {
    write: (act) =>
      keeper.guard(() => transact(db, { ...terms, mode: "write" }, (session) => act(writes(session, kept)))),
    read: (act, how) =>
      keeper.guard(() => transact(db, { ...terms, mode: how ?? "read" }, (session) => act(reads(session, kept)))),
    keepTime: () => keeper.keep(),
    onDue: (wake) => listening.onDue(wake),
    onEvents: (wake) => listening.onEvents(wake),
    async close() {
      await listening.close();
      await closing();
    },
  };
}

function reads(session: Session, { books, losses }: Kept): Reads {
  return {
    ...readingTime(session),
    ...readingVitals(session),
    ...readingLists(session),
    ...readingFigures(session),
    ...readingSnapshots(session),
    ...readingDeployments(session),
    ...readingMachines(session),
    ...readingEvents(session),
    ...readingAccounts(session),
    ...readingPace(session),
    ...readingMarkets(session, books),
    ...readingOffers(session),
    ...readingLedger(session, losses),
    ...readingKept(session),
    ...readingAccess(session),
    ...readingAudit(session),
    ...readingPeople(session),
    ...readingPlans(session),
    ...readingHold(session),
    ...readingWebhooks(session),
  };
}

function writes(session: Session, kept: Kept): Tx {
  const { books } = kept;
  return {
    ...reads(session, kept),
    ...lockingDeployments(session),
    ...turningSources(session),
    ...advancing(session),
    ...keepingMarkets(session, books),
    ...keepingOffers(session),
    ...calling(session),
    ...probing(session),
    ...polling(session),
    ...listing(session),
    ...keepingMachines(session),
    ...keepingAccounts(session),
    ...keepingAccess(session),
    ...keepingAudit(session),
    ...keepingPeople(session),
    ...keepingPlans(session),
    ...tellingTime(session),
    ...pruning(session),
    ...voiding(session),
    ...holding(session),
    ...keepingWebhooks(session),
  };
}

function voiding({ run, clock, notices }: Session): Pick<Tx, "voidClaims"> {
  return {
    voidClaims: () =>
      run(async (db) => {
        await sql`update machines set claimed_until = null where claimed_until is not null`.execute(db);
        await sql`update instances set probe_claimed_until = null where probe_claimed_until is not null`.execute(db);
        await sql`update accounts set poll_claimed_until = null, poll_at = least(poll_at, ${date(await clock(db))}) where poll_claimed_until is not null`.execute(
          db,
        );
        await sql`update webhook_lanes set claim = null, due_at = ${date(await clock(db))} where claim is not null`.execute(
          db,
        );
        notices.due();
      }),
  };
}
