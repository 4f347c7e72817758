import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Action, DeploymentSummary } from "../../../../src/contract/deployment.ts";
import { ACTION_TEXTS, actionOn, consequencesOf } from "../../action-texts.ts";
import { api, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { say } from "../../components/toast.tsx";

/** Those that make sense for many at once. */
const BULK = ["cancel", "stop", "delete", "abandon_debt"] as const satisfies readonly Action[];
type Bulk = (typeof BULK)[number];

const SEND: Readonly<Record<Bulk, (id: string) => Promise<unknown>>> = {
  cancel: (id) => api.cancel(id),
  stop: (id) => api.stop(id),
  delete: (id) => api.remove(id),
  abandon_debt: (id) => api.remove(id, { stop: true, abandonDebt: true }),
};

export interface BulkBarProps {
  readonly chosen: readonly DeploymentSummary[];
  readonly onDone: () => void;
}

/** What can be done with all that are selected. */
export function BulkBar({ chosen, onDone }: BulkBarProps) {
  const [action, setAction] = useState<Bulk | null>(null);
  if (chosen.length === 0) return null;
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2 rounded-lg border bg-surface px-3 py-2">
      <span aria-live="polite" className="mr-2 font-medium">
        {chosen.length} selected
      </span>
      {BULK.map((one) => {
        const count = allowing(chosen, one).length;
        if (count === 0) return null;
        return (
          <Button key={one} onClick={() => setAction(one)}>
            {actionOn(one, String(count))}…
          </Button>
        );
      })}
      <Button kind="quiet" onClick={onDone} className="ml-auto">
        Select none
      </Button>
      {action !== null && <Ask action={action} chosen={chosen} onClose={() => setAction(null)} onDone={onDone} />}
    </div>
  );
}

function allowing(chosen: readonly DeploymentSummary[], action: Action): readonly DeploymentSummary[] {
  return chosen.filter(({ actions }) => actions.includes(action));
}

interface AskProps extends BulkBarProps {
  readonly action: Bulk;
  readonly onClose: () => void;
}

function Ask({ action, chosen, onClose, onDone }: AskProps) {
  const { done } = ACTION_TEXTS[action];
  // As it was when the question was asked: the list behind goes on changing.
  const [meant] = useState(() => allowing(chosen, action));
  const [askedCount, setAskedCount] = useState(0);
  const [leaving] = useState(() => new AbortController());
  const queryClient = useQueryClient();
  const send = useMutation({
    onMutate: () => setAskedCount(0),
    mutationFn: () =>
      sendAll(meant, async (id) => {
        leaving.signal.throwIfAborted();
        await SEND[action](id);
        setAskedCount((count) => count + 1);
      }),
    onSuccess: (failed) => {
      void queryClient.invalidateQueries({ queryKey: ["deployments"] });
      const count = meant.length - failed.length;
      if (count > 0) say(`${done}: ${count} of ${meant.length}`);
      if (failed.length > 0) return;
      onClose();
      onDone();
    },
  });
  const leave = (): void => {
    leaving.abort();
    onClose();
  };
  const left = chosen.length - meant.length;
  return (
    <Confirm
      open
      onClose={leave}
      title={`${actionOn(action, meant.length === 1 ? `deployment ${meant[0]?.name ?? ""}` : `${meant.length} deployments`)}?`}
      confirm={actionOn(action, meant.length === 1 ? "" : String(meant.length))}
      busy={send.isPending}
      onConfirm={() => send.mutate()}
    >
      {consequencesOf(action, meant).map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <p className="max-h-28 overflow-y-auto text-ink">{meant.map(({ name }) => name).join(", ")}</p>
      {send.isPending && meant.length > 1 && (
        <p aria-live="polite" className="font-medium text-ink tabular-nums">
          Asked {askedCount} of {meant.length}. Whoever leaves now asks no more of them.
        </p>
      )}
      {left > 0 && <p>{left} of the selected cannot be asked this now and stay as they are.</p>}
      {send.data?.map(({ name, message }) => (
        <p key={name} role="alert" className="text-bad">
          <strong>{name}</strong>: {message}
        </p>
      ))}
    </Confirm>
  );
}

interface Failed {
  readonly name: string;
  readonly message: string;
}

/** The server writes answers that come together in one transaction; more at once would keep other requests of the browser waiting. */
const AT_ONCE = 4;

/** Those that were refused, in the order of the list. */
async function sendAll(
  meant: readonly DeploymentSummary[],
  send: (id: string) => Promise<unknown>,
): Promise<readonly Failed[]> {
  const failed = new Map<string, Failed>();
  const left = meant.values();
  const work = async (): Promise<void> => {
    for (const { id, name } of left) {
      try {
        await send(id);
      } catch (error) {
        failed.set(id, { name, message: failureFrom(error).message });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return meant.flatMap(({ id }) => failed.get(id) ?? []);
}
