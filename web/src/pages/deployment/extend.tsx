// Letting a deployment that has a lease run longer.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Deployment } from "../../../../src/contract/deployment.ts";
import { api, failureFrom } from "../../api.ts";
import { AmountsDialog } from "../../components/amounts-dialog.tsx";
import { Button } from "../../components/button.tsx";
import { exactText } from "../../components/relative-time.tsx";
import { say } from "../../components/toast.tsx";
import { queries } from "../../queries.ts";

const HOUR_MS = 3_600_000;
const USUAL_HOURS = 4;
const FIELDS = [{ key: "hours", label: "Longer by, hours" }] as const;

export function ExtendButton({ deployment, queryKey }: { deployment: Deployment; queryKey: string }) {
  const { id, name, leaseEndsAt } = deployment;
  const [isAsking, setAsking] = useState(false);
  const queryClient = useQueryClient();
  const extend = useMutation({
    // By the time at which it ends: what is sent twice extends once.
    mutationFn: (hours: number) => {
      const from = leaseEndsAt === null ? Date.now() : Date.parse(leaseEndsAt);
      return api.extend(id, new Date(from + hours * HOUR_MS).toISOString());
    },
    onSuccess: (reply) => {
      queryClient.setQueryData(queries.deployment(queryKey).queryKey, reply);
      setAsking(false);
      say("Extended", `${name} runs until ${reply.leaseEndsAt === null ? "" : exactText(reply.leaseEndsAt)}`);
    },
    onError: () => void queryClient.invalidateQueries({ queryKey: queries.deployment(queryKey).queryKey }),
  });
  const open = (): void => {
    extend.reset();
    setAsking(true);
  };
  return (
    <>
      <Button onClick={open}>Extend</Button>
      {isAsking && (
        <AmountsDialog
          title={`Extend ${name}?`}
          about={`It stops by itself ${leaseEndsAt === null ? "" : exactText(leaseEndsAt)}, unless its lease is extended.`}
          fields={FIELDS}
          amounts={{ hours: USUAL_HOURS }}
          input={{ min: 0.1, step: "any", placeholder: String(USUAL_HOURS) }}
          action="Extend"
          isBusy={extend.isPending}
          error={extend.error === null ? null : failureFrom(extend.error)}
          onSubmit={({ hours }) => extend.mutate(hours ?? USUAL_HOURS)}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
