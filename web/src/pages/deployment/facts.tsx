// The figures of a launch: times, money, where.

import { durationText, moneyText } from "../../../../src/contract/amounts.ts";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Deployment } from "../../../../src/contract/deployment.ts";
import { hasOutrunLease } from "../../../../src/contract/standing.ts";
import { serverTime, useNow } from "../../clock.ts";
import { MoneySum } from "../../components/money.tsx";
import { Duration, RelativeTime, TimeLeft } from "../../components/relative-time.tsx";
import { costNow } from "./reckoning.ts";

export interface FactsProps {
  readonly deployment: Deployment;
  readonly repliedAt: number;
}

export function Facts({ deployment, repliedAt }: FactsProps) {
  const {
    createdAt,
    firstRunningAt,
    allRunningAt,
    attempts,
    maxAttempts,
    attempt,
    cost,
    launchDeadlineAt,
    final,
    launchEndedAt: end,
  } = deployment;
  // Of one that is over it goes with the attempts.
  const isTold = end !== null || !final;
  const match = attempts.find(({ no }) => no === attempt);
  const ofAttempts = `attempt ${attempt} of ${maxAttempts}`;
  return (
    <dl className="grid grid-cols-2 overflow-hidden rounded-lg border bg-surface sm:grid-cols-3 lg:grid-cols-6">
      <Fact
        label={end === null && !final ? "Launching for" : "Launch took"}
        note={isTold ? <LaunchNote end={end} deadlineAt={launchDeadlineAt} createdAt={createdAt} /> : undefined}
      >
        {isTold ? <Duration from={createdAt} to={end} /> : <None />}
      </Fact>
      <Fact label="First running after">{sinceLaunch(createdAt, firstRunningAt)}</Fact>
      <Fact label="All running after" note={<LeaseNote deployment={deployment} />}>
        {sinceLaunch(createdAt, allRunningAt)}
      </Fact>
      <Fact
        label="Account"
        note={attempts.length === 0 ? undefined : [match?.realm, ofAttempts].filter(Boolean).join(", ")}
      >
        {match === undefined ? (
          <None />
        ) : (
          <Link to="/accounts/$name" params={{ name: match.account }} className="link">
            {match.account}
          </Link>
        )}
      </Fact>
      <Fact
        label="Cost so far"
        note={
          cost.failedAttempts !== null && cost.failedAttempts > 0 ? (
            <>{moneyText(cost.failedAttempts)} of it in attempts that did not come up</>
          ) : undefined
        }
      >
        <TickingCost deployment={deployment} repliedAt={repliedAt} />
      </Fact>
      <Fact label="Cost now">
        <MoneySum sum={{ dollars: cost.perHour, unpriced: cost.unpricedNow }} per="hour" />
      </Fact>
    </dl>
  );
}

function LaunchNote({ end, createdAt, deadlineAt }: { end: string | null; createdAt: string; deadlineAt: string }) {
  if (end === null) return <>of at most {durationText(Date.parse(deadlineAt) - Date.parse(createdAt))}</>;
  return (
    <>
      ended <RelativeTime time={end} />
    </>
  );
}

/** When it stops by itself. */
function LeaseNote({ deployment }: { deployment: Deployment }) {
  const { leaseMs, leaseEndsAt, stopAskedAt, final } = deployment;
  if (hasOutrunLease(deployment)) return <>stopped at the end of its lease</>;
  if (final || stopAskedAt !== null) return null;
  if (leaseEndsAt !== null) {
    return (
      <>
        stops by itself in <TimeLeft until={leaseEndsAt} />
      </>
    );
  }
  return leaseMs === null ? null : <>then runs for {durationText(leaseMs)}</>;
}

function sinceLaunch(from: string, to: string | null): ReactNode {
  return to === null ? <None /> : <Duration from={from} to={to} />;
}

function None() {
  return <span className="font-normal text-muted">–</span>;
}

function Fact({ label, note, children }: { label: string; note?: ReactNode; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col px-3 py-2 shadow-[1px_1px_0_var(--color-line)]">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="truncate text-base font-medium">{children}</dd>
      {note !== undefined && <dd className="text-xs text-muted">{note}</dd>}
    </div>
  );
}

function TickingCost({ deployment, repliedAt }: FactsProps) {
  const now = useNow();
  const cost = costNow(deployment, now - serverTime(repliedAt));
  return cost === null ? <None /> : <MoneySum sum={{ dollars: cost, unpriced: deployment.cost.unpriced }} />;
}
