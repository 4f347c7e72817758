import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import type { Webhook } from "../../../../src/contract/webhook.ts";
import { api, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { ErrorState } from "../../components/states.tsx";
import { say } from "../../components/toast.tsx";
import { queries } from "../../queries.ts";
import { type Kind, KindsField } from "./kinds-field.tsx";

/** Of which events a webhook is told from now on. */
export function ChangeKinds({ webhook: { name, kinds: before }, onClose }: { webhook: Webhook; onClose: () => void }) {
  const [kinds, setKinds] = useState<readonly Kind[] | null>(before);
  const queryClient = useQueryClient();
  const change = useMutation({
    mutationFn: () => api.changeWebhook(name, { kinds: kinds === null ? null : [...kinds] }),
    onSuccess: async () => {
      say(`Webhook ${name} is told of ${kinds === null ? "all events" : `${kinds.length} kinds of events`}`);
      onClose();
      await queryClient.invalidateQueries({ queryKey: queries.webhooks.queryKey });
    },
  });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <Dialog open onClose={onClose} title={`What webhook ${name} is told of`}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <KindsField kinds={kinds} onChange={setKinds} />
        {change.error !== null && <ErrorState error={failureFrom(change.error)} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" kind="primary" busy={change.isPending} disabled={kinds?.length === 0}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
