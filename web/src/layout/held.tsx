// Above every page while the database, put back from a backup, is compared with its clouds.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { waitingText } from "../../../src/contract/held.ts";
import { api, failureFrom } from "../api.ts";
import { Button } from "../components/button.tsx";
import { Confirm } from "../components/dialog.tsx";
import { ErrorState } from "../components/states.tsx";
import { useMayChange } from "../permission.ts";
import { queries } from "../queries.ts";

export function Held() {
  const { data: hold } = useQuery({ ...queries.hold, refetchInterval: 30_000 });
  const mayChange = useMayChange("hold");
  const queryClient = useQueryClient();
  const go = useMutation({
    mutationFn: () => api.endHold(),
    onSettled: () => queryClient.invalidateQueries(queries.hold),
  });
  const [asks, setAsks] = useState(false);
  if (hold?.until == null) return null;
  const { deployments, strays, until } = hold;
  const close = (): void => {
    setAsks(false);
    go.reset();
  };
  return (
    <section aria-label="Hold" className="mb-4 rounded-md border bg-raised px-4 py-3 text-sm">
      <p>
        The database was put back from a backup. Until <time dateTime={until}>{new Date(until).toLocaleString()}</time>{" "}
        nothing is removed that was asked for before, and {waitingText(deployments)}.
      </p>
      <p className="mt-1">
        {strays.length === 0
          ? "No machine is found that it does not know."
          : "Machines that it does not know, which are removed after that:"}
      </p>
      <ul className="mt-1 list-disc pl-5 font-mono text-xs break-all">
        {strays.map(({ machine, account }) => (
          <li key={machine}>
            {machine} at {account}
          </li>
        ))}
      </ul>
      {mayChange && (
        <Button kind="danger" className="mt-2" onClick={() => setAsks(true)}>
          {strays.length === 0 ? "Go on now" : `Go on now, and remove ${strays.length === 1 ? "it" : "them"}`}
        </Button>
      )}
      <Confirm
        open={asks}
        onClose={close}
        title="End the hold now?"
        confirm={strays.length === 0 ? "Go on now" : "Remove and go on"}
        busy={go.isPending}
        onConfirm={() => go.mutate(undefined, { onSuccess: close })}
      >
        <p>
          {strays.length === 0
            ? "What waits goes on at once, and what was asked to go is removed."
            : "Machines that no deployment knows of are removed at once, with all that is on them, and what waits goes on. What was launched after the backup was made loses its machines."}
        </p>
        {go.error !== null && <ErrorState error={failureFrom(go.error)} />}
      </Confirm>
    </section>
  );
}
