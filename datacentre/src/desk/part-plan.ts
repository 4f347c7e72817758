// Which parts a new machine gets: some that are there already, some that are made along with it.

import { CloudError, type CreateRequest, type Size } from "../cloud-api.ts";
import { attach, makePart } from "../life/part-life.ts";
import { hasShown } from "../state/cloud-state.ts";
import type { MachineRecord } from "../state/machine-record.ts";
import { type PartRecord, partTakes } from "../state/part-record.ts";
import { summed } from "../state/quota.ts";
import { checkAddresses, type Network } from "../state/things.ts";
import type { Amounts, MadeAlong, PartKind } from "../tenant-api.ts";
import type { Asked } from "./asked.ts";
import { freePart } from "./parts.ts";
import { networkFor } from "./request-checks.ts";

interface WantedPart {
  readonly kind: MadeAlong;
  /** Of ports; null: the machine's own. */
  readonly network: Network | null;
  readonly sizeGib: number | null;
  readonly stays: boolean;
  /** Null: as the cloud does it. */
  readonly labels: Readonly<Record<string, string>> | null;
}

export interface PartPlan {
  readonly existing: readonly PartRecord[];
  readonly wanted: readonly WantedPart[];
  /** Of quota, by those that are made along. */
  readonly takes: Amounts;
}

/** Throws `invalid_reference`, `in_use` or `wrong_state` for parts that can't be used. */
export function planParts(asked: Asked, request: CreateRequest, size: Size): PartPlan {
  const choices = request.parts ?? [];
  const existing = choices.flatMap((choice) => ("id" in choice ? [partNamed(asked, choice.id, request.realm)] : []));
  const { implied, needed, leftBehind } = asked.cloud.settings.parts;
  const wanted = choices.flatMap((choice) => {
    if ("id" in choice) return [];
    const { kind, sizeGib, network, stays = leftBehind.includes(kind), labels = null } = choice;
    const own = network === undefined ? null : networkFor(asked, { realm: request.realm, network });
    checkAddresses(own, 1);
    return [{ kind, sizeGib: kind === "volume" ? (sizeGib ?? size.storageGib) : null, stays, network: own, labels }];
  });
  const has = (kind: MadeAlong): boolean => [...existing, ...wanted].some((part) => part.kind === kind);
  const missing = new Set([...implied, ...needed].filter((kind) => !has(kind)));
  if (request.publicAddress === true && !has("address")) missing.add("address");
  if (request.publicAddress === false) missing.delete("address");
  for (const kind of missing) {
    const sizeGib = kind === "volume" ? size.storageGib : null;
    wanted.push({ kind, sizeGib, stays: leftBehind.includes(kind), network: null, labels: null });
  }
  return { existing, wanted, takes: summed(wanted.map(({ kind, sizeGib }) => partTakes(kind, sizeGib))) };
}

/** Throws `invalid_request` where the request names no part of a kind that has to be made before the machine. */
export function checkNeeded({ cloud }: Asked, { parts = [] }: CreateRequest): void {
  const kinds = new Set(parts.flatMap((choice) => ("id" in choice ? [cloud.parts.get(choice.id)?.kind] : [])));
  const missing = cloud.settings.parts.needed.find((kind) => !kinds.has(kind));
  if (missing === undefined) return;
  throw new CloudError("invalid_request", `A machine needs a ${missing} that was made before it`);
}

function partNamed(asked: Asked, id: string, realm: string): PartRecord {
  const part = asked.cloud.parts.get(id);
  if (part?.tenant !== asked.tenant.name || part.realm !== realm || !hasShown(asked.cloud, part.createdAt)) {
    throw new CloudError("invalid_reference", `No part ${id} in ${realm}`, { about: { part: id, realm } });
  }
  return freePart(asked, id);
}

/** How many addresses of the machine's network are taken by ports that are made along; the machine itself takes one without. */
export function portsOf({ existing, wanted }: PartPlan): { readonly made: number; readonly has: boolean } {
  const isPort = ({ kind }: { readonly kind: PartKind }): boolean => kind === "port";
  return {
    made: wanted.filter((part) => isPort(part) && part.network === null).length,
    has: [...existing, ...wanted].some(isPort),
  };
}

/** Names follow from the machine's: `db-volume`, `db-volume-2`. */
export function fitParts(asked: Asked, machine: MachineRecord, { existing, wanted }: PartPlan): void {
  const { cloud, tenant, turn } = asked;
  const { labelled } = cloud.settings.parts;
  const { name, realm, labels = {} } = machine.request;
  for (const part of existing) attach(cloud, part, machine);
  const counts = new Map<PartKind, number>();
  for (const part of wanted) {
    const nth = (counts.get(part.kind) ?? 0) + 1;
    counts.set(part.kind, nth);
    if (turn?.kind === "part_fails" && turn.part === part.kind) continue;
    const own = {
      name: `${name}-${part.kind}${nth === 1 ? "" : `-${nth}`}`,
      labels: part.labels ?? (labelled ? labels : {}),
    };
    const network = part.kind === "port" ? (part.network ?? machine.network) : null;
    makePart(
      cloud,
      { tenant: tenant.name, realm, machine, publicKey: null, ...part, network, ...own },
      { ...asked, turn: null },
    );
  }
}
