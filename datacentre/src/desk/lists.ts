// Lists: they lag behind, come in pages, and may be partial, stale or plainly wrong.

import { CloudError } from "../cloud-api.ts";
import { downRealms } from "../state/cloud-state.ts";
import { realmDown } from "../state/realm.ts";
import { carries } from "../state/fault-rules.ts";
import { isKnown, type MachineRecord, machineViewAt, partialView } from "../state/machine-record.ts";
import type { DetailPage, DetailQuery, MachineDetail } from "../tenant-api.ts";
import type { Asked } from "./asked.ts";
import { afterOf, cursorAt } from "./cursor.ts";

export function list(asked: Asked, query: DetailQuery): DetailPage {
  const { isShown, show, unreachableRealms } = sightOf(asked, query);
  const { pageSize } = asked.cloud.settings;
  const after = afterOf(query.cursor);
  const page: MachineRecord[] = [];
  // Whoever is not on this page is not looked at: with thousands of machines each page would cost as much as all of them.
  for (const machine of asked.cloud.machines.values()) {
    if (machine.ordinal > after && isShown(machine)) page.push(machine);
    if (page.length > pageSize) break;
  }
  const more = page.length > pageSize ? page.pop() : undefined;
  const last = page.at(-1);
  return {
    machines: page.map(show),
    next: more === undefined || last === undefined ? null : cursorAt(last.ordinal),
    unreachableRealms,
  };
}

interface Sight {
  readonly isShown: (machine: MachineRecord) => boolean;
  /** What is told of one of them. */
  readonly show: (machine: MachineRecord) => MachineDetail;
  readonly unreachableRealms: readonly string[];
}

interface Seen extends Omit<Sight, "isShown"> {
  /** Oldest first. */
  readonly machines: readonly MachineRecord[];
}

/** All that a list would show, for faces that page and filter in their own ways. */
export function seen(asked: Asked, query: Omit<DetailQuery, "cursor">): Seen {
  const { isShown, ...sight } = sightOf(asked, query);
  return { ...sight, machines: [...asked.cloud.machines.values()].filter(isShown) };
}

function sightOf(asked: Asked, query: Omit<DetailQuery, "cursor">): Sight {
  const { cloud, turn } = asked;
  const { at, isVisible } = visible(asked, query.changedSince);
  const down = downRealms(cloud);
  const unreachableRealms = [...new Set([...down, ...(turn?.kind === "list_partial" ? turn.realms : [])])];
  // Nobody can say whether a machine of which next to nothing is known is one of those that are asked for.
  const isPartial = cloud.settings.downReads === "partial" && !Object.keys(query).some((key) => key !== "cursor");
  const isTold = (machine: MachineRecord): boolean => {
    const { realm } = machine.request;
    if (down.includes(realm)) return isPartial;
    return isMeant(machine, query) && !unreachableRealms.includes(realm);
  };
  return {
    isShown: (machine) => isVisible(machine) && isTold(machine),
    show: (machine) => (down.includes(machine.request.realm) ? partialView(machine) : machineViewAt(machine, at)),
    unreachableRealms,
  };
}

function isMeant({ request }: MachineRecord, { name, realm, labels = {} }: DetailQuery): boolean {
  return (
    (name === undefined || request.name === name) &&
    (realm === undefined || request.realm === realm) &&
    carries(request.labels ?? {}, labels)
  );
}

/** Throws `realm_down` while any realm does not answer, since it may have one of those names. */
export function findByNames(asked: Asked, names: readonly string[]): readonly MachineDetail[] {
  const { lookMost } = asked.cloud.settings;
  if (names.length > lookMost) {
    throw new CloudError("invalid_request", `${names.length} names are too many for one search: ${lookMost} at most`);
  }
  const down = downRealms(asked.cloud);
  if (down.length > 0) throw realmDown(down);
  const { at, isVisible } = visible(asked);
  return [...asked.cloud.machines.values()]
    .filter((machine) => names.includes(machine.request.name) && isVisible(machine))
    .map((machine) => machineViewAt(machine, at));
}

function visible({ cloud, tenant, turn }: Asked, changedSince?: number): Visible {
  const { visibilityMs, lingerMs } = cloud.settings;
  const at = cloud.agenda.now() - (turn?.kind === "list_stale" ? turn.ms : 0);
  if (turn?.kind === "list_empty") return { at, isVisible: () => false };
  const hasChanged = ({ history }: MachineRecord, since: number): boolean => (history.at(-1)?.at ?? 0) >= since;
  const isVisible = (machine: MachineRecord): boolean =>
    machine.tenant === tenant.name &&
    machine.createdAt + visibilityMs <= at &&
    (changedSince === undefined ? isKnown(machine, at, lingerMs) : hasChanged(machine, changedSince));
  return { at, isVisible };
}

interface Visible {
  readonly at: number;
  readonly isVisible: (machine: MachineRecord) => boolean;
}
