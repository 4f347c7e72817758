// Changing a deployment that is up: its blueprint as it stands, what is to be another, the plan, and exactly that.

import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import type { Deployment } from "../../../../src/contract/deployment.ts";
import { failureFrom } from "../../api.ts";
import { Button, buttonClasses } from "../../components/button.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { EmptyState, ErrorState, Skeleton } from "../../components/states.tsx";
import { LIST_MS, queries } from "../../queries.ts";
import { UpdateForm } from "./update-form.tsx";

export function UpdatePage() {
  const { id } = useParams({ from: "/signed-in/deployments/$id/update" });
  const { scale } = useSearch({ from: "/signed-in/deployments/$id/update" });
  const [round, setRound] = useState(0);
  // What was kept of it may be older than its latest update.
  const { data, error, isFetchedAfterMount, refetch } = useQuery({
    ...queries.deployment(id),
    refetchInterval: LIST_MS,
  });
  if (data === undefined && error !== null) {
    return (
      <Framed name={null} id={id}>
        <ErrorState error={failureFrom(error)} onRetry={() => void refetch()} />
      </Framed>
    );
  }
  if (data === undefined || !isFetchedAfterMount) {
    return (
      <Framed name={null} id={id}>
        <Skeleton lines={6} />
      </Framed>
    );
  }
  return (
    <Framed name={data.name} id={id}>
      <Begun key={`${data.id} ${round}`} present={data} scale={scale} onAnew={() => setRound(round + 1)} />
    </Framed>
  );
}

function Framed({ name, id, children }: { name: string | null; id: string; children: ReactNode }) {
  return (
    <>
      <PageHeader
        title={name === null ? "Update" : `Update ${name}`}
        actions={
          <Link to="/deployments/$id" params={{ id }} className={buttonClasses("plain")}>
            Back to the deployment
          </Link>
        }
      >
        What is new comes up beside what is there; only when all of it is ready what was before is removed, but for
        machines that make room first. What fails until then leads back: what was added goes, the former machines are
        untouched, and those that made room are launched anew, without what was on their disks.
      </PageHeader>
      {children}
    </>
  );
}

interface BegunProps {
  readonly present: Deployment;
  readonly scale: string | undefined;
  readonly onAnew: () => void;
}

/** The form of the revision that it had when it was opened; what becomes of it meanwhile is told above it. */
function Begun({ present, scale, onAnew }: BegunProps) {
  const [first] = useState(present);
  const isOpen = first.actions.includes("update");
  const { data, error, refetch } = useQuery({
    ...queries.launchedFrom(first.id, first.revision),
    enabled: isOpen,
  });
  if (!isOpen) return <Cannot deployment={present} onAnew={present.actions.includes("update") ? onAnew : null} />;
  if (error !== null) return <ErrorState error={failureFrom(error)} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton lines={6} />;
  return (
    <>
      <MovedOn first={first} present={present} onAnew={onAnew} />
      <UpdateForm former={{ deployment: first, source: data.source }} present={present} scale={scale} />
    </>
  );
}

function Cannot({ deployment, onAnew }: { deployment: Deployment; onAnew: (() => void) | null }) {
  const { id, name, summary, state, stopAskedAt, pool, createdBy, actions, final } = deployment;
  const isUp = (state === "running" || state === "incomplete") && stopAskedAt === null;
  if (onAnew !== null) {
    return <EmptyState title={`${name} ${summary}`} action={<Button onClick={onAnew}>Begin the update</Button>} />;
  }
  if (isUp) {
    return (
      <EmptyState title="This update is for others">
        {name} was launched by {createdBy}: updating it is for them, and for the role operator in pool {pool}.
      </EmptyState>
    );
  }
  const says = `${name} ${summary}`;
  if (actions.includes("relaunch")) {
    return (
      <EmptyState
        title={says}
        action={
          <Link to="/launch" search={{ again: id }} className={buttonClasses("plain")}>
            Edit and launch again
          </Link>
        }
      >
        What has ended is not updated, but may be launched again, changed or as it was.
      </EmptyState>
    );
  }
  return (
    <EmptyState title={says}>
      Only a deployment that is up, whole or in part, can be updated{final ? "." : "; once it is, this page offers it."}
    </EmptyState>
  );
}

/** The form is about what it was. */
function MovedOn({ first, present, onAnew }: { first: Deployment; present: Deployment; onAnew: () => void }) {
  const isSame = present.revision === first.revision;
  const isUp = present.actions.includes("update");
  if (isSame && isUp) return null;
  return (
    <div
      aria-live="polite"
      className="mb-4 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border border-warn/40 bg-warn-soft px-3 py-2"
    >
      <p className="min-w-0">
        <strong>
          {present.name} {present.summary}
          {!isSame && `, with revision ${present.revision}`}.
        </strong>{" "}
        This form began with revision {first.revision}
        {isUp ? ", and what it plans would be refused." : ", and nothing can be updated now."}
      </p>
      {isUp && <Button onClick={onAnew}>Begin anew</Button>}
    </div>
  );
}
