import type { BlueprintOutline } from "../../../../src/contract/blueprint.ts";
import type { Deployment } from "../../../../src/contract/deployment.ts";
import { Field, Input } from "../../components/field.tsx";

export interface MembersFieldProps {
  readonly outline: BlueprintOutline;
  readonly instances: Deployment["instances"];
  readonly counts: ReadonlyMap<string, string>;
  /** What is wrong with what was typed, by group. */
  readonly mistakes: ReadonlyMap<string, string>;
  /** The group whose count is to be another; its field has the focus. */
  readonly scale: string | undefined;
  readonly onChange: (counts: ReadonlyMap<string, string>) => void;
}

const COUNT_MOST = 1_000;

/** How many members each group is to have. */
export function MembersField({ outline, instances, counts, mistakes, scale, onChange }: MembersFieldProps) {
  return (
    <fieldset>
      <legend className="mb-2 text-base font-semibold">Members</legend>
      <div className="grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-3">
        {outline.instances.map(({ name, count }) => (
          <Field
            key={name}
            label={<span className="break-words">{name}</span>}
            hint={hintOf(count, instances.filter(({ group }) => group === name).length)}
            error={mistakes.get(name) ?? null}
          >
            {(described) => (
              <Input
                {...described}
                type="number"
                min={0}
                max={COUNT_MOST}
                step={1}
                autoFocus={name === scale}
                value={counts.get(name) ?? String(count ?? "")}
                onChange={({ target }) => onChange(new Map([...counts, [name, target.value]]))}
              />
            )}
          </Field>
        ))}
      </div>
    </fieldset>
  );
}

function hintOf(count: number | null, there: number): string {
  const says = count === null ? "its parameters decide" : `${count} in the blueprint`;
  return `${there} now, ${says}`;
}
