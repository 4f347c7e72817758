// The hands of the cloud's owner: faults, accidents, limits, and a look at everything.

import { CloudError, type CreateRequest, type Machine } from "./cloud-api.ts";
import { imageOf } from "./state/images.ts";
import { readAmounts, readLimits } from "./quota-settings.ts";
import type { ImageSettings } from "./offer-settings.ts";
import type { CloudState, Realm } from "./state/cloud-state.ts";
import type { FaultRule } from "./fault.ts";
import type { Host } from "./state/host.ts";
import { type Downfall, goDown, vanish } from "./life/downfall.ts";
import { type MachineRecord, machineView } from "./state/machine-record.ts";
import { create } from "./desk/create.ts";
import type { Capacity } from "./settings.ts";
import { usedOf } from "./state/quota.ts";
import type { Tenant } from "./state/tenant.ts";
import { createPart } from "./desk/parts.ts";
import { losePart } from "./life/part-life.ts";
import { partView } from "./state/part-record.ts";
import type { Amounts, Limits, Part, PartRequest } from "./tenant-api.ts";

interface HostPlace {
  readonly realm: string;
  /** `REALM-host-1`, `REALM-host-2` … in the order of the settings. */
  readonly host: string;
}

interface OfferPlace {
  readonly size: string;
  /** All unless told. */
  readonly realm?: string;
}

interface OfferChange {
  readonly isOffered?: boolean;
  readonly hourlyPrice?: number;
  /** Null: not to be had as spot. */
  readonly spotPrice?: number | null;
}

interface Killing {
  readonly to?: Downfall["to"];
  readonly text?: string;
}

interface CloudSnapshot {
  readonly cloud: string;
  readonly isOut: boolean;
  readonly tenants: readonly {
    readonly name: string;
    readonly isSuspended: boolean;
    readonly limit: Limits;
    readonly realmLimits: Readonly<Record<string, Limits>>;
    readonly used: Amounts;
  }[];
  readonly hosts: readonly (HostPlace & Pick<Host, "capacity" | "used" | "isDown">)[];
  /** All that exist, seen by lists or not. */
  readonly machines: readonly (Machine & { readonly tenant: string; readonly host: string | null })[];
  readonly parts: readonly (Part & { readonly tenant: string })[];
  readonly faults: readonly { readonly rule: FaultRule; readonly applied: number }[];
}

/** What is named and not there is a CloudError `not_found`. */
export interface CloudOperator {
  /** Rules apply in the order in which they were added. Throws a ShapeError when one makes no sense. */
  addFaults(rules: readonly FaultRule[]): void;
  clearFaults(): void;
  /** Goes down by itself, now: `stopped` unless told. */
  kill(id: string, how?: Killing): void;
  /** Removed by hand, without a trace. */
  vanish(id: string): void;
  /** All limits of the account, or of it in one realm: what is not named is not limited. */
  setQuota(tenant: string, limit: Limits, realm?: string): void;
  /** Uses this much besides, of the whole or of one realm, until told otherwise. */
  setUsedByOthers(tenant: string, amounts: Amounts, realm?: string): void;
  /** Machines that are there stay, even where they do not fit any more. */
  setCapacity(place: HostPlace, capacity: Capacity): void;
  /** Down: its machines end in `error`, and nothing is placed on it. */
  setHostDown(place: HostPlace, isDown: boolean): void;
  setSuspended(tenant: string, isSuspended: boolean): void;
  /** What is offered from now on; machines that are there stay as they are. */
  setOffer(place: OfferPlace, change: OfferChange): void;
  addImage(realm: string, image: ImageSettings): void;
  removeImage(realm: string, id: string): void;
  /** Every call is answered `unavailable`; machines run on. */
  setOutage(isOut: boolean): void;
  /** A machine that somebody else made in this account: no delay, no fault, no throttle. */
  plant(tenant: string, request: CreateRequest): Machine;
  plantPart(tenant: string, request: PartRequest): Part;
  /** A part that is gone at once, whatever it is part of. */
  vanishPart(id: string): void;
  snapshot(): CloudSnapshot;
}

export function operate(cloud: CloudState): CloudOperator {
  const settled = (): CloudState => {
    cloud.agenda.settle();
    return cloud;
  };
  const somebody = (tenant: string) => {
    return { cloud: settled(), tenant: tenantOf(cloud, tenant), turn: null, correlation: null };
  };
  return {
    addFaults(rules) {
      const now = settled().agenda.now();
      for (const rule of rules) cloud.rules.add(rule, now);
    },
    clearFaults: () => settled().rules.clear(),
    kill(id, { to = "stopped", text = "Killed by hand" } = {}) {
      const machine = machineOf(settled(), id);
      if (machine.goneAt === null) goDown(cloud, machine, { to, fault: { code: "internal_error", text } });
    },
    vanish: (id) => vanish(cloud, machineOf(settled(), id)),
    setQuota(tenant, limit, realm) {
      const { quota } = tenantOf(settled(), tenant);
      const limits = readLimits(limit, "limit");
      if (realm === undefined) quota.limits = limits;
      else quota.realmLimits.set(realmOf(cloud, realm).name, limits);
    },
    setUsedByOthers(tenant, amounts, realm) {
      const { others } = tenantOf(settled(), tenant).quota;
      const place = realm === undefined ? null : realmOf(cloud, realm).name;
      others.subtract(place, others.of(place));
      others.add(place, readAmounts(amounts, "amounts"));
    },
    setCapacity(place, capacity) {
      hostOf(settled(), place).capacity = { accelerators: 0, ...capacity };
    },
    setHostDown(place, isDown) {
      const host = hostOf(settled(), place);
      host.isDown = isDown;
      if (!isDown) return;
      const fault = { code: "internal_error", text: `The host ${host.name} has failed` } as const;
      for (const machine of cloud.machines.values()) {
        if (machine.host === host) goDown(cloud, machine, { to: "error", fault });
      }
    },
    setSuspended(tenant, isSuspended) {
      tenantOf(settled(), tenant).isSuspended = isSuspended;
    },
    setOffer: (place, change) => setOffer(settled(), place, change),
    addImage: (realm, image) => void realmOf(settled(), realm).images.push(imageOf(image)),
    removeImage(realm, id) {
      const { images } = realmOf(settled(), realm);
      const at = images.findIndex((image) => image.id === id);
      if (at === -1) throw new CloudError("not_found", `No image ${id} in ${realm}`);
      images.splice(at, 1);
    },
    setOutage(isOut) {
      settled().isOut = isOut;
    },
    plant: (tenant, request) => create(somebody(tenant), request),
    plantPart: (tenant, request) => createPart(somebody(tenant), request),
    vanishPart(id) {
      const part = settled().parts.get(id);
      if (part === undefined) throw new CloudError("not_found", `No part ${id}`);
      losePart(cloud, part);
    },
    snapshot: () => snapshotOf(settled()),
  };
}

function setOffer(cloud: CloudState, { size, realm }: OfferPlace, change: OfferChange): void {
  const row = cloud.sizes.get(size);
  if (row === undefined) throw new CloudError("not_found", `No size ${size}`);
  const { isOffered = true, ...price } = change;
  for (const name of realm === undefined ? cloud.realms.keys() : [realmOf(cloud, realm).name]) {
    const { hourlyPrice } = row.size;
    if (isOffered) row.prices.set(name, { ...(row.prices.get(name) ?? { hourlyPrice, spotPrice: null }), ...price });
    else row.prices.delete(name);
  }
}

function realmOf(cloud: CloudState, name: string): Realm {
  const realm = cloud.realms.get(name);
  if (realm === undefined) throw new CloudError("not_found", `No realm ${name}`);
  return realm;
}

function snapshotOf(cloud: CloudState): CloudSnapshot {
  return {
    cloud: cloud.settings.name,
    isOut: cloud.isOut,
    tenants: [...cloud.tenants.values()].map(({ name, isSuspended, quota }) => {
      const realmLimits = Object.fromEntries(quota.realmLimits);
      return { name, isSuspended, limit: quota.limits, realmLimits, used: usedOf(quota, null) };
    }),
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

function machineOf(cloud: CloudState, id: string): MachineRecord {
  const machine = cloud.machines.get(id);
  if (machine === undefined) throw new CloudError("not_found", `No machine ${id}`);
  return machine;
}

function tenantOf(cloud: CloudState, name: string): Tenant {
  const tenant = cloud.tenants.get(name);
  if (tenant === undefined) throw new CloudError("not_found", `No tenant ${name}`);
  return tenant;
}

function hostOf(cloud: CloudState, { realm, host: name }: HostPlace): Host {
  const host = cloud.realms.get(realm)?.hosts.find((candidate) => candidate.name === name);
  if (host === undefined) throw new CloudError("not_found", `No host ${name} in ${realm}`);
  return host;
}
