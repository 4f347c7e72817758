// Who holds the address of a machine that is another one by now: user data is filled in once, when a machine is asked for.

import type { InstanceAttribute, ResolvedInstance } from "../blueprint/model.ts";
import type { Instance } from "../deployment.ts";
import type { Machine } from "../machine.ts";

interface Rows {
  readonly instances: readonly Instance[];
  /** All of the present attempt. */
  readonly machines: readonly Machine[];
}

/** Members that this one's user data tells about as they were before they were replaced; only those that are up count. */
export function formerIn({ name, userData }: ResolvedInstance, rows: Rows): readonly string[] {
  const own = machineOf(rows, name);
  if (own === null) return [];
  const held = new Set<string>();
  for (const part of userData) {
    if (part.kind !== "instance") continue;
    for (const other of part.instances) if (isFormer(rows, { other, of: part.attribute, own })) held.add(other);
  }
  return [...held];
}

function isFormer(
  rows: Rows,
  { other, of, own }: { readonly other: string; readonly of: InstanceAttribute; readonly own: Machine },
): boolean {
  const present = machineOf(rows, other);
  const isUp = rows.instances.some((one) => one.name === other && one.readyAt !== null);
  if (present === null || !isUp || present.intentAt <= own.intentAt) return false;
  return rows.machines
    .filter((one) => one.instance === other && one.attemptNo === own.attemptNo && one.intentAt <= own.intentAt)
    .toSorted((a, b) => a.intentAt - b.intentAt)
    .slice(-1)
    .some((told) => valueOf(told, of) !== valueOf(present, of));
}

function machineOf({ instances, machines }: Rows, name: string): Machine | null {
  const id = instances.find((one) => one.name === name)?.machine;
  return machines.find((one) => one.id === id) ?? null;
}

/** An instance's name outlives its machines. */
function valueOf({ externalId, privateAddress, publicAddress }: Machine, of: InstanceAttribute): string | null {
  return { id: externalId, privateAddress, publicAddress, name: null }[of];
}
