// Images: by id, by name among those of trusted owners, the newest of a pattern or of tags, or by a parameter of Systems Manager; and the
// disks that an image brings along.

import type { BlockDeviceMapping, Filter, Image } from "@aws-sdk/client-ec2";
import type { ImageChoice } from "../../ports/provider.ts";
import type { Desk } from "./desk.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { refusalFault } from "./faults.ts";
import { is } from "./names.ts";

/** `newest:OWNER/PATTERN`. */
const NEWEST = /^newest:(?<owner>self|amazon|aws-marketplace|\d{12})\/(?<pattern>.+)$/;
const TAGGED = "tag:";
const ID = /^ami-[0-9a-f]+$/;

export async function imageOf(desk: Desk, choice: string, signal: AbortSignal): Promise<ImageChoice> {
  const { owner, pattern } = NEWEST.exec(choice)?.groups ?? {};
  if (owner !== undefined && pattern !== undefined) {
    const found = await imagesOf(desk, { owners: [owner], filters: [{ Name: "name", Values: [pattern] }] }, signal);
    return newestOf(found, `no image of ${owner} has a name like ${pattern}`);
  }
  if (choice.startsWith("newest:")) {
    return { image: null, text: `${choice} must look like newest:136693071363/debian-12-amd64-*` };
  }
  if (choice.startsWith(TAGGED)) return newestTagged(desk, choice.slice(TAGGED.length), signal);
  if (ID.test(choice)) return imageWithId(desk, choice, signal);
  const parameter = parameterIn(choice);
  if (parameter !== null) return imageInParameter(desk, parameter, signal);
  const { imageOwners: owners } = desk.settings;
  const found = await imagesOf(desk, { owners, filters: [is("name", [choice])] }, signal);
  const [first, ...others] = found;
  if (first?.ImageId === undefined)
    return { image: null, text: `none of ${owners.join(", ")} has an image of this name` };
  if (others.length === 0) return { image: first.ImageId };
  return { image: null, text: `several images are called ${choice} there; use an id, or newest:OWNER/${choice}` };
}

async function imageWithId(desk: Desk, id: string, signal: AbortSignal): Promise<ImageChoice> {
  const found = await imagesOf(desk, { filters: [is("image-id", [id])] }, signal);
  return found.length === 0 ? { image: null, text: null } : { image: id };
}

const RESOLVED = "resolve:ssm:";

/** `resolve:ssm:NAME`, as EC2 itself has it, with a version or label behind it; and the public ones, `/aws/service/...`, as they are. */
function parameterIn(choice: string): string | null {
  if (choice.startsWith(RESOLVED)) return choice.slice(RESOLVED.length);
  return choice.startsWith("/aws/service/") ? choice : null;
}

async function imageInParameter(desk: Desk, name: string, signal: AbortSignal): Promise<ImageChoice> {
  const { askParameters } = desk.session;
  if (askParameters === null) {
    const text =
      "EC2 is asked at an endpoint of its own: give the account parametersEndpoint as well to choose images so";
    return { image: null, text };
  }
  try {
    const { Parameter } = await askParameters((ssm, options) => ssm.getParameter({ Name: name }, options), signal);
    const id = Parameter?.Value ?? "";
    if (ID.test(id)) return await imageWithId(desk, id, signal);
    return { image: null, text: `the parameter ${name} holds no id of an image` };
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    const text = NO_PARAMETER.get(error.fault.code);
    if (text === undefined) throw error;
    return { image: null, text: `${text} ${name}` };
  }
}

/** An account that may not ask for parameters can do all else. */
const NO_PARAMETER: ReadonlyMap<string, string> = new Map([
  ["ParameterNotFound", "Systems Manager has no parameter"],
  ["ParameterVersionNotFound", "Systems Manager has no such version of the parameter"],
  ["ValidationException", "this is no name of a parameter:"],
  ["AccessDeniedException", "these keys may not ask Systems Manager (ssm:GetParameter) for"],
]);

async function newestTagged(desk: Desk, text: string, signal: AbortSignal): Promise<ImageChoice> {
  const pairs = text.split(",").map((pair) => pair.trim().split("="));
  const filters = pairs.map(([key = "", ...value]) => ({ key: key.trim(), value: value.join("=").trim() }));
  if (filters.some(({ key, value }) => key === "" || value === "")) {
    return { image: null, text: `${TAGGED}${text} must look like ${TAGGED}app=shop,stage=live` };
  }
  const asked = filters.map(({ key, value }) => is(`tag:${key}`, [value]));
  // Of one's own only: what others have tagged is not told.
  const found = await imagesOf(desk, { owners: ["self"], filters: asked }, signal);
  return newestOf(found, `no image of this account has the tags ${text}`);
}

function newestOf(found: readonly Image[], text: string): ImageChoice {
  const [newest] = found.toSorted((a, b) => Number((a.CreationDate ?? "") < (b.CreationDate ?? "")) * 2 - 1);
  return newest?.ImageId === undefined ? { image: null, text } : { image: newest.ImageId };
}

export const AVAILABLE: Filter = { Name: "state", Values: ["available"] };

async function imagesOf(
  { session }: Pick<Desk, "session">,
  { owners, filters }: { readonly owners?: readonly string[]; readonly filters: readonly Filter[] },
  signal: AbortSignal,
): Promise<readonly Image[]> {
  const asked = {
    Filters: [...filters, AVAILABLE],
    ...(owners === undefined ? {} : { Owners: [...owners] }),
  };
  const { Images = [] } = await session.ask((ec2, options) => ec2.describeImages(asked, options), signal);
  return Images;
}

/** The disks that a machine of an image gets. */
export interface Disks {
  readonly root: string | null;
  readonly rootGib: number;
  /** All that have a snapshot behind them. */
  readonly devices: readonly string[];
}

/** Throws a fault of the deployment when the image is not there. */
export async function disksOf(desk: Desk, image: string, signal: AbortSignal): Promise<Disks> {
  const known = desk.disks.get(image);
  if (known !== undefined) return known;
  const found = ID.test(image) ? await imagesOf(desk, { filters: [is("image-id", [image])] }, signal) : [];
  const [first] = found;
  if (first === undefined) throw missingImage(image);
  const { RootDeviceName: root = null, BlockDeviceMappings: mappings = [] } = first;
  const disks = mappings.filter(({ Ebs, DeviceName }) => Ebs !== undefined && DeviceName !== undefined);
  const rootGib = disks.find(({ DeviceName }) => DeviceName === root)?.Ebs?.VolumeSize ?? 0;
  const read = { root, rootGib, devices: disks.flatMap(({ DeviceName = [] }) => DeviceName) };
  desk.disks.set(image, read);
  return read;
}

function missingImage(image: string): ProviderFault {
  const told = { status: 400, requestId: null, retryAfter: undefined };
  const message = `The image id '[${image}]' does not exist`;
  return new ProviderFault(refusalFault({ ...told, code: "InvalidAMIID.NotFound", message }));
}

/** Every disk goes with its machine, whatever its image says; the first one is as large as was asked for. */
export function mappingsFor({ root, rootGib, devices }: Disks, storageGib: number): BlockDeviceMapping[] {
  return devices.map((DeviceName) => {
    const isLarger = DeviceName === root && storageGib > rootGib;
    return {
      DeviceName,
      Ebs: { DeleteOnTermination: true, ...(isLarger ? { VolumeSize: Math.ceil(storageGib) } : {}) },
    };
  });
}
