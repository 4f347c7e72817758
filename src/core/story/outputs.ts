// What a deployment tells about itself, as far as it is known: addresses of machines that are there, and parameters.

import type { ResolvedOutput } from "../blueprint/model.ts";
import { type RenderContext, renderTemplate } from "../blueprint/render.ts";
import type { Machine } from "../machine.ts";
import type { Snapshot } from "../snapshot.ts";
import { isOpen } from "../states.ts";

export interface KnownOutput extends Pick<ResolvedOutput, "name" | "description" | "secret"> {
  /** Null: not known yet, or not any more. */
  readonly value: string | null;
  /** What it lacks then, such as `web-1.publicAddress`. */
  readonly missing: string | null;
}

/** `secrets`: the opened secret parameters; without them, outputs that show one lack it. */
export function outputsOf(
  { deployment, instances }: Pick<Snapshot, "deployment" | "instances">,
  machines: readonly Machine[],
  secrets: Readonly<Record<string, string>>,
): readonly KnownOutput[] {
  const { name, blueprint } = deployment;
  // Who is on his way out is not to be reached any more, and his address may be another's soon.
  const there = new Map(
    machines.filter((one) => isOpen(one) && one.undoAskedAt === null).map((one) => [one.id, one] as const),
  );
  const attributes = instances.map((instance) => {
    const machine = instance.machine === null ? undefined : there.get(instance.machine);
    const { externalId: id = null, privateAddress = null, publicAddress = null } = machine ?? {};
    return [instance.name, { name: instance.name, id, privateAddress, publicAddress }] as const;
  });
  const context: RenderContext = {
    parameters: { ...blueprint.parameters, ...secrets },
    instances: Object.fromEntries(attributes),
    self: null,
    deployment: { name },
  };
  return blueprint.outputs.map((output) => {
    const { name: key, description, secret } = output;
    const rendered = renderTemplate(output.value, context);
    const isMissing = "missing" in rendered;
    return {
      name: key,
      description,
      secret,
      value: isMissing ? null : rendered.text,
      missing: isMissing ? rendered.missing : null,
    };
  });
}
