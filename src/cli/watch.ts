// Following a deployment until it has settled: a tree that is redrawn in place on a terminal, a line per event elsewhere.

import { setTimeout as pause } from "node:timers/promises";
import { Deployment } from "../contract/deployment.ts";
import { Event, STREAM_EVENTS } from "../contract/event.ts";
import { isSettled } from "../contract/settled.ts";
import { type Client, isFinal, path, reasonOf } from "./client.ts";
import { Complaint, EXIT, type ExitCode } from "./complaint.ts";
import { goingText } from "./kept.ts";
import { clockTime, duration, oneLine, wrapped } from "./print.ts";
import { openScreen } from "./screen.ts";
import type { Session } from "./session.ts";
import { follow, persistently, type Source, type SseMessage } from "./sse.ts";
import { columnsOf, isLive, paintOf, remark, say, tell, type Terminal, warn } from "./terminal.ts";
import { treeLines } from "./tree.ts";
import { type RemovedFirst, undoneLines, undoneOf } from "./undone.ts";

export interface WatchOptions {
  /**
   * `tree`: drawn on a terminal that can, else a line per event. `json`: an event per line and the deployment last; `result`: the
   * deployment only; `silent`: how it ended only.
   */
  readonly as: "tree" | "json" | "result" | "silent";
  /** With the tree, print each step above it. */
  readonly details: boolean;
  /** How it must stand in the end to count as success. */
  readonly goal: readonly Deployment["standing"][];
  /** The revision that was asked for: where it came to nothing, that is no success, whatever is up. */
  readonly revision?: number;
  /** Steps up to this number are not shown; all are when left out. */
  readonly after?: number;
}

/** What shows the progress; every method may be called at any time until `end`. */
interface Display {
  readonly event: (event: Event) => void;
  readonly view: (deployment: Deployment) => void;
  /** Contact with the server is lost (why), or back (null). */
  readonly contact: (lost: string | null) => void;
  /** The last word. */
  readonly end: () => void;
}

/** Follows one deployment until nothing is under way; returns what its state means as an exit code. */
export async function watch(session: Session, id: string, options: WatchOptions): Promise<ExitCode> {
  const client = await session.client();
  const stop = new AbortController();
  let interrupted = false;
  const offInterrupt = session.terminal.onInterrupt(() => {
    interrupted = true;
    stop.abort();
  });
  const signal = AbortSignal.any([stop.signal, session.closed]);
  const removed: RemovedFirst[] = [];
  const display = displayOf(session, client, options);
  const seen: Display["event"] = (event) => {
    if (event.kind === "removed_first") removed.push(event);
    display.event(event);
  };
  try {
    const settled = await untilSettled(
      {
        client,
        display: { ...display, event: seen },
        signal,
        after: options.after ?? 0,
        every: session.terminal.every,
      },
      id,
    );
    display.end();
    if (interrupted) {
      remark(session.terminal, ...leaveLines(settled));
      return EXIT.interrupted;
    }
    return tellOutcome(session, settled, { ...options, removed });
  } finally {
    display.end();
    offInterrupt();
  }
}

interface Following {
  readonly client: Client;
  readonly display: Display;
  readonly signal: AbortSignal;
  readonly after: number;
  readonly every: Terminal["every"];
}

/** What changes without a step is asked for this often: tries of calls, what a readiness check meets, accounts in trouble. */
const REFRESH_MS = 5_000;

async function untilSettled({ client, display, signal, after, every }: Following, id: string): Promise<Deployment> {
  const load = () => client.ask({ path: path`/v1/deployments/${id}`, reply: Deployment });
  const source = streamOf(client, id, display);
  let view = await load();
  const show = (newer: Deployment) => {
    // Answers may overtake each other.
    if (newer.eventNo >= view.eventNo) view = newer;
    display.view(view);
  };
  show(view);
  // Whether the server is there is the stream's to say.
  const stop = every(REFRESH_MS, () => void load().then(show, () => undefined));
  try {
    for await (const message of follow(source, after > 0 ? String(after) : "", signal)) {
      const event = eventOf(message);
      if (event !== null) {
        display.event(event);
        show(event.no > view.eventNo ? ((await persistently(source, load, signal)) ?? view) : view);
      }
      const over = message.event === STREAM_EVENTS.end || (event !== null && event.no >= view.eventNo);
      if (over && isSettled(view)) break;
    }
    return view;
  } finally {
    stop();
  }
}

/** The event that a message of the stream carries; null for other messages. */
export function eventOf(message: SseMessage): Event | null {
  if (message.event !== STREAM_EVENTS.step) return null;
  const event = Event.safeParse(JSON.parse(message.data));
  if (event.success) return event.data;
  throw new Complaint(EXIT.failed, "the server tells of steps that this version of slipway does not know", {
    cause: event.error,
  });
}

/** A deployment's stream as `follow` wants it. */
export function streamOf(client: Client, id: string, display: Pick<Display, "contact">): Source {
  return {
    open: (lastId, signal) => client.stream(path`/v1/deployments/${id}/stream`, lastId, signal),
    isFinal,
    onContact: (lost) => display.contact(lost === null ? null : (reasonOf(lost) ?? "no reason known")),
    pause: (ms, signal) => pause(ms, undefined, { signal }).catch(() => undefined),
  };
}

function displayOf(session: Session, client: Client, options: WatchOptions): Display {
  const { as, details } = options;
  const { terminal } = session;
  if (as === "tree" && isLive(terminal)) return treeDisplay(session, client, details);
  const contact = (lost: string | null) => warn(terminal, contactText(client, lost));
  const event = (one: Event) => {
    if (as === "tree") say(terminal, ...eventLines(one, terminal));
    if (as === "json") say(terminal, JSON.stringify(one));
  };
  return { event, view: troublesTo(terminal), contact, end: () => {} };
}

/** Tells, once each, what holds up a deployment that is waited for in silence. */
function troublesTo(terminal: Terminal): Display["view"] {
  const told = new Set<string>();
  return ({ name, troubles }) => {
    for (const { account, text } of troubles) {
      // How long a pause still lasts changes with every look.
      if (told.has(account)) continue;
      told.add(account);
      warn(terminal, `${name} waits for account ${account}, which ${oneLine(text)}`, [
        "it is tried on: Ctrl-C ends the waiting only",
      ]);
    }
  };
}

/** For standard error: that contact is lost, and why, or that it is back. */
export function contactText({ url }: Client, lost: string | null): string {
  return lost === null ? `in contact with ${url} again` : `no contact with ${url} (${lost}), trying again`;
}

/** With its number, for `--after`. On a terminal with the time of day; in a file or a log the whole time, in UTC. */
export function eventLines({ no, at, text }: Event, terminal: Terminal): string[] {
  const time = terminal.stdout.isTTY === true ? clockTime(Date.parse(at)) : at;
  const lead = `${String(no).padStart(3)}  ${time}  `;
  const [first = "", ...more] = wrapped(oneLine(text), Math.max(EVENT_LEAST, columnsOf(terminal) - lead.length));
  return [lead + first, ...more.map((line) => " ".repeat(lead.length) + line)];
}

/** Below that the lines of an event are left to the terminal. */
const EVENT_LEAST = 20;

const REDRAW_MS = 1_000;

function treeDisplay({ terminal }: Session, client: Client, details: boolean): Display {
  const screen = openScreen(terminal);
  let view: Deployment | null = null;
  let lost: { text: string; at: number } | null = null;
  let ended = false;
  const lines = (height: number): string[] => {
    if (view === null) return [];
    const now = client.now();
    const width = columnsOf(terminal);
    const gone = lost && `No contact with ${client.url} for ${duration(now - lost.at)} (${lost.text}), trying again`;
    const contact = gone === null ? [] : wrapped(gone, width).slice(0, height);
    const frame = { now, width, height: height - contact.length, paint: paintOf(terminal) };
    return [...treeLines(view, frame), ...contact];
  };
  // The cursor stands on the line below: one more, and the terminal would scroll away what is to be drawn over.
  const draw = () => screen.draw(lines(Math.max(1, (terminal.stdout.rows ?? 24) - 1)));
  const stop = terminal.every(REDRAW_MS, draw);
  return {
    event: (event) => {
      if (details) screen.above(eventLines(event, terminal));
    },
    view: (deployment) => {
      view = deployment;
      draw();
    },
    contact: (text) => {
      lost = text === null ? null : { text, at: lost?.at ?? client.now() };
      draw();
    },
    end: () => {
      if (ended) return;
      ended = true;
      stop();
      screen.draw(lines(Number.POSITIVE_INFINITY));
      screen.end();
    },
  };
}

function leaveLines({ name, ref, actions }: Deployment): string[] {
  const cancel = actions.includes("cancel") ? [`  cancel it:  slipway cancel ${ref}`] : [];
  return [`${name} goes on.`, `  watch it:   slipway watch ${ref}`, ...cancel];
}

/** What has settled means for whoever asked for `goal`. While something of it is up, debt of an earlier attempt spoils nothing. */
function exitCodeOf(settled: Deployment, { goal, revision }: WatchOptions): ExitCode {
  const { state, standing, debt } = settled;
  if (undoneOf(settled, revision) !== null) return EXIT.failed;
  const isUp = state === "running" || state === "incomplete";
  if (debt.count > 0 && !isUp) return EXIT.owing;
  if (goal.includes(standing)) return EXIT.done;
  return state === "incomplete" ? EXIT.incomplete : EXIT.failed;
}

/** Why the launch failed says nothing of why its rollback is stuck. */
function stuckLines({ failure, debt }: Deployment): string[] {
  return [
    ...(failure === null ? [] : [`why the launch failed: ${oneLine(failure)}`]),
    ...(debt.why === null ? [] : [`why the rollback is stuck: ${oneLine(debt.why)}`]),
  ];
}

interface Seen extends WatchOptions {
  /** Who has made room, in all updates that were followed. */
  readonly removed: readonly RemovedFirst[];
}

function tellOutcome({ terminal }: Session, settled: Deployment, { removed, ...options }: Seen): ExitCode {
  const { as, revision } = options;
  const { name, ref, state, standing, parked, summary } = settled;
  const exitCode = exitCodeOf(settled, options);
  const going = goingText(settled);
  if (as === "json" || as === "result") {
    say(terminal, JSON.stringify(settled));
    return exitCode;
  }
  const isUp = state === "running" || state === "incomplete";
  const undone = parked === null && isUp ? undoneOf(settled, revision) : null;
  if (undone !== null) {
    const [headline, ...details] = undoneLines(settled, undone, removed);
    warn(terminal, headline, details);
    return exitCode;
  }
  // The tree tells why all else failed; of an update that came to nothing it shows what was before.
  if (as === "tree" && isLive(terminal)) return exitCode;
  if (exitCode === EXIT.done) {
    tell(terminal, `${name} ${summary}${going === null ? "" : `; ${going}: slipway show ${ref}`}`);
    return exitCode;
  }
  const stuck = parked === null ? null : `Slipway cannot go on with it, and goes on trying: ${parked.text}`;
  const why = stuck ?? (standing === "cancelled" ? null : settled.failure);
  const isStuck = standing === "rollback_failed" && parked === null;
  const reason = why === null || isStuck ? "" : `: ${oneLine(why)}`;
  const apart = isStuck ? stuckLines(settled) : [];
  // Without an attempt, the reasons of the choice are all there is to see.
  const see = `see slipway ${settled.attempts.length === 0 ? "events" : "show"} ${ref}`;
  warn(terminal, `${name} ${summary}${reason}`, [
    ...apart,
    ...(going === null ? [] : [going]),
    see,
    ...(exitCode === EXIT.owing ? ["see slipway debt ls"] : []),
  ]);
  return exitCode;
}
