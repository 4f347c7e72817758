// What must not be missed: a connection that is lost, machines that may go on costing, a deployment nobody works on.

import { durationText } from "../../../../src/contract/amounts.ts";
import type { ReactNode } from "react";
import { Link } from "@tanstack/react-router";
import type { Deployment } from "../../../../src/contract/deployment.ts";
import { isUnknown, uncountedText } from "../../../../src/contract/price.ts";
import { owedText, type Standing } from "../../../../src/contract/standing.ts";
import { serverTime, useNow } from "../../clock.ts";
import { classes } from "../../components/classes.ts";
import { Money, MoneySum } from "../../components/money.tsx";
import { DueTime, RelativeTime } from "../../components/relative-time.tsx";
import type { FeedState } from "./feed.ts";
import { billOf, keptNextOf, leavingOf, studiedOf } from "./quarantined.ts";

const TONES = {
  neutral: { box: "bg-surface", sign: "text-muted" },
  warn: { box: "border-warn/40 bg-warn-soft", sign: "text-warn" },
  bad: { box: "border-bad/40 bg-bad-soft", sign: "text-bad" },
} as const;

function Banner({ tone, symbol, children }: { tone: keyof typeof TONES; symbol: string; children: ReactNode }) {
  return (
    <div
      role={tone === "bad" ? "alert" : "status"}
      className={classes("flex items-start gap-2 rounded-lg border px-3 py-2", TONES[tone].box)}
    >
      <span aria-hidden="true" className={classes("font-bold", TONES[tone].sign)}>
        {symbol}
      </span>
      <div className="min-w-0">{children}</div>
    </div>
  );
}

/** Says so while what is shown may be old. */
export function ConnectionBanner({ feed: { connection, heardAt } }: { feed: FeedState }) {
  const now = useNow();
  if (connection.state === "closed" && connection.failure !== null) {
    return (
      <Banner tone="bad" symbol="!">
        <strong>{connection.failure.title}.</strong> {connection.failure.message} Steps are not followed any more.
      </Banner>
    );
  }
  if (connection.state !== "lost") return null;
  const age =
    heardAt === null ? "" : ` The last news of it came ${durationText(Math.max(0, now - serverTime(heardAt)))} ago.`;
  const next = Math.ceil((serverTime(connection.retryAt) - now) / 1_000);
  return (
    <Banner tone="warn" symbol="⚡">
      <strong>Connection lost.</strong>
      {age} {next > 0 ? `Trying again in ${next} s.` : "Trying again now."} No launch needs this page to go on, and no
      step will be missed.
    </Banner>
  );
}

/** A failed attempt that is not undone yet. */
export function StudyBanner({ deployment }: { deployment: Deployment }) {
  const { study, failure, quarantineMs, actions } = deployment;
  if (study === null) return null;
  const stays = keptNextOf(deployment);
  return (
    <Banner tone="warn" symbol="◷">
      <strong>Held for study.</strong> The attempt has failed. What came up of it is rolled back{" "}
      <DueTime time={study.until} />, and costs <MoneySum sum={billOf(studiedOf(deployment))} per="hour" /> until then.
      {stays !== null &&
        ` The machine of ${stays.instance}, for which it failed, stays: it is kept alone for ${durationText(quarantineMs ?? 0)} from then on.`}
      {actions.includes("release") && " “Release” rolls it back now."}
      {failure !== null && <p className="wrap-anywhere">Why it failed: {failure}</p>}
    </Banner>
  );
}

/** What was kept in quarantine and is not proven gone yet. */
export function LeavingBanner({ deployment }: { deployment: Deployment }) {
  const leaving = leavingOf(deployment);
  if (leaving.length === 0) return null;
  const names = leaving.map(({ instance, attempt }) => `${instance ?? "–"} of attempt ${attempt}`);
  return (
    <Banner tone="neutral" symbol="◷">
      <strong>Not kept any more: {names.join(", ")}.</strong> {leaving.length === 1 ? "It is" : "They are"} being
      removed, and may cost <MoneySum sum={billOf(leaving)} per="hour" /> until that is proven.
    </Banner>
  );
}

export function DebtBanner({ debt, standing }: Pick<Deployment, "debt" | "standing">) {
  if (debt.count === 0) return null;
  return (
    <Banner tone="bad" symbol="!">
      {standing === "rollback_failed" && <strong>The rollback is stuck: </strong>}
      <strong>{owedText(debt.count)}</strong> and <DebtCost debt={debt} />. Slipway goes on trying to remove{" "}
      {debt.count === 1 ? "it" : "them"}.{" "}
      <Link to="/debt" className="link font-medium whitespace-nowrap">
        Show debt
      </Link>
      {debt.why !== null && <p className="wrap-anywhere">Why: {debt.why}</p>}
    </Banner>
  );
}

function DebtCost({ debt: { perHour, total, unpriced } }: Pick<Deployment, "debt">) {
  if (isUnknown({ dollars: perHour, unpriced })) return <>may cost money; the price is not known</>;
  return (
    <>
      may cost <Money dollars={perHour} per="hour" /> (<Money dollars={total} /> so far){uncountedText(unpriced)}
    </>
  );
}

/** Accounts that calls for its machines wait for. */
export function TroubleBanner({ troubles }: Pick<Deployment, "troubles">) {
  if (troubles.length === 0) return null;
  return (
    <Banner tone="warn" symbol="!">
      {troubles.map(({ account, text }) => (
        <p key={account} className="wrap-anywhere">
          It waits for account{" "}
          <Link to="/accounts/$name" params={{ name: account }} className="link font-medium">
            {account}
          </Link>
          , which {text}. What is asked there is tried on, and at once by “Check now” on its page.
        </p>
      ))}
    </Banner>
  );
}

export function ParkedBanner({ parked }: Pick<Deployment, "parked">) {
  if (parked === null) return null;
  const { text, since, tries, nextTryAt } = parked;
  return (
    <Banner tone="bad" symbol="!">
      <strong>Slipway cannot go on with it</strong>: {text}. Tried {tries === 1 ? "once" : `${tries} times`}, first{" "}
      <RelativeTime time={since} />; the next try is <DueTime time={nextTryAt} />, or at once when it is cancelled,
      stopped or deleted.
    </Banner>
  );
}

/** What is said before the reason, of those that did not come up whole. */
const ENDS: Partial<Readonly<Record<Standing, string>>> = {
  failed: "The launch failed",
  incomplete: "Not all of it runs",
  reverting: "The update came to nothing",
  rollback_failed: "The launch failed",
};

/** What runs beside what is shown, and whether there is a way back. */
export function UpdateBanner({ deployment }: { deployment: Deployment }) {
  const { state, removingAt, revision, actions } = deployment;
  if (state !== "updating") return null;
  const former = formerText(deployment);
  return (
    <Banner tone="neutral" symbol="⇄">
      {removingAt === null ? (
        <>
          <strong>Revision {revision} comes up</strong> beside what was there before{former}: nothing of that is touched
          until all of it is ready{makesRoom(deployment) && ", but for machines that make room first"}.
          {actions.includes("cancel") && " Until then “Cancel” leads back."}
        </>
      ) : (
        <>
          <strong>All of revision {revision} is ready.</strong> What was there before{former} is removed now, and there
          is no way back any more.
        </>
      )}
    </Banner>
  );
}

/** Machines that are no member's any more, and go before their successors are asked for. */
function makesRoom(deployment: Deployment): boolean {
  return formerOf(deployment).some(({ undoAskedAt }) => undoAskedAt !== null);
}

/** Machines that are no member's any more; what is owed, and what attempts of the launch failed for, is told elsewhere. */
function formerOf({ machines, instances, attempts }: Deployment): Deployment["machines"] {
  const members = new Set(instances.map(({ machine }) => machine));
  const failed = new Set(attempts.flatMap(({ no, outcome }) => (outcome === "failed" ? no : [])));
  return machines.filter(
    ({ id, open, debtSince, attempt }) => open && debtSince === null && !members.has(id) && !failed.has(attempt),
  );
}

function formerText(deployment: Deployment): string {
  const former = formerOf(deployment);
  if (former.length === 0) return "";
  return ` (${former.length === 1 ? "1 machine" : `${former.length} machines`})`;
}

/** How it came to stand as it does. */
export function EndBanner({ deployment: { standing, failure, machines, seeksUntil } }: { deployment: Deployment }) {
  if (standing === "cancelled") {
    const isEmpty = !machines.some(({ open }) => open);
    return (
      <Banner tone="neutral" symbol="–">
        <strong>The launch was cancelled.</strong>
        {isEmpty && " Nothing is left of it."}
      </Banner>
    );
  }
  if (standing === "reverting" && failure === "cancelled") {
    return (
      <Banner tone="neutral" symbol="↺">
        <strong>The update was cancelled.</strong> What it has added is removed; what was there before is not touched,
        but for machines that made room: they are launched anew, without what was on their disks.
      </Banner>
    );
  }
  const end = seeksUntil === null ? ENDS[standing] : "This attempt failed";
  if (end === undefined || failure === null) return null;
  return (
    <Banner tone={standing === "incomplete" ? "warn" : "bad"} symbol={standing === "incomplete" ? "◑" : "×"}>
      <strong>{end}:</strong> <span className="break-words">{failure}</span>
    </Banner>
  );
}
