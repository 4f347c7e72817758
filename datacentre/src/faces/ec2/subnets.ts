// Networks as EC2 has them: one VPC, and subnets, each in one zone. A network that is in several zones is one subnet in each; a
// cloud without networks has a default subnet in each zone.

import type { Asked } from "../../desk/asked.ts";
import { isIn, type Network } from "../../state/things.ts";
import { notFound } from "./refusals.ts";

export interface Subnet {
  readonly id: string;
  readonly zone: string;
  readonly network: Network | null;
  /** Of its zone: what a request without a subnet gets. */
  readonly isDefault: boolean;
  readonly cidrBlock: string;
}

export function subnetsOf({ cloud, tenant }: Asked): readonly Subnet[] {
  const zones = [...cloud.realms.keys()];
  const all = zones.flatMap((zone): Omit<Subnet, "cidrBlock">[] => {
    const there = cloud.things.networks.filter((network) => isIn(network, zone, tenant.name));
    return there.length === 0
      ? [{ id: `subnet-${zone}`, zone, network: null, isDefault: true }]
      : there.map((network, index) => ({ id: idIn(network, zone), zone, network, isDefault: index === 0 }));
  });
  return all.map((subnet, index) => ({
    ...subnet,
    cidrBlock: `172.${31 - Math.floor(index / 16)}.${(index % 16) * 16}.0/20`,
  }));
}

function idIn(network: Network, zone: string): string {
  return network.realms?.length === 1 ? network.id : `${network.id}.${zone}`;
}

export function subnetNamed(asked: Asked, id: string): Subnet {
  const subnet = subnetsOf(asked).find((candidate) => candidate.id === id);
  if (subnet === undefined) throw notFound("subnet", [id]);
  return subnet;
}

export function subnetIdOf(network: Network | null, zone: string): string {
  return network === null ? `subnet-${zone}` : idIn(network, zone);
}
