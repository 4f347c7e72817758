// An answer of one of the services as a value or as a fault.

import { unreadableFault } from "../../cloud-http/faults.ts";
import { jsonIn, UnreadableAnswer } from "../../cloud-http/read.ts";
import { pauseIn } from "../../cloud-http/retry-after.ts";
import type { Answer } from "../../cloud-http/send.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { refusalFault } from "./faults.ts";
import { readRefusal } from "./refusal.ts";

/** Throws a ProviderFault for a refusal. */
export function succeeded(answer: Answer): Answer {
  const { status, headers } = answer;
  if (status < 400) return answer;
  const requestId = headers["x-openstack-request-id"] ?? headers["x-compute-request-id"] ?? null;
  const told = { retryAfterMs: pauseIn(headers), requestId: typeof requestId === "string" ? requestId : null };
  throw new ProviderFault(refusalFault(readRefusal(answer), told));
}

/** The body as `read` takes it; null where there is none. Throws a ProviderFault for what has another form. */
export function readable<T>({ body }: Answer, read: (value: unknown) => T): T {
  try {
    return read(jsonIn(body));
  } catch (error) {
    throw error instanceof UnreadableAnswer ? unreadableFault(error) : error;
  }
}
