// What must hold of updates: two machines of one instance live beside each other for one alone, and one that came to nothing has
// touched nothing of what was before.

import type { Event } from "../../src/contract/event.ts";
import type { Evidence, Told } from "./evidence.ts";

type Revision = Told["deployment"]["revisions"][number];

/** The younger one is what an update makes before it removes the older one, which is of a revision before. */
export function areOfAnUpdate(told: readonly Told[], older: string, younger: string): boolean {
  return told.some(({ deployment: { revisions }, events }) => {
    const [before, own] = [revisionOf(events, older), revisionOf(events, younger)];
    if (before === null || own === null || before >= own) return false;
    return revisions.some(({ no, why }) => no === own && why === "update");
  });
}

/** The one that it was asked for in. */
function revisionOf(events: readonly Event[], machine: string): number | null {
  return events.find((event) => event.kind === "machine_asked" && event.machine === machine)?.revision ?? null;
}

/** What no update touches before all that is new is ready: machines of the former set. From then on a stop alone keeps it from succeeding. */
export function touched({ told }: Evidence): string[] {
  return told.flatMap((one) =>
    one.deployment.revisions
      .filter(({ no, why, outcome }) => why === "update" && outcome !== "succeeded" && !hasTurned(one.events, no))
      .flatMap((revision) => touchedBy(revision, one)),
  );
}

const hasTurned = (events: readonly Event[], no: number): boolean =>
  events.some(({ kind, revision }) => kind === "removal_begun" && revision === no);

function touchedBy({ no, begunAt, endedAt }: Revision, { deployment, events }: Told): string[] {
  const { name, machines, stopAskedAt, deleteAskedAt } = deployment;
  const end = [endedAt, stopAskedAt, deleteAskedAt].flatMap((time) => (time === null ? [] : Date.parse(time)));
  return machines
    .filter(({ id, undoAskedAt }) => {
      if (undoAskedAt === null || (revisionOf(events, id) ?? no) >= no) return false;
      const askedAt = Date.parse(undoAskedAt);
      return askedAt > Date.parse(begunAt) && askedAt < Math.min(...end, Infinity);
    })
    .map(({ id }) => `${name}: ${id} was asked to go by the update to revision ${no}, which came to nothing`);
}
