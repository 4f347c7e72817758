// The ways in which a cloud misbehaves. Two groups: what goes wrong with the call itself, and what goes wrong with the
// thing that was asked for. One call can meet one of each.

import { CLOUD_ERRORS, type CloudErrorCode, OPERATIONS, type Operation } from "./cloud-api.ts";
import { readReason, readShown } from "./failure-settings.ts";
import { readPartKind } from "./part-settings.ts";
import {
  amount,
  flag,
  kindOf,
  listOf,
  mapOf,
  oneOf,
  positive,
  type Read,
  type Reader,
  shape,
  ShapeError,
  text,
} from "./shape.ts";

const errorCodes: readonly string[] = Object.keys(CLOUD_ERRORS);
const isErrorCode = (value: string): value is CloudErrorCode => errorCodes.includes(value);

export const readErrorCode: Reader<CloudErrorCode> = (value, place) => {
  const code = text(value, place);
  if (!isErrorCode(code)) throw new ShapeError(place, `must be one of ${errorCodes.join(", ")}`);
  return code;
};

const CALL_FAULTS = {
  /** Answers with an error and does nothing. */
  refuse: shape({ code: readErrorCode }, { message: text, retryAfterMs: amount }),
  /** Not done, and no answer. */
  lose_request: shape({}),
  /** Done, and no answer. */
  lose_answer: shape({}),
  /** Done, and answered with an error (`unavailable` unless told). */
  error_but_done: shape({}, { code: readErrorCode, message: text }),
  /** The answer comes `ms` later; so does the effect when `effectToo`. */
  delay: shape({ ms: amount }, { effectToo: flag }),
  /** No answer, and done only after `ms`. */
  late_effect: shape({ ms: amount }),
  /** Done twice, `gapMs` apart, as by a proxy that retries; the answer is that of the second. */
  duplicate: shape({}, { gapMs: amount }),
  /** The session is over when the call arrives: refused, and nothing done. */
  expire_session: shape({}),
  /** Done, and the connection is cut in the middle of the answer. */
  cut_answer: shape({}),
  /** Answers over HTTP with just this, whatever the face would say; done only when `isDone`. */
  raw_answer: shape({ status: positive, body: text }, { headers: mapOf(text), isDone: flag }),
  /** From now on the realm does not answer for `ms`: the one that the call is about, or the first, unless told. */
  realm_down: shape({ ms: amount }, { realm: text }),
};

const TURNS = {
  /** Stays pending for ever. On reboot: stays as it is shown then, and its services never answer. */
  never_boot: shape({}),
  /** Pending ends in a failure, shown and explained as the cloud's settings say. */
  boot_error: shape({}, { text, code: readErrorCode }),
  /**
   * Accepted, and fails later: `afterMs` after the request, or when it should be done. The operation says why; the machine only
   * with `reason: "machine"`. What could not be created or started is `shown`, what could not be stopped or removed lives on.
   */
  operation_fails: shape({}, { text, code: readErrorCode, afterMs: amount, shown: readShown, reason: readReason }),
  /** Goes down `afterMs` after it came to run. */
  die: shape({ afterMs: amount, to: oneOf(["stopped", "error", "terminated"]) }, { text, code: readErrorCode }),
  /** Removed by hand `afterMs` after the request: in no list, not found, no trace. */
  vanish: shape({ afterMs: amount }),
  /** On create, start and reboot: its services never answer. On probe: does not answer this time. */
  not_listening: shape({}),
  /** On create and start: its services answer HTTP with this status, for ever. On probe: this time. */
  answers: shape({ status: positive }),
  /** Accepted, but the machine lives on. */
  remove_ignored: shape({}),
  /** The removal takes `ms`. */
  remove_slow: shape({ ms: amount }),
  /** These parts stay behind when the machine goes; all that it has unless told. */
  parts_left: shape({}, { parts: listOf(readPartKind) }),
  /** The machine is made, one part of it is not: the machine ends in `error`. */
  part_fails: shape({ part: readPartKind }, { text, code: readErrorCode }),
  /** On createPart: it ends in `error`. */
  make_error: shape({}, { text, code: readErrorCode }),
  /** The machines of these realms are missing, and the answer says so. */
  list_partial: shape({ realms: listOf(text) }),
  /** Nothing at all, and the answer looks fine. */
  list_empty: shape({}),
  /** The console shows this instead. */
  console_text: shape({ text }),
  /** The stream is cut `afterMs` after it was opened. */
  stream_cut: shape({ afterMs: amount }),
  /** The stream stays open and tells nothing. */
  stream_silent: shape({}),
  /** The state of things as it was `ms` ago. */
  list_stale: shape({ ms: amount }),
};

const TURN_OF: Readonly<Record<keyof typeof TURNS, readonly Operation[]>> = {
  never_boot: ["create", "start", "reboot"],
  boot_error: ["create", "start"],
  operation_fails: ["create", "start", "stop", "reboot", "remove", "createPart", "removePart"],
  die: ["create", "start"],
  vanish: ["create", "start"],
  not_listening: ["create", "start", "reboot", "probe"],
  answers: ["create", "start", "probe"],
  remove_ignored: ["remove", "removePart"],
  remove_slow: ["remove", "removePart"],
  parts_left: ["remove"],
  part_fails: ["create"],
  make_error: ["createPart"],
  list_partial: ["list", "listParts"],
  list_empty: ["list", "findByName", "listParts", "listOperations", "changes"],
  console_text: ["console"],
  stream_cut: ["watch"],
  stream_silent: ["watch"],
  list_stale: ["list", "findByName"],
};

/** The kinds that can strike one of these operations, by name. */
export function faultsOn(operations: readonly Operation[]): readonly string[] {
  const turns = Object.entries(TURN_OF).filter(([, on]) => on.some((operation) => operations.includes(operation)));
  return [...Object.keys(CALL_FAULTS), ...turns.map(([kind]) => kind)];
}

const readFault = kindOf({ ...CALL_FAULTS, ...TURNS });
export type Fault = Read<typeof readFault>;
export type Turn = Extract<Fault, { kind: keyof typeof TURNS }>;
export type CallFault = Exclude<Fault, Turn>;

export function isTurn(fault: Fault): fault is Turn {
  return fault.kind in TURNS;
}

const readWhen = shape(
  {},
  {
    /** The how-manieth call that meets all the other conditions, from 1, counted since the rule was added. */
    nth: positive,
    /** Exact, or a beginning followed by `*`. Of the request, or of the machine that the id means. */
    name: text,
    /** Of calls about parts: their kind. */
    part: readPartKind,
    realm: text,
    labels: mapOf(text),
    /** Not before this long after the rule was added. */
    afterMs: amount,
  },
);

const readTimes: Reader<number | "always"> = (value, place) => (value === "always" ? value : positive(value, place));

const readRule = shape(
  { on: oneOf([...OPERATIONS, "any"]), do: readFault },
  {
    when: readWhen,
    /** How often it applies: once unless told. */
    times: readTimes,
    /** 0–1, drawn from the seed for every call that meets the conditions: certain unless told. */
    probability: amount,
  },
);
export type FaultRule = Read<typeof readRule>;

export const readFaultRule: Reader<FaultRule> = (value, place) => {
  const rule = readRule(value, place);
  if (isTurn(rule.do) && !TURN_OF[rule.do.kind].some((operation) => operation === rule.on)) {
    throw new ShapeError(`${place}.on`, `${rule.do.kind} goes with ${TURN_OF[rule.do.kind].join(", ")}`);
  }
  return rule;
};
