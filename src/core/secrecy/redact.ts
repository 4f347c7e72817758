// Texts of clouds and consoles may repeat what they were given. Before such a text is kept or shown, the secrets known to
// whoever asked are taken out, in whatever encoding they appear (readings.ts), and what a database or a terminal cannot hold as well.

import { brief, splitRest, withRest } from "../story/brief.ts";
import type { Fault } from "../fault.ts";
import type { Observed } from "../machine.ts";
import { changeFault, changeFaults } from "../world/outcome.ts";
import { beginOf, bytesOf, endOf, type Reading, readingsOf } from "./readings.ts";
import type { CallOutcome } from "../world/record.ts";
import { SECRET_LEAST } from "./secret.ts";

const REDACTED = "[redacted]";

/** A line of a longer secret (a key in PEM) this long gives something away by itself. */
const LINE_LEAST = 8;
/** More is not read: what is kept in the end is far less, and whoever sends megabytes must not keep everybody waiting. */
const READ_MOST = 64 * 1024;

/** The text without NUL and broken characters, and with every one of `secrets` replaced. */
export function redactText(text: string, secrets: readonly string[]): string {
  const { here, rest } = splitRest(brief(text.toWellFormed().replaceAll("\0", ""), READ_MOST));
  const wanted = wantedOf(secrets);
  return withRest(wanted.parts.size === 0 ? here : without(here, wanted), rest);
}

/** Names for programs and for support, by which faults are told apart: they are left alone. Whatever has not their form is text. */
const CODE = /^[\w.:/-]{1,128}$/;

export function redactFault(fault: Fault, secrets: readonly string[]): Fault {
  const { code, text, requestId } = fault;
  return {
    ...fault,
    code: CODE.test(code) ? code : redactText(code, secrets),
    text: redactText(text, secrets),
    requestId: requestId === null ? null : redactText(requestId, secrets),
  };
}

export function redactObserved(observed: Observed, secrets: readonly string[]): Observed {
  return changeFault(observed, (fault) => redactFault(fault, secrets));
}

export function redactOutcome(outcome: CallOutcome, secrets: readonly string[]): CallOutcome {
  if (outcome.kind === "console" && outcome.text !== null) {
    return { ...outcome, text: redactText(outcome.text.slice(-READ_MOST), secrets) };
  }
  return changeFaults(outcome, (fault) => redactFault(fault, secrets));
}

/** What is looked for, as bytes. */
interface Wanted {
  /** By the number that its first two bytes make. */
  readonly parts: ReadonlyMap<number, readonly DataView[]>;
  /** 1 where such a number may be among them: most of a text is passed over by this. */
  readonly marks: Uint8Array;
}

const MARKS = 4_096;

function wantedOf(secrets: readonly string[]): Wanted {
  const texts = new Set<string>();
  for (const secret of secrets) {
    const clean = secret.toWellFormed().replaceAll("\0", "");
    const lines = clean.split(/\r?\n/).map((line) => line.trim());
    for (const part of [clean.trim(), ...lines.filter((line) => line.length >= LINE_LEAST)]) {
      // Forms write a space as a plus sign.
      if (part.length >= SECRET_LEAST) texts.add(part).add(part.replaceAll(" ", "+"));
    }
  }
  const parts = Map.groupBy([...texts].map(bytesOf), (part) => part.getUint16(0));
  const marks = new Uint8Array(MARKS);
  for (const pair of parts.keys()) marks[pair % MARKS] = 1;
  return { parts, marks };
}

function without(text: string, wanted: Wanted): string {
  const hidden = new Set<number>();
  const hide = (reading: Reading, { first, last }: Finding): void => {
    for (let at = beginOf(reading, first); at < endOf(reading, last); at += 1) hidden.add(at);
  };
  const [itself, ...others] = readingsOf(text);
  for (const finding of cutOff(itself.bytes, wanted)) hide(itself, finding);
  for (const reading of [itself, ...others]) {
    for (const finding of findings(reading.bytes, wanted)) hide(reading, finding);
  }
  if (hidden.size === 0) return text;
  let clean = "";
  for (let at = 0; at < text.length; at += 1) {
    if (!hidden.has(at)) clean += text.charAt(at);
    else if (!hidden.has(at - 1)) clean += REDACTED;
  }
  return clean;
}

/** The first and the last byte of a secret. */
interface Finding {
  readonly first: number;
  readonly last: number;
}

function findings(bytes: DataView, { parts, marks }: Wanted): readonly Finding[] {
  const found: Finding[] = [];
  for (let at = 0; at <= bytes.byteLength - SECRET_LEAST; at += 1) {
    const pair = bytes.getUint16(at);
    if (marks[pair % MARKS] !== 1) continue;
    for (const part of parts.get(pair) ?? []) {
      const last = at + part.byteLength - 1;
      if (last < bytes.byteLength && isSame(part, pieceOf(bytes, at, last))) found.push({ first: at, last });
    }
  }
  return found;
}

/** A text is often cut by whoever sends it, a console by its provider: at either end there may be a piece of a secret. */
function cutOff(bytes: DataView, { parts }: Wanted): readonly Finding[] {
  const found: Finding[] = [];
  const end = bytes.byteLength - 1;
  for (const part of [...parts.values()].flat()) {
    const partEnd = part.byteLength - 1;
    for (let size = Math.min(partEnd, end + 1); size >= SECRET_LEAST; size -= 1) {
      const tail = { first: end + 1 - size, last: end };
      const head = { first: 0, last: size - 1 };
      if (isSame(pieceOf(part, 0, size - 1), pieceOf(bytes, tail.first, end))) found.push(tail);
      if (isSame(pieceOf(part, partEnd + 1 - size, partEnd), pieceOf(bytes, 0, size - 1))) found.push(head);
    }
  }
  return found;
}

function pieceOf({ buffer, byteOffset }: DataView, first: number, last: number): DataView {
  return new DataView(buffer, byteOffset + first, last - first + 1);
}

/** Of pieces of the same length. */
function isSame(one: DataView, other: DataView): boolean {
  for (let at = 0; at < one.byteLength; at += 1) if (one.getUint8(at) !== other.getUint8(at)) return false;
  return true;
}
