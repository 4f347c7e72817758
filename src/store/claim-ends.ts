// Claims that a transaction gives back. Whoever writes an answer writes the machine's row as well: the claim ends in the same write, and those
// whose rows are not written end together at the end of the transaction.

import { sql } from "kysely";
import type { MachineId } from "../core/ids.ts";
import type { EndedClaim } from "../ports/claims.ts";
import { type Sql, texts } from "./rows.ts";

export class ClaimEnds {
  readonly #locked = new Map<MachineId, number>();
  readonly #ended = new Set<MachineId>();

  /** Rows that this transaction has locked: nobody else claims them until it ends. */
  lock(rows: readonly { readonly id: MachineId; readonly call_no: number }[]): void {
    for (const { id, call_no: callNo } of rows) this.#locked.set(id, callNo);
  }

  /** Ends it if it still is its claimer's; null of a row that is not locked here. */
  end({ machine: { id }, callNo }: EndedClaim): boolean | null {
    const now = this.#locked.get(id);
    if (now === undefined) return null;
    if (now === callNo) this.#ended.add(id);
    return now === callNo;
  }

  /** Of these, whose rows are being written, those whose claims end with that. */
  take(ids: readonly MachineId[]): readonly MachineId[] {
    return ids.filter((id) => this.#ended.delete(id));
  }

  async write(db: Sql): Promise<void> {
    if (this.#ended.size === 0) return;
    await sql`update machines set claimed_until = null where id = any(${texts([...this.#ended])})`.execute(db);
  }
}
