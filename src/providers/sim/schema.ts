// What a datacentre answers over HTTP, narrowed to what is used here.

import {
  CLOUD_ERRORS,
  type CloudErrorCode,
  type Machine,
  type MachinePage,
  type MachineState,
  type ProbeAnswer,
} from "../../../datacentre/src/cloud-api.ts";
import {
  amountAt,
  type Fields,
  listAt,
  numberAt,
  objectAt,
  textAt,
  textOr,
  textsOr,
  UnreadableAnswer,
} from "../../cloud-http/read.ts";
import type { Operation, Part, PartPage, PartState } from "../../../datacentre/src/tenant-api.ts";
import { boundedPause } from "../../cloud-http/retry-after.ts";

/** A machine, as far as it is looked at here. */
export type SimMachine = Machine & { readonly operation: string | null; readonly parts: readonly string[] };

/** A part of one, or one that stands alone. */
export type SimPart = Pick<
  Part,
  "id" | "name" | "realm" | "labels" | "fault" | "machine" | "operation" | "stays" | "state"
>;

export interface SimParts extends Pick<PartPage, "next" | "unreachableRealms"> {
  readonly parts: readonly SimPart[];
}

export interface Refusal {
  readonly code: CloudErrorCode;
  readonly message: string;
  readonly retryAfterMs: number | null;
}

const CODES: ReadonlySet<string> = new Set(Object.keys(CLOUD_ERRORS));

function isCode(text: string): text is CloudErrorCode {
  return CODES.has(text);
}

/** Throws UnreadableAnswer for what is no refusal of a datacentre. */
export function readRefusal(value: unknown): Refusal {
  const error = objectAt(objectAt(value, "answer")["error"], "error");
  return {
    code: codeAt(error),
    message: textAt(error, "message"),
    retryAfterMs: boundedPause(error["retryAfterMs"]),
  };
}

function codeAt(fields: Fields): CloudErrorCode {
  const code = textAt(fields, "code");
  if (!isCode(code)) throw new UnreadableAnswer("code", "is none of a datacentre's");
  return code;
}

export function readMachine(value: unknown): SimMachine {
  const fields = objectAt(value, "machine");
  const { fault } = fields;
  return {
    id: textAt(fields, "id"),
    name: textAt(fields, "name"),
    realm: textAt(fields, "realm"),
    size: textAt(fields, "size"),
    image: textAt(fields, "image"),
    labels: readLabels(fields["labels"]),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a newer datacentre may know others; whoever asks has to be ready for that
    state: textAt(fields, "state") as MachineState,
    fault: readFaultOrNull(fault),
    privateAddress: textOr(fields, "privateAddress", null),
    publicAddress: textOr(fields, "publicAddress", null),
    createdAt: numberAt(fields, "createdAt"),
    operation: textOr(fields, "operation", null),
    parts: textsOr(fields, "parts"),
  };
}

export function readPart(value: unknown): SimPart {
  const fields = objectAt(value, "part");
  return {
    id: textAt(fields, "id"),
    name: textAt(fields, "name"),
    realm: textAt(fields, "realm"),
    labels: readLabels(fields["labels"]),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a newer datacentre may know others, which are none of those that are asked for
    state: textAt(fields, "state") as PartState,
    fault: readFaultOrNull(fields["fault"]),
    machine: textOr(fields, "machine", null),
    operation: textOr(fields, "operation", null),
    stays: readFlag(fields["stays"]),
  };
}

export function readParts(value: unknown): SimParts {
  const fields = objectAt(value, "list");
  return {
    parts: listAt(fields["parts"], "parts").map(readPart),
    next: textOr(fields, "next", null),
    unreachableRealms: readTexts(fields["unreachableRealms"], "unreachableRealms"),
  };
}

export function readOperation(value: unknown): Pick<Operation, "fault"> {
  return { fault: readFaultOrNull(objectAt(value, "operation")["fault"]) };
}

function readFaultOrNull(value: unknown): Machine["fault"] {
  return value === null || value === undefined ? null : readFault(objectAt(value, "fault"));
}

/** A machine's fault with a code that is not known here is a fault all the same. */
function readFault(fields: Fields): NonNullable<Machine["fault"]> {
  const code = textAt(fields, "code");
  return { code: isCode(code) ? code : "unexplained", text: textAt(fields, "text") };
}

function readLabels(value: unknown): Readonly<Record<string, string>> {
  const fields = objectAt(value, "labels");
  return Object.fromEntries(Object.keys(fields).map((key) => [key, textAt(fields, key)]));
}

export function readMachines(value: unknown): readonly SimMachine[] {
  return listAt(value, "machines").map(readMachine);
}

export function readPage(value: unknown): MachinePage & { readonly machines: readonly SimMachine[] } {
  const fields = objectAt(value, "list");
  return {
    machines: readMachines(fields["machines"]),
    next: textOr(fields, "next", null),
    unreachableRealms: readTexts(fields["unreachableRealms"], "unreachableRealms"),
  };
}

function readTexts(value: unknown, place: string): readonly string[] {
  return listAt(value, place).map((text) => {
    if (typeof text !== "string") throw new UnreadableAnswer(place, "holds what is no text");
    return text;
  });
}

export function limitAt(fields: Fields, key: string): number | null {
  return fields[key] === null ? null : amountAt(fields, key);
}

export function readFlag(value: unknown): boolean {
  if (typeof value !== "boolean") throw new UnreadableAnswer("answer", "is neither true nor false");
  return value;
}

/** Of TCP `open` or `closed`, of HTTP a status. */
export function readProbeAnswer(value: unknown): ProbeAnswer {
  if (value === "open" || value === "closed") return value;
  if (typeof value === "number" && Number.isInteger(value) && value >= 100 && value <= 999) return value;
  throw new UnreadableAnswer("answer", "is neither open nor closed nor a status of HTTP");
}

export function readText(value: unknown): string {
  if (typeof value !== "string") throw new UnreadableAnswer("answer", "is no text");
  return value;
}
