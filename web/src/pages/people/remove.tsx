import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { api, failureFrom } from "../../api.ts";
import { Confirm } from "../../components/dialog.tsx";
import { ErrorState } from "../../components/states.tsx";
import { say } from "../../components/toast.tsx";
import { queries } from "../../queries.ts";

interface Named {
  readonly name: string;
  readonly onClose: () => void;
}

export function RemoveUser(props: Named) {
  return (
    <Remove what="user" act={api.removeUser} {...props}>
      Their tokens go with them and count no more: programs that use one are refused, and pages are signed out. What
      they launched stays.
    </Remove>
  );
}

export function RemoveGroup(props: Named) {
  return (
    <Remove what="group" act={api.removeGroup} {...props}>
      Its users keep what they may by themselves and by other groups, and nothing else.
    </Remove>
  );
}

interface RemoveProps extends Named {
  readonly what: "user" | "group";
  readonly act: (name: string) => Promise<void>;
  readonly children: ReactNode;
}

function Remove({ what, name, act, children, onClose }: RemoveProps) {
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () => act(name),
    onSuccess: async () => {
      say(`Removed ${what} ${name}`);
      onClose();
      await queryClient.invalidateQueries({ queryKey: queries.users.queryKey });
      await queryClient.invalidateQueries({ queryKey: queries.groups.queryKey });
    },
  });
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Remove ${what} ${name}?`}
      confirm={`Remove ${what}`}
      busy={remove.isPending}
      onConfirm={() => remove.mutate()}
    >
      <p>{children}</p>
      {remove.error !== null && <ErrorState error={failureFrom(remove.error)} />}
    </Confirm>
  );
}
