// Members of a group. Apart from the layout, which comes with the graph, when it is first shown.

import type { Instance } from "../../../../src/contract/deployment.ts";

/** More instances than this begin folded, and stand within their groups when they are unfolded. */
export const UNFOLDED_MOST = 12;

export function groupsOf<M extends Pick<Instance, "group">>(
  instances: readonly M[],
): ReadonlyMap<string, readonly M[]> {
  return Map.groupBy(instances, ({ group }) => group);
}
