// How long a pool keeps what belongs to its ended deployments.

import type { Pool, Retention } from "../../../../src/contract/account.ts";
import { failureFrom } from "../../api.ts";
import { AmountsDialog } from "../../components/amounts-dialog.tsx";
import { usePoolChange } from "./pool-change.ts";

const FIELDS = [
  { key: "stepsDays", label: "Steps, days" },
  { key: "consolesDays", label: "Consoles, days" },
  { key: "ledgerDays", label: "Attempts and machines, days" },
] as const;

/** As the server takes them. */
const DAYS_MOST = 36_500;

export function RetentionDialog({ pool: { name, retention }, onClose }: { pool: Pool; onClose: () => void }) {
  const change = usePoolChange(name, onClose);
  return (
    <AmountsDialog
      title={`Retention of pool ${name}`}
      about="Steps and consoles are counted from the end of their deployment, or from its deletion when that was later;
        attempts and machines from its deletion. Nothing goes while a machine is open or owed. Leave a field empty to keep
        them for ever; what is gone does not come back."
      fields={FIELDS}
      amounts={retention}
      input={{ min: 1, max: DAYS_MOST, step: 1, placeholder: "for ever" }}
      action="Set the retention"
      isBusy={change.isPending}
      error={change.error === null ? null : failureFrom(change.error)}
      onSubmit={(wish) => change.mutate({ retention: wish })}
      onClose={onClose}
    />
  );
}

export function keptText({ stepsDays, consolesDays, ledgerDays }: Retention): string {
  const text = (days: number | null): string => (days === null ? "for ever" : days === 1 ? "1 day" : `${days} days`);
  return `keeps steps ${text(stepsDays)}, consoles ${text(consolesDays)}, attempts and machines ${text(ledgerDays)}`;
}
