import type { Account } from "../../../../src/contract/account.ts";
import { failureFrom } from "../../api.ts";
import { AmountsDialog } from "../../components/amounts-dialog.tsx";

type Limit = Account["limit"];

const FIELDS = [
  { key: "instances", label: "Machines" },
  { key: "cpu", label: "Cpu" },
  { key: "memoryMib", label: "Memory, MiB" },
  { key: "hourlyCost", label: "Dollars per hour" },
] as const;

export interface LimitDialogProps {
  /** As in "pool default". */
  readonly of: string;
  readonly limit: Limit;
  readonly change: { readonly isPending: boolean; readonly error: Error | null };
  readonly onSubmit: (limit: Limit) => void;
  readonly onClose: () => void;
}

/** Slipway's own limit for an account or a pool; empty fields limit nothing. */
export function LimitDialog({ of, limit, change, onSubmit, onClose }: LimitDialogProps) {
  return (
    <AmountsDialog
      title={`Limit of ${of}`}
      about="Launches stay below it, whatever the cloud would allow. Leave a field empty for no limit."
      fields={FIELDS}
      amounts={limit}
      input={{ min: 0, step: "any", placeholder: "no limit" }}
      action="Set the limit"
      isBusy={change.isPending}
      error={change.error === null ? null : failureFrom(change.error)}
      onSubmit={onSubmit}
      onClose={onClose}
    />
  );
}
