import { useState } from "react";
import type { Account } from "../../../../src/contract/account.ts";
import { failureFrom } from "../../api.ts";
import { AmountsDialog } from "../../components/amounts-dialog.tsx";
import { Field, Textarea } from "../../components/field.tsx";
import { familiesOf, familiesText } from "./families.ts";

type Limit = Account["limit"];

const FIELDS = [
  { key: "instances", label: "Machines", step: 1 },
  { key: "cpu", label: "Cpu" },
  { key: "memoryMib", label: "Memory, MiB" },
  { key: "storageGib", label: "Storage, GiB" },
  { key: "accelerators", label: "Accelerators", step: 1 },
  { key: "deployments", label: "Deployments", step: 1 },
  { key: "hourlyCost", label: "Dollars per hour" },
] as const;

const ABOUT = "Launches take no more than this, whatever the cloud would allow. Leave a field empty for no limit.";

export interface LimitDialogProps {
  /** As in "pool default". */
  readonly of: string;
  /** What counts, where that does not go without saying; a sentence. */
  readonly counts?: string;
  readonly limit: Limit;
  readonly change: { readonly isPending: boolean; readonly error: Error | null };
  readonly onSubmit: (limit: Limit) => void;
  readonly onClose: () => void;
}

/** Slipway's own limit for an account, a pool or a user; empty fields limit nothing. */
export function LimitDialog({ of, counts, limit, change, onSubmit, onClose }: LimitDialogProps) {
  const { families: before, ...amounts } = limit;
  const [families, setFamilies] = useState(familiesText(before));
  return (
    <AmountsDialog
      title={`Limit of ${of}`}
      about={[counts, ABOUT].filter((text) => text !== undefined).join(" ")}
      fields={FIELDS}
      amounts={amounts}
      more={
        <Field label="Families" hint="One a line: accelerators/h100=8, or as a cloud counts, cpu/standard=64">
          {(described) => (
            <Textarea {...described} rows={3} value={families} onChange={({ target }) => setFamilies(target.value)} />
          )}
        </Field>
      }
      input={{ min: 0, step: "any", placeholder: "no limit" }}
      action="Set the limit"
      isBusy={change.isPending}
      error={change.error === null ? null : failureFrom(change.error)}
      onSubmit={(wish) => onSubmit({ ...wish, families: familiesOf(families) })}
      onClose={onClose}
    />
  );
}
