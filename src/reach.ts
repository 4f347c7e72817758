// Readiness checks straight from this process.

import { get } from "node:http";
import { connect } from "node:net";
import type { Probed, Reach } from "./ports/reach.ts";

export const directReach: Reach = {
  answers(address, check, signal) {
    return new Promise((resolve, reject) => {
      const failed = (error: unknown): void =>
        signal.aborted ? reject(signal.reason) : resolve({ passed: false, answer: answerFrom(error) });
      if (signal.aborted) return reject(signal.reason);
      if (check.kind === "tcp") {
        const socket = connect({ host: address, port: check.port, signal });
        socket.once("error", failed);
        socket.once("connect", () => {
          resolve({ passed: true });
          socket.destroy();
        });
        return;
      }
      // A connection of its own for each try: a kept one would answer for a machine that takes no new ones.
      const url = { host: address, port: check.port, path: check.path, agent: false, signal } as const;
      const request = get(url, (response) => {
        resolve(probedBy(response.statusCode ?? 0));
        response.destroy();
      });
      request.once("error", failed);
    });
  },
};

function probedBy(status: number): Probed {
  return status >= 200 && status < 400 ? { passed: true } : { passed: false, answer: String(status) };
}

const ANSWERS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection closed without an answer",
  EPIPE: "connection closed without an answer",
  EHOSTUNREACH: "no way to its address",
  ENETUNREACH: "no way to its address",
  ETIMEDOUT: "no answer to the connection",
  ENOTFOUND: "its address is no known name",
  EAI_AGAIN: "its address cannot be looked up",
};

/** First byte of a record of TLS: an alert, or a greeting. */
const TLS_RECORDS: readonly unknown[] = [0x15, 0x16];

function answerFrom(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  // Node's HTTP parser could make nothing of what came.
  if (code.startsWith("HPE_")) {
    const first =
      error instanceof Error && "rawPacket" in error && error.rawPacket instanceof Uint8Array
        ? error.rawPacket[0]
        : null;
    return TLS_RECORDS.includes(first)
      ? "no HTTP answer: it speaks TLS, and the check is plain HTTP"
      : "no HTTP answer";
  }
  return ANSWERS[code] ?? `no connection (${code === "" ? "no reason known" : code})`;
}
