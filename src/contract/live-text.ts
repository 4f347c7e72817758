// A live check in words, for the page and the command line.

import type { Live } from "./live.ts";

/** "its live check failed 2 of 3 times: connection refused". */
export function missedText({ missed, failures, lastAnswer, deadSince }: Live): string {
  const met = lastAnswer === null ? "" : `: ${lastAnswer}`;
  if (deadSince === null) return `its live check failed ${missed} of ${failures} times${met}`;
  return `its live check failed ${missed === 1 ? "once" : `${missed} times in a row`}${met}`;
}

/** "tcp on port 80 every 10 s, dead after 3 failures in a row". */
export function liveText({ kind, port, path, periodMs, failures }: Live): string {
  const what = kind === "tcp" ? `tcp on port ${port}` : `http ${path} on port ${port}`;
  const after = failures === 1 ? "a failure" : `${failures} failures in a row`;
  return `${what} every ${periodMs / 1_000} s, dead after ${after}`;
}
