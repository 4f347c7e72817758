// What the database refuses, whoever writes: the triggers and checks of the migrations, from the same tables of core.

import type { Deployment, Instance } from "../../core/deployment.ts";
import type { AccountId } from "../../core/ids.ts";
import type { Machine } from "../../core/machine.ts";
import { arcs, DEPLOYMENT, type DeploymentState, INSTANCE, MACHINE, type Table } from "../../core/states.ts";
import type { Views } from "./rows.ts";

/** A write that a check or trigger of the database refuses. */
export class IllegalWrite extends Error {
  override readonly name = "IllegalWrite";
}

type Guard<S> = (from: S | null, to: S) => void;

function guardOf<S extends string, E extends string>(table: Table<S, E>, births: readonly S[]): Guard<S> {
  const legal = new Set(arcs(table).map(([from, to]) => `${from}>${to}`));
  return (from, to) => {
    const allowed = from === null ? births.includes(to) : from === to || legal.has(`${from}>${to}`);
    if (!allowed) throw new IllegalWrite(`illegal transition "${from ?? ""}" to "${to}"`);
  };
}

export const guardDeployment = guardOf(DEPLOYMENT, ["new"]);
const guardMoved = guardOf(INSTANCE, ["new"]);

/** A row begins anew for another revision, whatever it was. */
export function guardInstance(was: Instance | null, row: Instance): void {
  if (was === null || was.revision === row.revision) guardMoved(was?.state ?? null, row.state);
}

export const guardMachine = guardOf(MACHINE, ["intent"]);
/** A stray is born with the machine that the cloud shows. */
export const guardStray = guardOf(MACHINE, ["made"]);

const MAY_SLEEP: ReadonlySet<DeploymentState> = new Set([
  "running",
  "incomplete",
  "stopped",
  "failed",
  "rollback_failed",
]);

/** A call and its due time come together. */
export function guardCall(row: Machine): void {
  if ((row.call === null) !== (row.callAt === null)) throw new IllegalWrite(`machine ${row.id} has half a call`);
}

/** Whatever names an account names one that exists. */
export function guardAccount(views: Views, id: AccountId): void {
  if (views.accounts.get(id) === undefined) throw new IllegalWrite(`no account ${id}`);
}

/** Nothing that still has a way to go, or is put off, may be left without a time when it is looked at next. */
export function guardWake(row: Deployment): void {
  if (row.wakeAt === null && (row.parked !== null || !MAY_SLEEP.has(row.state))) {
    throw new IllegalWrite(`deployment ${row.id} is ${row.state} and would never wake`);
  }
}
