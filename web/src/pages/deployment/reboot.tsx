import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { ErrorState } from "../../components/states.tsx";
import { say } from "../../components/toast.tsx";
import { queries } from "../../queries.ts";

/** Boots a member's machine again: nothing of it is replaced. */
export function Reboot({ id, name, queryKey }: { id: string; name: string; queryKey: string }) {
  const [isOpen, setOpen] = useState(false);
  const queryClient = useQueryClient();
  const reboot = useMutation({
    mutationFn: () => api.reboot(id, name),
    onSuccess: (reply) => {
      queryClient.setQueryData(queries.deployment(queryKey).queryKey, reply);
      setOpen(false);
      say("Reboot asked for", name);
    },
  });
  return (
    <>
      <Button onClick={() => setOpen(true)}>Reboot {name}</Button>
      <Confirm
        open={isOpen}
        onClose={() => setOpen(false)}
        title={`Reboot ${name}?`}
        confirm={`Reboot ${name}`}
        kind="primary"
        busy={reboot.isPending}
        onConfirm={() => reboot.mutate()}
      >
        <p>
          The machine of {name} keeps its disks and its addresses. Its cloud is asked once: some clouds switch off a
          machine that does not shut down in time, and what was not written to disk is lost then.
        </p>
        {reboot.error !== null && <ErrorState error={failureFrom(reboot.error)} />}
      </Confirm>
    </>
  );
}
