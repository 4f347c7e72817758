// What each state of the product looks like. A state without a row does not compile.

import type { Account } from "../../src/contract/account.ts";
import type { Attempt, InstanceState, MachineState } from "../../src/contract/deployment.ts";
import { owedText, type Standing } from "../../src/contract/standing.ts";
import { Badge, type Look } from "./components/badge.tsx";

export const DEPLOYMENT_LOOKS: Readonly<Record<Standing, Look>> = {
  new: { tone: "neutral", symbol: "○", word: "New" },
  pending: { tone: "info", symbol: "◐", word: "Launching", moving: true },
  running: { tone: "good", symbol: "●", word: "Running" },
  incomplete: { tone: "warn", symbol: "◑", word: "Incomplete" },
  updating: { tone: "info", symbol: "◐", word: "Updating", moving: true },
  reverting: { tone: "warn", symbol: "↺", word: "Going back", moving: true },
  rollback_in_progress: { tone: "warn", symbol: "↺", word: "Rolling back", moving: true },
  rollback_complete: { tone: "warn", symbol: "↩", word: "Rolled back" },
  rollback_failed: { tone: "bad", symbol: "!", word: "Rollback failed" },
  shutting_down: { tone: "info", symbol: "◒", word: "Shutting down", moving: true },
  stopped: { tone: "neutral", symbol: "■", word: "Stopped" },
  failed: { tone: "bad", symbol: "×", word: "Failed" },
  cancelled: { tone: "neutral", symbol: "–", word: "Cancelled" },
};

export const INSTANCE_LOOKS: Readonly<Record<InstanceState, Look>> = {
  new: { tone: "neutral", symbol: "○", word: "New" },
  pending: { tone: "info", symbol: "◐", word: "Pending", moving: true },
  running: { tone: "good", symbol: "●", word: "Running" },
  stopped: { tone: "neutral", symbol: "■", word: "Stopped" },
  shutting_down: { tone: "warn", symbol: "◒", word: "Shutting down", moving: true },
  create_failed: { tone: "bad", symbol: "×", word: "Create failed" },
  error: { tone: "bad", symbol: "!", word: "Error" },
  vanished: { tone: "bad", symbol: "?", word: "Vanished" },
};

const MACHINE_LOOKS: Readonly<Record<MachineState, Look>> = {
  intent: { tone: "neutral", symbol: "○", word: "Intended" },
  in_doubt: { tone: "warn", symbol: "?", word: "In doubt" },
  made: { tone: "info", symbol: "●", word: "Made" },
  refused: { tone: "bad", symbol: "×", word: "Refused" },
  absent: { tone: "neutral", symbol: "–", word: "Absent" },
  gone: { tone: "neutral", symbol: "✓", word: "Gone" },
};

const HEALTH_LOOKS: Readonly<Record<Account["health"], Look>> = {
  unknown: { tone: "neutral", symbol: "?", word: "Unknown" },
  healthy: { tone: "good", symbol: "●", word: "Healthy" },
  unreachable: { tone: "warn", symbol: "!", word: "Unreachable" },
  suspended: { tone: "bad", symbol: "×", word: "Suspended" },
};

export const OUTCOME_LOOKS: Readonly<Record<NonNullable<Attempt["outcome"]>, Look>> = {
  succeeded: { tone: "good", symbol: "✓", word: "Succeeded" },
  failed: { tone: "bad", symbol: "×", word: "Failed" },
  cancelled: { tone: "neutral", symbol: "–", word: "Cancelled" },
};

/** How it stands, and beside it what is not proven gone: no state may hide that. */
export function DeploymentBadge({ standing, debts }: { standing: Standing; debts: number }) {
  return (
    <>
      <Badge look={DEPLOYMENT_LOOKS[standing]} />
      {debts > 0 && <Badge look={{ tone: "bad", symbol: "$", word: `${debts} not gone` }} title={owedText(debts)} />}
    </>
  );
}

export const MachineBadge = ({ state }: { state: MachineState }) => <Badge look={MACHINE_LOOKS[state]} />;
export const HealthBadge = ({ health }: { health: Account["health"] }) => <Badge look={HEALTH_LOOKS[health]} />;
