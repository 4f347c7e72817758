// Placements as rows: what an instance was chosen, and what it holds.

import type { Deployment } from "../core/deployment.ts";
import type { Placement } from "../core/market/placement.ts";
import { date, dateOrNull, ms, msOrNull } from "./rows.ts";
import type { PlacementRow } from "./placement-rows.ts";

export function toPlacement(row: PlacementRow): Placement {
  const { cpu, memory_mib: memoryMib, hourly_micros: hourlyMicros } = row;
  return {
    deployment: row.deployment,
    attempt: row.attempt,
    instance: row.instance,
    no: row.no,
    revision: row.revision,
    account: row.account,
    realm: row.realm,
    size: row.size,
    image: row.image,
    alternative: { profile: row.profile_choice, image: row.image_choice },
    hourlyMicros,
    takes: { ...row.takes, instances: 1, cpu, memoryMib, ...(hourlyMicros === null ? {} : { hourlyMicros }) },
    instead: row.instead,
    askOrder: row.ask_order,
    chosenAt: ms(row.chosen_at),
    refused: row.refused,
    releasedAt: msOrNull(row.released_at),
  };
}

/** As a row, with what it has of its deployment. */
export function placementRow(placement: Placement, of: Pick<Deployment, "pool" | "createdBy">): PlacementRow {
  const { instances: _, cpu = 0, memoryMib = 0, hourlyMicros: __, ...takes } = placement.takes;
  return {
    deployment: placement.deployment,
    attempt: placement.attempt,
    instance: placement.instance,
    no: placement.no,
    revision: placement.revision,
    account: placement.account,
    pool: of.pool,
    launched_by: of.createdBy,
    realm: placement.realm,
    size: placement.size,
    image: placement.image,
    profile_choice: placement.alternative.profile,
    image_choice: placement.alternative.image,
    cpu,
    memory_mib: memoryMib,
    hourly_micros: placement.hourlyMicros,
    takes,
    instead: placement.instead,
    ask_order: placement.askOrder,
    chosen_at: date(placement.chosenAt),
    refused: placement.refused,
    released_at: dateOrNull(placement.releasedAt),
  };
}
