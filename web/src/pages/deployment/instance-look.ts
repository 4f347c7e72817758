// What an instance looks like: its state, and beside it whether it is ready.

import type { Deployment, Instance } from "../../../../src/contract/deployment.ts";
import type { Look, Tone } from "../../components/badge.tsx";
import { INSTANCE_LOOKS } from "../../state-badge.tsx";

const READY: Look = { tone: "good", symbol: "✓", word: "Ready" };
const NOT_READY: Look = { tone: "info", symbol: "●", word: "Running", moving: true };

/** Its cloud shows it running, and it does not do what it is there for. */
const SILENT: Look = { tone: "bad", symbol: "!", word: "Not answering" };
const OWED: Look = { tone: "bad", symbol: "!", word: "Not proven gone" };
const NOBODY: ReadonlySet<string> = new Set();

const STARTING: Look = { tone: "info", symbol: "◐", word: "Stopped", moving: true };

/** `owed`: names of those whose machine should be gone and is not proven gone. */
export function instanceLook(
  { name, state, ready, step, live = null }: Pick<Instance, "name" | "state" | "ready" | "step"> & Partial<Instance>,
  owed: ReadonlySet<string> = NOBODY,
): Look {
  if (owed.has(name)) return OWED;
  // Made standing still, and on its way up all the same.
  if (state === "stopped" && step !== null) return STARTING;
  if (state !== "running") return INSTANCE_LOOKS[state];
  if (live !== null && live.deadSince !== null) return SILENT;
  return ready ? READY : NOT_READY;
}

/** Who has another machine by now is what that one is; the debt is told apart. */
export function owedOf({ instances, machines }: Pick<Deployment, "instances" | "machines">): ReadonlySet<string> {
  const owed = machines.filter(({ open, debtSince }) => open && debtSince !== null);
  const living = new Set(machines.filter(({ open, debtSince }) => open && debtSince === null).map(({ id }) => id));
  const replaced = new Set(
    instances.filter(({ machine }) => machine !== null && living.has(machine)).map(({ name }) => name),
  );
  return new Set(owed.flatMap(({ instance }) => instance ?? []).filter((name) => !replaced.has(name)));
}

/** Border, ground and ink by tone, for boxes and marks. */
export const TONE_BOX: Readonly<Record<Tone, string>> = {
  neutral: "border-edge/50 bg-surface",
  info: "border-info/60 bg-info-soft",
  good: "border-good/60 bg-good-soft",
  warn: "border-warn/60 bg-warn-soft",
  bad: "border-bad/60 bg-bad-soft",
};

export const TONE_INK: Readonly<Record<Tone, string>> = {
  neutral: "text-muted",
  info: "text-info",
  good: "text-good",
  warn: "text-warn",
  bad: "text-bad",
};
