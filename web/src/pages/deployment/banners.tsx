// What must not be missed: a connection that is lost, machines that may go on costing, a deployment nobody works on.

import type { ReactNode } from "react";
import { Link } from "@tanstack/react-router";
import type { Deployment } from "../../../../src/contract/deployment.ts";
import { serverTime, useNow } from "../../clock.ts";
import { classes } from "../../components/classes.ts";
import { Money } from "../../components/money.tsx";
import { durationText } from "../../components/relative-time.tsx";
import type { FeedState } from "./feed.ts";

function Banner({ tone, symbol, children }: { tone: "warn" | "bad"; symbol: string; children: ReactNode }) {
  return (
    <div
      role={tone === "bad" ? "alert" : "status"}
      className={classes(
        "flex items-start gap-2 rounded-lg border px-3 py-2",
        tone === "bad" ? "border-bad/40 bg-bad-soft" : "border-warn/40 bg-warn-soft",
      )}
    >
      <span aria-hidden="true" className={classes("font-bold", tone === "bad" ? "text-bad" : "text-warn")}>
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
  const age = heardAt === null ? "" : ` What you see is ${durationText(Math.max(0, now - serverTime(heardAt)))} old.`;
  const next = Math.ceil((serverTime(connection.retryAt) - now) / 1_000);
  return (
    <Banner tone="warn" symbol="⚡">
      <strong>Connection lost.</strong>
      {age} {next > 0 ? `Trying again in ${next} s.` : "Trying again now."} No launch needs this page to go on, and no
      step will be missed.
    </Banner>
  );
}

export function DebtBanner({ debt }: Pick<Deployment, "debt">) {
  if (debt.count === 0) return null;
  return (
    <Banner tone="bad" symbol="!">
      <strong>{debt.count === 1 ? "1 machine is" : `${debt.count} machines are`} not proven gone</strong> and may cost{" "}
      <Money dollars={debt.perHour} per="hour" /> (<Money dollars={debt.total} /> so far). Slipway goes on trying to
      remove {debt.count === 1 ? "it" : "them"}.{" "}
      <Link to="/debt" className="link font-medium">
        Show debt
      </Link>
    </Banner>
  );
}

export function ParkedBanner({ parked }: Pick<Deployment, "parked">) {
  if (parked === null) return null;
  return (
    <Banner tone="bad" symbol="!">
      <strong>Nobody works on this deployment</strong>, because of a mistake of Slipway: {parked}
    </Banner>
  );
}

/** Why it ended as it did. */
export function FailureBanner({ deployment: { state, failure } }: { deployment: Deployment }) {
  if (failure === null || (state !== "failed" && state !== "incomplete" && state !== "rollback_failed")) return null;
  return (
    <Banner tone={state === "incomplete" ? "warn" : "bad"} symbol={state === "incomplete" ? "◑" : "×"}>
      <strong>
        {state === "incomplete"
          ? "Not all of it runs"
          : state === "failed"
            ? "The launch failed"
            : "The launch failed, and its rollback is stuck"}
        :
      </strong>{" "}
      <span className="break-words">{failure}</span>
    </Banner>
  );
}
