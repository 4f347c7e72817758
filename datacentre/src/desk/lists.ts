// Lists: they lag behind, come in pages, and may be partial, stale or plainly wrong.

import type { ListQuery } from "../cloud-api.ts";
import { downRealms } from "../state/cloud-state.ts";
import { realmDown } from "../state/realm.ts";
import { carries } from "../state/fault-rules.ts";
import { isKnown, type MachineRecord, machineViewAt, partialView } from "../state/machine-record.ts";
import type { DetailPage, MachineDetail } from "../tenant-api.ts";
import type { Asked } from "./asked.ts";
import { afterOf, cursorAt } from "./cursor.ts";

export function list(asked: Asked, { cursor, labels = {} }: ListQuery): DetailPage {
  const { cloud, turn } = asked;
  const after = afterOf(cursor);
  const { at, machines } = visible(asked);
  const down = downRealms(cloud);
  const unreachableRealms = [...new Set([...down, ...(turn?.kind === "list_partial" ? turn.realms : [])])];
  // Nobody can say whether a machine of which next to nothing is known is one of those that are asked for.
  const isPartial = cloud.settings.downReads === "partial" && Object.keys(labels).length === 0;
  const rest = machines.filter(({ ordinal, request }) => {
    if (ordinal <= after || !carries(request.labels ?? {}, labels)) return false;
    return !unreachableRealms.includes(request.realm) || (isPartial && down.includes(request.realm));
  });
  const page = rest.slice(0, cloud.settings.pageSize);
  const last = page.at(-1);
  return {
    machines: page.map((machine) =>
      down.includes(machine.request.realm) ? partialView(machine) : machineViewAt(machine, at),
    ),
    next: last === undefined || rest.length <= page.length ? null : cursorAt(last.ordinal),
    unreachableRealms,
  };
}

/** Throws `realm_down` while any realm does not answer, since it may have one of that name. */
export function findByName(asked: Asked, name: string): readonly MachineDetail[] {
  const down = downRealms(asked.cloud);
  if (down.length > 0) throw realmDown(down);
  const { at, machines } = visible(asked);
  return machines.filter(({ request }) => request.name === name).map((machine) => machineViewAt(machine, at));
}

function visible({ cloud, tenant, turn }: Asked): { at: number; machines: MachineRecord[] } {
  const { visibilityMs, lingerMs } = cloud.settings;
  const at = cloud.agenda.now() - (turn?.kind === "list_stale" ? turn.ms : 0);
  if (turn?.kind === "list_empty") return { at, machines: [] };
  const machines = [...cloud.machines.values()].filter(
    (machine) =>
      machine.tenant === tenant.name && machine.createdAt + visibilityMs <= at && isKnown(machine, at, lingerMs),
  );
  return { at, machines };
}
