// The section `repair` of an instance: what becomes of a member that dies once the launch has settled.

import { type Cursor, fieldsOf, readScalar } from "./cursor.ts";
import type { Mistake } from "./mistake.ts";
import { DEFAULT_REPAIR, REPAIR_MODES, type RepairPolicy } from "./model.ts";
import { repairWindow } from "./quantity.ts";
import { oneOf, truth, wholeNumber } from "./reader.ts";

const REPAIR = { required: {}, optional: ["mode", "tries", "within", "cascade"] };
const TRIES_MOST = 100;

export function readRepair(section: Cursor | undefined, mistakes: Mistake[]): RepairPolicy {
  if (section === undefined) return DEFAULT_REPAIR;
  const { mode, tries, withinMs, cascade } = DEFAULT_REPAIR;
  const fields = fieldsOf(section, REPAIR, mistakes);
  return {
    mode: readScalar(fields.get("mode"), oneOf(REPAIR_MODES, mode), mistakes),
    tries: readScalar(fields.get("tries"), { ...wholeNumber(1, TRIES_MOST), fallback: tries }, mistakes),
    withinMs: readScalar(fields.get("within"), repairWindow(withinMs), mistakes),
    cascade: readScalar(fields.get("cascade"), truth(cascade), mistakes),
  };
}
