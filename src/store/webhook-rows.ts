// The tables of webhooks as rows come back from the database. Part of schema.ts.

import type { DeploymentId } from "../core/ids.ts";
import type { EventBody, EventKind } from "../core/story/event.ts";

export interface WebhookRow {
  readonly name: string;
  readonly url: string;
  readonly pool: string | null;
  readonly kinds: EventKind[] | null;
  readonly secret: string;
  readonly created_at: Date;
  readonly created_by: string;
}

export interface WebhookLaneRow {
  readonly deployment: DeploymentId;
  readonly webhook: string;
  readonly next_no: number;
  readonly due_at: Date;
  readonly claim: string | null;
  readonly tries: number;
  readonly failures: number;
  readonly failing_since: Date | null;
  readonly text: string | null;
}

export interface WebhookDeliveryRow {
  readonly webhook: string;
  readonly deployment: DeploymentId;
  readonly no: number;
  readonly revision: number;
  readonly kind: EventKind;
  readonly state: "delivered" | "dead";
  readonly at: Date;
  readonly ended_at: Date;
  readonly tries: number;
  readonly text: string;
  readonly body: EventBody | null;
  readonly again: boolean;
}
