// A refusal as the engine writes it: a fault with reason and detail, or an action that holds one; and what comes from elsewhere, a page.

import type { Answer } from "../../cloud-http/send.ts";
import { type Fields, jsonIn, objectAt, textOr, UnreadableAnswer } from "../../cloud-http/read.ts";

export interface Refusal {
  readonly status: number;
  /** The engine's own reason, nearly always "Operation Failed"; null: no fault of its form. */
  readonly reason: string | null;
  readonly message: string;
  /** The answer bears the Correlation-Id that was sent: it is the engine that has looked, and not something before it. */
  readonly isEngine: boolean;
}

/** For people, however much something else has written. */
const TEXT_MOST = 1_000;

export function readRefusal(
  { status, statusText, body }: Pick<Answer, "status" | "statusText" | "body">,
  isEngine: boolean,
): Refusal {
  const bare = { status, reason: null, message: `status ${status} ${statusText}`.trim(), isEngine };
  try {
    return { ...bare, ...faultIn(jsonIn(body)) };
  } catch (error) {
    if (!(error instanceof UnreadableAnswer)) throw error;
    const sentence = sentenceIn(body.toString("utf8"));
    return sentence === null ? bare : { ...bare, message: `${bare.message}: ${sentence}` };
  }
}

/** An action tells how it went, whatever the status of its answer. */
export function isFailedAction({ body }: Pick<Answer, "body">): boolean {
  const text = body.toString("utf8").trimStart();
  if (!text.startsWith("{") || !text.includes('"fault"')) return false;
  try {
    const fields = objectAt(jsonIn(body), "action");
    return textOr(fields, "status", null) === "failed" && fields["fault"] !== undefined;
  } catch (error) {
    if (error instanceof UnreadableAnswer) return false;
    throw error;
  }
}

/** Throws UnreadableAnswer for what has another form. */
function faultIn(value: unknown): Partial<Refusal> {
  if (value === null) return {};
  const fields = objectAt(value, "fault");
  // A failed action repeats what it was asked for, user data included: only its fault is read.
  const fault: Fields = fields["fault"] === undefined ? fields : objectAt(fields["fault"], "fault");
  const reason = textOr(fault, "reason", null);
  const detail = textOr(fault, "detail", null);
  if (detail !== null) return { reason, message: unbracketed(detail) };
  return reason === null ? {} : { reason, message: reason.slice(0, TEXT_MOST) };
}

/** Several messages come in square brackets, with commas between them. */
const unbracketed = (detail: string): string =>
  detail
    .trim()
    .replace(/^\[(.*)\]$/s, "$1")
    .slice(0, TEXT_MOST);

/** The beginning of a page tells what it is. */
const PAGE_MOST = 16_384;

/** What a page says, without its markup. */
function sentenceIn(page: string): string | null {
  const text = page
    .slice(0, PAGE_MOST)
    .replaceAll(/<(?:style|script|head)\b.*?<\/(?:style|script|head)>/gis, " ")
    // Up to the next sign of either kind, so that nothing is gone through twice.
    .replaceAll(/<[^<>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  return text === "" ? null : text.slice(0, 200);
}
