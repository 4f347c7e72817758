// Texts of clouds may have any length, and each is kept in several rows and sent with every list. What is kept is its beginning, with the
// rest counted.

import type { Fault } from "../fault.ts";

/** Enough for every sentence, and for much of the page that a proxy sends in its place. */
const TEXT_MOST = 2_048;
const NAME_MOST = 128;

const REST = /… [\d,]{1,20} more characters$/;

/** What is here of a text, and how much more there was: it may have been cut before. */
export function splitRest(text: string): { readonly here: string; readonly rest: number } {
  const cut = REST.exec(text);
  if (cut === null) return { here: text, rest: 0 };
  return { here: text.slice(0, cut.index), rest: Number(cut[0].replaceAll(/\D/g, "")) };
}

export function withRest(here: string, rest: number): string {
  return rest === 0 ? here : `${here}… ${rest.toLocaleString("en")} more characters`;
}

/** The first `most` characters, none of them halved. All that is missing is counted, also what was cut off before. */
export function brief(text: string, most = TEXT_MOST): string {
  const { here, rest } = splitRest(text);
  if (here.length <= most) return text;
  const kept = here.slice(0, most).replace(/[\uD800-\uDBFF]$/, "");
  return withRest(kept, rest + here.length - kept.length);
}

export function briefFault(fault: Fault): Fault {
  const { code, text, requestId } = fault;
  return {
    ...fault,
    code: brief(code, NAME_MOST),
    text: brief(text),
    requestId: requestId === null ? null : brief(requestId, NAME_MOST),
  };
}
