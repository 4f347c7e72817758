// What the log says and what is counted: one function per thing that happens, so that a name and its fields are in one place. Secrets
// never come here: faults and texts have been redacted by whoever calls, and no function takes a request or credentials.

import { type DestinationStream, type Logger, pino } from "pino";
import { briefFault } from "./core/story/brief.ts";
import type { ClockStep } from "./core/world/clock-step.ts";
import type { Account } from "./core/account.ts";
import { type Fault, STOPPED, TIMEOUT } from "./core/fault.ts";
import type { MadeDue } from "./core/world/hurry.ts";
import {
  type AccountLabels,
  type CallResult,
  type DatabaseOutcome,
  type LaunchTimes,
  type Meters,
  NO_METERS,
} from "./ports/meters.ts";
import type { AttemptOutcome } from "./core/deployment.ts";
import type { DeploymentId } from "./core/ids.ts";
import type { LaunchOutcome } from "./core/story/launch-outcome.ts";
import { NO_SPANS, type Spans, type Traced } from "./ports/spans.ts";

/** A chain longer than this goes round in circles. */
const CAUSES_MOST = 8;

type LogLevel = "silent" | "error" | "warn" | "info" | "debug";

/** A request to the API, for the log. */
export interface RequestLine {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** Of the trace that its sender says it is of. */
  readonly trace_id?: string;
}

/** A call to a cloud, for the log. */
export interface CallLine {
  readonly machine: string;
  readonly deployment: DeploymentId | null;
  readonly traceparent: string | null;
  readonly account: string;
  readonly call: string;
  readonly callNo: number;
}

/** What was over by the retention of its pool: so many of each. */
type Taken = Readonly<Record<"steps" | "consoles" | "machines" | "secrets" | "plans", number>>;

/** The first of many, and how many there are. */
const shortened = (offers: readonly string[]) => ({ offers: offers.slice(0, 20), count: offers.length });

/** An event on its way to a webhook, for the log: never its address, which may hold something secret. */
interface WebhookLine {
  readonly webhook: string;
  readonly deployment: string;
  readonly no: number;
}

interface WebhookTry {
  readonly isTaken: boolean;
  readonly isDead: boolean;
  readonly text: string;
}

export type Events = ReturnType<typeof eventsTo>;

/** Who is told besides the log. */
interface Told {
  readonly meters?: Meters;
  readonly spans?: Spans;
}

/** Events as lines of JSON, counted, and told as spans. */
export function eventsTo(level: LogLevel, destination: DestinationStream, told: Told = {}) {
  const { meters = NO_METERS, spans = NO_SPANS } = told;
  const log = pino({ level, base: null }, destination);
  /** By which a line is found from a trace, under the name that OpenTelemetry has for it. */
  const traceOf: TraceOf = (of) => {
    const id = of.id === null ? null : spans.traceIdOf({ ...of, id: of.id });
    return id === null ? {} : { trace_id: id };
  };
  const lines = {
    ...ofWork(log, traceOf),
    ...ofServer(log),
    ...ofCalls(log, traceOf),
    ...ofAccounts(log, meters, traceOf),
  };
  return { ...lines, ...countedAlone(meters), ...toldAsSpans(spans) };
}

type TraceOf = (of: { readonly id: DeploymentId | null; readonly traceparent: string | null }) => {
  readonly trace_id?: string;
};

const toldAsSpans = (spans: Spans): Omit<Spans, "traceIdOf"> => ({
  calls: (asked, act) => spans.calls(asked, act),
  decided: (decided, providerOf) => spans.decided(decided, providerOf),
  checked: (check) => spans.checked(check),
  polled: (poll) => spans.polled(poll),
});

/** What happens too often for a line each, or has its line with what it comes to. */
const countedAlone = (meters: Meters) => ({
  launchEnded: (outcome: LaunchOutcome) => meters.launchEnded(outcome),
  launchSettled: (at: AccountLabels, times: LaunchTimes) => meters.launchSettled(at, times),
  attemptEnded: (at: AccountLabels, outcome: AttemptOutcome) => meters.attemptEnded(at, outcome),
  /** A cloud was asked for something; `fault`: what it answered with, or what stands for no answer. */
  asked: (of: { readonly account: Account; readonly call: string; readonly ms: number }, fault: Fault | null) => {
    const { account, call, ms } = of;
    const result = resultOf(fault);
    const refusal = result === "stopped" || fault === null ? null : fault.class;
    meters.called({ account: account.name, provider: account.provider }, { call, result, refusal, ms });
  },
  rowsTaken: (pump: string, rows: number) => meters.rowsTaken(pump, rows),
  stepTold: (lagMs: number) => meters.stepTold(lagMs),
  transacted: (mode: "read" | "write", outcome: DatabaseOutcome, ms: number) => meters.transacted(mode, outcome, ms),
});

function resultOf(fault: Fault | null): CallResult {
  if (fault === null) return "answered";
  if (fault.code === STOPPED) return "stopped";
  return fault.code === TIMEOUT ? "timeout" : fault.class;
}

const ofWork = (log: Logger, traceOf: TraceOf) => ({
  engineStarted: (providers: readonly string[]) => log.info({ providers }, "engine started"),
  engineStopped: (abandoned: number) => log.info({ abandoned }, "engine stopped"),
  /** A pump could not take work, for the database is away; it comes again after the pause. */
  pumpWaits: (pump: string, error: unknown, pauseMs: number) =>
    log.debug({ pump, error: chainOf(error), pauseMs }, "pump waits for the database"),
  /** A pump could not take work because of a bug; it comes again after the pause. */
  pumpStumbled: (pump: string, error: unknown, pauseMs: number) =>
    log.error({ pump, error: chainOf(error), pauseMs }, "pump stumbled"),
  /** What the work came to could not be written while its claim lasted, for the database is away; it is taken up again. */
  workLost: (pump: string, row: string, error: unknown) =>
    log.warn({ pump, row, error: chainOf(error) }, "work lost, the database is away"),
  /** Work on one row ended in a bug; its claim runs out and it is taken up again. */
  workBroke: (pump: string, row: string, error: unknown) =>
    log.error({ pump, row, error: chainOf(error) }, "work broke"),
  batchRefused: (deployments: number, error: unknown) =>
    log.warn({ deployments, error: chainOf(error) }, "batch refused, deciding one by one"),
  /** An alarm: the decision for this deployment fails whenever it is made, so that nobody works on it until the next try. */
  deploymentParked: (of: Traced, parked: { tries: number; nextTryAt: number | null }, error: unknown) =>
    log.error({ deployment: of.id, ...traceOf(of), ...parked, error: chainOf(error) }, "deployment parked"),
});

const ofServer = (log: Logger) => ({
  /** From now on nothing can be written, or nothing be read either; tries go on. */
  databaseAway: (reason: string, error: unknown) => log.error({ reason, error: chainOf(error) }, "database is away"),
  databaseBack: (awayMs: number) => log.info({ awayMs }, "database is back"),
  /** Slipway's time goes on as it was; `isOurs`: this process has changed the offset, else another one has. */
  clockStepped: ({ byMs, offsetMs, isOurs }: ClockStep) =>
    log.warn({ byMs, offsetMs, setRightBy: isOurs ? "this process" : "another process" }, "database's clock was set"),
  serverStarted: ({ url, place }: { readonly url: string; readonly place: string }, database: string) =>
    log.info({ url, database }, `listening on ${place}`),
  workerStarted: (database: string) => log.info({ database }, `working on ${database}`),
  /** A sentence for people, who on a terminal read it beside the log. */
  noticed: (sentence: string) => log.info(sentence),
  warned: (sentence: string) => log.warn(sentence),
  /** In about a minute: those that there are meanwhile are not told either. */
  tracesLost: (text: string) => log.warn({ text }, "spans could not be sent, and are lost"),
  serverStopping: (signal: string) => log.info({ signal }, "server stopping"),
  /** Values of secret outputs were told to whoever holds this token. */
  secretsTold: (deployment: string, token: string) => log.info({ deployment, token }, "secret outputs told"),
  /** The provider of identities could not be asked, or let nobody in. */
  signInFailed: (why: { readonly kind: string; readonly message: string }) =>
    log.warn({ kind: why.kind, why: why.message }, "sign-in failed"),
  /** A bug in the API: the answer carries the same id. */
  requestBroke: (line: RequestLine, error: unknown) => log.error({ ...line, error: chainOf(error) }, "request broke"),
  /** The answer had begun, so the reader only sees the line break off. */
  streamBroke: (deployment: string, error: unknown) => log.error({ deployment, error: chainOf(error) }, "stream broke"),
});

const ofCalls = (log: Logger, traceOf: TraceOf) => {
  const told = ({ traceparent, ...line }: CallLine) => ({ ...line, ...traceOf({ id: line.deployment, traceparent }) });
  return {
    callAnswered: (line: CallLine, outcome: string) => log.debug({ ...told(line), outcome }, "call answered"),
    callFailed: (line: CallLine, fault: Fault) => log.info({ ...told(line), fault: briefFault(fault) }, "call failed"),
    /** `error` is text that has been redacted: a provider's own words may repeat what it was given. Met over and over, a bug is news once. */
    providerBroke: (account: string, broken: { what: string; error: string; isNews: boolean }) =>
      log[broken.isNews ? "error" : "debug"]({ account, what: broken.what, error: broken.error }, "provider broke"),
    /** The process was held up between claim and call; the call goes back. */
    callNotSent: (line: CallLine, leftMs: number) =>
      log.warn({ ...told(line), leftMs }, "call not sent, its claim is too old"),
    callPutBack: (line: CallLine, error: unknown) =>
      log.warn({ ...told(line), error: chainOf(error) }, "account not read, so the call is put back"),
    /** Somebody else has the row by now; what this answer says will be found by look-up. */
    answerFenced: (line: CallLine, outcome: string) => log.warn({ ...told(line), outcome }, "answer came too late"),
    /** The database is away; the answer is tried again while the claim lasts. */
    answerWaits: (line: CallLine, error: unknown, pauseMs: number) =>
      log.debug({ ...told(line), error: chainOf(error), pauseMs }, "answer waits for the database"),
    /** The database would not take the answer; it is tried again while the claim lasts. */
    answerNotWritten: (line: CallLine, error: unknown, pauseMs: number) =>
      log.warn({ ...told(line), error: chainOf(error), pauseMs }, "answer not written"),
  };
};

const ofAccounts = (log: Logger, meters: Meters, traceOf: TraceOf) => ({
  /** Each of many: what it means for the account is told once, when its health changes. */
  pollFailed: (account: string, fault: Fault) => log.debug({ account, fault: briefFault(fault) }, "poll failed"),
  healthChanged: (account: string, from: string, to: { health: string; healthText: string | null }) =>
    log[to.health === "healthy" ? "info" : "warn"](
      { account, from, to: to.health, text: to.healthText },
      "account's health changed",
    ),
  /** A launch was refused by reason of the account. */
  accountSuspended: (account: string, of: Traced, text: string) =>
    log.warn({ account, deployment: of.id, ...traceOf(of), text }, "account suspended"),
  /** What waited for an account that can be used again. */
  madeDue: (account: string, due: MadeDue) => {
    if (due.debts + due.calls + due.launches > 0) log.info({ account, ...due }, "what waited for the account is due");
  },
  offersLeftOut: (account: string, offers: readonly string[]) =>
    log.warn({ account, ...shortened(offers) }, "offers with impossible numbers left out"),
  /** Launches that ask for it wait, and are told of it. */
  enquiryFailed: (
    account: string,
    enquiry: { readonly kind: string; readonly choice: string; readonly text: string },
  ) => log.warn({ account, ...enquiry }, "a cloud does not answer whether it has what a launch asks for"),
  /** They are for hints only: the account is as usable as before. */
  imagesNotNamed: (account: string, fault: Fault) =>
    log.info({ account, fault: briefFault(fault) }, "names of images not read to their end"),
  meltdownSuspected: (account: string, text: string) => log.error({ account, text }, "meltdown suspected"),
  meltdownOver: (account: string) => log.warn({ account }, "account shows machines again"),
  strayFound: (account: string, machine: string, externalId: string) =>
    log.warn({ account, machine, externalId }, "stray found"),
  /** Each failed try is told, since they come further and further apart. */
  webhookTried(line: WebhookLine, { isTaken, isDead, text }: WebhookTry) {
    if (isTaken) log.debug({ ...line, text }, "webhook told");
    else if (isDead) log.warn({ ...line, text }, "webhook not told, and not tried any more");
    else log.info({ ...line, text }, "webhook not told yet");
    meters.webhookTried(isTaken ? "delivered" : isDead ? "dead" : "failed");
  },
  /** In one sweep. */
  pruned: (taken: Taken) => log.info(taken, "what is kept no longer was taken away"),
  sessionNotEnded: (account: string, fault: Fault) => log.info({ account, fault }, "session not ended"),
  /** `failures`: in a row; only the first one is news. */
  watchEnded: (account: string, error: string | null, failures: number) =>
    log[failures === 1 ? "warn" : "debug"]({ account, error, failures }, "watch ended"),
});

/** An error with its causes, as text. */
export function chainOf(error: unknown): string {
  const parts: string[] = [];
  let link = error;
  while (link !== undefined && parts.length < CAUSES_MOST) {
    parts.push(link instanceof Error ? (link.stack ?? `${link.name}: ${link.message}`) : JSON.stringify(link));
    link = link instanceof Error ? link.cause : undefined;
  }
  return parts.join("\ncaused by ");
}
