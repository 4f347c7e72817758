// What somebody who updates a drawn deployment wants instead.

import type { ResolvedBlueprint, ResolvedInstance } from "../src/core/blueprint/model.ts";

export function revised(blueprint: ResolvedBlueprint, pick: number): ResolvedBlueprint {
  const { instances } = blueprint;
  const chosen = instances[pick % Math.max(1, instances.length)];
  if (chosen === undefined) return blueprint;
  switch (pick) {
    case 0:
    case 1:
      return { ...blueprint, instances: instances.map((spec) => (spec === chosen ? another(spec) : spec)) };
    case 2:
      return { ...blueprint, instances: instances.map(another) };
    case 3:
    case 4:
      return { ...blueprint, instances: [...instances, grown(instances, chosen)] };
    case 5:
    case 6:
      return without(blueprint, instances.at(-1) ?? chosen);
    case 7:
      return without({ ...blueprint, instances: [...instances.map(another), grown(instances, chosen)] }, chosen);
    case 8:
      return { ...blueprint, instances: instances.map((spec) => ({ ...spec, ready: { kind: "tcp", port: 80 } })) };
    default:
      return { ...blueprint, policy: { ...blueprint.policy, maxAttempts: blueprint.policy.maxAttempts + 1 } };
  }
}

/** Another text in its user data is another machine. */
function another(spec: ResolvedInstance): ResolvedInstance {
  return { ...spec, userData: [...spec.userData, { kind: "text", text: "#" }] };
}

/** One more of its group, under the first name that is free. */
function grown(instances: readonly ResolvedInstance[], of: ResolvedInstance): ResolvedInstance {
  const taken = new Set(instances.map(({ name }) => name));
  const free = Array.from({ length: instances.length + 1 }, (_, at) => `j${at + 1}`).find((name) => !taken.has(name));
  const index = Math.max(...instances.filter(({ group }) => group === of.group).map((one) => one.index)) + 1;
  return { ...of, name: free ?? of.name, index };
}

/** Whoever needs it goes as well, unless nobody would be left. */
function without(blueprint: ResolvedBlueprint, { name }: ResolvedInstance): ResolvedBlueprint {
  const gone = new Set([name]);
  for (const { name: other, dependsOn } of blueprint.instances)
    if (dependsOn.some((on) => gone.has(on))) gone.add(other);
  const instances = blueprint.instances.filter((one) => !gone.has(one.name));
  return instances.length === 0 ? blueprint : { ...blueprint, instances };
}
