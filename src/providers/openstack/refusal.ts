// A refusal as each of OpenStack's services writes it: Nova names its kind, Keystone has an `error`, Neutron a type, Glance a page.

import type { Answer } from "../../cloud-http/send.ts";
import { jsonIn, objectAt, textOr, UnreadableAnswer } from "../../cloud-http/read.ts";

export interface Refusal {
  readonly status: number;
  /** The service's own word: `itemNotFound`, `OverQuota`; null: something in between has answered, or it does not say. */
  readonly kind: string | null;
  readonly message: string;
}

/** For people, however much something else has written. */
const TEXT_MOST = 1_000;

export function readRefusal({ status, statusText, body }: Pick<Answer, "status" | "statusText" | "body">): Refusal {
  const bare = { status, kind: null, message: `status ${status} ${statusText}`.trim() };
  try {
    return { ...bare, ...formOf(jsonIn(body)) };
  } catch (error) {
    if (!(error instanceof UnreadableAnswer)) throw error;
    const sentence = sentenceIn(body.toString("utf8"));
    return sentence === null ? bare : { ...bare, message: `${bare.message}: ${sentence}` };
  }
}

/** Throws UnreadableAnswer for what is none of the known forms. */
function formOf(value: unknown): Partial<Pick<Refusal, "kind" | "message">> {
  const fields = objectAt(value, "refusal");
  const [[kind, inner] = [null, null]] = Object.entries(fields);
  if (kind === "NeutronError") {
    if (typeof inner === "string") return { message: inner };
    const error = objectAt(inner, kind);
    return { kind: textOr(error, "type", null), ...messageIn(error) };
  }
  // Glance and some proxies: message, code and title side by side.
  if (typeof fields["message"] === "string") return { message: fields["message"] };
  // Keystone's `error` says no more than its status.
  const named = objectAt(inner, "refusal");
  return { kind: kind === "error" ? textOr(named, "title", null) : kind, ...messageIn(named) };
}

function messageIn(fields: Readonly<Record<string, unknown>>): Partial<Pick<Refusal, "message">> {
  const { message } = fields;
  return typeof message === "string" && message.trim() !== "" ? { message: told(message.trim()) } : {};
}

/** What does not fit its schema, Nova says back: user data with whatever is secret in it, too. */
const told = (message: string): string =>
  message.replace(/(?<=^Invalid input for field\/attribute \S+)\. Value: .*$/s, "");

/** What a page says below its heading; null for what is no page of theirs. */
function sentenceIn(page: string): string | null {
  const text = /<\/h1>\s*([^<]+)/.exec(page)?.[1]?.trim() ?? "";
  return text === "" ? null : text.slice(0, TEXT_MOST);
}
