// What was written of the ledger, in order of the commits.

import { isDeepStrictEqual } from "node:util";
import type { AccountId, MachineId } from "../../core/ids.ts";
import type { Machine } from "../../core/machine.ts";
import { type LedgerNews, WRITTEN_MOST } from "../../ports/claims.ts";
import type { Committed } from "./rows.ts";

/** What a comparison with a list, or a count of what is missing, goes by. */
const judgedBy = (row: Machine): readonly unknown[] => [
  row.account,
  row.realm,
  row.state,
  row.externalId,
  row.handle,
  row.observed,
  row.privateAddress,
  row.publicAddress,
  row.madeAt,
  row.startAskedAt,
  row.undoAskedAt,
  row.missing,
];

export class WrittenLedger {
  #commits = 0;
  readonly #latest = new Map<MachineId, { readonly account: AccountId; readonly commit: number }>();

  note(changed: Committed["machines"]): void {
    this.#commits += 1;
    for (const { before, after } of changed) {
      if (after === null || (before !== null && isDeepStrictEqual(judgedBy(before.row), judgedBy(after.row)))) continue;
      this.#latest.set(after.row.id, { account: after.row.account, commit: this.#commits });
    }
  }

  since(id: AccountId, since: string | null): LedgerNews {
    const horizon = String(this.#commits);
    const from = since === null ? Number.NaN : Number(since);
    if (!(from <= this.#commits)) return { horizon, written: null };
    const written = [...this.#latest].flatMap(([machine, { account, commit }]) =>
      account === id && commit > from ? [machine] : [],
    );
    return { horizon, written: written.length > WRITTEN_MOST ? null : written };
  }
}
