import { expect, test } from "vitest";
import { sampleFault, sampleObserved } from "../../ports/store.samples.ts";
import { changeFaults, hasText } from "./outcome.ts";

const fault = sampleFault();
const faulty = sampleObserved({ fault });
const told = (text: string) => ({ ...fault, text });

test.each([
  [{ kind: "created", observed: faulty }],
  [{ kind: "looked", observed: faulty }],
  [{ kind: "found", observed: [sampleObserved(), faulty] }],
  [{ kind: "fault", fault, externalId: null }],
] as const)("faults are found wherever they are: $kind", (outcome) => {
  expect(hasText(outcome)).toBe(true);
  const changed = changeFaults(outcome, ({ text }) => told(`${text}!`));
  expect(JSON.stringify(changed)).toBe(JSON.stringify(outcome).replace(fault.text, `${fault.text}!`));
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
  expect(changeFaults(outcome, () => told("changed"))).toEqual(outcome);
});

test("a console is text without a fault", () => {
  const console = { kind: "console", text: "login:" } as const;
  expect(hasText(console)).toBe(true);
  expect(changeFaults(console, () => told("changed"))).toBe(console);
});
