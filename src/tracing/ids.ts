// Which trace and which span something is. Whatever is told of a deployment, by whichever process and however often it is started anew,
// meets in the same trace: its ids are made of the rows' own, and of nothing else.

import { createHash } from "node:crypto";
import { parseTraceparent, type TraceParent } from "../core/traceparent.ts";
import type { Traced } from "../ports/spans.ts";

/** What its sender goes on with; null: it begins a trace. */
function parentOf({ traceparent }: Traced): TraceParent | null {
  return parseTraceparent(traceparent);
}

/** A trace, with what it goes on from. */
export interface Trace {
  readonly traceId: string;
  readonly parent: TraceParent | null;
}

export const traceOf = (of: Traced): Trace => ({ traceId: traceIdOf(of), parent: parentOf(of) });

/** Each poll of an account is a trace of its own. */
export const pollTrace = (poll: { readonly id: string; readonly pollNo: number }): Trace => ({
  traceId: digest(["poll", poll.id, poll.pollNo]).slice(0, 32),
  parent: null,
});

export const pollSpan = (poll: { readonly id: string; readonly pollNo: number }): string =>
  spanId(["poll", poll.id, poll.pollNo]);

export function checkSpan(machine: string, probeNo: number): string {
  return spanId(["check", machine, probeNo]);
}

export function traceIdOf(of: Traced): string {
  return parentOf(of)?.traceId ?? digest(["trace", of.id]).slice(0, 32);
}

export function deploymentSpan({ id }: Pick<Traced, "id">): string {
  return spanId(["deployment", id]);
}

export function attemptSpan({ id }: Pick<Traced, "id">, attempt: number): string {
  return spanId(["attempt", id, attempt]);
}

export function instanceSpan(
  { id }: Pick<Traced, "id">,
  of: { readonly attempt: number; readonly name: string },
): string {
  return spanId(["instance", id, of.attempt, of.name]);
}

export function callSpan(machine: string, callNo: number): string {
  return spanId(["call", machine, callNo]);
}

/** Of what comes once in a deployment, or once in an attempt. */
export function stepSpan({ id }: Pick<Traced, "id">, step: string, attempt: number): string {
  return spanId([step, id, attempt]);
}

const spanId = (parts: readonly (string | number)[]): string => digest(parts).slice(0, 16);

function digest(parts: readonly (string | number)[]): string {
  return createHash("sha256")
    .update(JSON.stringify(["slipway", ...parts]))
    .digest("hex");
}
