// Where machines are put: subnets and security groups by id or name, keys by name, looked for in one zone. Asked by filters, which answer what is
// there, where a question by ids is refused as a whole for one that is not.

import type { Filter } from "@aws-sdk/client-ec2";
import type { Where } from "../../core/blueprint/model.ts";
import type { Desk } from "./desk.ts";
import { is } from "./names.ts";

export interface Places {
  /** Ids; the first one is the machine's own. Without any asked for, the default one of the zone. */
  readonly subnets: readonly string[];
  readonly groups: readonly string[];
  /** In words; empty when all is there. */
  readonly missing: readonly string[];
}

interface Found {
  readonly id: string;
  readonly name: string;
}

export async function placesFor(
  { session }: Pick<Desk, "session">,
  { where, realm }: { readonly where: Where; readonly realm: string },
  signal: AbortSignal,
): Promise<Places> {
  const inZone = is("availability-zone", [realm]);
  const { networks = [], securityGroups = [], key, publicAddress } = where;
  const wanted = networks.length === 0 ? [[DEFAULT_SUBNETS]] : byIdOrName(networks, SUBNETS);
  const answers = await Promise.all(
    wanted.map((filters) =>
      session.ask((ec2, options) => ec2.describeSubnets({ Filters: [...filters, inZone] }, options), signal),
    ),
  );
  const subnets = answers.flatMap(({ Subnets = [] }) => Subnets);
  const found = subnets.map(({ SubnetId = "", Tags = [] }) => ({
    id: SubnetId,
    name: Tags.find(({ Key }) => Key === "Name")?.Value ?? "",
  }));
  const chosen = networks.length === 0 ? noneAsked(found, realm) : chosenOf(networks, found, `subnet in ${realm}`);
  const [vpc] = subnets.flatMap(({ SubnetId = "", VpcId = [] }) => (chosen.ids[0] === SubnetId ? VpcId : []));
  const groups =
    vpc === undefined || securityGroups.length === 0
      ? { ids: [], missing: [] }
      : await groupsIn(session, { wanted: securityGroups, vpc }, signal);
  const isTooMuch = publicAddress === true && networks.length > 1;
  const noKey = key === undefined ? [] : await missingKey(session, key, signal);
  return {
    subnets: chosen.ids,
    groups: groups.ids,
    missing: [...chosen.missing, ...groups.missing, ...noKey, ...(isTooMuch ? [NO_ADDRESS] : [])],
  };
}

const NO_ADDRESS = "EC2 gives no public address to a machine of several networks";

const DEFAULT_SUBNETS: Filter = { Name: "default-for-az", Values: ["true"] };

const SUBNETS = { form: /^subnet-[0-9a-f]+$/, id: "subnet-id", name: "tag:Name" };
const GROUPS = { form: /^sg-[0-9a-f]+$/, id: "group-id", name: "group-name" };

/** One question for what has the form of an id, another one for names. */
function byIdOrName(wanted: readonly string[], { form, id, name }: typeof SUBNETS) {
  const ids = wanted.filter((one) => form.test(one));
  const names = wanted.filter((one) => !form.test(one));
  return [...(ids.length === 0 ? [] : [[is(id, ids)]]), ...(names.length === 0 ? [] : [[is(name, names)]])];
}

interface Chosen {
  readonly ids: readonly string[];
  readonly missing: readonly string[];
}

function noneAsked([found]: readonly Found[], realm: string): Chosen {
  if (found !== undefined) return { ids: [found.id], missing: [] };
  return { ids: [], missing: [`${realm} has no default subnet: name one as networks`] };
}

function chosenOf(wanted: readonly string[], found: readonly Found[], kind: string): Chosen {
  const each = wanted.map((one) => {
    const fitting = found.filter(({ id, name }) => id === one || name === one);
    const [first, second] = fitting;
    if (first === undefined) return { missing: `no ${kind} is called ${one}` };
    return second === undefined ? { id: first.id } : { missing: `more than one ${kind} is called ${one}: use an id` };
  });
  return { ids: each.flatMap(({ id }) => id ?? []), missing: each.flatMap(({ missing }) => missing ?? []) };
}

async function groupsIn(
  session: Desk["session"],
  { wanted, vpc }: { readonly wanted: readonly string[]; readonly vpc: string },
  signal: AbortSignal,
): Promise<Chosen> {
  const answers = await Promise.all(
    byIdOrName(wanted, GROUPS).map((filters) =>
      session.ask(
        (ec2, options) => ec2.describeSecurityGroups({ Filters: [...filters, is("vpc-id", [vpc])] }, options),
        signal,
      ),
    ),
  );
  const found = answers
    .flatMap(({ SecurityGroups = [] }) => SecurityGroups)
    .map(({ GroupId = "", GroupName = "" }) => ({ id: GroupId, name: GroupName }));
  return chosenOf(wanted, found, `security group of ${vpc}`);
}

async function missingKey(session: Desk["session"], key: string, signal: AbortSignal): Promise<readonly string[]> {
  const Filters = [is("key-name", [key])];
  const { KeyPairs = [] } = await session.ask((ec2, options) => ec2.describeKeyPairs({ Filters }, options), signal);
  return KeyPairs.some(({ KeyName }) => KeyName === key) ? [] : [`no key pair is called ${key}`];
}
