import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Pool } from "../../../../src/contract/account.ts";
import { api, failureFrom } from "../../api.ts";
import { Badge } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Stale } from "../../components/stale.tsx";
import { EmptyState, ErrorState, Skeleton } from "../../components/states.tsx";
import { say } from "../../components/toast.tsx";
import { useMayChange } from "../../permission.ts";
import { queries } from "../../queries.ts";
import { LimitDialog } from "../accounts/limit-dialog.tsx";
import { AddPool } from "./add-pool.tsx";
import { LeaseDialog, leaseText } from "./lease-dialog.tsx";
import { Members } from "./members.tsx";
import { usePoolChange } from "./pool-change.ts";
import { limitText, nearText, NO_LIMIT } from "./limit-text.ts";
import { QuarantineDialog, quarantineText } from "./quarantine-dialog.tsx";
import { keptText, RetentionDialog } from "./retention-dialog.tsx";

export function PoolsPage() {
  const { data, error, refetch, failureCount, dataUpdatedAt } = useQuery(queries.pools);
  const mayChange = useMayChange("pools");
  const [isAdding, setAdding] = useState(false);
  return (
    <>
      <PageHeader
        title="Pools"
        actions={
          mayChange ? (
            <Button kind="primary" onClick={() => setAdding(true)}>
              New pool
            </Button>
          ) : undefined
        }
      >
        A launch chooses among a pool's accounts: lower groups first; within a group by price, failures and a draw,
        which the weight shifts.
      </PageHeader>
      <Stale failures={failureCount} repliedAt={dataUpdatedAt} />
      {error !== null && <ErrorState error={failureFrom(error)} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <Skeleton lines={5} label="Loading pools" />}
      {data?.pools.length === 0 && (
        <EmptyState title="No pool yet">Launches need one with an account in it.</EmptyState>
      )}
      <div className="flex flex-col gap-4">
        {data?.pools.map((pool) => (
          <PoolCard key={pool.name} pool={pool} />
        ))}
      </div>
      {isAdding && <AddPool onClose={() => setAdding(false)} />}
    </>
  );
}

const DISABLED = { tone: "neutral", symbol: "–", word: "Disabled" } as const;

const NEAR = { tone: "warn", symbol: "◔" } as const;

function PoolCard({ pool }: { pool: Pool }) {
  const mayChange = useMayChange("pools");
  const [asking, setAsking] = useState<"limit" | "userLimit" | "lease" | "quarantine" | "retention" | "delete" | null>(
    null,
  );
  const { change, remove } = useChanges(pool, () => setAsking(null));
  return (
    <section aria-label={`Pool ${pool.name}`} className="flex flex-col gap-3 rounded-lg border bg-surface p-4">
      <div className="flex flex-wrap items-center gap-2">
        <h2>{pool.name}</h2>
        {!pool.enabled && <Badge look={DISABLED} />}
        {pool.near.length > 0 && <Badge look={{ ...NEAR, word: `Quota: ${nearText(pool.near)}` }} />}
        <span className="text-xs text-muted">
          {limitText(pool.limit)}; {eachUserText(pool)}
          {leaseText(pool)}; {quarantineText(pool)}
          {keptText(pool.retention)}
        </span>
        {mayChange && (
          <div className="ml-auto flex flex-wrap gap-1">
            <Button kind="quiet" onClick={() => setAsking("limit")}>
              Limit
            </Button>
            <Button kind="quiet" onClick={() => setAsking("userLimit")}>
              Limit per user
            </Button>
            <Button kind="quiet" onClick={() => setAsking("lease")}>
              Lease
            </Button>
            <Button kind="quiet" onClick={() => setAsking("quarantine")}>
              Quarantine
            </Button>
            <Button kind="quiet" onClick={() => setAsking("retention")}>
              Retention
            </Button>
            <Button kind="quiet" busy={change.isPending} onClick={() => change.mutate({ enabled: !pool.enabled })}>
              {pool.enabled ? "Disable" : "Enable"}
            </Button>
            <Button kind="quiet" onClick={() => setAsking("delete")}>
              Delete
            </Button>
          </div>
        )}
      </div>
      {change.error !== null && asking === null && <ErrorState error={failureFrom(change.error)} />}
      <Members pool={pool} />
      {asking === "limit" && <PoolLimit pool={pool} onClose={() => setAsking(null)} />}
      {asking === "userLimit" && <UserLimit pool={pool} onClose={() => setAsking(null)} />}
      {asking === "lease" && <LeaseDialog pool={pool} onClose={() => setAsking(null)} />}
      {asking === "quarantine" && <QuarantineDialog pool={pool} onClose={() => setAsking(null)} />}
      {asking === "retention" && <RetentionDialog pool={pool} onClose={() => setAsking(null)} />}
      {asking === "delete" && (
        <Confirm
          open
          onClose={() => setAsking(null)}
          title={`Delete pool ${pool.name}?`}
          confirm="Delete pool"
          busy={remove.isPending}
          onConfirm={() => remove.mutate()}
        >
          <p>Its accounts stay. Nothing can be launched in it any more.</p>
          {remove.error !== null && <ErrorState error={failureFrom(remove.error)} />}
        </Confirm>
      )}
    </section>
  );
}

function useChanges({ name, enabled }: Pool, onDone: () => void) {
  const queryClient = useQueryClient();
  const onSettled = () => queryClient.invalidateQueries({ queryKey: queries.pools.queryKey });
  const change = usePoolChange(name, () => say(`Pool ${name} is ${enabled ? "disabled" : "enabled"}`));
  const remove = useMutation({
    mutationFn: () => api.removePool(name),
    onSuccess: () => {
      say(`Pool ${name} is deleted`);
      onDone();
    },
    onSettled,
  });
  return { change, remove };
}

function useLimitChange(name: string, { of, onClose }: { readonly of: string; readonly onClose: () => void }) {
  return usePoolChange(name, () => {
    say(`The limit of ${of} is set`);
    onClose();
  });
}

function PoolLimit({ pool: { name, limit }, onClose }: { pool: Pool; onClose: () => void }) {
  const change = useLimitChange(name, { of: `pool ${name}`, onClose });
  const submit = (wish: Pool["limit"]): void => change.mutate({ limit: wish });
  return <LimitDialog of={`pool ${name}`} limit={limit} change={change} onSubmit={submit} onClose={onClose} />;
}

function UserLimit({ pool: { name, userLimit }, onClose }: { pool: Pool; onClose: () => void }) {
  const of = `each user in pool ${name}`;
  const change = useLimitChange(name, { of, onClose });
  const submit = (wish: Pool["userLimit"]): void => change.mutate({ userLimit: wish });
  return (
    <LimitDialog
      of={of}
      counts="What each user holds in this pool counts, also by tokens of theirs; not what tokens without an owner hold."
      limit={userLimit}
      change={change}
      onSubmit={submit}
      onClose={onClose}
    />
  );
}

/** "each user at most 4 machines; ", where that is limited. */
function eachUserText({ userLimit }: Pool): string {
  const text = limitText(userLimit);
  return text === NO_LIMIT ? "" : `each user ${text}; `;
}
