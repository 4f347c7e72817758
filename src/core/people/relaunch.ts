// What has ended is launched once more as another deployment: final states stay final, and debt of the old one stays the old one's.

import { draftOf } from "../decision/draft.ts";
import type { DeploymentId } from "../ids.ts";
import type { Snapshot } from "../snapshot.ts";
import type { Asked, Asker } from "./requests.ts";

/** Leaves its name to the deployment that launches it, or one that had the name before it, once more. */
export function askSuccession(snapshot: Snapshot, { by, now, successor }: Asker & { successor: DeploymentId }): Asked {
  const { id, name, state, endedAt } = snapshot.deployment;
  if (endedAt === null) {
    const text = `deployment ${name} (${id}) is ${state}, and is launched once more only when it has ended; \`slipway down ${name}\` ends it`;
    return { refused: { code: "not_in_this_state", text } };
  }
  const draft = draftOf(snapshot, now);
  draft.setDeployment({ successor });
  draft.tell({ kind: "relaunch_asked", by, successor });
  return { changes: draft.waves() };
}
