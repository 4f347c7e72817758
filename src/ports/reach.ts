// Reaching a machine over the network, for readiness checks where the cloud has no way of its own.

import type { Readiness } from "../core/blueprint/model.ts";

/** What one try of a readiness check came to. */
export type Probed =
  | { readonly passed: true }
  /** What was met instead, in a few words of ours, to stand behind "last answer:": "401", "connection refused". Never a text of the machine. */
  | { readonly passed: false; readonly answer: string };

export interface Reach {
  /**
   * One try: a TCP connection, or an answer with a status of 200–399 to an HTTP GET (redirects not followed). Rejects only with the
   * signal's reason.
   */
  answers(address: string, check: Extract<Readiness, { port: number }>, signal: AbortSignal): Promise<Probed>;
}
