import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import type { MadeToken } from "../../../../src/contract/operation.ts";
import { NAME_PATTERN, NAME_RULE } from "../../../../src/contract/name.ts";
import { api, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { CopyButton } from "../../components/copy-button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Field, Input } from "../../components/field.tsx";
import { ErrorState } from "../../components/states.tsx";
import { queries } from "../../queries.ts";

type Role = MadeToken["role"];

const ROLES: Readonly<Record<Role, string>> = {
  viewer: "Sees everything but tokens, changes nothing",
  operator: "Also launches, stops and deletes deployments",
  admin: "Everything: accounts, pools, blueprints, tokens",
};
const isRole = (key: string): key is Role => key in ROLES;

export function AddToken({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("operator");
  const queryClient = useQueryClient();
  const add = useMutation({
    mutationFn: () => api.addToken({ name, role }),
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
        <Field
          label="Name"
          hint="Whose it is: a person, or a program"
          error={name === "" || NAME_PATTERN.test(name) ? null : NAME_RULE}
        >
          {(described) => (
            <Input
              {...described}
              value={name}
              required
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              onChange={({ target }) => setName(target.value)}
            />
          )}
        </Field>
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 font-medium">Role</legend>
          {Object.keys(ROLES)
            .filter(isRole)
            .map((one) => (
              <label key={one} className="flex items-start gap-2">
                <input
                  type="radio"
                  name="role"
                  className="mt-0.5"
                  checked={role === one}
                  onChange={() => setRole(one)}
                />
                <span>
                  <span className="font-medium">{one}</span>
                  <span className="block text-xs text-muted">{ROLES[one]}</span>
                </span>
              </label>
            ))}
        </fieldset>
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

function Made({ made: { name, role, token }, onClose }: { made: MadeToken; onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title={`Token ${name}`}>
      <p className="text-muted">
        With the role {role}. It is shown this once: Slipway keeps only a hash of it. On a command line,{" "}
        <code className="font-mono text-ink">slipway login {location.origin}</code> asks for it.
      </p>
      <div className="flex items-start gap-2">
        <code className="min-w-0 grow rounded-md border bg-canvas px-2.5 py-1.5 font-mono text-xs break-all select-all">
          {token}
        </code>
        <CopyButton text={token} />
      </div>
      <div className="flex justify-end">
        <Button kind="primary" onClick={onClose}>
          I have kept it
        </Button>
      </div>
    </Dialog>
  );
}
