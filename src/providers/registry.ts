// The clouds that Slipway knows. A new one adds its line here.

import type { Provider } from "../ports/provider.ts";
import { deltacloudProvider } from "./deltacloud/index.ts";
import { dockerProvider } from "./docker/index.ts";
import { ec2Provider } from "./ec2/index.ts";
import { libvirtProvider } from "./libvirt/index.ts";
import { lxdProvider } from "./lxd/index.ts";
import { openstackProvider } from "./openstack/index.ts";
import { ovirtProvider } from "./ovirt/index.ts";
import { simProvider } from "./sim/index.ts";

const ALL: readonly Provider[] = [
  deltacloudProvider,
  dockerProvider,
  ec2Provider,
  libvirtProvider,
  lxdProvider,
  openstackProvider,
  ovirtProvider,
  simProvider(),
];

/** By the name that accounts refer to. */
export const PROVIDERS: ReadonlyMap<string, Provider> = new Map(ALL.map((provider) => [provider.name, provider]));
