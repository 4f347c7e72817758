import { expect, test } from "vitest";
import { FAULT_CLASSES } from "../fault.ts";
import { refusalText } from "./refusal.ts";

test("what a cloud takes as read is said before its own words", () => {
  const told = FAULT_CLASSES.map((kind) => refusalText({ class: kind, text: "Quota exceeded for cores" }, "east"));
  expect(Object.fromEntries(FAULT_CLASSES.map((kind, at) => [kind, told[at]]))).toEqual({
    quota: "quota of account east at its cloud: Quota exceeded for cores (raised by its operator)",
    auth: "account east is not let in by its cloud: Quota exceeded for cores",
    account: "account east is refused by its cloud: Quota exceeded for cores",
    ...Object.fromEntries(
      ["capacity", "throttle", "config", "transient", "conflict", "not_found", "unknown"].map((kind) => [
        kind,
        "Quota exceeded for cores",
      ]),
    ),
  });
  expect(refusalText({ class: "auth", text: "401" }, null)).toBe("its account is not let in by its cloud: 401");
});
