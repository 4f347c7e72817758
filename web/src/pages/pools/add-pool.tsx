import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { NAME_PATTERN, NAME_RULE } from "../../../../src/contract/name.ts";
import { api, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Field, Input } from "../../components/field.tsx";
import { ErrorState } from "../../components/states.tsx";
import { queries } from "../../queries.ts";

export function AddPool({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const queryClient = useQueryClient();
  const add = useMutation({
    mutationFn: () => api.addPool({ name }),
    onSuccess: onClose,
    onSettled: () => queryClient.invalidateQueries({ queryKey: queries.pools.queryKey }),
  });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <Dialog open onClose={onClose} title="New pool">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label="Name" error={name === "" || NAME_PATTERN.test(name) ? null : NAME_RULE}>
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
        {add.error !== null && <ErrorState error={failureFrom(add.error)} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" kind="primary" busy={add.isPending} disabled={!NAME_PATTERN.test(name)}>
            Make pool
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
