// An update that came to nothing: what of it is told, and that the machines which made room for it are not what they were.

import type { Deployment } from "../contract/deployment.ts";
import type { Event } from "../contract/event.ts";
import { listed, oneLine } from "./print.ts";

type Revision = Deployment["revisions"][number];

/** The update that was waited for and came to nothing; null: it did not. */
export function undoneOf({ revisions }: Deployment, revision: number | undefined): Revision | null {
  const own = revisions.find(({ no }) => no === revision);
  return own === undefined || own.outcome === "succeeded" ? null : own;
}

/** A member that made room for its successor. */
export type RemovedFirst = Extract<Event, { kind: "removed_first" }>;

/** "the update of shop came to nothing: …", and how things stand now, a sentence each. */
export function undoneLines(
  { name, ref, summary, instances }: Deployment,
  { no, reason }: Revision,
  removedFirst: readonly RemovedFirst[],
): readonly [headline: string, ...details: string[]] {
  const because = reason === null ? "" : `: ${oneLine(reason)}`;
  const removed = removedFirst.flatMap(({ revision, instance }) => (revision === no ? [instance] : []));
  const isUp = (one: string) => instances.some((instance) => instance.name === one && instance.ready);
  const [up, missing] = [removed.filter(isUp), removed.filter((one) => !isUp(one))];
  return [
    `the update of ${name} came to nothing${because}`,
    ...removedLines(up, { one: "has been launched anew", more: "have been launched anew" }),
    ...removedLines(missing, { one: "is missing since", more: "are missing since" }),
    `${restText(name, removed.length, instances.length)} as before; ${name} ${summary}`,
    `see slipway show ${ref}`,
  ];
}

function restText(name: string, removed: number, members: number): string {
  if (removed === 0) return `${name} is`;
  return removed < members ? `all else of ${name} is` : `blueprint and values of ${name} are`;
}

function removedLines(names: readonly string[], { one, more }: Readonly<Record<"one" | "more", string>>): string[] {
  if (names.length === 0) return [];
  const [were, now, their] = names.length === 1 ? ["was", one, "its"] : ["were", more, "their"];
  return [`${listed(names)} ${were} removed first and ${now}: what was on ${their} disks is gone`];
}
