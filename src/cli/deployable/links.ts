// What assemblies refer to of each other, and in which order they are launched for it. Aeolus lets two assemblies wait for each other's
// values, which its configuration server hands out as they come; Slipway starts one after the other, so that of a circle something is left out.

import type { Assembly, Deployable, Parameter, Service } from "./deployable.ts";

/** By what of a machine's a return is taken over: what Audrey's agent learned of the guest. */
const RETURNS: ReadonlyMap<string, string> = new Map([
  ["ipaddress", "privateAddress"],
  ["ipaddress_eth0", "privateAddress"],
  ["ip", "privateAddress"],
  ["hostname", "privateAddress"],
  ["fqdn", "privateAddress"],
  ["public_ipaddress", "publicAddress"],
  ["ec2_public_ipv4", "publicAddress"],
  ["ec2_public_hostname", "publicAddress"],
  ["ec2_instance_id", "id"],
]);

export interface Links {
  /** What becomes of a reference: the field of the other instance, or null where it is left out. */
  readonly fieldOf: (parameter: Parameter) => string | null;
  /** Assemblies that have to be done with their services before this one. */
  readonly after: (assembly: Assembly) => readonly string[];
  /** Somebody waits until its services are done. */
  readonly isAwaited: (assembly: Assembly) => boolean;
  readonly notes: readonly string[];
}

interface Link {
  readonly from: Assembly;
  readonly service: Service;
  readonly parameter: Parameter;
  readonly to: string;
  /** Null: what it stands for is known only when the other one's services are done, or by the guest alone. */
  readonly field: string | null;
}

export function linksOf({ assemblies }: Deployable): Links {
  const notes: string[] = [];
  const all = assemblies.flatMap((from) =>
    from.services.flatMap((service) => service.parameters.flatMap((parameter) => linkOf({ from, service, parameter }))),
  );
  const known = all.filter(({ to, ...link }) => {
    if (assemblies.some(({ name }) => name === to)) return true;
    notes.push(`${placeOf(link)} refers to the assembly ${to}, which is not there; it is left out`);
    return false;
  });
  const others = known.filter(({ from, to }) => from.name !== to);
  for (const link of known.filter(({ from, to, parameter }) => from.name === to && isValue(parameter))) {
    notes.push(
      `${placeOf(link)} refers to its own assembly; it is left out, for a machine knows its own values itself`,
    );
  }
  const kept: Link[] = [];
  // Who waits for work comes before who only wants an address: without the latter, it may still do its own.
  for (const link of others.toSorted((a, b) => Number(a.field !== null) - Number(b.field !== null))) {
    if (!leads(kept, link.to, link.from.name)) kept.push(link);
    else notes.push(circleText(link));
  }
  for (const link of kept) noteKept(link, notes);
  const fields = new Map(kept.map(({ parameter, field }) => [parameter, field]));
  const awaited = new Set(kept.filter(({ field }) => field === null).map(({ to }) => to));
  return {
    fieldOf: (parameter) => fields.get(parameter) ?? null,
    after: ({ name }) => [
      ...new Set(kept.filter(({ from, field }) => from.name === name && field === null).map(({ to }) => to)),
    ],
    isAwaited: ({ name }) => awaited.has(name),
    notes,
  };
}

/** A value, and not only another service that must be done before. */
const isValue = ({ reference }: Parameter): boolean => reference !== null && reference.parameter !== null;

function linkOf(of: Pick<Link, "from" | "service" | "parameter">): readonly Link[] {
  const { reference } = of.parameter;
  if (reference === null) return [];
  const field = reference.parameter === null ? null : (RETURNS.get(reference.parameter) ?? null);
  return [{ ...of, to: reference.assembly, field }];
}

/** Whether one has to wait for the other already. */
function leads(links: readonly Link[], from: string, to: string): boolean {
  const reached = new Set([from]);
  for (const name of reached) {
    for (const link of links) if (link.from.name === name) reached.add(link.to);
  }
  return reached.has(to);
}

const placeOf = ({ from, service, parameter }: Pick<Link, "from" | "service" | "parameter">): string =>
  `the parameter ${parameter.name} of the service ${service.name} of ${from.name}`;

const circleText = (link: Link): string =>
  `${placeOf(link)} refers to ${link.to}, which waits for ${link.from.name} itself: one has to be launched first, so it is left out`;

function noteKept(link: Link, notes: string[]): void {
  const { parameter, field, to } = link;
  const { reference } = parameter;
  const what = reference?.parameter ?? "";
  if (field === null && isValue(parameter)) {
    notes.push(
      `${placeOf(link)} is ${what}, which the guest of ${to} would return: Slipway takes no values from guests, so it is left out; ${to} reports when its services are done, and is waited for`,
    );
  } else if (field === null) {
    notes.push(`${placeOf(link)} waits for a service of ${to}: ${to} reports when its services are done`);
  } else if (!["ipaddress", "public_ipaddress", "ec2_public_ipv4", "ec2_instance_id"].includes(what)) {
    notes.push(`${placeOf(link)} is ${what} of ${to}: its ${field} is given instead`);
  }
}

/** A service after those of the same assembly that it refers to; as they stand where they wait for each other. */
export function inOrder(assembly: Assembly, notes: string[]): readonly Service[] {
  const left = [...assembly.services];
  const done: Service[] = [];
  while (left.length > 0) {
    const free = left.findIndex((service) =>
      service.parameters.every(({ reference }) => {
        const isOwn = reference !== null && reference.assembly === assembly.name && reference.service !== null;
        return !isOwn || reference.service === service.name || !left.some(({ name }) => name === reference.service);
      }),
    );
    if (free < 0)
      notes.push(`services of ${assembly.name} wait for each other; they run in the order in which they stand`);
    done.push(...left.splice(Math.max(0, free), free < 0 ? left.length : 1));
  }
  return done;
}
