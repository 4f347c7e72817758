// A machine that is kept in quarantine has been looked at: it goes now.

import { draftOf } from "../decision/draft.ts";
import { endQuarantine, isQuarantined } from "../decision/quarantine.ts";
import { type Machine, memberOf } from "../machine.ts";
import type { Snapshot } from "../snapshot.ts";
import { type Asked, type Asker, noSuchInstance, notNow } from "./requests.ts";

/** Ends the quarantine of all machines that are kept of this instance, whichever attempt they are of. */
export function askReleaseInstance(snapshot: Snapshot, asker: Asker & { readonly instance: string }): Asked {
  const { deployment, instances, machines } = snapshot;
  const { instance } = asker;
  const kept = machines.filter(isQuarantined);
  const own = kept.filter((machine) => machine.instance === instance);
  if (own.length > 0) return released(snapshot, own, asker);
  if (!instances.some(({ name }) => name === instance)) return noSuchInstance(snapshot, instance);
  const names = kept.map(memberOf);
  const meant = names.length === 0 ? "" : `, but ${[...new Set(names)].join(", ")}`;
  return notNow(deployment, `keeps no machine of ${instance} in quarantine${meant}`);
}

function released(snapshot: Snapshot, machines: readonly Machine[], { by, now }: Asker): Asked {
  const draft = draftOf(snapshot, now);
  for (const machine of machines) endQuarantine(draft, machine, { why: "released", by });
  return { changes: draft.waves() };
}
