// A refusal as Deltacloud writes it: an error document; some, such as those for credentials and missing parameters, are a bare sentence; and
// whatever stands before it answers with pages.

import { UnreadableAnswer } from "../../cloud-http/read.ts";
import type { Answer } from "../../cloud-http/send.ts";
import { readError } from "./schema.ts";

export interface Refusal {
  readonly status: number;
  /** It is Deltacloud's own word: an error document with this very status. */
  readonly isDocument: boolean;
  /** The address that it is about, as Deltacloud says it; empty where it does not. */
  readonly about: string;
  readonly message: string;
}

/** For people, however much is written: a breakdown comes with its whole backtrace. */
const TEXT_MOST = 1_000;

export function readRefusal({ status, statusText, body }: Pick<Answer, "status" | "statusText" | "body">): Refusal {
  const bare = `status ${status} ${statusText}`.trim();
  try {
    const error = readError(body);
    const isDocument = error.status === String(status);
    return { status, isDocument, about: error.url, message: error.message.slice(0, TEXT_MOST) || bare };
  } catch (error) {
    if (!(error instanceof UnreadableAnswer)) throw error;
    const text = body.toString("utf8").trim();
    const isSentence = text !== "" && text.length <= 300 && !/[<{]/.test(text);
    return { status, isDocument: false, about: "", message: isSentence ? `${bare}: ${text}` : bare };
  }
}
