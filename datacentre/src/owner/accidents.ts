// What happens to a cloud from outside: scripted faults, and accidents by hand.

import type { FaultRule } from "../fault.ts";
import { type Downfall, goDown, vanish } from "../life/downfall.ts";
import { losePart } from "../life/part-life.ts";
import { type HostPlace, hostNamed, machineNamed, partNamed, realmNamed, type Settled, tenantNamed } from "./named.ts";

interface Killing {
  readonly to?: Downfall["to"];
  readonly text?: string;
}

export interface Accidents {
  /** Rules apply in the order in which they were added. Throws a ShapeError when one makes no sense. */
  addFaults(rules: readonly FaultRule[]): void;
  /** Realms that a fault took down are up again, too. */
  clearFaults(): void;
  /** Goes down by itself, now: `stopped` unless told. */
  kill(id: string, how?: Killing): void;
  /** Removed by hand, without a trace. */
  vanish(id: string): void;
  /** A part that is gone at once, whatever it is part of. */
  vanishPart(id: string): void;
  /** Down: its machines end in `error`, and nothing is placed on it. */
  setHostDown(place: HostPlace, isDown: boolean): void;
  /** One realm does not answer, until told otherwise; machines run on. */
  setRealmDown(realm: string, isDown: boolean): void;
  /** All sessions end at once, of one tenant or of all. */
  expireSessions(tenant?: string): void;
  setSuspended(tenant: string, isSuspended: boolean): void;
  /** Every call is answered `unavailable`; machines run on. */
  setOutage(isOut: boolean): void;
}

export function accidentsAt(settled: Settled): Accidents {
  return {
    addFaults(rules) {
      const cloud = settled();
      for (const rule of rules) {
        if (rule.do.kind === "realm_down" && rule.do.realm !== undefined) realmNamed(cloud, rule.do.realm);
        cloud.rules.add(rule, cloud.agenda.now());
      }
    },
    clearFaults() {
      const cloud = settled();
      cloud.rules.clear();
      for (const realm of cloud.realms.values()) {
        if (realm.downUntil !== Number.POSITIVE_INFINITY) realm.downUntil = 0;
      }
    },
    kill(id, { to = "stopped", text = "Killed by hand" } = {}) {
      const cloud = settled();
      const machine = machineNamed(cloud, id);
      if (machine.goneAt === null) goDown(cloud, machine, { to, fault: { code: "internal_error", text } });
    },
    vanish(id) {
      const cloud = settled();
      vanish(cloud, machineNamed(cloud, id));
    },
    vanishPart(id) {
      const cloud = settled();
      losePart(cloud, partNamed(cloud, id));
    },
    setHostDown(place, isDown) {
      const cloud = settled();
      const host = hostNamed(cloud, place);
      host.isDown = isDown;
      if (!isDown) return;
      const fault = { code: "internal_error", text: `The host ${host.name} has failed` } as const;
      for (const machine of cloud.machines.values()) {
        if (machine.host === host) goDown(cloud, machine, { to: "error", fault });
      }
    },
    setRealmDown(realm, isDown) {
      realmNamed(settled(), realm).downUntil = isDown ? Number.POSITIVE_INFINITY : 0;
    },
    expireSessions(tenant) {
      const cloud = settled();
      cloud.sessions.endAll(tenant === undefined ? undefined : tenantNamed(cloud, tenant).name);
    },
    setSuspended(tenant, isSuspended) {
      tenantNamed(settled(), tenant).isSuspended = isSuspended;
    },
    setOutage(isOut) {
      settled().isOut = isOut;
    },
  };
}
