// Texts of clouds and consoles may repeat what they were given. Before such a text is kept or shown, the secrets known to
// whoever asked are taken out, and what a database or a terminal cannot hold as well.

import type { Fault } from "./fault.ts";
import type { Observed } from "./machine.ts";
import type { CallOutcome } from "./record.ts";

const REDACTED = "[redacted]";

/** Below this a secret is taken out only where it stands as a word: else "1" would eat every figure. */
const WORD_BELOW = 4;
/** A line of a longer secret (a key in PEM) this long gives something away by itself. */
const LINE_LEAST = 8;

/** The text without NUL and broken characters, and with every one of `secrets` replaced, also where it stands in a URL or in JSON. */
export function redactText(text: string, secrets: readonly string[]): string {
  const clean = text.toWellFormed().replaceAll("\0", "");
  return formsOf(secrets).reduce(takeOut, clean);
}

export function redactFault(fault: Fault, secrets: readonly string[]): Fault {
  const requestId = fault.requestId === null ? null : redactText(fault.requestId, secrets);
  return { ...fault, code: redactText(fault.code, secrets), text: redactText(fault.text, secrets), requestId };
}

export function redactObserved(observed: Observed, secrets: readonly string[]): Observed {
  return observed.fault === null ? observed : { ...observed, fault: redactFault(observed.fault, secrets) };
}

/** True when the outcome carries words of the cloud or of a machine. */
export function hasText(outcome: CallOutcome): boolean {
  switch (outcome.kind) {
    case "created":
      return outcome.observed.fault !== null;
    case "looked":
      return outcome.observed !== null && outcome.observed.fault !== null;
    case "found":
      return outcome.observed.some(({ fault }) => fault !== null);
    case "console":
      return outcome.text !== null;
    case "fault":
      return true;
    case "started":
    case "destroyed":
    case "not_sent":
      return false;
  }
}

export function redactOutcome(outcome: CallOutcome, secrets: readonly string[]): CallOutcome {
  switch (outcome.kind) {
    case "created":
      return { ...outcome, observed: redactObserved(outcome.observed, secrets) };
    case "looked":
      return { ...outcome, observed: outcome.observed === null ? null : redactObserved(outcome.observed, secrets) };
    case "found":
      return { ...outcome, observed: outcome.observed.map((one) => redactObserved(one, secrets)) };
    case "console":
      return { ...outcome, text: outcome.text === null ? null : redactText(outcome.text, secrets) };
    case "fault":
      return { ...outcome, fault: redactFault(outcome.fault, secrets) };
    case "started":
    case "destroyed":
    case "not_sent":
      return outcome;
  }
}

/** Longest first, so that a secret within a secret does not leave its rest behind. */
function formsOf(secrets: readonly string[]): string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    const lines = secret.split(/\r?\n/).map((line) => line.trim());
    for (const part of [secret.trim(), ...lines.filter((line) => line.length >= LINE_LEAST)]) {
      forms.add(part).add(encodeURIComponent(part.toWellFormed())).add(JSON.stringify(part).slice(1, -1));
    }
  }
  forms.delete("");
  return [...forms].sort((a, b) => b.length - a.length);
}

function takeOut(text: string, form: string): string {
  if (form.length >= WORD_BELOW) return text.replaceAll(form, REDACTED);
  const escaped = form.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  return text.replaceAll(new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, "gu"), REDACTED);
}
