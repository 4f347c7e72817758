// How a machine is made: at once, or where the cloud wants it so, after its parts and before its public address. Nothing is asked for
// twice, and after a refusal with effect `none` nothing is left of it.

import { orNull, retold } from "../../cloud-http/faults.ts";
import { partName } from "../../cloud-http/part-name.ts";
import type { FaultClass } from "../../core/fault.ts";
import { type CreateRequest, type Observed, OWNER_LABELS } from "../../core/machine.ts";
import { type Keep, ProviderFault } from "../../ports/provider.ts";
import type { PartKind, PartRequest } from "../../../datacentre/src/tenant-api.ts";
import { asked, machineFault } from "./faults.ts";
import { failureOf, NO_PUBLIC_ADDRESS, observe } from "./observe.ts";
import { measuresIn } from "../../core/market/offer.ts";
import { CUSTOM, lastingSize, stepOf } from "./offers.ts";
import type { SimTraits } from "./offers-schema.ts";
import { type Desk, handleOf, partLabels, partsId, partsLike } from "./parts.ts";
import { placeOf } from "./places.ts";
import type { SimMachine, SimPart } from "./schema.ts";

/** Between looks at a part that is being made or removed. */
const GLANCE_MS = 200;
/** A part that is not needed after all is asked to go so often. */
const REMOVALS_MOST = 5;

interface Making {
  readonly desk: Desk;
  readonly request: CreateRequest;
  readonly traits: SimTraits;
  readonly owner: string;
  readonly signal: AbortSignal;
}

export async function create(
  desk: Desk,
  { request, keep }: { readonly request: CreateRequest; readonly keep: Keep },
  signal: AbortSignal,
): Promise<Observed> {
  const traits = await traitsFirst(desk, signal);
  const owner = request.labels[OWNER_LABELS.installation] ?? "nobody";
  const making: Making = { desk, request, traits, owner, signal };
  const { publicByPart } = traits.parts;
  const wantsAddress = publicByPart && request.where.publicAddress !== false;
  const before = partsBefore(making);
  const ids: string[] = [];
  for (const wanted of before) {
    const part = await orUnmade(making, ids, () => asked(desk.api.createPart(wanted, signal)));
    ids.push(part.id);
    await keep({ owner, parts: [...ids] });
    // Who has waited may have stood still meanwhile: what comes next is asked for under the fence as well.
    if (await orUnmade(making, ids, () => settled(making, part))) await keep({ owner, parts: [...ids] });
  }
  const machine = await orUnmade(making, ids, () => makeMachine(making, ids));
  const parts = [...new Set([...ids, ...machine.parts])];
  const { operation } = machine;
  const known = (more: readonly string[]) => ({ owner, operation, parts: [...parts, ...more] });
  if (before.length > 0 || wantsAddress) await keep(handleOf(known([])) ?? {});
  if (!wantsAddress) return { ...observe(machine), handle: handleOf(known([])) };
  const address = await orBroken(machine, () =>
    asked(desk.api.createPart({ ...partOf(making, "address"), machine: machine.id }, signal)),
  );
  const handle = handleOf(known([address.id]));
  await keep(handle ?? {});
  await orBroken(machine, () => settled(making, address));
  return { ...observe(machine), handle };
}

/** What the cloud is like, before anything is asked for: whatever goes wrong has made nothing. */
async function traitsFirst(desk: Desk, signal: AbortSignal): Promise<SimTraits> {
  try {
    return await desk.traits(signal);
  } catch (error) {
    throw error instanceof ProviderFault ? retold(error, { effect: "none" }) : error;
  }
}

/** What has to be there before the machine: its key, and what its cloud does not make along. */
function partsBefore(making: Making): readonly PartRequest[] {
  const { publicKey, networks = [] } = making.request.where;
  const ports = networks.length === 0 ? [undefined] : networks;
  return [
    ...(publicKey === undefined ? [] : [{ ...partOf(making, "key"), publicKey }]),
    ...making.traits.parts.needed.flatMap((kind) =>
      kind === "port" ? ports.map((network, at) => portOf(making, network, at)) : [partOf(making, kind)],
    ),
  ];
}

function portOf(making: Making, network: string | undefined, at: number): PartRequest {
  const part = partOf(making, "port", at === 0 ? "port" : `port-${at + 1}`);
  return network === undefined ? part : { ...part, network };
}

function partOf({ request, traits }: Making, kind: PartKind, ending: string = kind): PartRequest {
  const { name, realm, labels, storageGib } = request;
  return {
    kind,
    name: partName(name, ending, traits.names.most),
    realm,
    labels: partLabels(name, labels),
    ...(kind === "volume" ? { sizeGib: storageGib } : {}),
  };
}

function makeMachine({ desk, request, traits, signal }: Making, ids: readonly string[]): Promise<SimMachine> {
  const { name, realm, image, userData, cpu, memoryMib, storageGib, where } = request;
  const { needed, publicByPart } = traits.parts;
  const labels =
    publicByPart && where.publicAddress === false ? { ...request.labels, ...NO_PUBLIC_ADDRESS } : request.labels;
  const key = where.publicKey === undefined ? undefined : partName(name, "key", traits.names.most);
  const { parts: ports = [], ...place } = placeOf(request, { key, hasPorts: needed.includes("port") });
  const size = lastingSize(request.size);
  const wish = { cpu, memoryMib, storageGib };
  const cut = traits.custom === null ? wish : measuresIn({ step: stepOf(traits.custom) }, wish);
  const measure = size === CUSTOM ? { measure: cut } : {};
  const parts = [...ids.map((id) => ({ id })), ...ports];
  // The machine's own name is the token: the same intent sent twice is the same machine.
  const wanted = {
    name,
    realm,
    size,
    ...measure,
    image,
    userData,
    labels,
    ...place,
    ...(parts.length === 0 ? {} : { parts }),
    token: name,
  };
  return asked(desk.api.create(wanted, signal));
}

/** Waits until a part is what it should be, and says whether it took more than a look; throws why it will not be. */
async function settled({ desk, signal }: Making, { id, operation }: SimPart): Promise<boolean> {
  for (let looks = 1; ; looks += 1) {
    const part = await glance(desk, id, signal);
    if (part?.state === "available" || part?.state === "attached") return looks > 1;
    if (part?.state === "error" && part.fault !== null) throw new ProviderFault(machineFault(part.fault));
    // Not there: not shown yet, or gone since it could not be made.
    const failure = operation === null ? null : await failureOf(desk.api, operation, signal);
    if (failure !== null) throw new ProviderFault(failure);
    await desk.sleep(GLANCE_MS, signal);
  }
}

/** Null for what is not there, or cannot be told of just now. */
async function glance({ api }: Desk, id: string, signal: AbortSignal): Promise<SimPart | null> {
  try {
    return await orNull(asked(api.getPart(id, signal)));
  } catch (error) {
    if (error instanceof ProviderFault && PASSING.has(error.fault.class)) return null;
    throw error;
  }
}

/** A look that fails so says nothing of what is looked at. */
const PASSING: ReadonlySet<FaultClass> = new Set(["transient", "throttle", "unknown"]);

/**
 * What `act` gives. Where it is refused, so that nothing came of it, the parts made before go again: the refusal has effect `none` when
 * they provably have, and `made` when not. Also after a conflict, which leaves the machine of an earlier request and never takes ours.
 */
async function orUnmade<T>(making: Making, ids: readonly string[], act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof ProviderFault) || ids.length === 0) throw error;
    const { effect, class: kind } = error.fault;
    if (effect === "unknown" && kind !== "conflict") throw error;
    const gone = await unmade(making, ids);
    if (kind === "conflict") throw retold(error, { effect: "unknown" });
    const { owner, request } = making;
    throw gone
      ? retold(error, { effect: "none" })
      : retold(error, { effect: "made", externalId: partsId({ owner, name: request.name }) });
  }
}

/** True when none of the parts is there any more, nor another that the cloud made for the same request. */
async function unmade(making: Making, ids: readonly string[]): Promise<boolean> {
  const all = await namesakes(making, ids);
  let isSure = all !== null;
  for (const id of all ?? ids) isSure = (await isUnmade(making, id)) && isSure;
  return isSure;
}

/**
 * All parts that were made for this machine: a request may have been carried out twice, and only one of them was answered. Null where the
 * cloud does not list those that are known, so that it may not list the others either.
 */
async function namesakes({ desk, request, signal }: Making, ids: readonly string[]): Promise<readonly string[] | null> {
  const { name, realm, labels } = request;
  for (let looks = 0; looks < REMOVALS_MOST; looks += 1) {
    try {
      const { parts, unlisted } = await partsLike(desk, { labels: partLabels(name, labels) }, signal);
      const listed = parts.map(({ id }) => id);
      if (!unlisted.includes(realm) && ids.every((id) => listed.includes(id))) return listed;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ProviderFault)) throw error;
    }
    await desk.sleep(GLANCE_MS, signal);
  }
  return null;
}

async function isUnmade({ desk, signal }: Making, id: string): Promise<boolean> {
  for (let removals = 0; removals < REMOVALS_MOST; removals += 1) {
    try {
      await asked(desk.api.removePart(id, signal));
      return await hasGone(desk, id, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ProviderFault)) throw error;
      // A part that is not shown yet is not found either.
      await desk.sleep(GLANCE_MS, signal);
    }
  }
  return false;
}

/** False when it stays although its removal was accepted. */
async function hasGone(desk: Desk, id: string, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    const part = await orNull(asked(desk.api.getPart(id, signal)));
    if (part === null) return true;
    if (part.state !== "removing") return false;
    await desk.sleep(GLANCE_MS, signal);
  }
}

/** The machine is there: it has to go, whatever was refused after it. */
async function orBroken<T>({ id }: SimMachine, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof ProviderFault) || error.fault.effect === "unknown") throw error;
    throw retold(error, { effect: "made", externalId: id });
  }
}
