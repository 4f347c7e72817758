// What becomes of an attempt that fails: by the blueprint's word, unless somebody says otherwise here.

import { Field, Input } from "../../components/field.tsx";
import type { TimeFieldProps } from "./name-field.tsx";

/** A week, in minutes and in hours. */
const HOLD_MOST = 10_080;
const QUARANTINE_MOST = 168;

/** How long all of it, and how long the machine that it failed for, stays to be looked at. */
export function FailureFields({ draft: { hold, quarantine }, usual, onChange }: TimeFieldProps) {
  return (
    <fieldset>
      <legend className="mb-2 text-base font-semibold">On failure</legend>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Hold what fails, minutes"
          hint={`All of the attempt stays that long to be looked at, then it is undone; 0: it is not held; empty: ${usual}`}
        >
          {(described) => (
            <Input
              {...described}
              type="number"
              min={0}
              max={HOLD_MOST}
              step="any"
              value={hold}
              onChange={({ target }) => onChange({ hold: target.value })}
            />
          )}
        </Field>
        <Field
          label="Keep the failed machine, hours"
          hint={`It stays alone that long, at its price, while the launch goes on where it can; 0: it is not kept; empty: ${usual}`}
        >
          {(described) => (
            <Input
              {...described}
              type="number"
              min={0}
              max={QUARANTINE_MOST}
              step="any"
              value={quarantine}
              onChange={({ target }) => onChange({ quarantine: target.value })}
            />
          )}
        </Field>
      </div>
    </fieldset>
  );
}
