// What may be asked for now, as the server's reply says; before anything is done, what will happen.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import type { Deployment } from "../../../../src/contract/deployment.ts";
import { isUnknown } from "../../../../src/contract/price.ts";
import { owedText } from "../../../../src/contract/standing.ts";
import { ACTION_TEXTS, actionOn, type PlainAction } from "../../action-texts.ts";
import { api, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { Checkbox } from "../../components/field.tsx";
import { MoneySum } from "../../components/money.tsx";
import { ErrorState } from "../../components/states.tsx";
import { say } from "../../components/toast.tsx";
import { queries } from "../../queries.ts";
import { ExtendButton } from "./extend.tsx";

function send(action: PlainAction, { id, final }: Deployment, alsoDelete: boolean): Promise<Deployment> {
  if (alsoDelete) return api.remove(id, { stop: true });
  switch (action) {
    case "cancel":
      return api.cancel(id);
    case "stop":
      return api.stop(id);
    case "delete":
      return api.remove(id);
    case "abandon_debt":
      return api.remove(id, { abandonDebt: true, ...(final ? {} : { stop: true }) });
    case "retry_rollback":
      return api.retryRollback(id);
    case "relaunch":
      return api.relaunch(id);
  }
}

const ORDER: readonly PlainAction[] = ["retry_rollback", "cancel", "stop", "relaunch", "delete", "abandon_debt"];

/** `queryKey`: the deployment's name or id, as the page was asked for. */
export function Actions({ deployment, queryKey }: { deployment: Deployment; queryKey: string }) {
  const [asking, setAsking] = useState<PlainAction | null>(null);
  const [alsoDelete, setAlsoDelete] = useState(false);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const ask = useMutation({
    mutationFn: (action: PlainAction) => send(action, deployment, alsoDelete),
    onSuccess: (reply, action) => {
      setAsking(null);
      sayDone(action, reply);
      if (action === "relaunch") {
        void queryClient.invalidateQueries({ queryKey: ["deployments"] });
        void queryClient.invalidateQueries({ queryKey: ["deployment"] });
        return void navigate({ to: "/deployments/$id", params: { id: reply.id } });
      }
      queryClient.setQueryData(queries.deployment(queryKey).queryKey, reply);
      if (reply.deletedAt !== null) void navigate({ to: "/deployments" });
    },
    onError: () => void queryClient.invalidateQueries({ queryKey: queries.deployment(queryKey).queryKey }),
  });
  const open = (action: PlainAction): void => {
    ask.reset();
    setAlsoDelete(false);
    setAsking(action);
  };
  return (
    <>
      {ORDER.filter((action) => deployment.actions.includes(action)).map((action) => (
        <Button key={action} kind={action === "retry_rollback" ? "primary" : "plain"} onClick={() => open(action)}>
          {actionOn(action, "")}
        </Button>
      ))}
      {deployment.actions.includes("extend") && <ExtendButton deployment={deployment} queryKey={queryKey} />}
      {asking !== null && (
        <Confirm
          open
          onClose={() => setAsking(null)}
          title={`${actionOn(asking, deployment.name)}?`}
          confirm={actionOn(asking, alsoDelete ? `and delete ${deployment.name}` : deployment.name)}
          kind={asking === "retry_rollback" || asking === "relaunch" ? "primary" : "danger"}
          busy={ask.isPending}
          onConfirm={() => ask.mutate(asking)}
        >
          <Consequence action={asking} deployment={deployment} />
          {(asking === "cancel" || asking === "stop") && (
            <Checkbox
              label="Delete it afterwards"
              checked={alsoDelete}
              onChange={({ target }) => setAlsoDelete(target.checked)}
            />
          )}
          {ask.error !== null && <ErrorState error={failureFrom(ask.error)} />}
        </Confirm>
      )}
    </>
  );
}

function sayDone(action: PlainAction, { name, deletedAt }: Deployment): void {
  if (deletedAt === null) say(ACTION_TEXTS[action].done, name);
  else say("Deleted", `The name ${name} is free again`);
}

/** What it comes to here and now, then what it means always. */
function Consequence({ action, deployment }: { action: PlainAction; deployment: Deployment }) {
  return (
    <>
      <p className="text-ink">{herePart(action, deployment)}</p>
      {ACTION_TEXTS[action].consequences.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </>
  );
}

function herePart(action: PlainAction, { machines, cost, debt, cancelAskedAt }: Deployment): ReactNode {
  const open = machines.filter((machine) => machine.open);
  const owed = { dollars: debt.perHour, unpriced: debt.unpriced };
  const perHour = { dollars: cost.perHour, unpriced: cost.unpricedNow };
  const these = open.length === 1 ? "1 machine" : `${open.length} machines`;
  switch (action) {
    case "cancel":
      if (open.length === 0) return "No machine is held at a cloud now.";
      return `${these} will be removed, ${open.length === 1 ? "even while it boots" : "those that just boot too"}.`;
    case "stop":
      return (
        <>
          {these} will be removed.
          {isUnknown(perHour) ? (
            " What this saves is not known."
          ) : (
            <>
              {" "}
              This ends <MoneySum sum={perHour} per="hour" />.
            </>
          )}
        </>
      );
    case "delete":
      return open.length > 0 ? `${these} left of it will be removed first.` : "Nothing is left of it at any cloud.";
    case "abandon_debt":
      return (
        <>
          {owedText(debt.count)}, {isUnknown(owed) ? null : "at "}
          <MoneySum sum={owed} per="hour" />.
        </>
      );
    case "relaunch":
      return "Its machines are asked for anew, at whichever account can host them.";
    case "retry_rollback":
      return `${these} will be asked to go at once. Then the launch goes on ${
        cancelAskedAt === null ? "at the next account, if one is left." : "to its end as Cancelled."
      }`;
  }
}
