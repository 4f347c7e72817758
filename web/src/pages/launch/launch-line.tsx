import type { Plan } from "../../../../src/contract/deployment.ts";
import { Button } from "../../components/button.tsx";
import { Money } from "../../components/money.tsx";

export interface LaunchLineProps {
  readonly isReady: boolean;
  readonly isPending: boolean;
  readonly plan: Plan | null;
}

/** The button, and what a click would come to. */
export function LaunchLine({ isReady, isPending, plan }: LaunchLineProps) {
  return (
    <div className="flex items-center gap-3">
      <Button type="submit" kind="primary" disabled={!isReady} busy={isPending}>
        Launch
      </Button>
      <Prospect plan={isReady ? plan : null} />
    </div>
  );
}

function Prospect({ plan }: { plan: Plan | null }) {
  if (plan === null) return null;
  const [best] = plan.matches;
  if (best === undefined) return <span className="text-warn">No account can take it now: the launch would fail.</span>;
  return (
    <span className="text-muted">
      {plan.instances.length} {plan.instances.length === 1 ? "instance" : "instances"} at {best.account}, about{" "}
      <Money dollars={best.hourlyCost} per="hour" />
    </span>
  );
}
