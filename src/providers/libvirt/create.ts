// How a machine is made: its disk on top of the base image, its seed and the file of its console, each a volume named after it, and then the
// domain. A name can be had once at libvirt, and so can a volume's, so that a create that comes again ends in a conflict. After a
// refusal with effect `none` nothing is left.

import { beforehand, retold } from "../../cloud-http/faults.ts";
import { type CreateRequest, type Handle, type Observed, OWNER_LABELS } from "../../core/machine.ts";
import { whereIn } from "../../core/market/where.ts";
import { type Keep, ProviderFault } from "../../ports/provider.ts";
import { createVolume, defineDomain, downloadVolume, readImage, readPool, uploadVolume, type Volume } from "./calls.ts";
import { type Desk, hostOf, REALM, USUAL_NETWORK } from "./desk.ts";
import { type BaseImage, domainXml, type Files, type Host, volumeXml } from "./domain-xml.ts";
import { faultOf, isRefusal, refusedAs } from "./faults.ts";
import { handleOf, type Owned, type PartKind, uuidOf, volumeName } from "./names.ts";
import { networksLacking } from "./places.ts";
import { partsOf, removeParts } from "./parts.ts";
import { seedImage } from "./seed.ts";
import type { Session } from "./session.ts";

const GIB = 1024 * 1024 * 1024;

/** A seed has no bound of its own: larger ones only make every create slower. */
export const USER_DATA_BYTES_MOST = 256 * 1024;

/** Kinds of pools whose volumes are files. */
const FILE_POOLS = ["dir", "fs", "netfs"];

interface Ready {
  readonly owned: Owned;
  readonly uuid: string;
  readonly pool: string;
  readonly files: Files;
  readonly image: BaseImage;
  readonly host: Host;
  readonly networks: readonly string[];
  readonly publicKey: string | null;
}

export async function create(
  desk: Desk,
  { request, keep }: { readonly request: CreateRequest; readonly keep: Keep },
  signal: AbortSignal,
): Promise<Observed> {
  signal.throwIfAborted();
  const ready = await beforehand(readyFor(desk, request, signal));
  const handle = handleOf({ owner: ready.owned.owner, pool: ready.pool });
  try {
    await makeParts(desk, { ready, request, kept: () => keep(handle) }, signal);
    const { uuid, pool, files, host, networks } = ready;
    await defineDomain(desk.acts, domainXml({ request, uuid, pool, files, host, networks }), signal);
  } catch (error) {
    throw isRefusal(error) ? await unmade(desk, { error, ready, handle }, signal) : error;
  }
  await keep(handle);
  const nothing = { fault: null, privateAddress: null, publicAddress: null } as const;
  return { externalId: ready.uuid, name: request.name, realm: REALM, state: "stopped", ...nothing, handle };
}

async function readyFor(desk: Desk, request: CreateRequest, signal: AbortSignal): Promise<Ready> {
  const { settings, sights } = desk;
  const { name, labels, image } = request;
  checkUserData(request);
  const owned = { owner: labels[OWNER_LABELS.installation] ?? "nobody", name };
  const where = whereIn(settings.where, REALM, request.where);
  const networks = where.networks ?? [USUAL_NETWORK];
  const lacking = await networksLacking(sights, networks, signal);
  if (lacking !== null) throw faultOf("wrong_here", "no_network", lacking);
  const base = await readImage(sights, { pool: settings.imagePool, name: image }, signal);
  if (base === null) {
    throw faultOf("no_image", "no_image", `the storage pool ${settings.imagePool} has no image ${image}`);
  }
  const path = await poolPath(desk, signal);
  const fileOf = (kind: PartKind): string => `${path}/${volumeName(owned, kind)}`;
  return {
    owned,
    uuid: uuidOf(owned),
    pool: settings.pool,
    files: { disk: fileOf("disk"), seed: fileOf("seed"), console: fileOf("console") },
    image: base,
    host: await hostOf(desk, signal),
    networks,
    publicKey: where.publicKey ?? null,
  };
}

function checkUserData({ userData }: CreateRequest): void {
  const bytes = Buffer.byteLength(userData);
  if (bytes <= USER_DATA_BYTES_MOST) return;
  const text = `the user data has ${bytes} bytes, and may have ${USER_DATA_BYTES_MOST}`;
  throw faultOf("wrong_request", "user_data", text);
}

/** Throws a fault of the account where machines' files cannot be made there. */
export async function poolPath({ settings, sights }: Desk, signal: AbortSignal): Promise<string> {
  const { pool: name } = settings;
  const { kind, path } = await readPool(sights, name, signal);
  if (FILE_POOLS.includes(kind) && path !== "") return path.replace(/\/+$/, "");
  const text = `the storage pool ${name} is of kind ${kind}; machines need one of files: ${FILE_POOLS.join(", ")}`;
  throw faultOf("wrong_here", "wrong_pool", text);
}

interface Making {
  readonly ready: Ready;
  readonly request: CreateRequest;
  readonly kept: () => Promise<void>;
}

/** Each is kept before the next is asked for. */
async function makeParts({ acts }: Desk, { ready, request, kept }: Making, signal: AbortSignal): Promise<void> {
  const { owned, pool, image, publicKey } = ready;
  const nameOf = (kind: PartKind): string => volumeName(owned, kind);
  const bytes = Math.max(image.bytes, request.storageGib * GIB);
  const disk = volumeXml({ name: nameOf("disk"), format: "qcow2", bytes: Math.ceil(bytes), backing: image });
  await createVolume(acts, { pool, xml: disk }, signal);
  await kept();
  const seed = seedImage({ name: request.name, userData: request.userData, publicKey });
  const raw = { format: "raw", backing: null } as const;
  await createVolume(acts, { pool, xml: volumeXml({ ...raw, name: nameOf("seed"), bytes: seed.length }) }, signal);
  await fillVolume(acts, { pool, name: nameOf("seed"), bytes: seed }, signal);
  await kept();
  await createVolume(acts, { pool, xml: volumeXml({ ...raw, name: nameOf("console"), bytes: 0 }) }, signal);
}

/** libvirt 9.0 says that all is well where the host could not write the last of it, so that it is read back: half of a guest's user data is worse than none. */
async function fillVolume(
  acts: Session,
  { bytes, ...volume }: Volume & { readonly bytes: Buffer },
  signal: AbortSignal,
): Promise<void> {
  await uploadVolume(acts, { ...volume, bytes }, signal);
  const written = await downloadVolume(acts, { ...volume, from: 0, length: bytes.length }, signal);
  if (written.equals(bytes)) return;
  const text = `the volume ${volume.name} was not written whole: the storage pool ${volume.pool} is full, or fails`;
  throw refusedAs("used_up", "disk_full", text);
}

/** After a refusal all parts go again: the refusal has effect `none` when they provably have, and `made` when not. */
async function unmade(
  desk: Desk,
  { error, ready, handle }: { readonly error: ProviderFault; readonly ready: Ready; readonly handle: Handle },
  signal: AbortSignal,
): Promise<unknown> {
  // Whoever has the name, an earlier request or somebody else: what is there may be his.
  if (error.fault.class === "conflict" && error.fault.code === "volume_exists") return error;
  const { owned, uuid } = ready;
  const machine = { name: owned.name, realm: REALM, externalId: uuid, handle, isLeaving: true };
  try {
    await removeParts(desk, await partsOf(desk, machine, signal), signal);
    const left = await partsOf(desk, machine, signal);
    if (error.fault.class === "conflict") return error;
    return left.length === 0 ? retold(error, { effect: "none" }) : retold(error, { effect: "made", externalId: uuid });
  } catch (second) {
    if (!(second instanceof ProviderFault)) return second;
    return retold(error, { effect: "made", externalId: uuid });
  }
}
