// How long a machine that a launch failed for may be kept in a pool.

import { durationText } from "../../../../src/contract/amounts.ts";
import type { Pool } from "../../../../src/contract/account.ts";
import { failureFrom } from "../../api.ts";
import { AmountsDialog } from "../../components/amounts-dialog.tsx";
import { usePoolChange } from "./pool-change.ts";

const HOUR_MS = 3_600_000;
const FIELDS = [{ key: "hours", label: "Longest quarantine, hours" }] as const;
/** A week, as the server takes it. */
const HOURS_MOST = 7 * 24;

export function QuarantineDialog({ pool: { name, maxQuarantineMs }, onClose }: { pool: Pool; onClose: () => void }) {
  const change = usePoolChange(name, onClose);
  return (
    <AmountsDialog
      title={`Quarantine in pool ${name}`}
      about="A launch there may keep the machine that an attempt failed for no longer than that; none has to keep one. What is
        kept already keeps its time, and what is kept from now on is kept no longer, also by launches under way. Empty: as long
        as the launch says."
      fields={FIELDS}
      amounts={{ hours: maxQuarantineMs === null ? null : maxQuarantineMs / HOUR_MS }}
      input={{ min: 0.1, max: HOURS_MOST, step: "any", placeholder: "no limit" }}
      action="Set the quarantine"
      isBusy={change.isPending}
      error={change.error === null ? null : failureFrom(change.error)}
      onSubmit={({ hours }) => change.mutate({ maxQuarantineMs: hours === null ? null : Math.round(hours * HOUR_MS) })}
      onClose={onClose}
    />
  );
}

/** "failed machines kept for at most 4 h; "; empty where the pool does not bound it. */
export function quarantineText({ maxQuarantineMs }: Pool): string {
  return maxQuarantineMs === null ? "" : `failed machines kept for at most ${durationText(maxQuarantineMs)}; `;
}
