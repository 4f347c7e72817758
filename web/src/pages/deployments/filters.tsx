import { useQuery } from "@tanstack/react-query";
import type { DeploymentState } from "../../../../src/contract/deployment.ts";
import { Badge } from "../../components/badge.tsx";
import { ChoiceMenu } from "../../components/choice-menu.tsx";
import { Checkbox, Input, Select } from "../../components/field.tsx";
import { queries } from "../../queries.ts";
import { DEPLOYMENT_LOOKS } from "../../state-badge.tsx";

/** As the address has it. */
export interface ListSearch {
  readonly state?: string;
  readonly q?: string;
  readonly pool?: string;
  readonly deleted?: true;
}

export interface FiltersProps {
  readonly search: ListSearch;
  readonly states: readonly DeploymentState[];
  readonly onChange: (search: ListSearch) => void;
}

export const isState = (key: string): key is DeploymentState => key in DEPLOYMENT_LOOKS && key !== "cancelled";
const CHOICES = Object.keys(DEPLOYMENT_LOOKS)
  .filter(isState)
  .map((value) => ({
    value,
    label: (
      <span className="flex gap-1">
        <Badge look={DEPLOYMENT_LOOKS[value]} />
        {value === "failed" && <Badge look={DEPLOYMENT_LOOKS.cancelled} />}
      </span>
    ),
  }));

export function Filters({ search, states, onChange }: FiltersProps) {
  const { data } = useQuery(queries.pools);
  const { q, state, pool, deleted } = search;
  // One that is gone may have deployments, and one that never was must be possible to leave.
  const pools = new Set([...(data?.pools ?? []).map(({ name }) => name), ...(pool === undefined ? [] : [pool])]);
  return (
    <search className="mb-3 flex flex-wrap items-center gap-2">
      <Input
        type="search"
        aria-label="Search by name"
        placeholder="Search by name"
        value={q ?? ""}
        onChange={({ target }) =>
          onChange({ ...without(search, "q"), ...(target.value === "" ? {} : { q: target.value }) })
        }
        className="w-full sm:w-64"
      />
      <ChoiceMenu
        label={state === undefined ? "Any state" : "State"}
        choices={CHOICES}
        chosen={states}
        onChange={(chosen) =>
          onChange({ ...without(search, "state"), ...(chosen.length === 0 ? {} : { state: chosen.join(",") }) })
        }
      />
      {pools.size > 1 && (
        <Select
          aria-label="Pool"
          value={pool ?? ""}
          onChange={({ target }) =>
            onChange({ ...without(search, "pool"), ...(target.value === "" ? {} : { pool: target.value }) })
          }
          className="w-auto"
        >
          <option value="">Any pool</option>
          {[...pools].map((name) => (
            <option key={name}>{name}</option>
          ))}
        </Select>
      )}
      <Checkbox
        label="Show deleted"
        checked={deleted === true}
        onChange={({ target }) =>
          onChange({ ...without(search, "deleted"), ...(target.checked ? { deleted: true } : {}) })
        }
        className="ml-1 items-center"
      />
    </search>
  );
}

function without(search: ListSearch, key: keyof ListSearch): ListSearch {
  const { [key]: _, ...rest } = search;
  return rest;
}
