// What a cloud answers as values, read by the provider's own readers and schemas; what has another form is a fault.

import { unreadableFault } from "./faults.ts";
import { jsonIn, UnreadableAnswer } from "./read.ts";
import type { Answer } from "./send.ts";

/** The body as `read` takes it. Throws a ProviderFault for what has another form. */
export function readable<T>({ body }: Pick<Answer, "body">, read: (body: Buffer) => T): T {
  try {
    return read(body);
  } catch (error) {
    throw error instanceof UnreadableAnswer ? unreadableFault(error) : error;
  }
}

/** The same of JSON; null where there is no body. */
export const readableJson = <T>(answer: Pick<Answer, "body">, read: (value: unknown) => T): T =>
  readable(answer, (body) => read(jsonIn(body)));

/** As zod tells it. */
interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly expected?: string;
  readonly origin?: string;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
}

interface Schema<T> {
  readonly safeParse: (
    value: unknown,
  ) =>
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: { readonly issues: readonly Issue[] } };
}

/** Reads a body as a schema says. Throws UnreadableAnswer with the place of what does not fit. */
export function shaped<T>(what: string, schema: Schema<T>): (value: unknown) => T {
  return (value) => {
    const read = schema.safeParse(value);
    if (read.success) return read.data;
    const [issue] = read.error.issues;
    const place = [what, ...(issue?.path ?? [])].map(String).join(".");
    throw new UnreadableAnswer(place, `cannot be read: ${issue === undefined ? OTHER_FORM : wrongText(issue)}`);
  };
}

const OTHER_FORM = "it has another form";

function wrongText({ code, message, expected, origin, minimum, maximum }: Issue): string {
  if (code === "invalid_type") return `it is no ${expected}`;
  if (code === "too_small") return `it is ${origin === "string" ? "shorter" : "less"} than ${minimum}`;
  if (code === "too_big") return `it is ${origin === "string" ? "longer" : "more"} than ${maximum}`;
  return code === "custom" ? `it ${message}` : OTHER_FORM;
}
