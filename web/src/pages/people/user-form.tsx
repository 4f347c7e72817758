import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import type { Grant, User } from "../../../../src/contract/access.ts";
import { NAME_PATTERN } from "../../../../src/contract/name.ts";
import { api, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Checkbox } from "../../components/field.tsx";
import { NameField } from "../../components/name-field.tsx";
import { ErrorState } from "../../components/states.tsx";
import { say } from "../../components/toast.tsx";
import { queries } from "../../queries.ts";
import { GrantsField } from "./grants-field.tsx";

interface Asked {
  readonly enabled: boolean;
  readonly groups: readonly string[];
  readonly grants: readonly Grant[];
}

/** A new user, or one that is changed. */
export function UserForm({ user, onClose }: { user: User | null; onClose: () => void }) {
  const [name, setName] = useState(user?.name ?? "");
  const [asked, setAsked] = useState<Asked>(user ?? { enabled: true, groups: [], grants: [] });
  const queryClient = useQueryClient();
  const save = useMutation({
    mutationFn: () => {
      const body = { enabled: asked.enabled, groups: [...asked.groups], grants: [...asked.grants] };
      return user === null ? api.addUser({ name, ...body }) : api.changeUser(name, body);
    },
    onSuccess: async () => {
      say(user === null ? `Added user ${name}` : `User ${name} is changed`);
      onClose();
      await queryClient.invalidateQueries({ queryKey: queries.users.queryKey });
    },
  });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  const isNamed = NAME_PATTERN.test(name);
  return (
    <Dialog open onClose={onClose} title={user === null ? "New user" : `User ${name}`}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {user === null && <NameField value={name} onChange={setName} hint="What the history calls them" />}
        <GrantsField grants={asked.grants} onChange={(grants) => setAsked({ ...asked, grants })} />
        <GroupChoice chosen={asked.groups} onChange={(groups) => setAsked({ ...asked, groups })} />
        {user !== null && (
          <Checkbox
            label="Let in"
            hint="Without it none of their tokens counts, and pages that they have open are signed out"
            checked={asked.enabled}
            onChange={({ target }) => setAsked({ ...asked, enabled: target.checked })}
          />
        )}
        {save.error !== null && <ErrorState error={failureFrom(save.error)} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" kind="primary" busy={save.isPending} disabled={!isNamed}>
            {user === null ? "Add user" : "Save"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function GroupChoice({
  chosen,
  onChange,
}: {
  chosen: readonly string[];
  onChange: (groups: readonly string[]) => void;
}) {
  const groups = useQuery(queries.groups).data?.groups ?? [];
  if (groups.length === 0) return null;
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 font-medium">Groups</legend>
      {groups.map(({ name }) => (
        <Checkbox
          key={name}
          label={name}
          checked={chosen.includes(name)}
          onChange={({ target }) => onChange(target.checked ? [...chosen, name] : chosen.filter((one) => one !== name))}
        />
      ))}
    </fieldset>
  );
}
