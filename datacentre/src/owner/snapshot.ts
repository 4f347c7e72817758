// A look at everything, whatever tenants are shown.

import type { Operation } from "../cloud-api.ts";
import type { FaultRule } from "../fault.ts";
import { type CloudState, downRealms } from "../state/cloud-state.ts";
import type { Host } from "../state/host.ts";
import { machineView } from "../state/machine-record.ts";
import { partView } from "../state/part-record.ts";
import { usedOf } from "../state/quota.ts";
import type { Amounts, Limits, MachineDetail, Part } from "../tenant-api.ts";
import type { HostPlace } from "./named.ts";

export interface CloudSnapshot {
  readonly cloud: string;
  readonly isOut: boolean;
  /** Realms that do not answer. */
  readonly downRealms: readonly string[];
  readonly tenants: readonly {
    readonly name: string;
    readonly isSuspended: boolean;
    readonly limit: Limits;
    readonly realmLimits: Readonly<Record<string, Limits>>;
    readonly used: Amounts;
    readonly logins: number;
    /** Open ones. */
    readonly sessions: number;
    /** How often each operation was asked for, refused or not; those of which the cloud knew whose they were. */
    readonly calls: Readonly<Partial<Record<Operation, number>>>;
  }[];
  readonly hosts: readonly (HostPlace & Pick<Host, "capacity" | "used" | "isDown">)[];
  /** All that exist, seen by lists or not. */
  readonly machines: readonly (MachineDetail & { readonly tenant: string; readonly host: string | null })[];
  readonly parts: readonly (Part & { readonly tenant: string })[];
  readonly faults: readonly { readonly rule: FaultRule; readonly applied: number }[];
}

export function snapshotOf(cloud: CloudState): CloudSnapshot {
  return {
    cloud: cloud.settings.name,
    isOut: cloud.isOut,
    downRealms: downRealms(cloud),
    tenants: [...cloud.tenants.values()].map(({ name, isSuspended, quota, logins, calls }) => ({
      name,
      isSuspended,
      limit: quota.limits,
      realmLimits: Object.fromEntries(quota.realmLimits),
      used: usedOf(quota, null),
      logins,
      sessions: cloud.sessions.countOf(name, cloud.agenda.now()),
      calls: Object.fromEntries(calls),
    })),
    hosts: [...cloud.realms.values()].flatMap((realm) =>
      realm.hosts.map(({ name, capacity, used, isDown }) => {
        return { realm: realm.name, host: name, capacity, used: { ...used }, isDown };
      }),
    ),
    machines: [...cloud.machines.values()]
      .filter((machine) => machine.goneAt === null)
      .map((machine) => ({ ...machineView(machine), tenant: machine.tenant, host: machine.host?.name ?? null })),
    parts: [...cloud.parts.values()].map((part) => ({ ...partView(part), tenant: part.tenant })),
    faults: cloud.rules.state(),
  };
}
