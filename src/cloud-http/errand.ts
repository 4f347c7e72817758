// What requests to clouds are sent for, as far as somebody wants to know: requests say of which trace they are, and what the clouds call
// those requests is kept. It is not passed from hand to hand, for providers have no use for it.

import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingHttpHeaders } from "node:http";

interface Errand {
  /** Headers that say of which trace a request is; none: it is of none that is told for sure. */
  readonly headers: Readonly<Record<string, string>>;
  /** Takes what a cloud calls a request. */
  readonly noteRequestId: (id: string) => void;
}

const errands = new AsyncLocalStorage<Errand>();

export function onErrand<T>(errand: Errand, act: () => Promise<T>): Promise<T> {
  return errands.run(errand, act);
}

/** By which clouds name a request in their own logs. */
const ID_HEADERS = [
  "x-openstack-request-id",
  "x-compute-request-id",
  "x-amzn-requestid",
  "x-amz-request-id",
  "x-request-id",
];
const ID_LENGTH_MOST = 128;

/** What a request has to say; nothing where nobody asks. */
export function errandHeaders(): Readonly<Record<string, string>> {
  return errands.getStore()?.headers ?? {};
}

export function noteAnswer(headers: IncomingHttpHeaders): void {
  const errand = errands.getStore();
  if (errand === undefined) return;
  for (const name of ID_HEADERS) {
    const id = headers[name];
    if (typeof id !== "string" || id === "") continue;
    return errand.noteRequestId(id.slice(0, ID_LENGTH_MOST));
  }
}
