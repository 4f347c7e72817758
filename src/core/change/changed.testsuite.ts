import type { ResolvedBlueprint } from "../blueprint/model.ts";

/** The same with another member of that name. */
export const changed = (
  blueprint: ResolvedBlueprint,
  name: string,
  given: Partial<ResolvedBlueprint["instances"][number]>,
): ResolvedBlueprint => ({
  ...blueprint,
  instances: blueprint.instances.map((spec) => (spec.name === name ? { ...spec, ...given } : spec)),
});
