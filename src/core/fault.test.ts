import { expect, test } from "vitest";
import { sampleFault } from "../ports/store.samples.ts";
import { isUnanswered, STOPPED, TIMEOUT } from "./fault.ts";

test("silence is known by its code, whoever noticed it; that we have stopped is none", () => {
  const isSilent = (code: string): boolean => isUnanswered(sampleFault({ code }));
  expect([TIMEOUT, "ETIMEDOUT", "ESOCKETTIMEDOUT"].map(isSilent)).toEqual([true, true, true]);
  expect([STOPPED, "ECONNREFUSED", "503"].map(isSilent)).toEqual([false, false, false]);
});
