// One ear on the store for all streams of this server: whoever waits for a deployment is woken when it has new events.

import type { DeploymentId } from "../../core/ids.ts";
import type { Store } from "../../ports/store.ts";

export interface Wakes {
  /** Calls `wake` after each commit with events of the deployment; may miss some. Returns a function that ends it. */
  on(deployment: DeploymentId, wake: () => void): () => void;
  close(): Promise<void>;
}

export async function openWakes(store: Store): Promise<Wakes> {
  const waiting = new Map<DeploymentId, Set<() => void>>();
  const close = await store.onEvents((deployment) => {
    for (const wake of waiting.get(deployment) ?? []) wake();
  });
  return {
    on(deployment, wake) {
      const wakes = waiting.get(deployment) ?? new Set();
      waiting.set(deployment, wakes.add(wake));
      return () => {
        wakes.delete(wake);
        if (wakes.size === 0) waiting.delete(deployment);
      };
    },
    close,
  };
}
