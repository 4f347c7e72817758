// Machines on their way up, looked at by themselves where that asks less of their cloud than its whole list would.

import { lookedTogether } from "../core/world/limiter.ts";
import { lookedAtMost, type WholeList } from "../core/world/whole-list.ts";
import type { Fault } from "../core/fault.ts";
import type { AccountId } from "../core/ids.ts";
import { knownOf, type Machine, type Observed } from "../core/machine.ts";
import type { Look } from "../ports/provider.ts";
import { ask } from "./ask.ts";
import type { Opened } from "./clouds.ts";
import type { EngineDeps } from "./engine-deps.ts";
import type { Window } from "./offers.ts";

/** In less time nobody is asked. */
export const LEAST_MS = 1_000;

/** What this process knows of the last whole list of each account: another's next poll is a list. */
export type WholeLists = Map<AccountId, WholeList>;

export interface TransitDeps extends EngineDeps {
  readonly cut: AbortSignal;
  readonly wholeLists: WholeLists;
}

export interface Glimpse {
  readonly machines: readonly Observed[];
  readonly askedAt: number;
  /** Of some nothing was said. */
  readonly partial: boolean;
  /** The cloud is to be asked less: it was throttled for some of them. */
  readonly throttle: Fault | null;
}

/** "due": the list is, or asks for less. "lacking": one of them is not where it should be, which only the list can tell. */
export async function lookAtTransit(
  deps: TransitDeps,
  at: Window,
  opened: Opened,
): Promise<Glimpse | "due" | "lacking"> {
  const { account } = at.claim;
  const last = deps.wholeLists.get(account.id) ?? null;
  const most = lookedAtMost(last, { account, now: at.databaseNow() }, opened.traits);
  if (most === 0) return "due";
  const moving = await deps.store.write((tx) => tx.machinesInTransit(account.id, most + 1));
  // What is looked at by a call of its own is told of by that.
  const machines = moving.filter(({ call }) => call !== "look");
  if (machines.length === 0 || moving.length > most || machines.some(({ externalId }) => externalId === null)) {
    return "due";
  }
  const askedAt = at.databaseNow();
  const size = lookedTogether(account.limiter, opened.traits.lookMost);
  const looks: (Look | typeof UNSAID)[] = [];
  let throttle: Fault | null = null;
  for (let from = 0; from < machines.length; from += size) {
    const some = machines.slice(from, from + size);
    const said = await lookAt(deps, { at, opened, some });
    if (said === null) return "due";
    if (some.some(({ id }) => said.get(id)?.kind === "absent")) return "lacking";
    looks.push(...some.map(({ id }) => said.get(id) ?? UNSAID));
    throttle = throttleAmong(said.values());
    if (throttle !== null) break;
  }
  return {
    machines: looks.flatMap((look) => (look.kind === "seen" ? [look.observed] : [])),
    askedAt,
    partial: throttle !== null || looks.some((look) => look.kind !== "seen" || look.observed.state === "unknown"),
    throttle,
  };
}

function throttleAmong(said: Iterable<Look>): Fault | null {
  for (const look of said) if (look.kind === "unknown" && look.fault.class === "throttle") return look.fault;
  return null;
}

const UNSAID = { kind: "unsaid" } as const;

interface Looking {
  readonly at: Window;
  readonly opened: Opened;
  readonly some: readonly Machine[];
}

/** Null: too little is left of the claim to ask. */
async function lookAt(deps: TransitDeps, { at, opened, some }: Looking): Promise<ReadonlyMap<string, Look> | null> {
  const ms = Math.min(opened.traits.callTimeoutMs.other, at.leftMs());
  if (ms < LEAST_MS) return null;
  const hidden = some.map(({ nonce }) => nonce);
  const asking = { ...deps, opened, ms, hidden, what: "look", effect: "none" } as const;
  return ask(asking, (signal) => opened.cloud.look(some.map(knownOf), signal));
}
