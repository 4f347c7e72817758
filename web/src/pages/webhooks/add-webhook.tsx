import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { NAME_PATTERN } from "../../../../src/contract/name.ts";
import type { MadeWebhook } from "../../../../src/contract/webhook.ts";
import { api, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Field, Input } from "../../components/field.tsx";
import { NameField } from "../../components/name-field.tsx";
import { ShownOnce } from "../../components/shown-once.tsx";
import { ErrorState } from "../../components/states.tsx";
import { queries } from "../../queries.ts";
import { type Kind, KindsField } from "./kinds-field.tsx";

export function AddWebhook({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const [pool, setPool] = useState("");
  const [kinds, setKinds] = useState<readonly Kind[] | null>(null);
  const queryClient = useQueryClient();
  const add = useMutation({
    mutationFn: () =>
      api.addWebhook({ name, url, pool: pool === "" ? null : pool, kinds: kinds === null ? null : [...kinds] }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: queries.webhooks.queryKey }),
  });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    add.mutate();
  };
  if (add.data !== undefined) return <Made made={add.data} onClose={onClose} />;
  return (
    <Dialog open onClose={onClose} title="New webhook">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <NameField value={name} onChange={setName} />
        <Field label="Address" hint="Where messages are sent, with https://">
          {(described) => (
            <Input
              {...described}
              value={url}
              required
              type="url"
              autoComplete="off"
              onChange={({ target }) => setUrl(target.value)}
            />
          )}
        </Field>
        <PoolChoice pool={pool} onChange={setPool} />
        <KindsField kinds={kinds} onChange={setKinds} />
        {add.error !== null && <ErrorState error={failureFrom(add.error)} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button
            type="submit"
            kind="primary"
            busy={add.isPending}
            disabled={!NAME_PATTERN.test(name) || url === "" || kinds?.length === 0}
          >
            Add webhook
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function PoolChoice({ pool, onChange }: { pool: string; onChange: (pool: string) => void }) {
  const pools = useQuery(queries.pools).data?.pools ?? [];
  return (
    <label className="flex flex-col gap-1">
      <span className="font-medium">Pool</span>
      <select
        className="rounded-md border bg-canvas px-2.5 py-1.5"
        value={pool}
        onChange={({ target }) => onChange(target.value)}
      >
        <option value="">all pools</option>
        {pools.map((one) => (
          <option key={one.name}>{one.name}</option>
        ))}
      </select>
    </label>
  );
}

function Made({ made: { name, secret }, onClose }: { made: MadeWebhook; onClose: () => void }) {
  return (
    <ShownOnce title={`Webhook ${name}`} secret={secret} onClose={onClose}>
      Messages are signed with this secret, which is shown this once: the receiver verifies with it.
    </ShownOnce>
  );
}
