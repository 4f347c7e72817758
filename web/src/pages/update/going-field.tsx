import { Checkbox } from "../../components/field.tsx";
import type { Going } from "./update-draft.ts";

interface GoingFieldProps {
  readonly group: string;
  /** Null: it does not get smaller. */
  readonly going: Going | null;
  readonly onChange: (name: string, isGoing: boolean) => void;
}

/** Which members of a group go: those that are chosen, then the highest numbers. */
export function GoingField({ group, going, onChange }: GoingFieldProps) {
  if (going === null) return null;
  const { members, count, chosen, names } = going;
  const isFull = chosen.size >= count;
  return (
    <fieldset className="rounded-lg border px-3 pt-1 pb-2.5">
      <legend className="px-1 font-medium">
        Which {count} of {group} {count === 1 ? "goes" : "go"}
      </legend>
      <div className="flex max-h-40 flex-wrap gap-x-4 gap-y-1.5 overflow-y-auto">
        {members.map((name) => (
          <Checkbox
            key={name}
            label={name}
            checked={chosen.has(name)}
            disabled={isFull && !chosen.has(name)}
            onChange={({ target }) => onChange(name, target.checked)}
          />
        ))}
      </div>
      <p aria-live="polite" className="mt-1.5 text-xs text-muted wrap-anywhere">
        {names.join(", ")} {names.length === 1 ? "goes" : "go"}
        {isFull
          ? ""
          : chosen.size === 0
            ? ": the highest numbers, unless others are chosen"
            : ": chosen, then the highest numbers"}
        . The others keep their numbers.
      </p>
    </fieldset>
  );
}
