// One page of a listing: what differs from the ledger is recorded under the locks of the deployments it belongs to.

import type { Draft } from "../core/decision/draft.ts";
import type { DeploymentId } from "../core/ids.ts";
import type { Machine, Observed } from "../core/machine.ts";
import { recordSeen } from "../core/world/record.ts";
import { redactObserved } from "../core/secrecy/redact.ts";
import { seeStray } from "../core/world/stray.ts";
import { isDouble, isNews, isOverlooked } from "../core/world/tracking.ts";
import type { PolledNews } from "../ports/spans.ts";
import type { Tx } from "../ports/store.ts";
import { apart, together } from "./apart.ts";
import { type DecidingDeps, type Extent, tellDecided, writeNews } from "./follow.ts";
import { openValues } from "../ports/sealing.ts";
import type { Decided } from "../ports/spans.ts";
import { markStrays, type Sighting } from "./sweep.ts";

/** Deployments per transaction, so that locks are short. */
const CHUNK = 50;

interface Seen {
  readonly machine: Machine;
  readonly observed: Observed;
}

export interface Page {
  readonly machines: readonly Observed[];
  readonly sighting: Sighting;
  /** Credentials, to be taken out of texts. */
  readonly secrets: readonly string[];
  /** Takes each instance of which news was recorded. */
  readonly note: (news: PolledNews) => void;
}

interface Recorded {
  /** Something on it was not recorded, since its machine has had news after the list was asked for. */
  readonly overlooked: boolean;
  /** The names of those that were not as the ledger had them. */
  readonly differing: ReadonlySet<string>;
}

export async function recordPage(deps: DecidingDeps, { machines, sighting, secrets, note }: Page): Promise<Recorded> {
  if (machines.length === 0) return { overlooked: false, differing: new Set() };
  const clean = machines.map((observed) => redactObserved(observed, secrets));
  const { changed, strays } = await deps.store.write((tx) => tx.compareListing(sighting.account, clean));
  const news = changed.filter(({ machine, observed }) => isNews(machine, observed, sighting.askedAt));
  let overlooked = changed.some(({ machine, observed }) => isOverlooked(machine, observed, sighting.askedAt));
  const byDeployment = Map.groupBy(news, ({ machine }) => machine.deployment);
  const telling = { events: deps.events, kind: "poll" } as const;
  const loose = byDeployment.get(null) ?? [];
  await apart({ ...telling, nameOf: ({ machine }) => machine.id }, loose, ({ machine, observed }) =>
    deps.store.write((tx) => recordStraySeen(tx, machine, observed)),
  );
  byDeployment.delete(null);
  const ids = [...byDeployment.keys()].filter((id) => id !== null);
  for (let from = 0; from < ids.length; from += CHUNK) {
    const chunk = ids.slice(from, from + CHUNK);
    const at = { byDeployment, askedAt: sighting.askedAt, note };
    // Where it is refused, for whatever reason, what was decided with it may be why: each further try records.
    let extent: Extent = "decide";
    const recorded = await together({ ...telling, nameOf: String }, chunk, (some) =>
      deps.store.write((tx) => {
        const one = { ids: some, ...at, extent };
        extent = "record";
        return recordChunk(deps, tx, one);
      }),
    );
    for (const { decided } of recorded) tellDecided(deps, decided);
    overlooked ||= recorded.some(({ hasLeftOut }) => hasLeftOut);
  }
  const doubles = changed.filter(({ machine, observed }) => isDouble(machine, observed));
  await markStrays(deps, [...strays, ...doubles.map(({ observed }) => observed)], sighting);
  return {
    overlooked,
    differing: new Set([...changed.map(({ observed }) => observed), ...strays].map(({ name }) => name)),
  };
}

async function recordStraySeen(tx: Tx, machine: Machine, observed: Observed): Promise<void> {
  const locked = await tx.lockMachine(machine.id);
  if (locked !== null) await tx.putStray(seeStray(locked.machine, observed, locked.now));
}

interface Chunk {
  readonly ids: readonly DeploymentId[];
  readonly byDeployment: ReadonlyMap<DeploymentId | null, readonly Seen[]>;
  readonly askedAt: number;
  readonly note: Page["note"];
  readonly extent: Extent;
}

interface RecordedChunk {
  /** A machine has had news between the comparison and the lock, so that what was seen of it was left out. */
  readonly hasLeftOut: boolean;
  /** To be told of once it is committed. */
  readonly decided: readonly Decided[];
}

async function recordChunk(deps: DecidingDeps, tx: Tx, chunk: Chunk): Promise<RecordedChunk> {
  const { ids, byDeployment, askedAt, note, extent } = chunk;
  let hasLeftOut = false;
  const { now } = await tx.lock(ids);
  const snapshots = await tx.snapshots(ids);
  const hasFaults = ids.some((id) => byDeployment.get(id)?.some(({ observed }) => observed.fault !== null));
  const sealed = hasFaults ? await tx.secretSetsOf(ids) : new Map<DeploymentId, readonly string[]>();
  const all = snapshots.flatMap((snapshot) => {
    const { id } = snapshot.deployment;
    const secrets = openValues(deps.secrets, sealed.get(id));
    const rows = new Map(snapshot.machines.map((row) => [row.id, row]));
    const news = (byDeployment.get(id) ?? []).flatMap(({ machine, observed }) => {
      // Looked at again under the lock: a call may have been answered since the comparison.
      const row = rows.get(machine.id);
      if (row === undefined) return [];
      hasLeftOut ||= isOverlooked(row, observed, askedAt);
      if (!isNews(row, observed, askedAt)) return [];
      if (row.instance !== null) note({ of: snapshot.deployment, instance: row.instance, attempt: row.attemptNo });
      return [{ machine: row.id, observed: redactObserved(observed, [row.nonce, ...secrets]) }];
    });
    return news.length === 0 ? [] : { snapshot, now, recording: (draft: Draft) => recordSeen(draft, news) };
  });
  return { hasLeftOut, decided: await writeNews(deps, tx, { news: all, extent }) };
}
