// How long deployments may run in a pool.

import { durationText } from "../../../../src/contract/amounts.ts";
import type { Pool } from "../../../../src/contract/account.ts";
import { failureFrom } from "../../api.ts";
import { AmountsDialog } from "../../components/amounts-dialog.tsx";
import { usePoolChange } from "./pool-change.ts";

const HOUR_MS = 3_600_000;
const FIELDS = [{ key: "hours", label: "Longest lease, hours" }] as const;
/** As the server takes them. */
const HOURS_MOST = 366 * 24;

export function LeaseDialog({ pool: { name, maxLeaseMs }, onClose }: { pool: Pool; onClose: () => void }) {
  const change = usePoolChange(name, onClose);
  return (
    <AmountsDialog
      title={`Leases in pool ${name}`}
      about="Launches there must have a lease of at most so long: at its end a deployment stops by itself, and it is extended to no
        later than that from now. What runs already keeps what it has. Empty: deployments run as long as anybody likes."
      fields={FIELDS}
      amounts={{ hours: maxLeaseMs === null ? null : maxLeaseMs / HOUR_MS }}
      input={{ min: 0.1, max: HOURS_MOST, step: "any", placeholder: "no limit" }}
      action="Set the lease"
      isBusy={change.isPending}
      error={change.error === null ? null : failureFrom(change.error)}
      onSubmit={({ hours }) => change.mutate({ maxLeaseMs: hours === null ? null : Math.round(hours * HOUR_MS) })}
      onClose={onClose}
    />
  );
}

export function leaseText({ maxLeaseMs }: Pool): string {
  return maxLeaseMs === null ? "no lease needed" : `leases of at most ${durationText(maxLeaseMs)}`;
}
