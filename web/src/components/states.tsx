// What a page shows when it has nothing, not yet, or not at all.

import type { ReactNode } from "react";
import { Button } from "./button.tsx";

export interface EmptyStateProps {
  readonly title: string;
  /** What to do about it. */
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

export function EmptyState({ title, children, action }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center gap-2 rounded-lg border border-dashed bg-surface px-6 py-10 text-center">
      <p className="text-base font-medium">{title}</p>
      {children !== undefined && <div className="max-w-prose text-muted">{children}</div>}
      {action !== undefined && <div className="mt-2 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

/** What an error is for a reader. */
export interface Explained {
  readonly title: string;
  readonly message: string;
  readonly requestId?: string | null;
}

export function ErrorState({ error, onRetry }: { error: Explained; onRetry?: () => void }) {
  return (
    <div
      role="alert"
      className="flex min-w-0 flex-col items-start gap-2 rounded-lg border border-bad/40 bg-bad-soft px-4 py-3 wrap-anywhere"
    >
      <p className="font-semibold text-bad">
        <span aria-hidden="true">! </span>
        {error.title}
      </p>
      <p className="text-ink">{error.message}</p>
      {typeof error.requestId === "string" && <p className="font-mono text-xs text-ink">request {error.requestId}</p>}
      {onRetry !== undefined && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}

/** Grey lines where a reply will be. */
export function Skeleton({ lines = 3, label = "Loading" }: { lines?: number; label?: string }) {
  return (
    <output aria-label={label} className="flex flex-col gap-2 py-1">
      {Array.from({ length: lines }, (_, place) => (
        <span
          key={place}
          aria-hidden="true"
          className="h-4 animate-pulse rounded bg-raised"
          style={{ width: `${94 - ((place * 23) % 45)}%` }}
        />
      ))}
    </output>
  );
}
