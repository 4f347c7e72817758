// One call of a tenant on its way: admission, time, and the faults of calls.
//
// The effect of a request is put on the agenda for the moment in which it reaches the cloud. From then on it happens,
// whether the caller still waits or not, just as behind a real network.

import type { Clock } from "../clock.ts";
import { CloudError, LostAnswer, type Operation, ScriptedAnswer } from "../cloud-api.ts";
import type { Effect } from "../desk/asked.ts";
import type { CallFault, Turn } from "../fault.ts";
import { drawMs } from "../time/distribution.ts";
import type { CloudState } from "../state/cloud-state.ts";
import type { Subject } from "../state/fault-rules.ts";
import type { Tenant } from "../state/tenant.ts";

/** By the tenant's key, or by a session. */
export type Credentials = { readonly tenant: string; readonly key: string } | { readonly session: string };

export type Access = Credentials & {
  /** An answer that never comes: wait until the signal aborts (the default), or reject with LostAnswer at once. */
  readonly lostAnswers?: "hang" | "reject";
};

/** Between one caller and one cloud. */
export interface Line {
  readonly cloud: CloudState;
  readonly clock: Clock;
  /** As in Access. */
  readonly lostAnswers?: "hang" | "reject" | undefined;
  /** Called when an answer is to be cut in its middle, by whoever can do so; without, the answer is lost. */
  readonly onCut?: (() => void) | undefined;
}

/** What is asked; rules find the machine behind `id` by its name, realm and labels. */
export interface CallSubject extends Subject {
  readonly id?: string;
  /** Id of the network that the request names: tells the realm where it is in one only. */
  readonly network?: string;
  /** What the caller calls this request; shown in the operation that it begins. */
  readonly correlation?: string;
}

export interface Call<T> {
  readonly access: Credentials;
  readonly subject: CallSubject;
  readonly effect: Effect<T>;
  readonly signal: AbortSignal | undefined;
}

/** Rejects with CloudError, LostAnswer, ScriptedAnswer, or the signal's reason. */
export function call<T>(line: Line, { access, subject, effect, signal }: Call<T>): Promise<T> {
  const { cloud } = line;
  const correlation = subject.correlation ?? null;
  return travel(line, {
    subject,
    signal,
    session: "session" in access ? access.session : null,
    admit: () => admit(cloud, access, subject.operation),
    effect: (tenant, turn) => effect({ cloud, tenant, turn, correlation }),
  });
}

/** A request that needs no credentials: it takes its time, and meets outages and faults of calls. Rejects as `call` does. */
export function pass(line: Line, subject: CallSubject, signal: AbortSignal): Promise<void> {
  const admitAnybody = (): void => checkIn(line.cloud);
  return travel(line, { subject, signal, session: null, admit: admitAnybody, effect: () => undefined });
}

interface Journey<A, T> {
  readonly subject: CallSubject;
  readonly signal: AbortSignal | undefined;
  readonly session: string | null;
  readonly admit: () => A;
  readonly effect: (admitted: A, turn: Turn | null) => T;
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/** One for all: making an error with its stack for every call costs more than the call. */
const NOT_YET = new Error("the effect has not happened yet");

async function travel<A, T>(line: Line, { subject, signal, session, ...journey }: Journey<A, T>): Promise<T> {
  const { cloud } = line;
  signal?.throwIfAborted();
  cloud.agenda.settle();
  const sentAt = cloud.agenda.now();
  const { latency, latencyOf } = cloud.settings;
  const latencyMs = drawMs(latencyOf[subject.operation] ?? latency, cloud.latencies);
  const admission = attempt(journey.admit);
  if ("error" in admission) {
    await untilAt(line, sentAt + latencyMs, signal);
    throw admission.error;
  }
  const about = known(cloud, subject);
  const misfortune = cloud.rules.meet(about, sentAt);
  if (misfortune.call?.kind === "realm_down") takeDown(cloud, { ...about, ...misfortune.call });
  if (misfortune.call?.kind === "expire_session" && session !== null) cloud.sessions.end(session);
  const trip = tripOf(misfortune.call, { sentAt, latencyMs });
  let outcome: Outcome<T> = { error: NOT_YET };
  for (const at of trip.effectsAt) {
    cloud.agenda.plan(at, () => {
      outcome = attempt(() => journey.effect(admission.value, misfortune.turn));
    });
  }
  cloud.agenda.settle();
  if (trip.answerAt === null) return loseAnswer(line, sentAt + latencyMs, signal);
  await untilAt(line, trip.answerAt, signal);
  if (trip.error !== null) throw trip.error;
  if (trip.isCut) cut(line);
  return valueOf(outcome);
}

/** The cloud's front door: who may not pass costs nothing and meets no scripted fault. */
function admit(cloud: CloudState, access: Credentials, operation: Operation): Tenant {
  checkIn(cloud);
  const tenant = tenantOf(cloud, access, operation);
  tenant.calls.set(operation, (tenant.calls.get(operation) ?? 0) + 1);
  if (tenant.isSuspended) throw new CloudError("account_suspended", `The account ${tenant.name} is suspended`);
  const retryAfterMs = operation === "probe" ? 0 : (tenant.bucket?.take(cloud.agenda.now()) ?? 0);
  if (retryAfterMs > 0) throw new CloudError("throttled", "Too many requests", { retryAfterMs });
  return tenant;
}

function checkIn(cloud: CloudState): void {
  if (cloud.isOut) throw new CloudError("unavailable", `${cloud.settings.name} is out of order`);
}

function tenantOf(cloud: CloudState, access: Credentials, operation: Operation): Tenant {
  if ("session" in access) {
    const owner = cloud.tenants.get(cloud.sessions.use(access.session, cloud.agenda.now()) ?? "");
    if (owner === undefined) throw new CloudError("session_expired", "The session is over, or never was");
    return owner;
  }
  const tenant = cloud.tenants.get(access.tenant);
  if (tenant === undefined || tenant.key !== access.key) {
    throw new CloudError("wrong_key", "Unknown tenant or wrong key");
  }
  if (cloud.settings.sessions?.isRequired === true && operation !== "login") {
    throw new CloudError("wrong_key", "The key is for logging in only");
  }
  return tenant;
}

function known(cloud: CloudState, subject: CallSubject): Subject {
  const { operation, id, network } = subject;
  if (network !== undefined && subject.realm === undefined) {
    const [realm, ...others] = cloud.things.networks.find((candidate) => candidate.id === network)?.realms ?? [];
    return realm === undefined || others.length > 0 ? subject : { ...subject, realm };
  }
  if (id === undefined) return subject;
  const request = cloud.machines.get(id)?.request;
  if (request !== undefined) return { ...request, operation };
  const part = cloud.parts.get(id);
  if (part === undefined) return { operation };
  const { kind, name, realm, labels } = part;
  return { operation, part: kind, name, realm, labels };
}

function takeDown(cloud: CloudState, { realm, ms }: { readonly realm?: string; readonly ms: number }): void {
  const [first] = cloud.realms.values();
  const meant = (realm === undefined ? undefined : cloud.realms.get(realm)) ?? first;
  if (meant !== undefined) meant.downUntil = Math.max(meant.downUntil, cloud.agenda.now() + ms);
}

interface Trip {
  /** When the cloud carries it out; more than once for a duplicate, never for a request that got lost. */
  readonly effectsAt: readonly number[];
  /** Null: never. */
  readonly answerAt: number | null;
  /** Answered instead of the outcome. */
  readonly error: CloudError | ScriptedAnswer | null;
  /** Whether the answer breaks off in its middle. */
  readonly isCut: boolean;
}

function tripOf(fault: CallFault | null, { sentAt, latencyMs }: { sentAt: number; latencyMs: number }): Trip {
  const half = sentAt + latencyMs / 2;
  const trip: Trip = { effectsAt: [half], answerAt: sentAt + latencyMs, error: null, isCut: false };
  switch (fault?.kind) {
    case undefined:
    case "realm_down":
      return trip;
    case "refuse": {
      const { code, message = "Refused by script", retryAfterMs = null } = fault;
      return { ...trip, effectsAt: [], error: new CloudError(code, message, { retryAfterMs }) };
    }
    case "expire_session":
      return { ...trip, effectsAt: [], error: new CloudError("session_expired", "The session is over") };
    case "cut_answer":
      return { ...trip, isCut: true };
    case "raw_answer": {
      const { status, body, headers = {}, isDone = false } = fault;
      const error = new ScriptedAnswer({ status, body, headers });
      return { ...trip, effectsAt: isDone ? trip.effectsAt : [], error };
    }
    case "lose_request":
      return { ...trip, effectsAt: [], answerAt: null };
    case "lose_answer":
      return { ...trip, answerAt: null };
    case "error_but_done":
      return { ...trip, error: new CloudError(fault.code ?? "unavailable", fault.message ?? "Failed, but it is done") };
    case "delay": {
      const effectsAt = [fault.effectToo === true ? half + fault.ms : half];
      return { ...trip, effectsAt, answerAt: sentAt + latencyMs + fault.ms };
    }
    case "late_effect":
      return { ...trip, effectsAt: [half + fault.ms], answerAt: null };
    case "duplicate": {
      const gapMs = fault.gapMs ?? 0;
      return { ...trip, effectsAt: [half, half + gapMs], answerAt: sentAt + latencyMs + gapMs };
    }
  }
}

async function untilAt({ cloud, clock }: Line, at: number, signal: AbortSignal | undefined): Promise<void> {
  while (clock.now() < at && signal?.aborted !== true) await clock.sleep(at - clock.now(), signal);
  signal?.throwIfAborted();
  cloud.agenda.settle();
}

async function loseAnswer(line: Line, at: number, signal: AbortSignal | undefined): Promise<never> {
  if (line.lostAnswers === "reject") {
    await untilAt(line, at, signal);
    throw new LostAnswer("The connection was lost before the answer came");
  }
  await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
  throw signal?.reason;
}

function cut({ onCut }: Line): void {
  if (onCut === undefined) throw new LostAnswer("The connection was cut in the middle of the answer");
  onCut();
}

function attempt<T>(act: () => T): Outcome<T> {
  try {
    return { value: act() };
  } catch (error) {
    return { error };
  }
}

function valueOf<T>(outcome: Outcome<T>): T {
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}
