// Events and jobs: what was asked for, and what has become of it. Where a VM does not show why it is down, they do.

import type { Asked } from "../../desk/asked.ts";
import { changes } from "../../desk/changes.ts";
import { seenOperations } from "../../desk/operations.ts";
import type { Operation } from "../../tenant-api.ts";
import type { Fields } from "./document.ts";
import { hrefOf, reference, uuidOf } from "./names.ts";
import { reading } from "./resource.ts";
import { type Facets, found, queryIn } from "./search.ts";

interface EngineEvent {
  /** Grows with time. */
  readonly index: number;
  readonly at: number;
  readonly code: number;
  readonly severity: "normal" | "warning" | "error";
  readonly text: string;
  readonly vm: string;
  readonly vmId: string;
  readonly correlation: string | null;
}

type Said = readonly [code: number, severity: EngineEvent["severity"], text: (vm: string) => string];

interface Story {
  readonly begun: Said;
  readonly done: Said;
  readonly failed: Said;
}

const STORIES: Readonly<Partial<Record<Operation["kind"], Story>>> = {
  create: {
    begun: [37, "normal", (vm) => `VM ${vm} creation was initiated by admin@internal.`],
    done: [53, "normal", (vm) => `VM ${vm} creation has been completed.`],
    failed: [60, "error", (vm) => `Failed to complete VM ${vm} creation.`],
  },
  start: {
    begun: [153, "normal", (vm) => `VM ${vm} was started by admin@internal.`],
    done: [32, "normal", (vm) => `VM ${vm} started.`],
    failed: [54, "error", (vm) => `Failed to run VM ${vm}.`],
  },
  stop: {
    begun: [73, "normal", (vm) => `VM shutdown initiated by admin@internal on VM ${vm}.`],
    done: [33, "normal", (vm) => `VM ${vm} powered off by admin@internal.`],
    failed: [56, "error", (vm) => `Failed to power off VM ${vm}.`],
  },
  remove: {
    begun: [113, "normal", (vm) => `VM ${vm} was successfully removed.`],
    done: [113, "normal", (vm) => `VM ${vm} was successfully removed.`],
    failed: [59, "error", (vm) => `Failed to remove VM ${vm}.`],
  },
};

const DOWN_WITH_ERROR = 119;

/** Oldest first. One change may be told by two events. */
function eventsOf(asked: Asked): readonly EngineEvent[] {
  const operations = new Map(seenOperations(asked).map((operation) => [operation.id, operation]));
  return changes(asked, {}).changes.flatMap(({ number, at, what, id, state }): readonly EngineEvent[] => {
    const operation = operations.get(id);
    const told = operation === undefined ? fallOf(asked, { id, at, state }) : eventsAbout(operation, state);
    const isMachine = what === "machine" || operation !== undefined;
    return isMachine ? told.map((event, nth) => ({ ...event, at, index: number * 2 + nth })) : [];
  });
}

type Telling = Omit<EngineEvent, "index" | "at">;

interface Turned {
  readonly id: string;
  readonly at: number;
  readonly state: string;
}

/** Of a VM that went down by itself, without an operation that says so. */
function fallOf({ cloud }: Asked, { id, at, state }: Turned): readonly Telling[] {
  const machine = cloud.machines.get(id);
  if (machine === undefined || machine.fault === null || machine.operation?.state === "failed") return [];
  const isLatest = (state === "stopped" || state === "error") && machine.history.at(-1)?.at === at;
  return isLatest ? [{ ...aboutVm(machine.request.name, id), ...exit(machine.request.name, machine.fault.text) }] : [];
}

function aboutVm(vm: string, vmId: string) {
  return { vm, vmId, correlation: null };
}

function exit(vm: string, text: string) {
  const message = `VM ${vm} is down with error. Exit message: ${text}.`;
  return { code: DOWN_WITH_ERROR, severity: "error", text: message } as const;
}

function eventsAbout(operation: Operation, state: string): readonly Telling[] {
  const { kind, name, target, correlation, fault } = operation;
  const story = STORIES[kind];
  if (story === undefined) return [];
  const about = { ...aboutVm(name, target), correlation };
  const say = ([code, severity, text]: Said) => ({ ...about, code, severity, text: text(name) });
  // The end of a removal is told only: its row goes first.
  if (state === "running") return kind === "remove" ? [] : [say(story.begun)];
  if (fault === null) return [say(story.done)];
  const failure = say(story.failed);
  if (kind === "start") return [{ ...about, ...exit(name, fault.text) }, failure];
  return [{ ...failure, text: `${failure.text} ${fault.text}` }];
}

const EVENT_FACETS: Facets<EngineEvent> = {
  correlation_id: ({ correlation }) => correlation,
  event_vm: ({ vm }) => vm,
  "vm.name": ({ vm }) => vm,
  type: ({ code }) => code,
  severity: ({ severity }) => severity,
  id: ({ index }) => index,
  time: ({ at }) => at,
};

/** Newest first. */
export const listEvents = reading("changes", (asked, { query }) => {
  const from = Number(query.get("from") ?? 0);
  const newer = eventsOf(asked).filter(({ index }) => index > from);
  return { root: "events", content: { event: found(newer.toReversed(), queryIn(query), EVENT_FACETS).map(eventView) } };
});

function eventView({ index, at, code, severity, text, vm, vmId, correlation }: EngineEvent): Fields {
  const id = String(index);
  return {
    href: hrefOf("events", id),
    id,
    code,
    correlation_id: correlation,
    custom_id: -1,
    description: text,
    origin: "oVirt",
    severity,
    time: new Date(at),
    index,
    vm: { ...reference("vms", vmId), name: vm },
  };
}

const JOB_STATES = { running: "started", done: "finished", failed: "failed" } as const;

const JOB_FACETS: Facets<Operation> = {
  correlation_id: ({ correlation }) => correlation,
  status: ({ state }) => JOB_STATES[state],
};

const JOB_WORDS: Readonly<Record<Operation["kind"], string>> = {
  create: "Creating VM",
  start: "Launching VM",
  stop: "Shutting Down VM",
  reboot: "Rebooting VM",
  remove: "Removing VM",
  createPart: "Adding",
  removePart: "Removing",
};

export const listJobs = reading("listOperations", (asked, { query }) => {
  const jobs = found(jobsOf(asked), queryIn(query), JOB_FACETS);
  return { root: "jobs", content: { job: jobs.map(jobView) } };
});

/** What is done with parts of VMs is no job of its own. */
function jobsOf(asked: Asked): readonly Operation[] {
  return seenOperations(asked)
    .filter(({ kind }) => kind !== "createPart" && kind !== "removePart")
    .toReversed();
}

function jobView({ id, kind, name, state, startedAt, endedAt }: Operation): Fields {
  const own = uuidOf("job", id);
  return {
    href: hrefOf("jobs", own),
    id: own,
    description: `${JOB_WORDS[kind]} ${name}`,
    status: JOB_STATES[state],
    auto_cleared: true,
    external: false,
    start_time: new Date(startedAt),
    end_time: endedAt === null ? null : new Date(endedAt),
  };
}
