// What is said besides states and machines: of a member, and of an attempt that stays.

import type { Reboot } from "../../contract/reboot.ts";
import type { Live } from "../../contract/live.ts";
import type { ResolvedInstance } from "../../core/blueprint/model.ts";
import { isProtected } from "../../core/decision/protect.ts";
import type { Machine } from "../../core/machine.ts";
import { isRebootAsked } from "../../core/world/reboot.ts";
import type { DeploymentHead, Instance } from "../../core/deployment.ts";
import type { Parked } from "../../contract/parked.ts";
import type { Study } from "../../contract/study.ts";
import { time, timeOrNull } from "./terms.ts";

/** One that stopped by itself is started again: that replaces nothing. */
export const isKept = (spec: ResolvedInstance, instance: Instance): boolean =>
  isProtected(spec, instance) && instance.state !== "stopped";

export function showLive({ live }: ResolvedInstance, { missed, deadSince, probeAnswer }: Instance): Live | null {
  if (live === null) return null;
  const { check, periodMs, failures } = live;
  const { kind, port } = check;
  const path = check.kind === "http" ? check.path : null;
  const lastAnswer = missed === 0 ? null : probeAnswer;
  return { kind, port, path, periodMs, failures, missed, lastAnswer, deadSince: timeOrNull(deadSince) };
}

export function showReboot(machine: Machine | null): Reboot | null {
  if (machine === null || machine.rebootUntil === null) return null;
  return { step: isRebootAsked(machine) ? "asked" : "under_way", until: time(machine.rebootUntil) };
}

export function showStudy({ studySince, studyUntil }: DeploymentHead): Study | null {
  return studySince === null || studyUntil === null ? null : { since: time(studySince), until: time(studyUntil) };
}

export function showParked({ parked, wakeAt }: DeploymentHead): Parked | null {
  if (parked === null || wakeAt === null) return null;
  const { text, since, tries } = parked;
  return { text, since: time(since), tries, nextTryAt: time(wakeAt) };
}
