// Reaching a machine over the network, for readiness checks where the cloud has no way of its own.

import type { Readiness } from "../core/blueprint/model.ts";

export interface Reach {
  /**
   * One try: a TCP connection, or an answer with a status of 200–399 to an HTTP GET (redirects not followed). False for any failure;
   * rejects only with the signal's reason.
   */
  answers(address: string, check: Extract<Readiness, { port: number }>, signal: AbortSignal): Promise<boolean>;
}
