import type { Webhook } from "../../../../src/contract/webhook.ts";
import { Checkbox } from "../../components/field.tsx";
import { LOOKS } from "../deployment/log.ts";

export type Kind = NonNullable<Webhook["kinds"]>[number];

const isKind = (name: string): name is Kind => name in LOOKS;
const KINDS = Object.keys(LOOKS).filter(isKind);

/** Of which events a webhook is told: null for all. */
export function KindsField({
  kinds,
  onChange,
}: {
  kinds: readonly Kind[] | null;
  onChange: (kinds: readonly Kind[] | null) => void;
}) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 font-medium">Events</legend>
      <Checkbox
        label="All kinds of events"
        checked={kinds === null}
        onChange={({ target }) => onChange(target.checked ? null : [])}
      />
      {kinds !== null && (
        <div className="grid max-h-[40dvh] gap-1 overflow-y-auto rounded-md border p-2 sm:grid-cols-2">
          {KINDS.map((kind) => (
            <Checkbox
              key={kind}
              label={<span className="font-mono text-xs font-normal">{kind}</span>}
              checked={kinds.includes(kind)}
              onChange={({ target }) =>
                onChange(target.checked ? [...kinds, kind] : kinds.filter((one) => one !== kind))
              }
            />
          ))}
        </div>
      )}
    </fieldset>
  );
}
