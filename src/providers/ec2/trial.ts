// What an account's check tries beside its keys: whether machines could be made here at all. Makes nothing; once a session.

import type { RunInstancesRequest } from "@aws-sdk/client-ec2";
import { machineId } from "../../core/ids.ts";
import { OWNER_LABELS } from "../../core/machine.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Desk } from "./desk.ts";
import { givenTo } from "./create.ts";
import { accountFault, isOfProfile } from "./faults.ts";
import { AVAILABLE } from "./images.ts";
import { is, tagsFor } from "./names.ts";

export async function tryCreate(desk: Desk, signal: AbortSignal): Promise<void> {
  if (desk.mayCreate) return;
  await tryPermission(desk, await typeToTry(desk, signal), signal);
  desk.mayCreate = true;
}

/** Tagged as machines are, for policies that ask for it. */
const TRIED = {
  name: machineId("slipway-check"),
  realm: "",
  labels: { [OWNER_LABELS.installation]: "slipway-check" },
};

interface Type {
  readonly name: NonNullable<RunInstancesRequest["InstanceType"]>;
  readonly architecture: string;
}

const USUAL: Type = { name: "t3.micro", architecture: "x86_64" };

/** The smallest page that EC2 gives, and it may be empty with more behind it. */
const TYPES_PAGE = 5;

/**
 * One of those that the account is limited to: its keys may be allowed no others. A slip in that list would leave it with nothing to sell,
 * and nobody told.
 */
async function typeToTry({ session, settings }: Desk, signal: AbortSignal): Promise<Type> {
  const { types, region } = settings;
  if (types === null) return USUAL;
  const asked = { MaxResults: TYPES_PAGE, Filters: [{ Name: "instance-type", Values: [...types] }] };
  const answer = await session.ask((ec2, options) => ec2.describeInstanceTypes(asked, options), signal);
  const { InstanceTypes: found = [], NextToken: next = "" } = answer;
  const [first] = found.flatMap(({ InstanceType: name, ProcessorInfo }) => {
    const [architecture = USUAL.architecture] = ProcessorInfo?.SupportedArchitectures ?? [];
    return name === undefined ? [] : { name, architecture };
  });
  if (first !== undefined) return first;
  if (next !== "") return USUAL;
  const text = `no instance type of ${region} is like ${types.join(", ")}: correct types`;
  throw accountFault({ class: "config", code: "no_such_types" }, text);
}

/** With an image that is there, since what EC2 looks at first, permissions or the image, its documents do not say. */
async function tryPermission(desk: Desk, { name, architecture }: Type, signal: AbortSignal): Promise<void> {
  const { given } = desk.settings;
  const asked = {
    DryRun: true,
    ImageId: await someImage(desk, architecture, signal),
    InstanceType: name,
    MinCount: 1,
    MaxCount: 1,
    TagSpecifications: tagsFor(TRIED, { kinds: ["instance", "volume"], own: given.tags }),
    ...givenTo(given),
  } as const;
  try {
    await desk.session.ask((ec2, options) => ec2.runInstances(asked, options), signal);
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    const { class: of, code, text } = error.fault;
    if (code === "UnauthorizedOperation") {
      const role = given.instanceProfile === null ? "" : ", and iam:PassRole for the role of the instance profile";
      const told = `these keys may not make instances with their tags (ec2:RunInstances, ec2:CreateTags${role}): ${text}`;
      throw accountFault({ class: "auth", code }, told, error);
    }
    if (given.instanceProfile !== null && isOfProfile(error.fault)) {
      throw accountFault({ class: "config", code }, `${text}: correct instanceProfile`, error);
    }
    if (of === "auth" || of === "account" || of === "throttle" || of === "transient") throw error;
  }
}

/** No page is long, and one may be empty: then it is an image that does not exist. */
async function someImage({ session }: Desk, architecture: string, signal: AbortSignal): Promise<string> {
  const Filters = [is("architecture", [architecture]), AVAILABLE];
  const asked = { Owners: ["self", "amazon"], Filters, MaxResults: 5 };
  const { Images: [first] = [] } = await session.ask((ec2, options) => ec2.describeImages(asked, options), signal);
  return first?.ImageId ?? "ami-00000000";
}
