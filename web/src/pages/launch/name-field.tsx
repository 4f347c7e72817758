import { useQuery } from "@tanstack/react-query";
import { Failure } from "../../api.ts";
import { useDebounced } from "../../components/debounced.ts";
import { Field, Input, Select } from "../../components/field.tsx";
import { queries } from "../../queries.ts";
import { type Draft, type DraftPart, nameMistake } from "./draft.ts";

export interface FieldOf {
  readonly draft: Draft;
  readonly onChange: (part: DraftPart) => void;
}

/** The most that one question for names of a kind brings. */
const NAMES_MOST = 500;

/** What is wrong with the name, to stand behind it: "must be …"; null when nothing is. `refused`: with what the launch was. */
export function useNameMistake({ name, pool }: Draft, refused: Error | null): string | null {
  const settled = useDebounced(name);
  const { data } = useQuery({
    ...queries.deployments({ search: settled, limit: NAMES_MOST, ...(pool === "" ? {} : { pool }) }),
    enabled: settled !== "" && nameMistake(settled) === null,
  });
  const isTaken = settled === name && data?.deployments.some((one) => one.name === name) === true;
  const isRefused = refused instanceof Failure && refused.code === "name_taken";
  const taken = isTaken || isRefused ? "is taken in this pool: take another, or delete that one first" : null;
  return nameMistake(name) ?? taken;
}

export interface NameFieldProps extends FieldOf {
  /** The name when none is given. */
  readonly usual: string;
  readonly mistake: string | null;
}

export function NameField({ draft: { name }, usual, mistake, onChange }: NameFieldProps) {
  return (
    <Field
      label="Deployment name"
      error={mistake}
      hint={name === "" ? `Left empty: ${usual}, with a number if that is taken` : "✓ free"}
    >
      {(described) => (
        <Input
          {...described}
          value={name}
          placeholder={usual}
          maxLength={63}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          onChange={({ target }) => onChange({ name: target.value })}
        />
      )}
    </Field>
  );
}

export interface TimeFieldProps extends FieldOf {
  /** What an empty one means. */
  readonly usual: string;
}

export function LeaseField({ draft: { lease }, usual, onChange }: TimeFieldProps) {
  return (
    <Field label="Lease, hours" hint={`Then it stops by itself; empty: ${usual}`}>
      {(described) => (
        <Input
          {...described}
          type="number"
          min={0.1}
          step="any"
          value={lease}
          onChange={({ target }) => onChange({ lease: target.value })}
        />
      )}
    </Field>
  );
}

export function PoolField({ draft, onChange }: FieldOf) {
  const { data } = useQuery(queries.pools);
  const pools = data?.pools ?? [];
  const usual = pools.find(({ name }) => name === "default") ?? (pools.length === 1 ? pools[0] : undefined);
  return (
    <Field label="Pool" hint="Whose accounts it may run at">
      {(described) => (
        <Select {...described} value={draft.pool} onChange={({ target }) => onChange({ pool: target.value })}>
          <option value="">{usual === undefined ? "Choose one…" : usual.name}</option>
          {pools
            .filter(({ name }) => name !== usual?.name)
            .map(({ name, enabled }) => (
              <option key={name} value={name}>
                {enabled ? name : `${name} (disabled)`}
              </option>
            ))}
        </Select>
      )}
    </Field>
  );
}
