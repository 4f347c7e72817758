// Above every page while the database, put back from a backup, is compared with its clouds.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../api.ts";
import { Button } from "../components/button.tsx";
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
  if (hold?.until == null) return null;
  const { deployments, strays, until } = hold;
  return (
    <section aria-label="Hold" className="mb-4 rounded-md border bg-raised px-4 py-3 text-sm">
      <p>
        The database was put back from a backup. Until <time dateTime={until}>{new Date(until).toLocaleString()}</time>{" "}
        nothing is removed that was asked for before, and{" "}
        {deployments === 1
          ? "1 deployment that was under way waits"
          : `${deployments} deployments that were under way wait`}
        .
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
        <Button kind="danger" className="mt-2" busy={go.isPending} onClick={() => go.mutate()}>
          {strays.length === 0 ? "Go on now" : `Go on now, and remove ${strays.length === 1 ? "it" : "them"}`}
        </Button>
      )}
    </section>
  );
}
