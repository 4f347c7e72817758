// DescribeInstances, DescribeInstanceStatus, GetConsoleOutput, and what is asked of instances that are there.

import { CloudError } from "../../cloud-api.ts";
import { type Action as Deed, mayAct } from "../../desk/actions.ts";
import type { Asked } from "../../desk/asked.ts";
import { seen } from "../../desk/lists.ts";
import { findMachine, get, readConsole, reboot, remove, start, stop } from "../../desk/machines.ts";
import { type MachineRecord, machineView } from "../../state/machine-record.ts";
import type { Action, Memory } from "./action.ts";
import { type Facets, filtered, type Filters, readFilters } from "./filters.ts";
import {
  groupSet,
  instanceView,
  networkOf,
  privateAddressOf,
  publicAddressOf,
  reservationIdOf,
  type Shown,
  stateField,
  stateName,
  stateReason,
} from "./instance-view.ts";
import { accountId, isoTime, vpcId, zoneId } from "./names.ts";
import { pageOf, type Paging, readPaging } from "./pages.ts";
import { type Given, missing, type Tags } from "./parameters.ts";
import { AwsError, notFound, notWhole } from "./refusals.ts";
import { subnetIdOf } from "./subnets.ts";
import type { XmlFields } from "./xml.ts";

export const describeInstances: Action = {
  operation: "list",
  read(given, memory) {
    const choice = readChoice(given, "DescribeInstances");
    given.ignore("IncludeManagedResources");
    return {
      subject: subjectOf(choice),
      answer(asked) {
        const { rows, nextToken } = chosen(asked, choice, memory);
        const reservations = Map.groupBy(rows, (shown) => reservationIdOf(shown, memory));
        const reservationSet = [...reservations].map(([reservationId, instances]) => ({
          reservationId,
          ownerId: accountId(asked),
          groupSet: [],
          instancesSet: instances.map((shown) => instanceView(asked, shown, memory)),
        }));
        return { reservationSet, nextToken };
      },
    };
  },
};

export const describeInstanceStatus: Action = {
  operation: "list",
  read(given, memory) {
    const choice = readChoice(given, "DescribeInstanceStatus");
    const isAll = given.flag("IncludeAllInstances") ?? false;
    given.ignore("IncludeManagedResources");
    return {
      subject: subjectOf(choice),
      answer(asked) {
        const isMeant = (shown: Shown): boolean => isAll || stateName(shown) === "running";
        const { rows, nextToken } = chosen(asked, { ...choice, isMeant }, memory);
        return { instanceStatusSet: rows.map((shown) => statusView(asked, shown)), nextToken };
      },
    };
  },
};

const REACHABILITY = { ok: "passed", initializing: "initializing", "not-applicable": null } as const;

function statusView(asked: Asked, shown: Shown): XmlFields {
  const { record } = shown;
  const isUp = asked.cloud.agenda.now() >= record.listeningAt;
  const status = stateName(shown) === "running" ? (isUp ? "ok" : "initializing") : "not-applicable";
  const reachability = REACHABILITY[status];
  const details = reachability === null ? null : [{ name: "reachability", status: reachability }];
  return {
    instanceId: record.id,
    availabilityZone: record.request.realm,
    availabilityZoneId: zoneId(asked, record.request.realm),
    instanceState: stateField(shown),
    systemStatus: { status, details },
    instanceStatus: { status, details },
  };
}

interface Choice {
  readonly ids: readonly string[];
  readonly filters: Filters;
  readonly paging: Paging;
  readonly isMeant?: (shown: Shown) => boolean;
}

function readChoice(given: Given, action: string): Choice {
  const ids = given.list("InstanceId");
  if (ids.length > 0 && given.has("MaxResults")) {
    const text = "The parameter instancesSet cannot be used with the parameter maxResults";
    throw new AwsError(400, "InvalidParameterCombination", text);
  }
  return { ids, filters: readFilters(given), paging: readPaging(given, { action, least: 5, most: 1000 }) };
}

function subjectOf({ ids }: Choice) {
  const [id, ...others] = ids;
  if (id === undefined) return {};
  return others.length === 0 ? ({ operation: "get", id } as const) : ({ operation: "getMany", id } as const);
}

function chosen(asked: Asked, { ids, filters, paging, isMeant = () => true }: Choice, memory: Memory) {
  const all = ids.length === 0 ? listed(asked, filters) : looked(asked, ids);
  const fitting = filtered(all.filter(isMeant), filters, { facets: facetsFor(asked, memory), tagsOf });
  const { pageSize } = asked.cloud.settings;
  return pageOf(fitting, { ...paging, most: Math.min(paging.most, pageSize) }, ({ record }) => record.ordinal);
}

function listed(asked: Asked, filters: Filters): readonly Shown[] {
  const { machines, show, unreachableRealms } = seen(asked, {});
  const zones = filters.filter(({ name }) => name === "availability-zone");
  const missed = unreachableRealms.filter((realm) => zones.every(({ fits }) => fits(realm)));
  if (missed.length > 0) throw notWhole(missed);
  return machines.map((record) => ({ record, view: show(record) }));
}

/** One that is missing fails the whole. */
function looked(asked: Asked, ids: readonly string[]): readonly Shown[] {
  const records = allOf(asked, ids, (id) => get(asked, id));
  return records.toSorted((a, b) => a.record.ordinal - b.record.ordinal);
}

/** Throws InvalidInstanceID.NotFound with all that are missing. */
function allOf(asked: Asked, ids: readonly string[], find: (id: string) => unknown): readonly Shown[] {
  const malformed = ids.find((id) => !/^i-[0-9a-f]{8,17}$/.test(id) && !asked.cloud.machines.has(id));
  if (malformed !== undefined) {
    throw new AwsError(400, "InvalidInstanceID.Malformed", `Invalid id: "${malformed}" (expecting "i-...")`);
  }
  const absent: string[] = [];
  for (const id of new Set(ids)) {
    try {
      find(id);
    } catch (error) {
      if (!(error instanceof CloudError) || error.code !== "not_found") throw error;
      absent.push(id);
    }
  }
  if (absent.length > 0) throw notFound("instance", absent);
  return [...new Set(ids)].flatMap((id) => {
    const record = asked.cloud.machines.get(id);
    return record === undefined ? [] : [{ record, view: machineView(record) }];
  });
}

const tagsOf = ({ record }: Shown): Tags => record.request.labels ?? {};

function facetsFor(asked: Asked, memory: Memory): Facets<Shown> {
  return {
    "instance-id": ({ record }) => record.id,
    "instance-state-name": stateName,
    "instance-state-code": (shown) => stateField(shown).code,
    "instance-type": ({ record }) => record.size.name,
    "instance-lifecycle": ({ record }) => (record.request.spot === undefined ? null : "spot"),
    "image-id": ({ record }) => record.imageId,
    "availability-zone": ({ record }) => record.request.realm,
    "client-token": ({ record }) => record.request.token ?? null,
    "key-name": ({ record }) => record.request.sshKey ?? null,
    "placement-group-name": ({ record }) => record.request.group?.name ?? null,
    "launch-time": ({ record }) => isoTime(record.createdAt),
    "reservation-id": (shown) => reservationIdOf(shown, memory),
    "state-reason-code": (shown) => stateReason(shown)?.code ?? null,
    "private-ip-address": privateAddressOf,
    "ip-address": publicAddressOf,
    "subnet-id": ({ record }) => subnetIdOf(networkOf(record), record.request.realm),
    "vpc-id": () => vpcId(asked),
    "owner-id": () => accountId(asked),
    "instance.group-id": ({ record }) => groupSet(asked, record).map(({ groupId }) => groupId),
    "instance.group-name": ({ record }) => groupSet(asked, record).map(({ groupName }) => groupName),
    architecture: ({ record }) => record.size.architecture,
    "block-device-mapping.volume-id": ({ view }) => view.parts,
    "network-interface.network-interface-id": ({ view }) => view.parts,
  };
}

/** All or none of them. */
function changing(deed: Deed, act: (asked: Asked, id: string) => unknown): Action {
  return {
    operation: deed,
    read(given) {
      const ids = given.list("InstanceId");
      const [id] = ids;
      if (id === undefined) throw missing("InstanceId");
      given.ignore("Force", "Hibernate", "SkipOsShutdown", "AdditionalInfo");
      const found = (asked: Asked): readonly Shown[] => {
        const all = allOf(asked, ids, (wanted) => findMachine(asked, wanted));
        for (const { record } of all) if (!isEnding(record, deed)) mayAct(asked.cloud, record, deed);
        return all;
      };
      return {
        subject: { id },
        check: found,
        answer(asked) {
          const instancesSet = found(asked).map((shown, index) => {
            const previousState = stateField(shown);
            act({ ...asked, turn: index === 0 ? asked.turn : null }, shown.record.id);
            const now = { record: shown.record, view: machineView(shown.record) };
            return { instanceId: shown.record.id, currentState: stateField(now), previousState };
          });
          return deed === "reboot" ? { return: true } : { instancesSet };
        },
      };
    },
  };
}

function isEnding({ isRemoving }: MachineRecord, deed: Deed): boolean {
  return deed === "remove" && isRemoving;
}

export const startInstances = changing("start", start);
export const stopInstances = changing("stop", stop);
export const rebootInstances = changing("reboot", reboot);
export const terminateInstances = changing("remove", remove);

export const getConsoleOutput: Action = {
  operation: "console",
  read(given) {
    const instanceId = given.needed("InstanceId");
    given.ignore("Latest");
    const check = (asked: Asked) => allOf(asked, [instanceId], (id) => findMachine(asked, id));
    return {
      subject: { id: instanceId },
      check,
      answer(asked) {
        check(asked);
        const output = Buffer.from(readConsole(asked, instanceId)).toString("base64");
        return { instanceId, timestamp: isoTime(asked.cloud.agenda.now()), output };
      },
    };
  },
};
