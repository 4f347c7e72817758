import { expect, test } from "vitest";
import { pause } from "./pause.ts";

test("a pause ends by itself, or with the signal's own reason", async () => {
  await pause(0, new AbortController().signal);
  const reason = new Error("no longer wanted");
  const abort = new AbortController();
  const waiting = pause(1e9, abort.signal);
  abort.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect(pause(1e9, AbortSignal.abort(reason))).rejects.toBe(reason);
});
