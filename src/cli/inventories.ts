// A deployment's machines in the words of other programs.

import { stringify } from "yaml";
import type { Reachable, ReachOptions } from "./reach.ts";

type Login = Pick<ReachOptions, "user" | "identity">;

/** For ssh_config(5). */
export function sshConfig(machines: readonly Reachable[], { user, identity }: Login): string[] {
  return machines.flatMap(({ host, address, hostKey }) => [
    `Host ${host}`,
    `  HostName ${address}`,
    `  HostKeyAlias ${hostKey}`,
    ...(user === undefined ? [] : [`  User ${user}`]),
    ...(identity === undefined ? [] : [`  IdentityFile "${identity}"`]),
  ]);
}

/** For /etc/hosts. */
export function hostsFile(machines: readonly Reachable[]): string[] {
  return machines.map(({ host, address }) => `${address}\t${host}`);
}

/** For `ansible -i FILE`: a group for each group of the blueprint, and one for the deployment. */
export function ansibleInventory(
  deployment: string,
  machines: readonly Reachable[],
  { user, identity }: Login,
): string[] {
  const entries = machines.map(({ instance, host, address, hostKey }) => {
    const variables = {
      ansible_host: address,
      ansible_ssh_common_args: `-o HostKeyAlias=${hostKey}`,
      ...(user === undefined ? {} : { ansible_user: user }),
      ...(identity === undefined ? {} : { ansible_ssh_private_key_file: identity }),
      slipway_deployment: deployment,
      slipway_instance: instance.name,
      slipway_index: instance.index,
      private_address: instance.privateAddress,
      public_address: instance.publicAddress,
    };
    return { group: groupName(instance.group), host, variables };
  });
  const groups = [...Map.groupBy(entries, ({ group }) => group)].map(([group, members]) => {
    return [group, { hosts: Object.fromEntries(members.map(({ host, variables }) => [host, variables])) }] as const;
  });
  const all = { hosts: Object.fromEntries(entries.map(({ host }) => [host, {}])) };
  const own = groupName(`slipway-${deployment}`);
  const children = { ...Object.fromEntries(groups), [own]: all };
  return stringify({ all: { children } }, { lineWidth: 0 }).trimEnd().split("\n");
}

/** Ansible's groups have names of variables. */
const groupName = (name: string): string => name.replaceAll("-", "_");
