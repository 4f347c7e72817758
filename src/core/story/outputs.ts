// What a deployment tells about itself, as far as it is known: addresses of machines that are there, and parameters.

import type { ResolvedOutput } from "../blueprint/model.ts";
import { type RenderContext, renderTemplate } from "../blueprint/render.ts";
import type { Aside } from "../deployment.ts";
import type { Machine } from "../machine.ts";
import type { Snapshot } from "../snapshot.ts";
import { changeAmong } from "../decision/draft.ts";
import { isBeforeTurn } from "../decision/lease.ts";
import { isOpen } from "../states.ts";

export interface KnownOutput extends Pick<ResolvedOutput, "name" | "description" | "secret"> {
  /** Null: not known yet, or not any more. */
  readonly value: string | null;
  /** What it lacks then, such as `web-1.publicAddress`. */
  readonly missing: string | null;
}

type Rows = Pick<Snapshot, "deployment" | "instances" | "revisions">;

/** While an update comes up beside what is there, what is there: its addresses answer, and those of what is new may never. Null: no update does. */
export function formerInForce({ deployment, revisions }: Omit<Rows, "instances">): Aside | null {
  return isBeforeTurn(deployment) ? changeAmong(revisions).aside : null;
}

function inForce(rows: Rows) {
  const { deployment, instances } = rows;
  const aside = formerInForce(rows);
  if (aside === null) return { blueprint: deployment.blueprint, instances };
  const names = new Set(aside.blueprint.instances.map(({ name }) => name));
  const set = new Map([...instances, ...aside.instances].map((row) => [row.name, row]));
  return { blueprint: aside.blueprint, instances: [...set.values()].filter(({ name }) => names.has(name)) };
}

/** `secrets`: the opened secret parameters, of the revision in force; without them, outputs that show one lack it. */
export function outputsOf(
  snapshot: Rows,
  machines: readonly Machine[],
  secrets: Readonly<Record<string, string>>,
): readonly KnownOutput[] {
  const { name } = snapshot.deployment;
  const { blueprint, instances } = inForce(snapshot);
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
