// How a machine is made: by one request, with its tags in it, under a token that follows from machine and offer, so that the same request
// sent again, by whomever, makes no second one. What has to be found out for it is asked first, and made nothing. Only a key that it
// brings along is made before it.

import type {
  Instance,
  InstanceNetworkInterfaceSpecification,
  RunInstancesCommandInput,
  RunInstancesRequest,
} from "@aws-sdk/client-ec2";
import type { Where } from "../../core/blueprint/model.ts";
import { type CreateRequest, type Observed } from "../../core/machine.ts";
import { whereChoice, whereIn } from "../../core/market/where.ts";
import { beforehand, retold } from "../../cloud-http/faults.ts";
import { type Keep, ProviderFault } from "../../ports/provider.ts";
import type { Given } from "./account.ts";
import { type Desk, rememberFresh } from "./desk.ts";
import { typeIn } from "./families.ts";
import { accountFault, unreadableFault } from "./faults.ts";
import { type Disks, disksOf, mappingsFor } from "./images.ts";
import { bringKey, isTakenBack, lackedKind, loneId, ownerOf } from "./keys.ts";
import { tagsFor, tokenFor } from "./names.ts";
import { observe } from "./observe.ts";
import { type Places, placesFor } from "./places.ts";

export async function create(
  desk: Desk,
  { request, keep }: { readonly request: CreateRequest; readonly keep: Keep },
  signal: AbortSignal,
): Promise<Observed> {
  signal.throwIfAborted();
  const where = whereIn(desk.settings.where, request.realm, request.where);
  const disks = await beforehand(disksOf(desk, request.image, signal));
  const places = await beforehand(knownPlaces(desk, { where, realm: request.realm }, signal));
  const { publicKey } = where;
  const brought = publicKey === undefined ? null : await bringKey(desk, { request, publicKey, keep }, signal);
  const key = brought ?? where.key;
  const { given } = desk.settings;
  const asked = requestFor(request, { where, disks, places, given, ...(key === undefined ? {} : { key }) });
  const made = await run(desk, { request, asked, isKeyBrought: brought !== null }, signal);
  const observed = { ...observe(made), name: request.name, realm: request.realm };
  rememberFresh(desk, observed.externalId);
  if (brought === null) return observed;
  await keep({ key: brought });
  return { ...observed, handle: { key: brought } };
}

interface Running {
  readonly request: CreateRequest;
  readonly asked: RunInstancesCommandInput;
  readonly isKeyBrought: boolean;
}

/** After a refusal the key goes again: its effect is `none` when the key provably has, and `made` when not. */
async function run(desk: Desk, { request, asked, isKeyBrought }: Running, signal: AbortSignal): Promise<Instance> {
  try {
    const answer = await desk.session.ask((ec2, options) => ec2.runInstances(asked, options), signal);
    const [made] = answer.Instances ?? [];
    if (made === undefined) throw unreadableFault("a create is answered without an instance");
    return made;
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    if (error.fault.class === "config") forgetPlaces(desk);
    if (error.fault.effect !== "none" || !isKeyBrought || (await isTakenBack(desk, request, signal))) throw error;
    throw retold(error, { effect: "made", externalId: loneId({ owner: ownerOf(request), name: request.name }) });
  }
}

/** What was relied on is looked for anew after a refusal. */
function forgetPlaces({ places, disks }: Desk): void {
  places.clear();
  disks.clear();
}

interface Known {
  readonly where: Where;
  readonly disks: Disks;
  readonly places: Places;
  readonly given: Given;
  /** Name of its key pair. */
  readonly key?: string;
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html */
function requestFor(request: CreateRequest, { where, disks, places, given, key }: Known): RunInstancesCommandInput {
  const { realm, size, image, userData, spot, storageGib } = request;
  // EC2 refuses tags for what a request does not make.
  const kinds = [
    "instance",
    "network-interface",
    ...(disks.devices.length === 0 ? [] : (["volume"] as const)),
    ...(spot === null ? [] : (["spot-instances-request"] as const)),
  ] as const;
  return {
    ImageId: image,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the SDK's list of types is older than EC2's, whose own answer this is
    InstanceType: typeIn(size) as RunInstancesRequest["InstanceType"],
    MinCount: 1,
    MaxCount: 1,
    ClientToken: tokenFor(request),
    Placement: { AvailabilityZone: realm },
    NetworkInterfaces: interfacesFor(where, places),
    BlockDeviceMappings: mappingsFor(disks, storageGib),
    TagSpecifications: tagsFor(request, { kinds, own: given.tags }),
    ...givenTo(given),
    ...(userData === "" ? {} : { UserData: Buffer.from(userData).toString("base64") }),
    ...(key === undefined ? {} : { KeyName: key }),
    ...(spot === null ? {} : { InstanceMarketOptions: marketFor(spot) }),
  };
}

/** What all machines of an account get, as a request has it. */
export function givenTo({ instanceProfile, metadataTokens }: Given): Partial<RunInstancesCommandInput> {
  return {
    ...(instanceProfile === null ? {} : { IamInstanceProfile: instanceProfile }),
    ...(metadataTokens === null ? {} : { MetadataOptions: { HttpTokens: metadataTokens } }),
  };
}

/** Of several interfaces EC2 lets nothing be said of a public address, and gives none. */
function interfacesFor(where: Where, { subnets, groups }: Places): InstanceNetworkInterfaceSpecification[] {
  const isSaid = where.publicAddress !== undefined && subnets.length === 1;
  return subnets.map((SubnetId, DeviceIndex) => ({
    DeviceIndex,
    SubnetId,
    DeleteOnTermination: true,
    ...(groups.length === 0 ? {} : { Groups: [...groups] }),
    ...(isSaid ? { AssociatePublicIpAddress: where.publicAddress } : {}),
  }));
}

function marketFor({ maxHourlyMicros }: NonNullable<CreateRequest["spot"]>) {
  const price = maxHourlyMicros === null ? {} : { MaxPrice: (maxHourlyMicros / 1_000_000).toFixed(6) };
  const SpotOptions = { SpotInstanceType: "one-time", InstanceInterruptionBehavior: "terminate", ...price } as const;
  return { MarketType: "spot", SpotOptions } as const;
}

interface Asked {
  readonly where: Where;
  readonly realm: string;
}

async function knownPlaces(desk: Desk, { where, realm }: Asked, signal: AbortSignal): Promise<Places> {
  const key = `${realm} ${whereChoice(where) ?? ""}`;
  const places = desk.places.get(key) ?? (await placesFor(desk, { where, realm }, signal));
  if (places.missing.length > 0) {
    throw accountFault({ class: "config", code: "place_missing" }, places.missing.join("; "));
  }
  desk.places.set(key, places);
  return places;
}

/** In words what of this is not there; null: all of it is. */
export async function lacks(desk: Desk, asked: Asked, signal: AbortSignal): Promise<string | null> {
  const { realm } = asked;
  const where = whereIn(desk.settings.where, realm, asked.where);
  const { missing } = await placesFor(desk, { where, realm }, signal);
  const all = [...missing, ...lackedKind(where.publicKey)];
  return all.length === 0 ? null : all.join("; ");
}
