// The plan of an update, why it cannot be carried out, and the button that does exactly it.

import { useEffect, useRef } from "react";
import type { UpdatePlan } from "../../../../src/contract/update.ts";
import { failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { classes } from "../../components/classes.ts";
import { Checkbox } from "../../components/field.tsx";
import { DueTime } from "../../components/relative-time.tsx";
import { EmptyState, ErrorState } from "../../components/states.tsx";
import { refusedOnce, updateRefusedText } from "../launch/refusals.ts";
import { Bills, countsText, PlannedChanges, RemovedFirst } from "./planned-changes.tsx";

export interface UpdatePlanViewProps {
  readonly name: string;
  /** Null: none was made yet. */
  readonly plan: UpdatePlan | null;
  /** Why it is not what the form asks for now; null: it is. */
  readonly oldBecause: string | null;
  readonly allowed: ReadonlySet<string>;
  readonly onAllow: (allowed: ReadonlySet<string>) => void;
  readonly applying: {
    readonly isPending: boolean;
    readonly error: Error | null;
    readonly apply: (id: string) => void;
  };
}

export function UpdatePlanView({ name, plan, oldBecause, allowed, onAllow, applying }: UpdatePlanViewProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (plan !== null) heading.current?.focus();
  }, [plan]);
  if (plan === null) {
    return (
      <EmptyState title="Nothing is planned yet">
        Change what is to be another, and plan it: what becomes of each instance appears here with its reason and the
        price. Nothing is changed by that.
      </EmptyState>
    );
  }
  const { id, expiresAt, instances } = plan;
  const isSpent = applying.error !== null;
  return (
    <section aria-labelledby="changes" className="flex min-w-0 flex-col gap-4">
      <div className={classes("flex min-w-0 flex-col gap-4", oldBecause !== null && "border-l-2 border-warn pl-4")}>
        <div>
          <h2 id="changes" ref={heading} tabIndex={-1} className="mb-1 w-fit rounded outline-offset-4">
            What would change
          </h2>
          <p className="text-muted">
            Against revision {plan.revision}, at {plan.account}: {countsText(plan)}.
          </p>
        </div>
        <PlannedChanges instances={instances} />
        <RemovedFirst instances={instances} />
        <Bills plan={plan} />
      </div>
      {oldBecause === null && <Obstacles plan={plan} allowed={allowed} onAllow={onAllow} />}
      {oldBecause !== null && <p className="text-warn">{oldBecause}</p>}
      {id !== null && expiresAt !== null && (
        <div className="flex flex-wrap items-center gap-3">
          <Button
            kind="primary"
            disabled={oldBecause !== null || isSpent}
            busy={applying.isPending}
            onClick={() => applying.apply(id)}
          >
            Update {name}
          </Button>
          <span className="min-w-0 text-muted">
            Exactly this is done, or nothing. The plan lapses <DueTime time={expiresAt} />.
          </span>
        </div>
      )}
      {applying.error !== null && <ErrorState error={failureFrom(applying.error)} />}
    </section>
  );
}

/** Each with what can be done about it. */
function Obstacles({
  plan,
  allowed,
  onAllow,
}: Pick<UpdatePlanViewProps, "allowed" | "onAllow"> & { plan: UpdatePlan }) {
  const { mistakes, refused, protected: kept, account } = plan;
  const asked = [...new Set([...kept, ...allowed])];
  const { title, remedy } = updateRefusedText({ account, refused });
  const open = mistakes.flatMap(({ parameter }) => parameter ?? []);
  return (
    <>
      {open.length > 0 && (
        <p role="alert" className="text-warn">
          Only user data uses {open.join(", ")}, so that this plan did without; the update needs a value: fill in, and
          plan again.
        </p>
      )}
      {refused.length > 0 && (
        <div role="alert" className="rounded-lg border border-bad/40 bg-bad-soft px-4 py-3">
          <p className="font-semibold text-bad">{title}</p>
          <ul className="mt-1 flex flex-col gap-1">
            {refusedOnce(refused).map(({ realm, code, text }) => (
              <li key={`${realm} ${code} ${text}`} className="break-words">
                {realm !== null && `${realm}: `}
                {text}
              </li>
            ))}
          </ul>
          <p className="mt-1">{remedy}</p>
        </div>
      )}
      {asked.length > 0 && (
        <fieldset className="flex flex-col gap-2 rounded-lg border border-warn/40 bg-warn-soft px-4 py-3">
          <legend className="sr-only">Protected members</legend>
          <p>
            <strong>Protected:</strong> the blueprint keeps these machines from being replaced or removed. What is on
            their disks goes with them.
          </p>
          {asked.map((one) => (
            <Checkbox
              key={one}
              label={`Let the machine of ${one} go`}
              checked={allowed.has(one)}
              onChange={({ target }) =>
                onAllow(new Set(target.checked ? [...allowed, one] : [...allowed].filter((other) => other !== one)))
              }
            />
          ))}
        </fieldset>
      )}
    </>
  );
}
