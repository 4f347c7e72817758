// How an account is reached, and what lets us in there: its settings and credentials.

import { useMutation, useQuery } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import type { Account, AccountPatch } from "../../../../src/contract/account.ts";
import type { Provider } from "../../../../src/contract/provider.ts";
import { api, type Failure, errorsOf, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Checkbox } from "../../components/field.tsx";
import { ErrorState } from "../../components/states.tsx";
import { queries } from "../../queries.ts";
import { sayChecked, useAccountChanged } from "./account-asks.tsx";
import { ProviderFields } from "./provider-control.tsx";
import { credentialsOf, type Given, hasWhere, settingsIn, typedOf, WHERE, whereProblem } from "./provider-fields.ts";

export function ChangeAccessButton({ account }: { account: Account }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>Change access…</Button>
      {isOpen && <ChangeAccess account={account} onClose={() => setOpen(false)} />}
    </>
  );
}

/** Answers to what the server asks back, by the place that it names. */
const ANSWERS = {
  "/sameCloud": {
    label: "The new settings lead to the same cloud",
    hint: "With another one its machines would be lost from sight: add an account for that.",
  },
  "/force": {
    label: "Store them all the same",
    hint: "Until its cloud lets us in, its machines can be neither watched nor removed.",
  },
} as const;
type Asked = keyof typeof ANSWERS;

function ChangeAccess({ account, onClose }: { account: Account; onClose: () => void }) {
  const askedProviders = useQuery(queries.providers);
  const form = askedProviders.data?.providers.find(({ name }) => name === account.provider);
  const [given, setGiven] = useState<Given>(() => typedOf(account.settings));
  const [asked, setAsked] = useState<readonly Asked[]>([]);
  const [agreed, setAgreed] = useState<readonly Asked[]>([]);
  const patch = whereProblem(given) === null ? patchOf(account, { form, given, agreed }) : null;
  const changed = useAccountChanged(account.name);
  const change = useMutation({
    mutationFn: async (body: AccountPatch) => {
      const done = await api.changeAccount(account.name, body);
      // While machines are there its cloud was asked already.
      return done.madeDue === null ? api.checkAccount(account.name) : done;
    },
    onSuccess: (done) => {
      sayChecked(done);
      onClose();
    },
    onError: (error) => setAsked([...new Set([...asked, ...askedBy(failureFrom(error))])]),
    onSettled: changed,
  });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (patch !== null) change.mutate(patch);
  };
  const agree = (what: Asked, isAgreed: boolean): void =>
    setAgreed(isAgreed ? [...agreed, what] : agreed.filter((one) => one !== what));
  return (
    <Dialog open onClose={onClose} title={`Change access to ${account.name}`}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {account.openMachines > 0 && (
          <p className="text-muted">
            {account.openMachines === 1 ? "1 machine is" : `${account.openMachines} machines are`} there: what is
            changed is tried at its cloud first, and stored when it lets us in.
          </p>
        )}
        <ProviderFields
          asked={askedProviders}
          provider={account.provider}
          isStored
          errors={errorsOf(change.error)}
          given={given}
          onChange={setGiven}
        />
        {change.error !== null && <ErrorState error={failureFrom(change.error)} />}
        {asked.map((what) => (
          <Checkbox
            key={what}
            label={ANSWERS[what].label}
            hint={ANSWERS[what].hint}
            checked={agreed.includes(what)}
            onChange={({ target }) => agree(what, target.checked)}
          />
        ))}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" kind="primary" busy={change.isPending} disabled={patch === null}>
            Try and store
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface Typed {
  readonly form: Pick<Provider, "fields" | "where"> | undefined;
  readonly given: Given;
  readonly agreed: readonly Asked[];
}

const NOTHING_ASKED = { fields: [], where: [] };

/** What is sent; null when nothing is changed. Settings without a field here stay. */
function patchOf({ settings }: Account, { form = NOTHING_ASKED, given, agreed }: Typed): AccountPatch | null {
  const known = new Set([...form.fields.map(({ name }) => name), ...(hasWhere(form) ? [WHERE] : [])]);
  const others = Object.fromEntries(Object.entries(settings).filter(([name]) => !known.has(name)));
  const wished = { ...others, ...settingsIn(form, given) };
  const credentials = credentialsOf(form.fields, given);
  const hasSettings = inOrder(wished) !== inOrder(settings);
  const hasCredentials = Object.keys(credentials).length > 0;
  if (!hasSettings && !hasCredentials) return null;
  return {
    ...(hasSettings ? { settings: wished } : {}),
    ...(hasCredentials ? { credentials } : {}),
    ...(agreed.includes("/sameCloud") ? { sameCloud: true } : {}),
    ...(agreed.includes("/force") ? { force: true } : {}),
  };
}

const inOrder = (values: object): string => JSON.stringify(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));

function askedBy({ errors }: Failure): Asked[] {
  return errors.flatMap(({ pointer }) => (pointer === "/sameCloud" || pointer === "/force" ? [pointer] : []));
}
