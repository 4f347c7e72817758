// An account has proven that it can be used: whatever waited for it is due, in the transaction that records the proof.

import { isDebt } from "../core/people/debt.ts";
import { hurried, type MadeDue } from "../core/world/hurry.ts";
import type { AccountId } from "../core/ids.ts";
import type { Tx } from "./store.ts";

/** To be called before the account is locked. `pauses`: a pause that the cloud asked for is over as well. */
export async function hurryAccount(tx: Tx, id: AccountId, how: { readonly pauses: boolean }): Promise<MadeDue> {
  const launches = await tx.wakeSeekers(id);
  const { now, machines } = await tx.lockWaiting(id);
  const waited = machines.flatMap((machine) => {
    const due = hurried(machine, now, how);
    return due === null ? [] : [{ machine, due }];
  });
  await tx.putMachines(waited.map(({ due }) => due));
  const late = waited.flatMap(({ machine }) => (machine.callAt !== null && machine.callAt > now ? [machine] : []));
  const debts = late.filter(isDebt).length;
  return { debts, calls: late.length - debts, launches };
}
