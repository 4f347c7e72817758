// Events as replies: the core's fields with money in dollars and times as text, and the sentence that tells the event.

import type { Event } from "../../contract/event.ts";
import { describe } from "../../core/story/describe.ts";
import type { DeploymentEvent, EventBody } from "../../core/story/event.ts";
import { dollars, dollarsOrNull, showQuota, time, timeOrNull } from "./terms.ts";

export function showEvent({ no, revision, at, body }: DeploymentEvent): Event {
  const head = { no, revision, at: time(at), text: describe(body) };
  if ("endsAt" in body) return { ...head, ...endingOf(body) };
  switch (body.kind) {
    case "account_selected": {
      const { hourlyMicros, refused, ...rest } = body;
      return { ...head, ...rest, realms: [...rest.realms], hourlyCost: dollars(hourlyMicros), refused: [...refused] };
    }
    case "no_account":
      return { ...head, ...body, refused: [...body.refused] };
    case "fault_met":
      return { ...head, ...body, retryAt: timeOrNull(body.retryAt) };
    case "debt_opened":
      return { ...head, ...debtOf(body) };
    case "repair_ended":
      return { ...head, ...body, outdated: [...body.outdated] };
    case "update_begun":
      return { ...head, ...body, ...listsOf(body) };
    case "offer_blocked":
      return { ...head, ...blockOf(body) };
    case "quota_near":
      return { ...head, ...nearOf(body) };
    case "parked":
    case "account_suspended": {
      const { text, ...rest } = body;
      return { ...head, ...rest, because: text };
    }
    case "instance_replaced":
    case "deployment_moved":
    case "instance_moved":
    case "machine_moved":
    case "launch_asked":
    case "machine_asked":
    case "instance_ready":
    case "live_lost":
    case "live_back":
    case "start_asked":
    case "reboot_asked":
    case "reboot_answered":
    case "reboot_over":
    case "undo_asked":
    case "evidence_kept":
    case "debt_cleared":
    case "quarantine_ended":
    case "attempt_ended":
    case "seeking_ended":
    case "release_asked":
    case "cancel_asked":
    case "stop_asked":
    case "lease_ended":
    case "lease_lifted":
    case "delete_asked":
    case "rollback_retry_asked":
    case "machine_skipped":
    case "relaunch_asked":
    case "instance_retry_asked":
    case "repair_begun":
    case "deleted":
    case "clock_moved":
    case "removed_first":
    case "removal_begun":
    case "instance_revised":
      return { ...head, ...body };
  }
}

/** Of what lasts for a time that is told. */
function endingOf(body: Extract<EventBody, { endsAt: number }>) {
  const endsAt = time(body.endsAt);
  switch (body.kind) {
    case "study_begun": {
      const { hourlyMicros, ...rest } = body;
      return { ...rest, endsAt, hourlyCost: dollars(hourlyMicros) };
    }
    case "quarantine_begun":
      return { ...debtOf(body), endsAt };
    case "lease_begun":
    case "lease_extended":
    case "lease_ending":
      return { ...body, endsAt };
  }
}

function debtOf<B extends Extract<EventBody, { kind: "debt_opened" | "quarantine_begun" }>>({
  hourlyMicros,
  ...rest
}: B) {
  return { ...rest, hourlyCost: dollarsOrNull(hourlyMicros) };
}

const listsOf = ({ replaced, added, removed }: Extract<EventBody, { kind: "update_begun" }>) => ({
  replaced: [...replaced],
  added: [...added],
  removed: [...removed],
});

function blockOf({ text, until, ...rest }: Extract<EventBody, { kind: "offer_blocked" }>) {
  return { ...rest, until: time(until), because: text };
}

function nearOf({ quota, used, most, ...rest }: Extract<EventBody, { kind: "quota_near" }>) {
  return { ...rest, ...showQuota({ name: quota, used, most }) };
}
