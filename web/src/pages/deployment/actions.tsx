// What may be asked for now, as the server's reply says; before anything is done, what will happen.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import type { Deployment } from "../../../../src/contract/deployment.ts";
import { isUnknown } from "../../../../src/contract/price.ts";
import { namesApart } from "../../../../src/contract/machine-names.ts";
import { owedText } from "../../../../src/contract/standing.ts";
import { ACTION_TEXTS, actionOn, consequencesOf, isUpdateCancelled, type PlainAction } from "../../action-texts.ts";
import { api, failureFrom } from "../../api.ts";
import { Button, buttonClasses } from "../../components/button.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { Checkbox } from "../../components/field.tsx";
import { MoneySum } from "../../components/money.tsx";
import { ErrorState } from "../../components/states.tsx";
import { say } from "../../components/toast.tsx";
import { queries } from "../../queries.ts";
import { cancelHere, leftOf, releaseHere, retryHere } from "./cancelling.ts";
import { ExtendButton } from "./extend.tsx";

function send(action: PlainAction, { id, final }: Deployment, { alsoDelete, skip }: Choice): Promise<Deployment> {
  if (alsoDelete) return api.remove(id, { stop: true });
  switch (action) {
    case "release":
      return api.release(id);
    case "cancel":
      return api.cancel(id);
    case "stop":
      return api.stop(id);
    case "delete":
      return api.remove(id);
    case "abandon_debt":
      return api.remove(id, { abandonDebt: true, ...(final ? {} : { stop: true }) });
    case "retry_rollback":
      return api.retryRollback(id, skip);
    case "relaunch":
      return api.relaunch(id);
  }
}

const ORDER: readonly PlainAction[] = [
  "release",
  "retry_rollback",
  "cancel",
  "stop",
  "relaunch",
  "delete",
  "abandon_debt",
];

const PRIMARY: ReadonlySet<PlainAction> = new Set(["release", "retry_rollback", "relaunch"]);

/** `queryKey`: the deployment's name or id, as the page was asked for. */
export function Actions({ deployment, queryKey }: { deployment: Deployment; queryKey: string }) {
  const [asking, setAsking] = useState<PlainAction | null>(null);
  const [alsoDelete, setAlsoDelete] = useState(false);
  const [skip, setSkip] = useState<readonly string[]>([]);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const ask = useMutation({
    mutationFn: (action: PlainAction) => send(action, deployment, { alsoDelete, skip }),
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
    setSkip([]);
    setAsking(action);
  };
  return (
    <>
      {ORDER.filter((action) => deployment.actions.includes(action)).map((action) => (
        <Button
          key={action}
          kind={action !== "relaunch" && PRIMARY.has(action) ? "primary" : "plain"}
          onClick={() => open(action)}
        >
          {actionOn(action, "")}
        </Button>
      ))}
      <Ways deployment={deployment} />
      {deployment.actions.includes("extend") && <ExtendButton deployment={deployment} queryKey={queryKey} />}
      {asking !== null && (
        <Confirm
          open
          onClose={() => setAsking(null)}
          title={`${actionOn(asking, objectOf(asking, deployment))}?`}
          confirm={actionOn(asking, alsoDelete ? `and delete ${deployment.name}` : objectOf(asking, deployment))}
          kind={PRIMARY.has(asking) ? "primary" : "danger"}
          busy={ask.isPending}
          onConfirm={() => ask.mutate(asking)}
        >
          <Consequence action={asking} deployment={deployment} skip={skip} />
          {mayDeleteToo(asking, deployment) && (
            <Checkbox
              label="Delete it afterwards"
              checked={alsoDelete}
              onChange={({ target }) => setAlsoDelete(target.checked)}
            />
          )}
          {asking === "retry_rollback" && <SkipChoice deployment={deployment} skip={skip} onChange={setSkip} />}
          {ask.error !== null && <ErrorState error={failureFrom(ask.error)} />}
        </Confirm>
      )}
    </>
  );
}

/** What is filled in on a page of its own. */
function Ways({ deployment: { id, actions } }: { deployment: Deployment }) {
  const navigate = useNavigate();
  return (
    <>
      {actions.includes("relaunch") && (
        <Button onClick={() => void navigate({ to: "/launch", search: { again: id } })}>Edit and launch again</Button>
      )}
      {actions.includes("update") && (
        <Link to="/deployments/$id/update" params={{ id }} className={buttonClasses("plain")}>
          Update
        </Link>
      )}
    </>
  );
}

/** What it is asked of, behind the verb. */
function objectOf(action: PlainAction, deployment: Deployment): string {
  if (isUpdateCancelled(action, deployment)) return `the update of ${deployment.name}`;
  return action === "retry_rollback" ? `of ${deployment.name}` : deployment.name;
}

const mayDeleteToo = (action: PlainAction, deployment: Deployment): boolean =>
  (action === "cancel" || action === "stop") && !isUpdateCancelled(action, deployment);

interface Choice {
  readonly alsoDelete: boolean;
  readonly skip: readonly string[];
}

/** What the rollback shall not wait for any more. */
function SkipChoice({
  deployment,
  skip,
  onChange,
}: {
  deployment: Deployment;
  skip: readonly string[];
  onChange: (skip: readonly string[]) => void;
}) {
  const left = leftOf(deployment);
  const names = namesApart(left);
  return (
    <fieldset className="space-y-1">
      <legend className="mb-1">Do not wait for these; they stay as debt, and are tried on:</legend>
      {left.map(({ id }) => (
        <Checkbox
          key={id}
          label={names.get(id) ?? id}
          checked={skip.includes(id)}
          onChange={({ target }) => onChange(target.checked ? [...skip, id] : skip.filter((one) => one !== id))}
        />
      ))}
    </fieldset>
  );
}

function sayDone(action: PlainAction, { name, deletedAt }: Deployment): void {
  if (deletedAt === null) say(ACTION_TEXTS[action].done, name);
  else say("Deleted", `The name ${name} is free again`);
}

/** What it comes to here and now, then what it means always. */
function Consequence({
  action,
  deployment,
  skip,
}: {
  action: PlainAction;
  deployment: Deployment;
  skip: readonly string[];
}) {
  return (
    <>
      <p className="text-ink">
        {action === "retry_rollback" ? retryHere(deployment, skip) : herePart(action, deployment)}
      </p>
      {consequencesOf(action, [deployment]).map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </>
  );
}

function herePart(action: Exclude<PlainAction, "retry_rollback">, deployment: Deployment): ReactNode {
  const { machines, cost, debt } = deployment;
  const open = machines.filter((machine) => machine.open);
  const owed = { dollars: debt.perHour, unpriced: debt.unpriced };
  const perHour = { dollars: cost.perHour, unpriced: cost.unpricedNow };
  const these = open.length === 1 ? "1 machine" : `${open.length} machines`;
  switch (action) {
    case "release":
      return releaseHere(deployment);
    case "cancel":
      return cancelHere(deployment);
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
  }
}
