import { expect, test } from "vitest";
import { sampleFault, sampleObserved } from "../ports/store.samples.ts";
import { hasText, redactFault, redactObserved, redactOutcome, redactText } from "./redact.ts";

test.each([
  ["as it is", "password hunter2 is wrong", "password [redacted] is wrong"],
  ["in a URL", "http://u:hunter2%2F@host", "http://u:[redacted]@host"],
  ["in JSON", String.raw`{"p":"hunter2/"}`, `{"p":"[redacted]"}`],
])("a secret is taken out %s", (_where, text, clean) => {
  expect(redactText(text, text.includes("wrong") ? ["hunter2"] : ["hunter2/"])).toBe(clean);
});

test("a secret with quotes is taken out of JSON as well", () => {
  expect(redactText(JSON.stringify({ p: 'a"b"c"d' }), ['a"b"c"d'])).toBe('{"p":"[redacted]"}');
});

test("each long line of a longer secret is taken out, and line ends do not matter", () => {
  const key = "-----BEGIN-----\nMIIEvQIBADANBg\n-----END-----\n";
  expect(redactText("a\r\nMIIEvQIBADANBg\r\nb", [key])).toBe("a\r\n[redacted]\r\nb");
});

test("of secrets within secrets the longest goes first", () => {
  expect(redactText("abcd-efgh", ["abcd", "abcd-efgh"])).toBe("[redacted]");
});

test("a short secret is taken out where it stands as a word, and figures stay", () => {
  expect(redactText("pin 12, port 1234, (12)", ["12"])).toBe("pin [redacted], port 1234, ([redacted])");
  expect(redactText("a.c abc", ["a.c"])).toBe("[redacted] abc");
});

test("an empty secret takes nothing out", () => {
  expect(redactText("as it was", ["", "\n"])).toBe("as it was");
});

test("what neither database nor terminal can hold is taken out", () => {
  expect(redactText("a\0b\ud800c", [])).toBe("ab\ufffdc");
});

test("a fault loses secrets in all its texts", () => {
  const fault = sampleFault({ code: "no hunter2", text: "hunter2", requestId: "r-hunter2" });
  expect(redactFault(fault, ["hunter2"])).toMatchObject({
    code: "no [redacted]",
    text: "[redacted]",
    requestId: "r-[redacted]",
  });
  expect(redactFault(sampleFault(), ["hunter2"]).requestId).toBeNull();
});

test("what a machine shows loses secrets in its fault", () => {
  const shown = sampleObserved({ state: "error", fault: sampleFault({ text: "hunter2" }) });
  expect(redactObserved(shown, ["hunter2"]).fault?.text).toBe("[redacted]");
  expect(redactObserved(sampleObserved(), ["hunter2"])).toEqual(sampleObserved());
});

const faulty = sampleObserved({ fault: sampleFault({ text: "hunter2" }) });
const fault = sampleFault({ text: "hunter2" });

test.each([
  [{ kind: "created", observed: faulty }],
  [{ kind: "looked", observed: faulty }],
  [{ kind: "found", observed: [sampleObserved(), faulty] }],
  [{ kind: "console", text: "login: hunter2" }],
  [{ kind: "fault", fault, externalId: null }],
] as const)("an outcome with words of others is cleaned: $kind", (outcome) => {
  expect(hasText(outcome)).toBe(true);
  expect(JSON.stringify(redactOutcome(outcome, ["hunter2"]))).not.toContain("hunter2");
});

test.each([
  [{ kind: "created", observed: sampleObserved() }],
  [{ kind: "looked", observed: null }],
  [{ kind: "looked", observed: sampleObserved() }],
  [{ kind: "found", observed: [sampleObserved()] }],
  [{ kind: "console", text: null }],
  [{ kind: "started" }],
  [{ kind: "destroyed" }],
  [{ kind: "not_sent" }],
] as const)("an outcome without words stays: %o", (outcome) => {
  expect(hasText(outcome)).toBe(false);
  expect(redactOutcome(outcome, ["hunter2"])).toEqual(outcome);
});
