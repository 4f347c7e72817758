// Parts of machines: the disk on top of the base image, the seed and the console, volumes of one pool which are named after their machine.

import { orNull } from "../../cloud-http/faults.ts";
import type { KnownMachine, Observed } from "../../core/machine.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { deleteVolume, refreshPool, volumesIn } from "./calls.ts";
import { type Desk, REALM } from "./desk.ts";
import { madeFault } from "./faults.ts";
import { handleOf, type PartKind, poolIn, readVolumeName, uuidOf } from "./names.ts";

export interface Part {
  readonly pool: string;
  /** Of the volume. */
  readonly name: string;
  readonly kind: PartKind;
  readonly owner: string;
  /** Name of the machine that it was made for. */
  readonly machine: string;
}

export function poolOf({ settings }: Desk, { handle }: Pick<KnownMachine, "handle">): string {
  return poolIn(handle) ?? settings.pool;
}

export async function partsIn(desk: Desk, pool: string, signal: AbortSignal): Promise<readonly Part[]> {
  const volumes = await volumesIn(desk.sights, pool, signal);
  return volumes.flatMap((name) => {
    const read = readVolumeName(name);
    return read === null ? [] : [{ pool, name, kind: read.kind, owner: read.owner, machine: read.name }];
  });
}

/** Those whose name leads to this machine's id: nobody else's have it. */
export async function partsOf(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<readonly Part[]> {
  const parts = await partsIn(desk, poolOf(desk, machine), signal);
  return parts.filter((part) => part.machine === machine.name && idOf(part) === machine.externalId);
}

/** The id that the machine of a part has, or would have had. */
const idOf = ({ owner, machine }: Part): string => uuidOf({ owner, name: machine });

/** All that are there; throws the first refusal, when everything was tried. */
export async function removeParts(desk: Desk, parts: readonly Part[], signal: AbortSignal): Promise<void> {
  const faults: ProviderFault[] = [];
  for (const part of parts) {
    try {
      await orNull(deleteVolume(desk.acts, part, signal));
    } catch (error) {
      if (!(error instanceof ProviderFault)) throw error;
      faults.push(error);
    }
  }
  const [first] = faults;
  if (first !== undefined) throw first;
}

/** A console that has been put aside since is known only then. While something is being made there, it comes out with the next one's end. */
export async function knowAside(desk: Desk, pool: string, signal: AbortSignal): Promise<void> {
  try {
    await refreshPool(desk.acts, pool, signal);
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
  }
}

const WORDS: Readonly<Record<PartKind, string>> = { disk: "its disk", seed: "its seed", console: "its console" };

/** Parts of one machine that is not there, as a machine in `error`. Null: there are none. */
export function observeLone(parts: readonly Part[]): Observed | null {
  const [first] = parts;
  if (first === undefined) return null;
  const words = [...new Set(parts.map(({ kind }) => WORDS[kind]))].toSorted();
  const are = words.length === 1 ? "is" : "are";
  const text = `of the machine only ${words.join(", ")} ${are} there, in the storage pool ${first.pool}`;
  return {
    externalId: idOf(first),
    name: first.machine,
    realm: REALM,
    state: "error",
    fault: madeFault({ class: "transient", code: "parts_alone", text }),
    privateAddress: null,
    publicAddress: null,
    handle: handleOf(first),
  };
}
