import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { ErrorState, Skeleton } from "../../components/states.tsx";
import { say } from "../../components/toast.tsx";
import { queries } from "../../queries.ts";

/** What waits for a webhook, and what it did and did not take. */
export function Deliveries({ name, onClose }: { name: string; onClose: () => void }) {
  const { data, error } = useQuery(queries.webhookDeliveries(name));
  const queryClient = useQueryClient();
  const replay = useMutation({
    mutationFn: () => api.replayWebhook(name),
    onSuccess: async ({ letters }) => {
      say(letters === 1 ? "1 dead letter is told again" : `${letters} dead letters are told again`);
      await queryClient.invalidateQueries({ queryKey: queries.webhookDeliveries(name).queryKey });
    },
  });
  const isQuiet = data !== undefined && data.waiting.length + data.deliveries.length === 0;
  const mayReplay =
    data !== undefined && (data.waiting.length > 0 || data.deliveries.some(({ state }) => state === "dead"));
  return (
    <Dialog open onClose={onClose} title={`Deliveries of ${name}`}>
      {error !== null && <ErrorState error={failureFrom(error)} />}
      {error === null && data === undefined && <Skeleton lines={4} label="Loading deliveries" />}
      {isQuiet && <p className="text-muted">It has been told of nothing yet, or that is no longer kept.</p>}
      <ul className="flex max-h-[50dvh] flex-col gap-1 overflow-y-auto" aria-label="Deliveries">
        {data?.waiting.map(({ deployment, nextTryAt, text }) => (
          <li key={deployment.id} className="text-warn">
            {deployment.name} waits{text === null ? "" : `: ${text}`}; next try <RelativeTime time={nextTryAt} />
          </li>
        ))}
        {data?.deliveries.map(({ deployment, no, kind, state, at, text, again }) => (
          <li key={`${deployment.id}/${no}`} className={state === "dead" ? "text-warn" : "text-muted"}>
            {deployment.name} · {no} {kind} · {again ? "to be told again" : state} · {text} · <RelativeTime time={at} />
          </li>
        ))}
      </ul>
      {replay.error !== null && <ErrorState error={failureFrom(replay.error)} />}
      {mayReplay && (
        <div className="flex justify-end gap-2">
          <Button busy={replay.isPending} onClick={() => replay.mutate()}>
            Tell again what was not taken
          </Button>
        </div>
      )}
    </Dialog>
  );
}
