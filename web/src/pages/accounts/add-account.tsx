import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import type { NewAccount } from "../../../../src/contract/account.ts";
import { api, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Field, Input, Select } from "../../components/field.tsx";
import { ErrorState } from "../../components/states.tsx";
import { say } from "../../components/toast.tsx";
import { queries } from "../../queries.ts";
import { NAME_PATTERN, NAME_RULE } from "../../../../src/contract/name.ts";
import { ProviderControl } from "./provider-control.tsx";
import { formOf, type Given, textsOf, valuesOf } from "./provider-fields.ts";

export function AddAccount({ onClose }: { onClose: () => void }) {
  const { data: about } = useQuery(queries.about);
  const [name, setName] = useState("");
  const [chosen, setProvider] = useState<string | null>(null);
  const [given, setGiven] = useState<Given>({});
  const [pool, setPool] = useState("default");
  const providers = about?.providers ?? [];
  const provider = chosen ?? providers[0] ?? "";
  const form = formOf(provider);
  const add = useAdd(onClose);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    add.mutate({
      name,
      provider,
      settings: valuesOf(form.settings, given),
      credentials: textsOf(form.credentials, given),
      ...(pool === "" ? {} : { pool }),
    });
  };
  const fields = [...form.settings, ...form.credentials];
  return (
    <Dialog open onClose={onClose} title="Add an account">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field
          label="Name"
          hint="What launches and reports call it"
          error={name === "" || NAME_PATTERN.test(name) ? null : NAME_RULE}
        >
          {(described) => (
            <Input
              {...described}
              required
              autoComplete="off"
              value={name}
              onChange={({ target }) => setName(target.value)}
            />
          )}
        </Field>
        <Field label="Provider" hint={form.about}>
          {(described) => (
            <Select {...described} value={provider} onChange={({ target }) => setProvider(target.value)}>
              {providers.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </Select>
          )}
        </Field>
        {fields.map((field) => (
          <ProviderControl
            key={`${provider}/${field.name}`}
            field={field}
            value={given[field.name] ?? ""}
            onChange={(value) => setGiven({ ...given, [field.name]: value })}
          />
        ))}
        <PoolChoice value={pool} onChange={setPool} />
        {add.error !== null && <ErrorState error={failureFrom(add.error)} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" kind="primary" busy={add.isPending} disabled={!NAME_PATTERN.test(name)}>
            Add and check
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Adds it and contacts its cloud at once, so that a mistake shows where it was made. */
function useAdd(onClose: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (body: NewAccount) => {
      await api.addAccount(body);
      return api.checkAccount(body.name);
    },
    onSuccess: ({ name, health, healthText }) => {
      say(
        health === "healthy" ? `Account ${name} is added and healthy` : `Account ${name} is added, but ${health}`,
        healthText ?? undefined,
      );
      onClose();
    },
    onSettled: () =>
      Promise.all([queries.accounts, queries.pools].map(({ queryKey }) => queryClient.invalidateQueries({ queryKey }))),
  });
}

function PoolChoice({ value, onChange }: { value: string; onChange: (pool: string) => void }) {
  const { data } = useQuery(queries.pools);
  const names = new Set(["default", ...(data?.pools ?? []).map(({ name }) => name)]);
  return (
    <Field label="Pool" hint="Launches choose among a pool's accounts">
      {(described) => (
        <Select {...described} value={value} onChange={({ target }) => onChange(target.value)}>
          <option value="">None for now</option>
          {[...names].map((name) => (
            <option key={name}>{name}</option>
          ))}
        </Select>
      )}
    </Field>
  );
}
