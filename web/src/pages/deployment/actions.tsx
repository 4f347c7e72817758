// What may be asked for now, as the server's reply says; before anything is done, what will happen.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import type { Action, Deployment } from "../../../../src/contract/deployment.ts";
import { api, failureFrom } from "../../api.ts";
import { Button, type ButtonKind } from "../../components/button.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { Checkbox } from "../../components/field.tsx";
import { Money } from "../../components/money.tsx";
import { ErrorState } from "../../components/states.tsx";
import { say } from "../../components/toast.tsx";
import { queries } from "../../queries.ts";

interface Wording {
  readonly button: string;
  readonly kind: ButtonKind;
  readonly title: (name: string) => string;
  readonly confirm: string;
  readonly done: string;
}

const WORDS: Readonly<Record<Action, Wording>> = {
  cancel: {
    button: "Cancel launch",
    kind: "plain",
    title: (name) => `Cancel the launch of ${name}?`,
    confirm: "Cancel the launch",
    done: "Cancel asked for",
  },
  stop: {
    button: "Stop",
    kind: "plain",
    title: (name) => `Stop ${name}?`,
    confirm: "Stop it",
    done: "Stop asked for",
  },
  delete: {
    button: "Delete",
    kind: "plain",
    title: (name) => `Delete ${name}?`,
    confirm: "Delete it",
    done: "Delete asked for",
  },
  retry_rollback: {
    button: "Retry rollback",
    kind: "primary",
    title: (name) => `Retry the rollback of ${name}?`,
    confirm: "Retry now",
    done: "Another try asked for",
  },
};

interface Wishes {
  readonly alsoDelete: boolean;
  readonly abandonDebt: boolean;
}

function send(action: Action, { id }: Deployment, { alsoDelete, abandonDebt }: Wishes): Promise<Deployment> {
  if (alsoDelete) return api.remove(id, { stop: true });
  switch (action) {
    case "cancel":
      return api.cancel(id);
    case "stop":
      return api.stop(id);
    case "delete":
      return api.remove(id, abandonDebt ? { abandonDebt } : {});
    case "retry_rollback":
      return api.retryRollback(id);
  }
}

const ORDER: readonly Action[] = ["retry_rollback", "cancel", "stop", "delete"];
const NO_WISHES: Wishes = { alsoDelete: false, abandonDebt: false };

/** `queryKey`: the deployment's name or id, as the page was asked for. */
export function Actions({ deployment, queryKey }: { deployment: Deployment; queryKey: string }) {
  const [asking, setAsking] = useState<Action | null>(null);
  const [wishes, setWishes] = useState<Wishes>(NO_WISHES);
  const { data: about } = useQuery(queries.about);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const ask = useMutation({
    mutationFn: (action: Action) => send(action, deployment, wishes),
    onSuccess: (reply, action) => {
      queryClient.setQueryData(queries.deployment(queryKey).queryKey, reply);
      setAsking(null);
      say(WORDS[action].done, reply.name);
      if (reply.deletedAt !== null) void navigate({ to: "/deployments" });
    },
    onError: () => void queryClient.invalidateQueries({ queryKey: queries.deployment(queryKey).queryKey }),
  });
  const open = (action: Action): void => {
    ask.reset();
    setWishes(NO_WISHES);
    setAsking(action);
  };
  const mayOnlyRead = about?.token.role === "viewer";
  const hasDebt = deployment.debt.count > 0;
  const words = asking === null ? null : WORDS[asking];
  return (
    <>
      {ORDER.filter((action) => deployment.actions.includes(action)).map((action) => (
        <Button
          key={action}
          kind={WORDS[action].kind}
          disabled={mayOnlyRead}
          title={mayOnlyRead ? "Your token may only read" : undefined}
          onClick={() => open(action)}
        >
          {WORDS[action].button}
        </Button>
      ))}
      {asking !== null && words !== null && (
        <Confirm
          open
          onClose={() => setAsking(null)}
          title={words.title(deployment.name)}
          confirm={wishes.alsoDelete ? `${words.confirm} and delete` : words.confirm}
          kind={asking === "retry_rollback" ? "primary" : "danger"}
          busy={ask.isPending}
          disabled={asking === "delete" && hasDebt && !wishes.abandonDebt}
          onConfirm={() => ask.mutate(asking)}
        >
          <Consequence action={asking} deployment={deployment} />
          {(asking === "cancel" || asking === "stop") && (
            <Checkbox
              label="Delete it afterwards"
              checked={wishes.alsoDelete}
              onChange={({ target }) => setWishes({ ...wishes, alsoDelete: target.checked })}
            />
          )}
          {asking === "delete" && hasDebt && (
            <Checkbox
              label="Delete it although machines are not proven gone"
              hint="Their rows stay in the ledger and on the debt page, and Slipway goes on trying to remove them."
              checked={wishes.abandonDebt}
              onChange={({ target }) => setWishes({ ...wishes, abandonDebt: target.checked })}
            />
          )}
          {ask.error !== null && <ErrorState error={failureFrom(ask.error)} />}
        </Confirm>
      )}
    </>
  );
}

function Consequence({ action, deployment }: { action: Action; deployment: Deployment }): ReactNode {
  const { machines, cost, debt } = deployment;
  const open = machines.filter((machine) => machine.open);
  const these = open.length === 1 ? "1 machine" : `${open.length} machines`;
  switch (action) {
    case "cancel":
      return (
        <p>
          {open.length === 0
            ? "Nothing is held at a cloud now."
            : `What was asked for is hauled back: ${these} will be removed, also those that just boot.`}{" "}
          It is not launched again at another account, and ends as failed.
        </p>
      );
    case "stop":
      return (
        <p>
          {these} will be removed, with everything that is on them. This ends{" "}
          <Money dollars={cost.perHour} per="hour" />. A stopped deployment is not started again; launch its blueprint
          anew instead.
        </p>
      );
    case "delete":
      return (
        <p>
          It leaves the list of deployments, and its name becomes free. Steps, attempts and the ledger of machines are
          kept.
          {open.length > debt.count && ` ${these} that are left will be removed first.`}
        </p>
      );
    case "retry_rollback":
      return (
        <p>
          The clouds are asked at once, with fresh patience, to remove {these}. Once all are proven gone, the launch
          goes on
          {deployment.cancelAskedAt === null ? " at the next account, if one is left." : " to its end as failed."}
        </p>
      );
  }
}
