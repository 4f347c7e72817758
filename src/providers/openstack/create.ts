// How a machine is made: at once by Nova, or where it gets a floating address, after its port and that address. Nova has no idempotency
// key, so nothing is sent twice, and a name that was asked for before is looked for first. After a refusal with effect `none` nothing is
// left.

import { retold } from "../../cloud-http/faults.ts";
import { type CreateRequest, type Observed, OWNER_LABELS } from "../../core/machine.ts";
import { pages } from "../../cloud-http/pages.ts";
import { type Keep, ProviderFault } from "../../ports/provider.ts";
import { isNoNetwork } from "./account.ts";
import { type Desk, isAskedAgain, makesParts, rememberFlavors } from "./desk.ts";
import { accountFault, beforehand, refusalFault } from "./faults.ts";
import { handleOf, metadataOf, type Part, partsId } from "./names.ts";
import { createFloatingAddress, createPort, networkId, securityGroupId } from "./neutron.ts";
import { createServer, flavorsPage } from "./nova.ts";
import { partsOf, removeParts } from "./parts.ts";
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
  if (isAskedAgain(desk, name)) {
    const [earlier] = await beforehand(serversOf(desk, { owner, name }, signal));
    if (earlier !== undefined) return observe(earlier);
  }
  const making = { desk, request, owner, keep, signal };
  const flavorRef = await beforehand(flavorId(desk, request.size, signal));
  const ways = await beforehand(networksFor(making));
  const parts: Part[] = [];
  const id = await orUnmade(making, parts, async () => {
    const ports = ways.own === null ? null : await makeParts(making, { ...ways.own, parts });
    const networks = ports ?? ways.networks;
    return await createServer(desk.session, serverFor(making, { flavorRef, networks }), signal);
  });
  const handle = handleOf(owner, parts);
  if (parts.length > 0) await keep(handle ?? {});
  const nothing = { fault: null, privateAddress: null, publicAddress: null } as const;
  return { externalId: id, name, realm, state: "pending", ...nothing, handle };
}

/** Throws a fault of this offer when the flavor is not there any more. */
async function flavorId(desk: Desk, name: string, signal: AbortSignal): Promise<string> {
  const known = desk.flavors.get(name);
  if (known !== undefined) return known;
  for await (const flavor of pages((cursor) => flavorsPage(desk.session, cursor, signal))) {
    rememberFlavors(desk, [flavor]);
  }
  const read = desk.flavors.get(name);
  if (read !== undefined) return read;
  const refusal = { status: 400, kind: "badRequest", message: `Flavor ${name} could not be found.` };
  throw new ProviderFault(refusalFault(refusal, { retryAfterMs: null, requestId: null }));
}

interface Own {
  readonly network: string;
  readonly floatingNetwork: string;
  readonly securityGroups: readonly string[];
}

interface Ways {
  /** As Nova takes it. */
  readonly networks: unknown;
  /** Null: Nova makes the ports. */
  readonly own: Own | null;
}

async function networksFor({ desk, signal }: Making): Promise<Ways> {
  const { session, settings } = desk;
  const { network, floatingNetwork, securityGroups } = settings;
  if (isNoNetwork(network)) return { networks: network, own: null };
  const named = async (key: string, find: () => Promise<string>): Promise<string> => {
    const id = desk.named.get(key) ?? (await find());
    desk.named.set(key, id);
    return id;
  };
  const networkOf = (name: string): Promise<string> => named(`network ${name}`, () => networkId(session, name, signal));
  const uuid = await networkOf(network);
  if (floatingNetwork === null) return { networks: [{ uuid }], own: null };
  const floating = await networkOf(floatingNetwork);
  const groups = await Promise.all(
    securityGroups.map((name) => named(`group ${name}`, () => securityGroupId(session, name, signal))),
  );
  const own = { network: uuid, floatingNetwork: floating, securityGroups: groups };
  return { networks: [], own };
}

/** The port, and the floating address that leads to it; each is kept before the next is asked for. */
async function makeParts(
  { desk, request, owner, keep, signal }: Making,
  { network, floatingNetwork, securityGroups, parts }: Own & { readonly parts: Part[] },
): Promise<unknown> {
  const owned = { owner, name: request.name, realm: request.realm };
  const port = await createPort(desk.session, { ...owned, network, securityGroups }, signal);
  parts.push(port);
  await keep(handleOf(owner, parts) ?? {});
  const wanted = { ...owned, network: floatingNetwork, port: port.id };
  parts.push(await createFloatingAddress(desk.session, wanted, signal));
  await keep(handleOf(owner, parts) ?? {});
  return [{ port: port.id }];
}

/** The body of the create: https://docs.openstack.org/api-ref/compute/#create-server */
function serverFor(
  { desk, request }: Making,
  { flavorRef, networks }: { readonly flavorRef: string; readonly networks: unknown },
): object {
  const { keyPair, securityGroups } = desk.settings;
  const { name, realm, image, userData, labels } = request;
  const groups =
    makesParts(desk) || securityGroups.length === 0 ? null : securityGroups.map((group) => ({ name: group }));
  return {
    name,
    flavorRef,
    imageRef: image,
    availability_zone: realm,
    metadata: metadataOf(labels, { name, realm }),
    networks,
    ...(userData === "" ? {} : { user_data: Buffer.from(userData).toString("base64") }),
    ...(keyPair === null ? {} : { key_name: keyPair }),
    ...(groups === null ? {} : { security_groups: groups }),
  };
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
      { owned: { owner, name: request.name, realm: request.realm }, known: parts },
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
        `${desk.settings.login.user} may not make servers in this project: ${error.fault.text}`,
      );
    }
    if (error.fault.class === "transient" || error.fault.class === "throttle") throw error;
  }
  desk.mayCreate = true;
}
