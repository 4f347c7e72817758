// What W3C Trace Context calls a traceparent: of which trace a request is, and within which span of it.

const FORM = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

export interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly isSampled: boolean;
  /** What others' systems wrote along the way (`tracestate`), to be handed on as it is; null: nothing. */
  readonly state: string | null;
}

/** The headers that say it, as they came. */
export interface TraceHeaders {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

/** As it is kept: the state, where there is one, stands behind a space. Null for what is none, which means the same as none at all. */
export function parseTraceparent(kept: string | null | undefined): TraceParent | null {
  const [text = "", ...rest] = (kept ?? "").split(" ");
  return parseTraceHeaders({ traceparent: text, tracestate: rest.join(" ") });
}

export function parseTraceHeaders({ traceparent, tracestate }: TraceHeaders): TraceParent | null {
  const [, version, traceId, spanId, flags, more] = FORM.exec(traceparent ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  // Later versions may say more behind it.
  if (version === "00" && more !== undefined) return null;
  return { traceId, spanId, isSampled: Number.parseInt(flags, 16) % 2 === 1, state: stateOf(tracestate ?? "") };
}

const MEMBER = /^[a-z0-9][\w*/@-]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
/** More than W3C asks anybody to hand on. */
const STATE_MOST = { members: 32, length: 512 };

/** Null for what is none, and for what has a mistake: it is dropped whole then, and its trace goes on. */
function stateOf(text: string): string | null {
  const members = text.split(",").map((member) => member.trim());
  const given = members.filter((member) => member !== "");
  if (given.length === 0 || given.length > STATE_MOST.members || text.length > STATE_MOST.length) return null;
  return given.every((member) => MEMBER.test(member)) ? given.join(",") : null;
}

/** As `parseTraceparent` reads it. */
export function keptTrace(parent: TraceParent): string {
  return parent.state === null ? traceparentOf(parent) : `${traceparentOf(parent)} ${parent.state}`;
}

export function traceparentOf({ traceId, spanId, isSampled }: Omit<TraceParent, "state">): string {
  return `00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`;
}
