// What can be asked of an account from wherever it is shown.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Account, CheckedAccount } from "../../../../src/contract/account.ts";
import { madeDueText } from "../../../../src/contract/made-due.ts";
import { api, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { ErrorState } from "../../components/states.tsx";
import { say } from "../../components/toast.tsx";
import { queries } from "../../queries.ts";

export function useAccountChanged(name: string): () => Promise<unknown> {
  const queryClient = useQueryClient();
  return () =>
    Promise.all(
      [queries.accounts, queries.account(name), queries.blocks].map(({ queryKey }) =>
        queryClient.invalidateQueries({ queryKey: [...queryKey] }),
      ),
    );
}

/** Says how an account has done whose cloud was asked, and what of all that waited for it is tried now. */
export function sayChecked({ name, health, healthText, madeDue, lacking }: CheckedAccount): void {
  const due = madeDue === null ? null : madeDueText(madeDue);
  const wrong = lacking === null ? null : `It puts machines where they cannot be put: ${lacking}.`;
  const more = [wrong, due === null ? healthText : `Tried now: ${due}.`].filter((text) => text !== null);
  say(`${name} is ${health}`, more.length === 0 ? undefined : more.join(" "));
}

export function CheckButton({ account: { name } }: { account: Account }) {
  const changed = useAccountChanged(name);
  const check = useMutation({
    mutationFn: () => api.checkAccount(name),
    onSuccess: sayChecked,
    onError: (error) => say(`${name} could not be checked`, failureFrom(error).message),
    onSettled: changed,
  });
  return (
    <Button busy={check.isPending} aria-label={`Check now: ${name}`} onClick={() => check.mutate()}>
      Check now
    </Button>
  );
}

export function EnableButton({ account: { name, enabled, openMachines } }: { account: Account }) {
  const [isAsking, setAsking] = useState(false);
  const changed = useAccountChanged(name);
  const change = useMutation({
    mutationFn: () => api.changeAccount(name, { enabled: !enabled }),
    onSuccess: () => {
      setAsking(false);
      say(enabled ? `${name} is disabled` : `${name} is enabled`);
    },
    onError: (error) => enabled || say(`${name} could not be enabled`, failureFrom(error).message),
    onSettled: changed,
  });
  return (
    <>
      <Button
        busy={change.isPending}
        aria-label={`${enabled ? "Disable" : "Enable"} ${name}`}
        onClick={() => (enabled ? setAsking(true) : change.mutate())}
      >
        {enabled ? "Disable" : "Enable"}
      </Button>
      {isAsking && (
        <Confirm
          open
          onClose={() => setAsking(false)}
          title={`Disable ${name}?`}
          confirm="Disable it"
          busy={change.isPending}
          onConfirm={() => change.mutate()}
        >
          <p>
            Launches choose it no more.{" "}
            {openMachines > 0
              ? `Its ${openMachines} machines stay, are watched, and are removed when their deployments stop.`
              : "It holds no machine now."}
          </p>
          {change.error !== null && <ErrorState error={failureFrom(change.error)} />}
        </Confirm>
      )}
    </>
  );
}
