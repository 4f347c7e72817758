// The steps as a log: what they look like, which are asked for, and how a filter keeps up with a log that grows.

import type { Event } from "../../../../src/contract/event.ts";
import type { Look, Tone } from "../../components/badge.tsx";
import { instanceLook } from "./instance-look.ts";

export const TOPICS = ["launch", "requests", "states", "trouble", "people"] as const;
export type Topic = (typeof TOPICS)[number];

export const TOPIC_WORDS: Readonly<Record<Topic, string>> = {
  launch: "Launch and attempts",
  requests: "Requests to the cloud",
  states: "States of instances",
  trouble: "Trouble and evidence",
  people: "What people asked",
};

interface StepLook {
  readonly topic: Topic;
  readonly symbol: string;
  readonly tone: Tone;
}

export const LOOKS: Readonly<Record<Event["kind"], StepLook>> = {
  launch_asked: { topic: "people", symbol: "▸", tone: "info" },
  deployment_moved: { topic: "launch", symbol: "◆", tone: "info" },
  account_selected: { topic: "launch", symbol: "→", tone: "info" },
  instance_replaced: { topic: "requests", symbol: "↻", tone: "warn" },
  no_account: { topic: "launch", symbol: "×", tone: "bad" },
  seeking_ended: { topic: "launch", symbol: "×", tone: "bad" },
  attempt_ended: { topic: "launch", symbol: "◆", tone: "neutral" },
  deleted: { topic: "launch", symbol: "–", tone: "neutral" },
  machine_asked: { topic: "requests", symbol: "+", tone: "info" },
  start_asked: { topic: "requests", symbol: "▸", tone: "info" },
  reboot_asked: { topic: "people", symbol: "▸", tone: "info" },
  reboot_answered: { topic: "requests", symbol: "↻", tone: "info" },
  reboot_over: { topic: "states", symbol: "✓", tone: "good" },
  undo_asked: { topic: "requests", symbol: "↺", tone: "warn" },
  machine_moved: { topic: "requests", symbol: "·", tone: "neutral" },
  instance_moved: { topic: "states", symbol: "●", tone: "neutral" },
  live_lost: { topic: "trouble", symbol: "!", tone: "bad" },
  live_back: { topic: "states", symbol: "✓", tone: "good" },
  instance_ready: { topic: "states", symbol: "✓", tone: "good" },
  fault_met: { topic: "trouble", symbol: "!", tone: "bad" },
  offer_blocked: { topic: "trouble", symbol: "–", tone: "warn" },
  parked: { topic: "trouble", symbol: "!", tone: "bad" },
  account_suspended: { topic: "trouble", symbol: "!", tone: "bad" },
  clock_moved: { topic: "trouble", symbol: "!", tone: "warn" },
  evidence_kept: { topic: "trouble", symbol: "§", tone: "neutral" },
  debt_opened: { topic: "trouble", symbol: "!", tone: "bad" },
  debt_cleared: { topic: "trouble", symbol: "✓", tone: "good" },
  quota_near: { topic: "trouble", symbol: "◔", tone: "warn" },
  lease_begun: { topic: "launch", symbol: "◷", tone: "neutral" },
  lease_ending: { topic: "launch", symbol: "◷", tone: "warn" },
  lease_ended: { topic: "launch", symbol: "◷", tone: "warn" },
  lease_lifted: { topic: "launch", symbol: "◷", tone: "neutral" },
  lease_extended: { topic: "people", symbol: "◷", tone: "info" },
  study_begun: { topic: "launch", symbol: "◷", tone: "warn" },
  quarantine_begun: { topic: "requests", symbol: "◷", tone: "warn" },
  quarantine_ended: { topic: "requests", symbol: "◷", tone: "info" },
  release_asked: { topic: "people", symbol: "▸", tone: "info" },
  cancel_asked: { topic: "people", symbol: "▸", tone: "warn" },
  stop_asked: { topic: "people", symbol: "▸", tone: "warn" },
  delete_asked: { topic: "people", symbol: "▸", tone: "warn" },
  relaunch_asked: { topic: "people", symbol: "▸", tone: "info" },
  rollback_retry_asked: { topic: "people", symbol: "▸", tone: "info" },
  machine_skipped: { topic: "people", symbol: "!", tone: "warn" },
  repair_begun: { topic: "launch", symbol: "↻", tone: "warn" },
  repair_ended: { topic: "launch", symbol: "↻", tone: "neutral" },
  update_begun: { topic: "people", symbol: "▸", tone: "info" },
  removed_first: { topic: "launch", symbol: "↺", tone: "warn" },
  removal_begun: { topic: "launch", symbol: "↺", tone: "info" },
  instance_revised: { topic: "states", symbol: "●", tone: "neutral" },
  instance_retry_asked: { topic: "people", symbol: "▸", tone: "info" },
};

const BAD_STATES = new Set<string>(["failed", "rollback_failed"]);

/** What a step looks like; one that ends badly says so. */
export function lookOf(event: Event): StepLook {
  const look = LOOKS[event.kind];
  if (event.kind === "instance_moved") return { ...look, ...movedLook(event) };
  if (event.kind === "deployment_moved" && event.move === "cancelled") return { ...look, symbol: "–", tone: "neutral" };
  if (event.kind === "deployment_moved" && BAD_STATES.has(event.to)) {
    return { ...look, symbol: "×", tone: "bad" };
  }
  if (event.kind === "deployment_moved" && event.to === "running") return { ...look, tone: "good" };
  if (event.kind === "reboot_over" && event.reason !== null) return { ...look, symbol: "!", tone: "warn" };
  if (event.kind === "attempt_ended") {
    if (event.outcome === "cancelled") return look;
    return event.outcome === "succeeded" && event.reason === null
      ? { ...look, symbol: "✓", tone: "good" }
      : { ...look, tone: "warn" };
  }
  return look;
}

function movedLook({ instance, from, to }: Extract<Event, { kind: "instance_moved" }>): Look {
  const step = from === "pending" && to === "stopped" ? "start" : null;
  return instanceLook({ name: instance, state: to, ready: false, step });
}

/** The instance that a step is about; null for the whole deployment. */
export function instanceOf(event: Event): string | null {
  return "instance" in event ? event.instance : null;
}

export interface StepFilter {
  /** Null: of all. */
  readonly instance: string | null;
  readonly topics: ReadonlySet<Topic>;
  /** Part of the sentence, in any case; "" for all. */
  readonly text: string;
}

export const NO_FILTER: StepFilter = { instance: null, topics: new Set(TOPICS), text: "" };

export function matches(event: Event, { instance, topics, text }: StepFilter): boolean {
  if (instance !== null && instanceOf(event) !== instance) return false;
  if (!topics.has(LOOKS[event.kind].topic)) return false;
  return text === "" || event.text.toLowerCase().includes(text.toLowerCase());
}

/** The chosen steps of a log that only grows: each call looks at the new ones alone. */
export function createChosen(isChosen: (event: Event) => boolean): (events: readonly Event[]) => readonly Event[] {
  let seen = 0;
  let chosen: readonly Event[] = [];
  return (events) => {
    if (events.length === seen) return chosen;
    const fresh = events.slice(seen).filter(isChosen);
    seen = events.length;
    if (fresh.length > 0) chosen = [...chosen, ...fresh];
    return chosen;
  };
}

/** Time since the launch, as in "+2:05.3": what matters when a launch is read again. */
export function offsetText(ms: number): string {
  const tenths = Math.max(0, Math.floor(ms / 100));
  const [hours, minutes, seconds] = [Math.floor(tenths / 36_000), Math.floor(tenths / 600) % 60, (tenths % 600) / 10];
  if (hours >= 48) return `+${Math.floor(hours / 24)} d ${hours % 24} h`;
  const tail = seconds.toFixed(1).padStart(4, "0");
  return hours > 0 ? `+${hours}:${String(minutes).padStart(2, "0")}:${tail.slice(0, 2)}` : `+${minutes}:${tail}`;
}

/** The rows to draw of a list whose rows are equally high. */
export function rowsInView(view: {
  readonly scrollTop: number;
  readonly height: number;
  readonly rowHeight: number;
  readonly count: number;
}): { readonly first: number; readonly end: number } {
  const OVERSCAN = 8;
  const first = Math.max(0, Math.floor(view.scrollTop / view.rowHeight) - OVERSCAN);
  const end = Math.min(view.count, Math.ceil((view.scrollTop + view.height) / view.rowHeight) + OVERSCAN);
  return { first: Math.min(first, end), end };
}
