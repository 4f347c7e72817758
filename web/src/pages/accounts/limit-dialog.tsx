import type { UseMutationResult } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import type { Account } from "../../../../src/contract/account.ts";
import { failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Field, Input } from "../../components/field.tsx";
import { ErrorState } from "../../components/states.tsx";

type Limit = Account["limit"];

const KINDS = [
  { key: "instances", label: "Machines" },
  { key: "cpu", label: "Cpu" },
  { key: "memoryMib", label: "Memory, MiB" },
  { key: "hourlyCost", label: "Dollars per hour" },
] as const;

export interface LimitDialogProps {
  /** As in "pool default". */
  readonly of: string;
  readonly limit: Limit;
  readonly change: UseMutationResult<unknown, Error, Limit>;
  readonly onClose: () => void;
}

/** Slipway's own limit for an account or a pool; empty fields limit nothing. */
export function LimitDialog({ of, limit, change, onClose }: LimitDialogProps) {
  const [texts, setTexts] = useState<Readonly<Record<keyof Limit, string>>>({
    instances: String(limit.instances ?? ""),
    cpu: String(limit.cpu ?? ""),
    memoryMib: String(limit.memoryMib ?? ""),
    hourlyCost: String(limit.hourlyCost ?? ""),
  });
  const amount = (key: keyof Limit): number | null => (texts[key] === "" ? null : Number(texts[key]));
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    change.mutate({
      instances: amount("instances"),
      cpu: amount("cpu"),
      memoryMib: amount("memoryMib"),
      hourlyCost: amount("hourlyCost"),
    });
  };
  return (
    <Dialog open onClose={onClose} title={`Limit of ${of}`}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <p className="text-muted">
          Launches stay below it, whatever the cloud would allow. Leave a field empty for no limit.
        </p>
        <div className="grid gap-3 sm:grid-cols-2">
          {KINDS.map(({ key, label }) => (
            <Field key={key} label={label}>
              {(described) => (
                <Input
                  {...described}
                  type="number"
                  min={0}
                  step="any"
                  placeholder="no limit"
                  value={texts[key]}
                  onChange={({ target }) => setTexts({ ...texts, [key]: target.value })}
                />
              )}
            </Field>
          ))}
        </div>
        {change.error !== null && <ErrorState error={failureFrom(change.error)} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" kind="primary" busy={change.isPending}>
            Set the limit
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
