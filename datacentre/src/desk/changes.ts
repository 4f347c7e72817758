// What has changed: for those who ask again and again with the number of the last change that they know.

import { CloudError } from "../cloud-api.ts";
import { carries } from "../state/fault-rules.ts";
import type { Change, ChangeQuery, Changes } from "../tenant-api.ts";
import type { Asked } from "./asked.ts";

export function changes({ cloud, tenant, turn }: Asked, { after = 0, labels = {} }: ChangeQuery): Changes {
  const told = cloud.changes.after(after, tenant.name);
  if (turn?.kind === "list_empty") return { ...told, changes: [] };
  return { ...told, changes: told.changes.filter((change) => isMeant(change, labels)) };
}

export function isMeant(change: Change, labels: Readonly<Record<string, string>>): boolean {
  return carries(change.labels, labels);
}

/** From which number on a stream tells. Throws `invalid_request` where it can't. */
export function streamFrom({ cloud, tenant }: Asked, { after }: ChangeQuery): number {
  if (!cloud.settings.pushes) throw new CloudError("invalid_request", "This cloud does not push");
  const from = after ?? cloud.changes.last();
  if (cloud.changes.after(from, tenant.name).isGap) {
    throw new CloudError("invalid_request", `What came after ${from} is not kept any more`);
  }
  return from;
}
