// Whether accounts can put machines where a blueprint wants them: asked of their clouds by the tracker, and waited for here a
// little while, as images are.

import type { Offerers, Wanted } from "../../core/market/offered.ts";
import { isPlaced, unplaced, type Unplaced } from "../../core/market/unplaced.ts";
import type { Reads } from "../../ports/store.ts";
import { type Asking, askUntil } from "./asking.ts";

/** `all`: until every account has said its word; else until it is known whether some account has a place for each group. */
export async function reportPlaces(
  deps: Asking,
  by: Pick<Offerers, "owner" | "sellers">,
  asked: { readonly wanted: readonly Wanted[]; readonly all: boolean },
): Promise<Unplaced> {
  const placed = asked.wanted.filter(isPlaced);
  if (placed.length === 0) return { mistakes: [], open: [], unread: [] };
  return askUntil(deps, async (tx) => {
    const report = await lookAt(tx, by, placed);
    return { report, unread: asked.all ? report.unread : report.open };
  });
}

async function lookAt(
  tx: Reads,
  by: Pick<Offerers, "owner" | "sellers">,
  wanted: readonly Wanted[],
): Promise<Unplaced> {
  const ids = by.sellers.map(({ account }) => account.account.id);
  const known = new Map(await Promise.all(ids.map(async (id) => [id, await tx.answers(id, "where")] as const)));
  return unplaced(wanted, by, (id, realm, choice) => {
    const told = known.get(id)?.find((one) => one.realm === realm && one.choice === choice);
    if (told === undefined) return { kind: "unread", text: null };
    return told.found === null ? { kind: "absent", text: told.text } : { kind: "found", found: told.found };
  });
}
