// Readiness checks straight from this process.

import { get } from "node:http";
import { connect } from "node:net";
import type { Reach } from "./ports/reach.ts";

export const directReach: Reach = {
  answers(address, check, signal) {
    return new Promise((resolve, reject) => {
      const refused = (): void => (signal.aborted ? reject(signal.reason) : resolve(false));
      if (signal.aborted) return refused();
      if (check.kind === "tcp") {
        const socket = connect({ host: address, port: check.port, signal });
        socket.once("error", refused);
        socket.once("connect", () => {
          resolve(true);
          socket.destroy();
        });
        return;
      }
      // A connection of its own for each try: a kept one would answer for a machine that takes no new ones.
      const url = { host: address, port: check.port, path: check.path, agent: false, signal } as const;
      const request = get(url, (response) => {
        const status = response.statusCode ?? 0;
        resolve(status >= 200 && status < 400);
        response.destroy();
      });
      request.once("error", refused);
    });
  },
};
