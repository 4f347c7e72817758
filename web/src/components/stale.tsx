// What a list shows while the server does not answer: it may be old, and it says how old.

import { durationText } from "../../../src/contract/amounts.ts";
import { serverTime, useNow } from "../clock.ts";

export interface StaleProps {
  /** Tries since the last reply. */
  readonly failures: number;
  /** When the last reply came in, by this machine's clock; 0: none yet. */
  readonly repliedAt: number;
}

/** Nothing as long as replies come. */
export function Stale({ failures, repliedAt }: StaleProps) {
  const now = useNow();
  if (failures === 0 || repliedAt === 0) return null;
  return (
    <output className="mb-3 block rounded-lg border border-warn/40 bg-warn-soft px-3 py-2">
      <span aria-hidden="true" className="font-bold text-warn">
        ⚡{" "}
      </span>
      <strong>Connection lost.</strong> What is shown is {durationText(Math.max(0, now - serverTime(repliedAt)))} old.
      Trying again. No launch needs this page to go on.
    </output>
  );
}
