// Events as replies: the core's fields with money in dollars and times as text, and the sentence that tells the event.

import type { Event } from "../../contract/event.ts";
import { describe } from "../../core/story/describe.ts";
import type { DeploymentEvent } from "../../core/story/event.ts";
import { dollars, dollarsOrNull, time, timeOrNull } from "./terms.ts";

export function showEvent({ no, at, body }: DeploymentEvent): Event {
  const head = { no, at: time(at), text: describe(body) };
  switch (body.kind) {
    case "account_selected": {
      const { hourlyMicros, refused, ...rest } = body;
      const realms = [...rest.realms];
      return { ...head, ...rest, realms, hourlyCost: dollars(hourlyMicros), refused: [...refused] };
    }
    case "no_account":
      return { ...head, ...body, refused: [...body.refused] };
    case "fault_met":
      return { ...head, ...body, retryAt: timeOrNull(body.retryAt) };
    case "debt_opened": {
      const { hourlyMicros, ...rest } = body;
      return { ...head, ...rest, hourlyCost: dollarsOrNull(hourlyMicros) };
    }
    case "lease_begun":
    case "lease_extended":
    case "lease_ending":
      return { ...head, ...body, endsAt: time(body.endsAt) };
    case "repair_ended":
      return { ...head, ...body, outdated: [...body.outdated] };
    case "offer_blocked": {
      const { text, until, ...rest } = body;
      return { ...head, ...rest, until: time(until), because: text };
    }
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
    case "start_asked":
    case "undo_asked":
    case "evidence_kept":
    case "debt_cleared":
    case "attempt_ended":
    case "seeking_ended":
    case "cancel_asked":
    case "stop_asked":
    case "lease_ended":
    case "delete_asked":
    case "rollback_retry_asked":
    case "relaunch_asked":
    case "instance_retry_asked":
    case "repair_begun":
    case "deleted":
    case "clock_moved":
      return { ...head, ...body };
  }
}
