// Lists: they lag behind, come in pages, and may be partial, stale or plainly wrong.

import type { ListQuery } from "../cloud-api.ts";
import { carries } from "../state/fault-rules.ts";
import { isKnown, type MachineRecord, machineViewAt } from "../state/machine-record.ts";
import type { DetailPage, MachineDetail } from "../tenant-api.ts";
import type { Asked } from "./asked.ts";
import { afterOf, cursorAt } from "./cursor.ts";

export function list(asked: Asked, { cursor, labels = {} }: ListQuery): DetailPage {
  const after = afterOf(cursor);
  const { at, machines } = visible(asked);
  const unreachableRealms = asked.turn?.kind === "list_partial" ? asked.turn.realms : [];
  const rest = machines.filter(
    ({ ordinal, request }) =>
      ordinal > after && carries(request.labels ?? {}, labels) && !unreachableRealms.includes(request.realm),
  );
  const page = rest.slice(0, asked.cloud.settings.pageSize);
  const last = page.at(-1);
  return {
    machines: page.map((machine) => machineViewAt(machine, at)),
    next: last === undefined || rest.length <= page.length ? null : cursorAt(last.ordinal),
    unreachableRealms,
  };
}

export function findByName(asked: Asked, name: string): readonly MachineDetail[] {
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
