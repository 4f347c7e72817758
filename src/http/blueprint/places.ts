// Whether accounts can put machines where a blueprint wants them: asked of their clouds by the tracker, and waited for here a
// little while, as images are.

import type { Offerers } from "../../core/market/offered.ts";
import { type Placed, unplaced, type Unplaced } from "../../core/market/unplaced.ts";
import type { Reads } from "../../ports/store.ts";
import { type Asking, askUntil } from "./asking.ts";

/** `all`: until every account has said its word; else until it is known whether some account has a place for each group. */
export function reportPlaces(
  deps: Asking,
  by: Pick<Offerers, "owner" | "sellers">,
  asked: { readonly placed: readonly Placed[]; readonly all: boolean },
): Promise<Unplaced> {
  return askUntil(deps, async (tx) => {
    const report = await lookAt(tx, by, asked.placed);
    return { report, unread: asked.all ? report.unread : report.open };
  });
}

async function lookAt(
  tx: Reads,
  by: Pick<Offerers, "owner" | "sellers">,
  placed: readonly Placed[],
): Promise<Unplaced> {
  if (placed.length === 0) return { mistakes: [], open: [], unread: [] };
  const ids = by.sellers.map(({ account }) => account.account.id);
  const known = new Map(await Promise.all(ids.map(async (id) => [id, await tx.answers(id, "where")] as const)));
  return unplaced(placed, by, (id, realm, choice) => {
    const told = known.get(id)?.find((one) => one.realm === realm && one.choice === choice);
    if (told === undefined) return { kind: "unread", text: null };
    return told.found === null ? { kind: "absent", text: told.text } : { kind: "found", found: told.found };
  });
}
