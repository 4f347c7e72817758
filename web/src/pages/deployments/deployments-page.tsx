import { useQuery } from "@tanstack/react-query";
import { Link, useLocation, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { failureFrom } from "../../api.ts";
import { Button, buttonClasses } from "../../components/button.tsx";
import { useDebounced } from "../../components/debounced.ts";
import { PageHeader } from "../../components/page-header.tsx";
import { Stale } from "../../components/stale.tsx";
import { EmptyState, ErrorState, Skeleton } from "../../components/states.tsx";
import { useMayChange } from "../../permission.ts";
import { queries } from "../../queries.ts";
import { BulkBar } from "./bulk-bar.tsx";
import { DeploymentTable } from "./deployment-table.tsx";
import { Filters, isState } from "./filters.tsx";

const PER_PAGE = 50;
const FIRST: readonly string[] = [];

export function DeploymentsPage() {
  const search = useSearch({ from: "/signed-in/deployments" });
  const navigate = useNavigate({ from: "/deployments" });
  // Kept with the place in the browser's history, so that back and forward find the same page of the list.
  const cursors = useLocation({ select: ({ state }) => state.cursors ?? FIRST });
  const mayLaunch = useMayChange("deployments");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const states = (search.state ?? "").split(",").filter(isState);
  const text = useDebounced(search.q ?? "");
  const cursor = cursors.at(-1);
  const { data, error, refetch, isPlaceholderData, failureCount, dataUpdatedAt } = useQuery(
    queries.deployments({
      states,
      search: text,
      limit: PER_PAGE,
      ...(search.pool === undefined ? {} : { pool: search.pool }),
      ...(search.deleted === undefined ? {} : { deleted: true }),
      ...(cursor === undefined ? {} : { cursor }),
    }),
  );
  const isFiltered = Object.keys(search).length > 0;
  const shown = data?.deployments ?? [];
  const older = data?.next ?? null;

  const change = (next: typeof search): void => {
    setSelected(new Set());
    void navigate({ search: next, replace: true });
  };
  const turn = (to: readonly string[]): void => {
    void navigate({ search, state: (state) => ({ ...state, cursors: to }) });
  };

  return (
    <>
      <PageHeader
        title="Deployments"
        actions={
          <Link to="/launch" className={buttonClasses("primary")}>
            {mayLaunch ? "Launch" : "Plan"}
          </Link>
        }
      />
      <Filters search={search} states={states} onChange={change} />
      <BulkBar chosen={shown.filter(({ id }) => selected.has(id))} onDone={() => setSelected(new Set())} />
      <Stale failures={failureCount} repliedAt={dataUpdatedAt} />
      {error !== null && (
        <div className="mb-3">
          <ErrorState error={failureFrom(error)} onRetry={() => void refetch()} />
        </div>
      )}
      {error === null && data === undefined && <Skeleton lines={8} label="Loading deployments" />}
      {data !== undefined && older === null && shown.length === 0 && (
        <Nothing isFiltered={isFiltered} onClear={() => change({})} />
      )}
      {older !== null && shown.length === 0 && <NothingYet onGoOn={() => turn([...cursors, older])} />}
      {shown.length > 0 && (
        <div className={isPlaceholderData || failureCount > 0 ? "opacity-60" : undefined}>
          <DeploymentTable deployments={shown} selected={selected} onSelect={mayLaunch ? setSelected : null} />
        </div>
      )}
      <Pages cursors={cursors} older={isPlaceholderData && older !== null ? undefined : older} onTurn={turn} />
    </>
  );
}

interface PagesProps {
  /** Of all pages but the first, up to this one. */
  readonly cursors: readonly string[];
  /** The next one's; undefined while it is not known. */
  readonly older: string | null | undefined;
  readonly onTurn: (to: readonly string[]) => void;
}

function Pages({ cursors, older, onTurn }: PagesProps) {
  if (cursors.length === 0 && older === null) return null;
  return (
    <nav aria-label="Pages" className="mt-3 flex items-center justify-end gap-3">
      <span className="text-muted">Page {cursors.length + 1}</span>
      <Button disabled={cursors.length === 0} onClick={() => onTurn(cursors.slice(0, -1))}>
        Newer
      </Button>
      <Button
        disabled={typeof older !== "string"}
        onClick={() => typeof older === "string" && onTurn([...cursors, older])}
      >
        Older
      </Button>
    </nav>
  );
}

/** A search goes through a part of the list at a time. */
function NothingYet({ onGoOn }: { onGoOn: () => void }) {
  return (
    <EmptyState title="None so far" action={<Button onClick={onGoOn}>Search older ones</Button>}>
      A part of the list has been searched, and none in it is like this.
    </EmptyState>
  );
}

function Nothing({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  const mayLaunch = useMayChange("deployments");
  if (isFiltered) {
    return (
      <EmptyState
        title="No deployment is like this"
        action={<Button onClick={onClear}>Clear search and filters</Button>}
      >
        Deleted ones are shown only when they are asked for.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title="Nothing has been launched yet"
      action={
        <>
          <Link to="/launch" className={buttonClasses("primary")}>
            {mayLaunch ? "Launch a blueprint" : "Plan a launch"}
          </Link>
          <Link to="/accounts" className={buttonClasses()}>
            Look at accounts
          </Link>
        </>
      }
    >
      A launch needs a blueprint, which says what is to run, and a pool with at least one account, where it may run.
      {mayLaunch && (
        <>
          From a terminal: <code className="font-mono">slipway launch FILE --watch</code>
        </>
      )}
    </EmptyState>
  );
}
