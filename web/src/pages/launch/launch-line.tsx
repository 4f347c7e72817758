import { useId } from "react";
import type { Plan, PlannedMatch } from "../../../../src/contract/plan.ts";
import { isUnknown } from "../../../../src/contract/price.ts";
import { Button } from "../../components/button.tsx";
import { Money, MoneySum } from "../../components/money.tsx";
import { usualText } from "./planned-instances.tsx";
import type { Planning } from "./planning.ts";
import { prospectText } from "./refusals.ts";

export interface LaunchLineProps {
  /** Why it cannot be launched; null when it can be. */
  readonly obstacle: string | null;
  readonly isPending: boolean;
  readonly planning: Planning;
}

/** The button, and what a click would come to, or what is to be done before. */
export function LaunchLine({ obstacle, isPending, planning: { plan, isOld } }: LaunchLineProps) {
  const id = useId();
  return (
    <div className="flex items-center gap-3">
      <Button type="submit" kind="primary" disabled={obstacle !== null} busy={isPending} aria-describedby={id}>
        Launch
      </Button>
      <span id={id} aria-live="polite" className="min-w-0">
        {obstacle === null ? <Prospect plan={isOld ? null : plan} /> : <span className="text-warn">{obstacle}</span>}
      </span>
    </div>
  );
}

function Prospect({ plan }: { plan: Plan | null }) {
  if (plan === null) return null;
  const [best] = plan.matches;
  if (best === undefined) return <span className="text-warn">{prospectText(plan)}</span>;
  return (
    <span className="text-muted">
      {plan.instances.length} {plan.instances.length === 1 ? "instance" : "instances"} at {best.account},{" "}
      <Cost match={best} />
      <Usually match={best} />
    </span>
  );
}

function Cost({ match: { hourlyCost, unpriced } }: { match: PlannedMatch }) {
  const sum = { dollars: hourlyCost, unpriced };
  return (
    <>
      {isUnknown(sum) ? null : "about "}
      <MoneySum sum={sum} per="hour" />
    </>
  );
}

/** Why it costs something else than it did a while ago. */
function Usually({ match }: { match: PlannedMatch }) {
  const { hourlyCost, usualHourlyCost, placements } = match;
  if (usualHourlyCost === null || hourlyCost === usualHourlyCost) return null;
  const usual = new Set(Object.values(placements).flatMap((one) => (one.usually === null ? [] : [usualText(one)])));
  return (
    <span className="text-warn">
      {" "}
      instead of <Money dollars={usualHourlyCost} per="hour" /> with {[...usual].join(", ")}, since what was refused
      lately is avoided for now
    </span>
  );
}
