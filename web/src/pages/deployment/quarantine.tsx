// The machines that attempts failed for, as long as they are kept: which, why, at what price and until when.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Deployment } from "../../../../src/contract/deployment.ts";
import { isUnknown } from "../../../../src/contract/price.ts";
import { api, failureFrom } from "../../api.ts";
import { useNow } from "../../clock.ts";
import { Button } from "../../components/button.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { MoneySum } from "../../components/money.tsx";
import { exactText, TimeLeft } from "../../components/relative-time.tsx";
import { ErrorState } from "../../components/states.tsx";
import { say } from "../../components/toast.tsx";
import { queries } from "../../queries.ts";
import { besideText, billOf, keptByInstance, type KeptMachine } from "./quarantined.ts";

/** `queryKey`: the deployment's name or id, as the page was asked for. */
export function Quarantine({ deployment, queryKey }: { deployment: Deployment; queryKey: string }) {
  const kept = keptByInstance(deployment);
  const count = [...kept.values()].flat().length;
  if (count === 0) return null;
  const beside = besideText(deployment, count);
  return (
    <section aria-labelledby="quarantine" className="rounded-lg border border-warn/40 bg-warn-soft px-3 py-2">
      <p>
        <span aria-hidden="true" className="mr-2 font-bold text-warn">
          ◷
        </span>
        <strong id="quarantine">In quarantine:</strong>{" "}
        {count === 1 ? "a machine that failed is" : `${count} machines that failed are`} kept to be looked at, at a
        price.{beside !== "" && ` ${beside}`}
      </p>
      <ul className="mt-1 flex flex-col divide-y divide-warn/30">
        {[...kept].map(([instance, machines]) => (
          <KeptOf key={instance} {...{ deployment, queryKey, instance, machines }} />
        ))}
      </ul>
    </section>
  );
}

interface KeptOfProps {
  readonly deployment: Deployment;
  readonly queryKey: string;
  readonly instance: string;
  readonly machines: readonly KeptMachine[];
}

function KeptOf({ deployment, queryKey, instance, machines }: KeptOfProps) {
  const isReleasable = machines.some(({ releasable }) => releasable);
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 py-2">
      <div className="min-w-0 flex-1 basis-72">
        {machines.map((machine) => (
          <Kept key={machine.id} machine={machine} attempts={deployment.attempts} />
        ))}
      </div>
      {isReleasable && <Release {...{ deployment, queryKey, instance, machines }} />}
    </li>
  );
}

function Kept({ machine, attempts }: { machine: KeptMachine; attempts: Deployment["attempts"] }) {
  const { id, instance, attempt: no, account, realm, externalId, quarantinedUntil: until } = machine;
  const address = machine.publicAddress ?? machine.privateAddress;
  const reason = attempts.find((one) => one.no === no)?.reason ?? null;
  return (
    <div className="not-first:mt-2">
      <p>
        <strong>{instance}</strong> of attempt {no} at {account} ({realm}),{" "}
        <MoneySum sum={billOf([machine])} per="hour" />. It is removed <Left until={until} />, at{" "}
        <time dateTime={until}>{exactText(until)}</time>.
      </p>
      <p className="text-xs text-muted wrap-anywhere">
        Machine <span className="font-mono">{id}</span>
        {externalId !== null && (
          <>
            , at the cloud <span className="font-mono">{externalId}</span>
          </>
        )}
        {address !== null && (
          <>
            , address <span className="font-mono">{address}</span>
          </>
        )}
      </p>
      {reason !== null && <p className="wrap-anywhere">Why the attempt failed: {reason}</p>}
    </div>
  );
}

/** What is over already goes now, also when it is still there. */
function Left({ until }: { until: string }) {
  const now = useNow();
  if (Date.parse(until) <= now) return "now";
  return (
    <>
      in <TimeLeft until={until} />
    </>
  );
}

/** Removes at once what is kept of one instance. */
function Release({ deployment, queryKey, instance, machines }: KeptOfProps) {
  const [isOpen, setOpen] = useState(false);
  const queryClient = useQueryClient();
  const release = useMutation({
    mutationFn: () => api.releaseInstance(deployment.id, instance),
    onSuccess: (reply) => {
      queryClient.setQueryData(queries.deployment(queryKey).queryKey, reply);
      setOpen(false);
      say("Released", instance);
    },
    onError: () => void queryClient.invalidateQueries({ queryKey: queries.deployment(queryKey).queryKey }),
  });
  const open = (): void => {
    release.reset();
    setOpen(true);
  };
  const now = deployment.instances.find(({ name }) => name === instance)?.machine ?? null;
  const isReplaced = now !== null && machines.every(({ id }) => id !== now);
  const bill = billOf(machines);
  return (
    <>
      <Button onClick={open}>Release {instance}</Button>
      <Confirm
        open={isOpen}
        onClose={() => setOpen(false)}
        title={`Release ${machines.length === 1 ? "the machine" : `${machines.length} machines`} of ${instance}?`}
        confirm={`Release ${instance}`}
        kind="primary"
        busy={release.isPending}
        onConfirm={() => release.mutate()}
      >
        <p className="text-ink">
          {machines.length === 1 ? "It is" : "They are"} removed now, with whatever is stored there.
          {isUnknown(bill) ? (
            " What this saves is not known."
          ) : (
            <>
              {" "}
              This ends <MoneySum sum={bill} per="hour" />.
            </>
          )}
        </p>
        <p>
          {isReplaced
            ? `The machine that ${instance} has now is not touched, and neither is anything else of ${deployment.name}.`
            : `Nothing else of ${deployment.name} is touched.`}
        </p>
        {release.error !== null && <ErrorState error={failureFrom(release.error)} />}
      </Confirm>
    </>
  );
}
