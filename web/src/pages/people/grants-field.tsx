import { useQuery } from "@tanstack/react-query";
import type { Grant } from "../../../../src/contract/access.ts";
import { Button } from "../../components/button.tsx";
import { Select } from "../../components/field.tsx";
import { queries } from "../../queries.ts";

const ROLES: readonly Grant["role"][] = ["viewer", "launcher", "operator", "admin"];

/** Roles, each in a pool or everywhere. */
export function GrantsField({
  grants,
  onChange,
}: {
  grants: readonly Grant[];
  onChange: (grants: readonly Grant[]) => void;
}) {
  const pools = useQuery(queries.pools).data?.pools ?? [];
  const put = (at: number, grant: Grant): void => onChange(grants.map((one, place) => (place === at ? grant : one)));
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 font-medium">Roles</legend>
      {grants.map((grant, at) => (
        <div key={`${at}/${grants.length}`} className="flex items-center gap-2">
          <Select
            className="w-32"
            aria-label={`Role ${at + 1}`}
            value={grant.role}
            onChange={({ target }) =>
              put(at, { ...grant, role: ROLES.find((role) => role === target.value) ?? grant.role })
            }
          >
            {ROLES.map((role) => (
              <option key={role}>{role}</option>
            ))}
          </Select>
          <Select
            className="grow"
            aria-label={`Where role ${at + 1} counts`}
            value={grant.pool ?? ""}
            onChange={({ target }) => put(at, { ...grant, pool: target.value === "" ? null : target.value })}
          >
            <option value="">everywhere</option>
            {pools.map(({ name }) => (
              <option key={name} value={name}>
                in pool {name}
              </option>
            ))}
          </Select>
          <Button
            kind="quiet"
            aria-label={`Take role ${at + 1} away`}
            onClick={() => onChange(grants.filter((_, place) => place !== at))}
          >
            ✕
          </Button>
        </div>
      ))}
      <div>
        <Button onClick={() => onChange([...grants, { role: "viewer", pool: null }])}>Add a role</Button>
      </div>
    </fieldset>
  );
}
