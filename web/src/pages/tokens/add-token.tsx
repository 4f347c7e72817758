import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, type SubmitEvent, useState } from "react";
import type { MadeToken, NewToken } from "../../../../src/contract/access.ts";
import { NAME_PATTERN } from "../../../../src/contract/name.ts";
import { api, failureFrom } from "../../api.ts";
import { serverTime } from "../../clock.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { NameField } from "../../components/name-field.tsx";
import { ShownOnce } from "../../components/shown-once.tsx";
import { ErrorState } from "../../components/states.tsx";
import { useMayChange } from "../../permission.ts";
import { queries } from "../../queries.ts";

type Role = MadeToken["role"];

const ROLES: Readonly<Record<Role, string>> = {
  viewer: "Sees everything but tokens, changes nothing",
  launcher: "Also launches, and stops and deletes what it launched",
  operator: "Also acts on all deployments and debt",
  admin: "Everything: accounts, pools, blueprints, people, tokens",
};
const isRole = (key: string): key is Role => key in ROLES;

export function AddToken({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [asked, setAsked] = useState<Asked>({ role: "operator", pool: "", owner: "", days: "" });
  const queryClient = useQueryClient();
  const add = useMutation({
    mutationFn: () => api.addToken({ name, ...bodyOf(asked) }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: queries.tokens.queryKey }),
  });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    add.mutate();
  };
  if (add.data !== undefined) return <Made made={add.data} onClose={onClose} />;
  return (
    <Dialog open onClose={onClose} title="New token">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <NameField value={name} onChange={setName} hint="What it is for" />
        <Roles value={asked.role} onChange={(role) => setAsked({ ...asked, role })} />
        <Bounds asked={asked} onChange={setAsked} />
        {add.error !== null && <ErrorState error={failureFrom(add.error)} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" kind="primary" busy={add.isPending} disabled={!NAME_PATTERN.test(name)}>
            Make token
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** As it is chosen: empty for what is left out. */
interface Asked {
  readonly role: Role;
  readonly pool: string;
  readonly owner: string;
  readonly days: string;
}

function bodyOf({ role, pool, owner, days }: Asked): Omit<NewToken, "name"> {
  return {
    role,
    ...(pool === "" ? {} : { pool }),
    ...(owner === "" ? {} : { owner }),
    ...(days === "" ? {} : { expiresAt: new Date(serverTime(Date.now()) + Number(days) * DAY_MS).toISOString() }),
  };
}

function Roles({ value, onChange }: { value: Role; onChange: (role: Role) => void }) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 font-medium">Role</legend>
      {Object.keys(ROLES)
        .filter(isRole)
        .map((one) => (
          <label key={one} className="flex items-start gap-2">
            <input type="radio" name="role" className="mt-0.5" checked={value === one} onChange={() => onChange(one)} />
            <span>
              <span className="font-medium">{one}</span>
              <span className="block text-xs text-muted">{ROLES[one]}</span>
            </span>
          </label>
        ))}
    </fieldset>
  );
}

/** Where and how long it counts, and whose it is. */
function Bounds({ asked, onChange }: { asked: Asked; onChange: (asked: Asked) => void }) {
  const { data: pools } = useQuery(queries.pools);
  const isAdmin = useMayChange("users");
  return (
    <>
      <Choice label="Where" value={asked.pool} onChange={(pool) => onChange({ ...asked, pool })}>
        <option value="">In every pool</option>
        {pools?.pools.map(({ name }) => (
          <option key={name} value={name}>
            In pool {name} alone
          </option>
        ))}
      </Choice>
      <Choice label="Until" value={asked.days} onChange={(days) => onChange({ ...asked, days })}>
        <option value="">It is deleted</option>
        {[1, 7, 30, 90, 365].map((count) => (
          <option key={count} value={count}>
            {count === 1 ? "A day from now" : `${count} days from now`}
          </option>
        ))}
      </Choice>
      {isAdmin && <Owner value={asked.owner} onChange={(owner) => onChange({ ...asked, owner })} />}
    </>
  );
}

const DAY_MS = 86_400_000;

interface Choosing {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, onChange, children }: Choosing & { label: string; children: ReactNode }) {
  return (
    <label className="flex flex-col gap-1">
      <span className="font-medium">{label}</span>
      <select
        value={value}
        onChange={({ target }) => onChange(target.value)}
        className="h-9 rounded-md border border-edge/60 bg-surface px-2 text-ink"
      >
        {children}
      </select>
    </label>
  );
}

/** Admins make tokens for others; those of users are their own. */
function Owner(choosing: Choosing) {
  const { data } = useQuery(queries.users);
  return (
    <Choice label="Whose" {...choosing}>
      <option value="">Mine if I am a user, else a program’s</option>
      {data?.users.map(({ name }) => (
        <option key={name} value={name}>
          {name}’s: it may do no more than they may
        </option>
      ))}
    </Choice>
  );
}

function Made({ made: { name, role, token }, onClose }: { made: MadeToken; onClose: () => void }) {
  return (
    <ShownOnce title={`Token ${name}`} secret={token} onClose={onClose}>
      With the role {role}. It is shown this once: Slipway keeps only a hash of it. On a command line,{" "}
      <code className="font-mono text-ink">slipway login {location.origin}</code> asks for it.
    </ShownOnce>
  );
}
