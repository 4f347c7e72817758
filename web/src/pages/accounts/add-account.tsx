import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import type { NewAccount } from "../../../../src/contract/account.ts";
import { api, errorsOf, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Field, Input, Select } from "../../components/field.tsx";
import { ErrorState } from "../../components/states.tsx";
import { say } from "../../components/toast.tsx";
import { queries } from "../../queries.ts";
import { NAME_PATTERN, NAME_RULE } from "../../../../src/contract/name.ts";
import { ProviderFields } from "./provider-control.tsx";
import { credentialsOf, type Given, settingsIn, whereProblem } from "./provider-fields.ts";

export function AddAccount({ onClose }: { onClose: () => void }) {
  const asked = useQuery(queries.providers);
  const [name, setName] = useState("");
  const [chosen, setProvider] = useState<string | null>(null);
  const [given, setGiven] = useState<Given>({});
  const [pool, setPool] = useState("default");
  const providers = asked.data?.providers ?? [];
  const form = providers.find((one) => one.name === chosen) ?? providers[0];
  const provider = form?.name ?? "";
  const fields = form?.fields ?? [];
  const add = useAdd(onClose);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    add.mutate({
      name,
      provider,
      settings: form === undefined ? {} : settingsIn(form, given),
      credentials: credentialsOf(fields, given),
      ...(pool === "" ? {} : { pool }),
    });
  };
  return (
    <Dialog open onClose={onClose} title="Add an account">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <NameField value={name} onChange={setName} />
        <Field label="Provider" hint={form?.about}>
          {(described) => (
            <Select {...described} value={provider} onChange={({ target }) => setProvider(target.value)}>
              {providers.map((one) => (
                <option key={one.name}>{one.name}</option>
              ))}
            </Select>
          )}
        </Field>
        <ProviderFields
          asked={asked}
          provider={provider}
          errors={errorsOf(add.error)}
          given={given}
          onChange={setGiven}
        />
        <PoolChoice value={pool} onChange={setPool} />
        {add.error !== null && <ErrorState error={failureFrom(add.error)} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Close</Button>
          <Button
            type="submit"
            kind="primary"
            busy={add.isPending}
            disabled={!NAME_PATTERN.test(name) || form === undefined || whereProblem(given) !== null}
          >
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

function NameField({ value, onChange }: { value: string; onChange: (name: string) => void }) {
  return (
    <Field
      label="Name"
      hint="What launches and reports call it"
      error={value === "" || NAME_PATTERN.test(value) ? null : NAME_RULE}
    >
      {(described) => (
        <Input
          {...described}
          required
          autoComplete="off"
          value={value}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}
