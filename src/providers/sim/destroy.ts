// The end of a machine and of all its parts, whichever of them are there.

import { orNull } from "../../cloud-http/faults.ts";
import type { KnownMachine } from "../../core/machine.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { asked } from "./faults.ts";
import {
  belongingOf,
  belongs,
  type Belonging,
  type Desk,
  eachPart,
  hasParts,
  ownerOf,
  partsLike,
  readPartsId,
} from "./parts.ts";
import type { SimMachine, SimPart } from "./schema.ts";
import { listedAt, machinesOf } from "./sights.ts";

export async function destroy(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<void> {
  const { api } = desk;
  const alone = readPartsId(machine.externalId);
  const ids =
    alone === null
      ? [machine.externalId]
      : (await machinesOf(desk, { owner: alone.owner, names: [alone.name] }, signal)).map(({ id }) => id);
  const leaving: SimMachine[] = [];
  for (const id of ids) {
    const left = await orNull(asked(api.remove(id, signal)));
    if (left !== null) leaving.push(left);
  }
  const { parts } = await desk.traits(signal);
  if (!hasParts(parts)) return;
  const belonging = belongingOf(machine);
  const [first] = leaving;
  const own: Belonging = {
    owner: belonging.owner ?? (first === undefined ? null : ownerOf(first.labels)),
    names: [...belonging.names, ...leaving.map(({ name }) => name)],
    ids: belonging.ids,
  };
  const isOwn = (part: SimPart): boolean => belongs(part, own, parts);
  const staying: string[] = [];
  for (const one of leaving) staying.push(...(await stayingOf(desk, { machine: one, own, isOwn }, signal)));
  const removal = removing();
  for (const id of staying) {
    await removal.take(async () => {
      await api.detachPart(id, signal);
      await api.removePart(id, signal);
    });
  }
  // Each as it is seen: a list that is longer than there is time for becomes shorter by every try of every machine.
  const take = async (part: SimPart): Promise<void> => {
    if (part.state !== "removing" && isOwn(part)) await removal.take(() => api.removePart(part.id, signal));
  };
  const unlisted = await eachPart(desk, { query: { isLone: true }, take }, signal);
  listedAt(machine.realm, { parts: [], unlisted });
  removal.end();
}

interface Leaving {
  readonly machine: SimMachine;
  readonly own: Belonging;
  readonly isOwn: (part: SimPart) => boolean;
}

/** Parts of a machine that would be left behind; and those that are so new that the cloud does not list them yet. */
async function stayingOf(
  desk: Desk,
  { machine, own, isOwn }: Leaving,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { parts } = await partsLike(desk, { machine: machine.id }, signal);
  const listed = new Set(parts.map(({ id }) => id));
  const hidden = machine.parts.filter((id) => own.ids.includes(id) && !listed.has(id));
  return [...parts.filter((part) => part.stays && isOwn(part)).map(({ id }) => id), ...hidden];
}

/** All that can be goes; at the end it throws the first refusal. */
function removing() {
  const faults: ProviderFault[] = [];
  return {
    async take(act: () => Promise<unknown>): Promise<void> {
      try {
        await orNull(asked(act()));
      } catch (error) {
        if (!(error instanceof ProviderFault)) throw error;
        faults.push(error);
      }
    },
    end(): void {
      const [fault] = faults;
      if (fault !== undefined) throw fault;
    },
  };
}
