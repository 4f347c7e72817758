// One deployment, during its launch and a year later: the same page, told from the same steps.

import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import type { Deployment } from "../../../../src/contract/deployment.ts";
import { owedText } from "../../../../src/contract/standing.ts";
import { failureFrom } from "../../api.ts";
import { buttonClasses } from "../../components/button.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { EmptyState, ErrorState, Skeleton } from "../../components/states.tsx";
import { DEPLOYMENT_LOOKS, DeploymentBadge } from "../../state-badge.tsx";
import { Actions } from "./actions.tsx";
import { Attempts } from "./attempts.tsx";
import {
  ConnectionBanner,
  DebtBanner,
  EndBanner,
  LeavingBanner,
  ParkedBanner,
  StudyBanner,
  TroubleBanner,
  UpdateBanner,
} from "./banners.tsx";
import { Facts } from "./facts.tsx";
import { Quarantine } from "./quarantine.tsx";
import { Outputs } from "./outputs.tsx";
import { Heartbeat, ProgressBar } from "./progress-line.tsx";
import { Unfolded } from "./unfolded.tsx";
import { InstanceList } from "./instance-list.tsx";
import { Details } from "./instance-details.tsx";
import { useDeployment, type Watched } from "./use-deployment.ts";
import { bottlenecksOf } from "../../../../src/contract/waiting.ts";
import { RecentSteps } from "./recent-steps.tsx";
import { Revisions } from "./revisions.tsx";

export interface ViewProps {
  /** Id or name. */
  readonly id: string;
  /** With graph and log; else a compact part that unfolds. */
  readonly isDetailed: boolean;
}

export function DeploymentView({ id, isDetailed }: ViewProps) {
  const { watched, error, retry } = useDeployment(id);
  if (watched === null && error !== null) return <NotShown error={error} onRetry={retry} />;
  if (watched === null) return <Loading />;
  return <Shown watched={watched} queryKey={id} isDetailed={isDetailed} />;
}

function Loading() {
  return (
    <>
      <PageHeader title="Deployment" />
      <div className="flex flex-col gap-4">
        <Skeleton lines={2} label="Loading the deployment" />
        <div aria-hidden="true" className="h-14 animate-pulse rounded-lg bg-raised" />
        <div aria-hidden="true" className="h-56 animate-pulse rounded-lg bg-raised" />
      </div>
    </>
  );
}

function NotShown({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const failure = failureFrom(error);
  if (failure.code !== "not_found") {
    return (
      <>
        <PageHeader title="Deployment" />
        <ErrorState error={failure} onRetry={onRetry} />
      </>
    );
  }
  return (
    <>
      <PageHeader title="Deployment" />
      <EmptyState
        title="There is no such deployment"
        action={
          <Link to="/deployments" className={buttonClasses("primary")}>
            Show deployments
          </Link>
        }
      >
        {failure.message}
      </EmptyState>
    </>
  );
}

/** The deployments that had its name before, and have it since. */
function Kin({ deployment: { relaunchOf, successor } }: { deployment: Deployment }) {
  return (
    <>
      {relaunchOf !== null && (
        <>
          ; it launches{" "}
          <Link to="/deployments/$id" params={{ id: relaunchOf }} className="link">
            {relaunchOf}
          </Link>{" "}
          once more
        </>
      )}
      {successor !== null && (
        <>
          ; its name belongs to{" "}
          <Link to="/deployments/$id" params={{ id: successor }} className="link">
            {successor}
          </Link>{" "}
          now
        </>
      )}
    </>
  );
}

function Shown({ watched, queryKey, isDetailed }: { watched: Watched; queryKey: string; isDetailed: boolean }) {
  const { deployment, feed, repliedAt } = watched;
  const { name, standing, debt, blueprint, pool, createdBy, createdAt, partial, deletedAt } = deployment;
  const lastAt = feed.events.at(-1)?.at ?? null;
  const look = DEPLOYMENT_LOOKS[standing];
  useTitle(`${debt.count > 0 ? "!" : look.symbol} ${name} · Slipway`);
  return (
    <>
      <PageHeader
        title={name}
        beside={<DeploymentBadge standing={standing} debts={debt.count} />}
        actions={
          <>
            <Actions deployment={deployment} queryKey={queryKey} />
            <DetailsSwitch id={queryKey} isDetailed={isDetailed} />
          </>
        }
      >
        Blueprint {blueprint} in pool {pool}
        {partial && ", what fails may stay out"}, launched by {createdBy} <RelativeTime time={createdAt} />
        {deletedAt !== null && (
          <>
            , deleted <RelativeTime time={deletedAt} />
          </>
        )}
        <Kin deployment={deployment} />
      </PageHeader>
      <div className="flex flex-col gap-4">
        <ConnectionBanner feed={feed} />
        <ParkedBanner parked={deployment.parked} />
        <EndBanner deployment={deployment} />
        <UpdateBanner deployment={deployment} />
        <StudyBanner deployment={deployment} />
        <Quarantine deployment={deployment} queryKey={queryKey} />
        <LeavingBanner deployment={deployment} />
        <DebtBanner debt={debt} standing={standing} />
        <TroubleBanner troubles={deployment.troubles} />
        <Facts deployment={deployment} repliedAt={repliedAt} />
        <Outputs deployment={deployment} />
        <Revisions revisions={deployment.revisions} events={feed.events} />
        <Attempts attempts={deployment.attempts} events={feed.events} />
        <section aria-label="Progress" className="flex flex-col gap-2">
          <ProgressBar deployment={deployment} />
          <Heartbeat deployment={deployment} lastAt={lastAt} />
        </section>
        {isDetailed ? (
          <Unfolded watched={watched} queryKey={queryKey} />
        ) : (
          <Folded watched={watched} queryKey={queryKey} />
        )}
      </div>
      <output className="sr-only">
        {name}: {look.word}
        {debt.count > 0 && `, ${owedText(debt.count)}`}
      </output>
    </>
  );
}

function DetailsSwitch({ id, isDetailed }: { id: string; isDetailed: boolean }) {
  return (
    <Link
      to={isDetailed ? "/deployments/$id" : "/deployments/$id/progress"}
      params={{ id }}
      replace
      resetScroll={false}
      className={buttonClasses("plain")}
    >
      {isDetailed ? "Hide details" : "Show details"}
    </Link>
  );
}

/** Instances and the newest steps; graph and log are one click away. */
function Folded({ watched: { deployment, feed }, queryKey }: { watched: Watched; queryKey: string }) {
  const [selected, setSelected] = useState<string | null>(null);
  return (
    <>
      <div className={selected === null ? undefined : "grid gap-3 lg:grid-cols-[minmax(0,1fr)_22rem]"}>
        <InstanceList
          deployment={deployment}
          bottlenecks={bottlenecksOf(deployment)}
          selected={selected}
          onSelect={setSelected}
        />
        {selected !== null && (
          <Details
            deployment={deployment}
            events={feed.events}
            queryKey={queryKey}
            selected={selected}
            onSelect={setSelected}
            onLog={null}
          />
        )}
      </div>
      <RecentSteps events={feed.events} from={deployment.createdAt} />
    </>
  );
}

/** The tab says how it stands, so that one can look elsewhere meanwhile. */
function useTitle(title: string): void {
  useEffect(() => {
    document.title = title;
  }, [title]);
}
