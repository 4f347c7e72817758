// How a machine is made: by Nova, after the key that is brought for it, and where it gets a floating address, after a port and that address. Nova has no idempotency
// key, so nothing is sent twice, and a name that was asked for before is looked for first. After a refusal with effect `none` nothing is
// left.

import { beforehand, retold } from "../../cloud-http/faults.ts";
import { type CreateRequest, type Observed, OWNER_LABELS } from "../../core/machine.ts";
import { pages } from "../../cloud-http/pages.ts";
import { type Keep, ProviderFault } from "../../ports/provider.ts";
import { isAskedAgain } from "../../ports/recall.ts";
import { type Desk, rememberFlavors } from "./desk.ts";
import { accountFault, refusalFault } from "./faults.ts";
import { handleOf, keyPart, metadataOf, type Part, partsId } from "./names.ts";
import { createFloatingAddress, createPort } from "./neutron.ts";
import { createKey, createServer, flavorsPage } from "./nova.ts";
import { partsOf, removeParts } from "./parts.ts";
import { type Place, placeOf } from "./places.ts";
import type { Flavor } from "./schema.ts";
import { serversOf } from "./sights.ts";
import { observe } from "./observe.ts";

interface Making {
  readonly desk: Desk;
  readonly request: CreateRequest;
  readonly owner: string;
  readonly keep: Keep;
  readonly signal: AbortSignal;
}

export async function create(
  desk: Desk,
  { request, keep }: { readonly request: CreateRequest; readonly keep: Keep },
  signal: AbortSignal,
): Promise<Observed> {
  signal.throwIfAborted();
  const { name, realm } = request;
  const owner = request.labels[OWNER_LABELS.installation] ?? "nobody";
  if (isAskedAgain(desk.asked, name)) {
    const [earlier] = await beforehand(serversOf(desk, { owner, name }, signal));
    if (earlier !== undefined) return observe(earlier);
  }
  const making = { desk, request, owner, keep, signal };
  const flavor = await beforehand(flavorOf(desk, request.size, signal));
  const place = await beforehand(placeOf(desk, request.where, signal));
  const parts: Part[] = [];
  const id = await orUnmade(making, parts, async () => {
    await makeParts(making, { place, parts });
    return await createServer(desk.session, serverFor(making, { flavor, place, parts }), signal);
  });
  const handle = handleOf(owner, parts);
  if (parts.length > 0) await keep(handle ?? {});
  const nothing = { fault: null, privateAddress: null, publicAddress: null } as const;
  return { externalId: id, name, realm, state: "pending", ...nothing, handle };
}

type KnownFlavor = Pick<Flavor, "id" | "disk">;

/** Throws a fault of this offer when the flavor is not there any more. */
async function flavorOf(desk: Desk, name: string, signal: AbortSignal): Promise<KnownFlavor> {
  const known = desk.flavors.get(name);
  if (known !== undefined) return known;
  for await (const flavor of pages((cursor) => flavorsPage(desk.session, cursor, signal), { signal })) {
    rememberFlavors(desk, [flavor]);
  }
  const read = desk.flavors.get(name);
  if (read !== undefined) return read;
  const refusal = { status: 400, kind: "badRequest", message: `Flavor ${name} could not be found.` };
  throw new ProviderFault(refusalFault(refusal, { retryAfterMs: null, requestId: null }));
}

interface Parted {
  readonly place: Place;
  /** Those made so far. */
  readonly parts: Part[];
}

/** The key, and the port with the floating address that leads to it; each is kept before the next is asked for. */
async function makeParts(making: Making, { place, parts }: Parted): Promise<void> {
  const { desk, request, owner, keep, signal } = making;
  const { session } = desk;
  const owned = { owner, name: request.name, realm: request.realm };
  const made = async (part: Part): Promise<void> => {
    parts.push(part);
    await keep(handleOf(owner, parts) ?? {});
  };
  const { publicKey } = request.where;
  if (publicKey !== undefined) {
    const key = keyPart({ ...owned, project: await beforehand(session.projectId(signal)) });
    await createKey(session, { name: key.id, publicKey }, signal);
    await made(key);
  }
  if (place.address === null) return;
  const { securityGroups, address } = place;
  const port = await createPort(session, { ...owned, network: address.on, securityGroups }, signal);
  await made(port);
  await made(await createFloatingAddress(session, { ...owned, network: address.from, port: port.id }, signal));
}

/** The body of the create: https://docs.openstack.org/api-ref/compute/#create-server */
function serverFor(
  { desk, request }: Making,
  { flavor, place, parts }: Parted & { readonly flavor: KnownFlavor },
): object {
  const { name, realm, userData, labels, where } = request;
  const key = parts.find(({ kind }) => kind === "key")?.id ?? where.key;
  const port = parts.find(({ kind }) => kind === "port");
  const networks = place.networks.map((uuid) => ({ uuid }));
  const joined = port === undefined ? networks : [{ port: port.id }, ...networks.slice(1)];
  // Of a port that is made already, its own groups count.
  const groups = joined.length === 1 && port !== undefined ? [] : place.securityGroups.map((id) => ({ name: id }));
  return {
    name,
    flavorRef: flavor.id,
    ...bootOf(desk, { flavor, image: request.image }),
    availability_zone: realm,
    metadata: metadataOf(labels, { name, realm }),
    networks: joined.length === 0 ? "auto" : joined,
    ...(userData === "" ? {} : { user_data: Buffer.from(userData).toString("base64") }),
    ...(key === undefined ? {} : { key_name: key }),
    ...(groups.length === 0 ? {} : { security_groups: groups }),
  };
}

/** From the image itself, or where the flavor has no disk from a volume that Nova makes of it and takes along in the end. */
function bootOf(
  { settings }: Desk,
  { flavor, image }: { readonly flavor: KnownFlavor; readonly image: string },
): object {
  const { volumeGib } = settings;
  // Without a setting, such a flavor is refused by Nova, and was never offered.
  if (flavor.disk > 0 || volumeGib === null) return { imageRef: image };
  const from = { boot_index: 0, uuid: image, source_type: "image", destination_type: "volume" };
  return { imageRef: "", block_device_mapping_v2: [{ ...from, volume_size: volumeGib, delete_on_termination: true }] };
}

/**
 * What `act` gives. Where it is refused, so that nothing came of it, the parts made before go again: the refusal has effect `none` when
 * they provably have, and `made` when not. What the account calls things by is asked for anew next time.
 */
async function orUnmade<T>(making: Making, parts: readonly Part[], act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof ProviderFault) || error.fault.effect !== "none") throw error;
    const { desk, owner, request } = making;
    desk.named.clear();
    desk.flavors.clear();
    if (parts.length === 0) throw error;
    if (await isUnmade(making, parts)) throw error;
    throw retold(error, { effect: "made", externalId: partsId({ owner, name: request.name }) });
  }
}

async function isUnmade({ desk, owner, request, signal }: Making, parts: readonly Part[]): Promise<boolean> {
  try {
    await removeParts(desk, parts, signal);
    const left = await partsOf(
      desk,
      { name: request.name, owned: { owner, name: request.name, realm: request.realm }, known: parts },
      signal,
    );
    return left.length === 0;
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    return false;
  }
}

/** Asks for a server that cannot be made, to learn whether one could: a policy is asked before the image is. Makes nothing, whatever is answered. */
export async function tryPermission(desk: Desk, signal: AbortSignal): Promise<void> {
  if (desk.mayCreate) return;
  const server = { name: "slipway-check", flavorRef: "slipway-check", networks: "none", imageRef: "" };
  try {
    await createServer(desk.session, server, signal);
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    if (error.fault.code === "not_allowed" || error.fault.code === "not_authorized") {
      throw accountFault(
        "may_not_create",
        `${desk.settings.login.user} may not make servers in this project; give it a role that may, such as member: ${error.fault.text}`,
      );
    }
    if (error.fault.class === "transient" || error.fault.class === "throttle") throw error;
  }
  desk.mayCreate = true;
}
