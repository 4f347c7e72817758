// How long a pool keeps what belongs to its ended deployments.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import type { Pool, Retention } from "../../../../src/contract/account.ts";
import { api, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Field, Input } from "../../components/field.tsx";
import { ErrorState } from "../../components/states.tsx";
import { queries } from "../../queries.ts";

const KINDS = [
  { key: "stepsDays", label: "Steps, days" },
  { key: "consolesDays", label: "Consoles, days" },
  { key: "ledgerDays", label: "Attempts and machines, days" },
] as const satisfies readonly { key: keyof Retention; label: string }[];

/** As the server takes them. */
const DAYS_MOST = 36_500;

export function RetentionDialog({ pool: { name, retention }, onClose }: { pool: Pool; onClose: () => void }) {
  const queryClient = useQueryClient();
  const [texts, setTexts] = useState<Readonly<Record<keyof Retention, string>>>({
    stepsDays: String(retention.stepsDays ?? ""),
    consolesDays: String(retention.consolesDays ?? ""),
    ledgerDays: String(retention.ledgerDays ?? ""),
  });
  const change = useMutation({
    mutationFn: (wish: Retention) => api.changePool(name, { retention: wish }),
    onSuccess: onClose,
    onSettled: () => queryClient.invalidateQueries({ queryKey: queries.pools.queryKey }),
  });
  const days = (key: keyof Retention): number | null => (texts[key] === "" ? null : Number(texts[key]));
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    change.mutate({ stepsDays: days("stepsDays"), consolesDays: days("consolesDays"), ledgerDays: days("ledgerDays") });
  };
  return (
    <Dialog open onClose={onClose} title={`Retention of pool ${name}`}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <p className="text-muted">
          Steps and consoles are counted from the end of their deployment, or from its deletion when that was later;
          attempts and machines from its deletion. Nothing goes while a machine is open or owed. Leave a field empty to
          keep them for ever; what is gone does not come back.
        </p>
        <div className="grid gap-3 sm:grid-cols-2">
          {KINDS.map(({ key, label }) => (
            <Field key={key} label={label}>
              {(described) => (
                <Input
                  {...described}
                  type="number"
                  min={1}
                  max={DAYS_MOST}
                  step={1}
                  placeholder="for ever"
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
            Set the retention
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export function keptText({ stepsDays, consolesDays, ledgerDays }: Retention): string {
  const text = (days: number | null): string => (days === null ? "for ever" : days === 1 ? "1 day" : `${days} days`);
  return `keeps steps ${text(stepsDays)}, consoles ${text(consolesDays)}, attempts and machines ${text(ledgerDays)}`;
}
