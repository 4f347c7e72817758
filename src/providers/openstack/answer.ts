// An answer of one of the services as a fault, where it is a refusal.

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
