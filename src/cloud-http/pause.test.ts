import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { deadlinesFirst, pause } from "./pause.ts";

test("a pause ends by itself, or with the signal's own reason", async () => {
  await pause(0, new AbortController().signal);
  const reason = new Error("no longer wanted");
  const abort = new AbortController();
  const waiting = pause(1e9, abort.signal);
  abort.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect(pause(1e9, AbortSignal.abort(reason))).rejects.toBe(reason);
});

test("what is made after a process has stood still is made before its deadline or not at all", async () => {
  const signal = AbortSignal.timeout(20);
  await readFile(import.meta.filename);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
  // The answer to an earlier question is here, and nobody has been told that the time is over.
  expect(signal.aborted).toBe(false);
  await expect(deadlinesFirst(signal)).rejects.toMatchObject({ name: "TimeoutError" });
});
