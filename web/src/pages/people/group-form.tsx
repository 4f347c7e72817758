import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import type { Grant, Group } from "../../../../src/contract/access.ts";
import { NAME_PATTERN } from "../../../../src/contract/name.ts";
import { api, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Field, Input } from "../../components/field.tsx";
import { NameField } from "../../components/name-field.tsx";
import { ErrorState } from "../../components/states.tsx";
import { say } from "../../components/toast.tsx";
import { queries } from "../../queries.ts";
import { GrantsField } from "./grants-field.tsx";

/** A new group, or one that is changed. */
export function GroupForm({ group, onClose }: { group: Group | null; onClose: () => void }) {
  const [name, setName] = useState(group?.name ?? "");
  const [claim, setClaim] = useState(group?.claim ?? "");
  const [grants, setGrants] = useState<readonly Grant[]>(group?.grants ?? []);
  const queryClient = useQueryClient();
  const save = useMutation({
    mutationFn: () => {
      const body = { claim: claim === "" ? null : claim, grants: [...grants] };
      return group === null ? api.addGroup({ name, ...body }) : api.changeGroup(name, body);
    },
    onSuccess: async () => {
      say(group === null ? `Made group ${name}` : `Group ${name} is changed`);
      onClose();
      await queryClient.invalidateQueries({ queryKey: queries.groups.queryKey });
    },
  });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  const isNamed = NAME_PATTERN.test(name);
  return (
    <Dialog open onClose={onClose} title={group === null ? "New group" : `Group ${name}`}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {group === null && <NameField value={name} onChange={setName} />}
        <GrantsField grants={grants} onChange={setGrants} />
        <Field
          label="At the provider"
          hint="Whom the provider of identities puts in a group of this name is in this one; empty: nobody is by that"
        >
          {(described) => (
            <Input
              {...described}
              value={claim}
              autoComplete="off"
              spellCheck={false}
              onChange={({ target }) => setClaim(target.value)}
            />
          )}
        </Field>
        {save.error !== null && <ErrorState error={failureFrom(save.error)} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" kind="primary" busy={save.isPending} disabled={!isNamed}>
            {group === null ? "Make group" : "Save"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
