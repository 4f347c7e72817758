import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { User } from "../../../../src/contract/access.ts";
import { api } from "../../api.ts";
import { say } from "../../components/toast.tsx";
import { queries } from "../../queries.ts";
import { LimitDialog } from "../accounts/limit-dialog.tsx";

/** What a user may hold at the most, of all that they launch. */
export function UserQuota({ user: { name, limit }, onClose }: { user: User; onClose: () => void }) {
  const queryClient = useQueryClient();
  const change = useMutation({
    mutationFn: (wish: User["limit"]) => api.changeUser(name, { limit: wish }),
    onSuccess: async () => {
      say(`The limit of user ${name} is set`);
      onClose();
      await queryClient.invalidateQueries({ queryKey: queries.users.queryKey });
    },
  });
  return (
    <LimitDialog
      of={`user ${name}`}
      counts="What this user holds in all pools together counts, also by tokens of theirs."
      limit={limit}
      change={change}
      onSubmit={change.mutate}
      onClose={onClose}
    />
  );
}
