// How a machine is made: by one request, with its tags in it, under a token that follows from machine and offer, so that the same request
// sent again, by whomever, makes no second one. What has to be found out for it is asked first, and made nothing. Only a placement group and
// a key that it brings along are made before it.

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
import { bringGroup, leaveGroup } from "./groups.ts";
import { type Disks, disksOf, mappingsFor } from "./images.ts";
import { bringKey, isTakenBack, lackedKind, loneId, ownerOf } from "./keys.ts";
import { GROUP_KEY, tagsFor, tokenFor } from "./names.ts";
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
  const parts = await bringParts(desk, { request, where, keep }, signal);
  const { given } = desk.settings;
  const asked = requestFor(request, { where, disks, places, given, parts });
  const made = await run(desk, { request, asked, parts }, signal);
  const observed = { ...observe(made), name: request.name, realm: request.realm };
  rememberFresh(desk, observed.externalId);
  if (Object.keys(parts).length === 0) return observed;
  await keep(parts);
  return { ...observed, handle: parts };
}

/** What is made before the instance, by what it is. */
type Parts = Readonly<Partial<Record<"group" | "key", string>>>;

interface Bringing {
  readonly request: CreateRequest;
  readonly where: Where;
  readonly keep: Keep;
}

async function bringParts(desk: Desk, { request, where, keep }: Bringing, signal: AbortSignal): Promise<Parts> {
  const { hosts, publicKey } = where;
  const kept = hosts === undefined ? {} : { group: await bringGroup(desk, { request, hosts, keep }, signal) };
  if (publicKey === undefined) return kept;
  return { ...kept, key: await bringKey(desk, { request, publicKey, kept, keep }, signal) };
}

interface Running {
  readonly request: CreateRequest;
  readonly asked: RunInstancesCommandInput;
  readonly parts: Parts;
}

/** After a refusal its parts go again: its effect is `none` when they provably have, and `made` when not. */
async function run(desk: Desk, { request, asked, parts }: Running, signal: AbortSignal): Promise<Instance> {
  try {
    const answer = await desk.session.ask((ec2, options) => ec2.runInstances(asked, options), signal);
    const [made] = answer.Instances ?? [];
    if (made === undefined) throw unreadableFault("a create is answered without an instance");
    return made;
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    if (error.fault.class === "config") forgetPlaces(desk);
    if (error.fault.effect !== "none" || (await areTakenBack(desk, { request, parts }, signal))) throw error;
    throw retold(error, { effect: "made", externalId: loneId({ owner: ownerOf(request), name: request.name }) });
  }
}

async function areTakenBack(
  desk: Desk,
  { request, parts: { group, key } }: Pick<Running, "request" | "parts">,
  signal: AbortSignal,
): Promise<boolean> {
  const isLeft = group === undefined || (await leaveGroup(desk, group, signal).catch(notProven));
  return isLeft && (key === undefined || (await isTakenBack(desk, request, signal)));
}

function notProven(error: unknown): false {
  if (error instanceof ProviderFault) return false;
  throw error;
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
  readonly parts: Parts;
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html */
function requestFor(request: CreateRequest, { where, disks, places, given, parts }: Known): RunInstancesCommandInput {
  const { realm, size, image, userData, spot, storageGib } = request;
  const { group, key = where.key } = parts;
  const own = group === undefined ? given.tags : { ...given.tags, [GROUP_KEY]: group };
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
    Placement: { AvailabilityZone: realm, ...(group === undefined ? {} : { GroupName: group }) },
    NetworkInterfaces: interfacesFor(where, places),
    BlockDeviceMappings: mappingsFor(disks, storageGib),
    TagSpecifications: tagsFor(request, { kinds, own }),
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
