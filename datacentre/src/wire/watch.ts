// A stream of changes: told as they happen, for as long as the caller listens.

import { LostAnswer } from "../cloud-api.ts";
import { isMeant, streamFrom } from "../desk/changes.ts";
import type { Turn } from "../fault.ts";
import type { Change, ChangeQuery } from "../tenant-api.ts";
import { call, type Credentials, type Line } from "./call.ts";

interface Watching {
  readonly access: Credentials;
  readonly query: ChangeQuery;
  readonly signal: AbortSignal | undefined;
}

/** Resolves when the stream is open. It ends with the signal's reason, or with LostAnswer. */
export async function watch(line: Line, { access, query, signal }: Watching): Promise<AsyncIterable<Change>> {
  const opened = await call(line, {
    access,
    subject: { operation: "watch" },
    effect: (asked) => ({ from: streamFrom(asked, query), tenant: asked.tenant.name, turn: asked.turn }),
    signal,
  });
  return stream(line, { ...opened, labels: query.labels ?? {} }, signal);
}

interface Opened {
  readonly from: number;
  readonly tenant: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly turn: Turn | null;
}

async function* stream(line: Line, opened: Opened, signal: AbortSignal | undefined): AsyncGenerator<Change> {
  const { clock, cloud } = line;
  const { tenant, turn, labels } = opened;
  const cutAt = turn?.kind === "stream_cut" ? clock.now() + turn.afterMs : null;
  for (let from = opened.from; ;) {
    signal?.throwIfAborted();
    cloud.agenda.settle();
    const { changes, last } = cloud.changes.after(from, tenant);
    from = last;
    const told = turn?.kind === "stream_silent" ? [] : changes.filter((change) => isMeant(change, labels));
    for (const change of told) yield change;
    if (cutAt !== null && clock.now() >= cutAt) throw new LostAnswer("The stream was cut");
    if (cloud.changes.last() === from) await untilNext(line, cutAt, signal);
  }
}

/** Until something is due, is planned or has changed, the time comes, or the signal aborts. */
async function untilNext({ clock, cloud }: Line, at: number | null, signal: AbortSignal | undefined): Promise<void> {
  const nap = new AbortController();
  const wake = (): void => nap.abort();
  const ends = [cloud.changes.onAdd(wake), cloud.agenda.onPlan(wake)];
  signal?.addEventListener("abort", wake);
  const dueAt = Math.min(at ?? Number.POSITIVE_INFINITY, cloud.agenda.nextAt() ?? Number.POSITIVE_INFINITY);
  if (dueAt < Number.POSITIVE_INFINITY) await clock.sleep(Math.max(0, dueAt - clock.now()), nap.signal);
  else await new Promise<void>((resolve) => nap.signal.addEventListener("abort", () => resolve(), { once: true }));
  for (const end of ends) end();
  signal?.removeEventListener("abort", wake);
}
