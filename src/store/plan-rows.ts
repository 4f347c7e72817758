// The table of plans, as its rows come back from the database.

import type { DeploymentId } from "../core/ids.ts";
import type { PlanKind } from "../ports/plans.ts";

export interface PlanRow {
  readonly id: string;
  readonly kind: PlanKind;
  readonly pool: string;
  readonly target: DeploymentId | null;
  readonly created_by: string;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly request: unknown;
  readonly secrets: string | null;
  readonly seed: number;
  readonly basis: string;
  readonly shown: unknown;
  readonly applied_at: Date | null;
  readonly deployment: DeploymentId | null;
}
