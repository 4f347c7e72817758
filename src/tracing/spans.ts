// Deployments as traces: the launch, its attempts, their instances, and what clouds were asked for. Times are those of the database, as
// they stand in the rows, so that a trace of several machines has one clock.

import type { Attributes } from "@opentelemetry/api";
import { onErrand } from "../cloud-http/errand.ts";
import type { Fault } from "../core/fault.ts";
import { traceparentOf } from "../core/traceparent.ts";
import type { CallOutcome } from "../core/world/record.ts";
import type { ClaimedCall } from "../ports/claims.ts";
import type { AccountLabels } from "../ports/meters.ts";
import type { CallsAsked, Checked, PolledAccount, Spans, Traced } from "../ports/spans.ts";
import {
  attemptSpan,
  callSpan,
  checkSpan,
  deploymentSpan,
  instanceSpan,
  pollSpan,
  pollTrace,
  stepSpan,
  traceIdOf,
  traceOf,
} from "./ids.ts";
import { type EndedAttempt, type EndedStep, type Member, type Story, storyOf } from "./story.ts";
import type { Teller, Telling } from "./teller.ts";

/** Of one call: a cloud that needs more requests than this for it is asked again and again for the same. */
const REQUEST_IDS_MOST = 16;

export function spansBy(teller: Teller): Spans {
  return {
    traceIdOf,
    async calls({ claims, account, agedMs }, act) {
      const traced = claims.flatMap((claim, at) => {
        const of = tracedBy(claim);
        return of === null ? [] : [{ of, claim, at }];
      });
      const [first] = traced;
      if (first === undefined) return act();
      const startedMs = agedMs();
      const requestIds = new Set<string>();
      const outcomes = await asErrand(teller, { ...first, requestIds }, act);
      const endedMs = agedMs();
      for (const { of, claim, at } of traced) {
        const outcome = outcomes[at];
        if (outcome === undefined || outcome.kind === "not_sent") continue;
        const [from, to] = [claim.now + startedMs, claim.now + endedMs];
        teller.tell(traceOf(of), { ...callOf(claim, { of, account, outcome, requestIds }), from, to });
      }
      return outcomes;
    },
    decided(decided, providerOf) {
      const story = storyOf(decided);
      const { deployment } = story;
      const trace = traceOf(deployment);
      for (const { attempt, members } of story.attempts) {
        const account = { account: attempt.accountName, provider: providerOf(attempt.account) };
        for (const member of members) teller.tell(trace, instanceOf(deployment, { attempt, member, account }));
        teller.tell(trace, attemptOf(deployment, { attempt, account }));
      }
      for (const step of story.steps) teller.tell(trace, stepOf(deployment, step));
      if (story.launch !== null) teller.tell(trace, launchOf(story, story.launch));
    },
    checked(check) {
      const { deployment: id, traceparent } = check.claim;
      const of = { id, traceparent };
      teller.tell(traceOf(of), checkOf(of, check));
    },
    polled(poll) {
      teller.tell(pollTrace(poll), pollOf(poll));
    },
  };
}

/** Null for what no deployment asks for. */
function tracedBy({ machine, traceparent }: ClaimedCall): Traced | null {
  return machine.deployment === null ? null : { id: machine.deployment, traceparent };
}

interface Errand {
  readonly of: Traced;
  readonly claim: ClaimedCall;
  readonly requestIds: Set<string>;
}

/** Of several claims, requests are of the first one's trace. */
function asErrand<T>(teller: Teller, { of, claim, requestIds }: Errand, act: () => Promise<T>): Promise<T> {
  const context = teller.contextOf(traceOf(of), callSpan(claim.machine.id, claim.callNo));
  if (context === null) return act();
  const noteRequestId = (id: string): void => {
    if (requestIds.size < REQUEST_IDS_MOST) requestIds.add(id);
  };
  const state = context.state === null ? {} : { tracestate: context.state };
  return onErrand({ headers: { traceparent: traceparentOf(context), ...state }, noteRequestId }, act);
}

interface Asked extends Pick<CallsAsked, "account"> {
  readonly of: Traced;
  readonly outcome: CallOutcome;
  readonly requestIds: ReadonlySet<string>;
}

function callOf(
  { machine, call, callNo }: ClaimedCall,
  { of, account, outcome, requestIds }: Asked,
): Omit<Telling, "from" | "to"> {
  const fault = outcome.kind === "fault" ? outcome.fault : null;
  const ids = new Set([...requestIds, ...(fault?.requestId ? [fault.requestId] : [])]);
  const { instance } = machine;
  return {
    name: call,
    id: callSpan(machine.id, callNo),
    within: instance === null ? deploymentSpan(of) : instanceSpan(of, { attempt: machine.attemptNo, name: instance }),
    isCall: true,
    verdict: fault === null ? null : { wrong: kindOf(fault) },
    attributes: {
      ...placeOf(account),
      "slipway.machine": machine.id,
      "slipway.call.number": callNo,
      "slipway.call.outcome": outcome.kind,
      "cloud.region": machine.realm,
      ...(machine.externalId === null ? {} : { "cloud.resource_id": machine.externalId }),
      ...(ids.size === 0 ? {} : { "slipway.cloud.request_id": [...ids] }),
      ...(fault === null
        ? {}
        : { "error.type": fault.class, "slipway.fault.code": fault.code, "slipway.fault.effect": fault.effect }),
    },
  };
}

/** Its text, as whatever is told of a failure in words, may repeat what only the deployment's own page may show. */
const kindOf = (fault: Fault): string => `${fault.class}: ${fault.code}`;

const placeOf = ({ account, provider }: AccountLabels): Attributes => ({
  "slipway.account": account,
  "slipway.provider": provider,
});

interface OfAttempt extends Pick<EndedAttempt, "attempt"> {
  readonly account: AccountLabels;
}

function attemptOf(of: Traced, { attempt, account }: OfAttempt): Telling {
  const { no, startedAt, endedAt, outcome, fault, failedInstance } = attempt;
  return {
    name: "attempt",
    id: attemptSpan(of, no),
    within: deploymentSpan(of),
    from: startedAt,
    to: endedAt ?? startedAt,
    verdict:
      outcome === "succeeded"
        ? "good"
        : outcome === "failed"
          ? { wrong: fault === null ? "failed" : kindOf(fault) }
          : null,
    attributes: {
      ...placeOf(account),
      "slipway.attempt": no,
      "slipway.attempt.outcome": outcome ?? "",
      ...(attempt.realm === null ? {} : { "cloud.region": attempt.realm }),
      ...(failedInstance === null ? {} : { "slipway.attempt.failed_instance": failedInstance }),
      ...(fault === null ? {} : { "error.type": fault.class, "slipway.fault.code": fault.code }),
    },
  };
}

function instanceOf(of: Traced, { attempt, member, account }: OfAttempt & { readonly member: Member }): Telling {
  const { name, machines, instance, fault } = member;
  const [first] = machines;
  const last = machines.at(-1);
  const from = first?.intentAt ?? attempt.startedAt;
  const endedAt = attempt.endedAt ?? from;
  return {
    name: "instance",
    id: instanceSpan(of, { attempt: attempt.no, name }),
    within: attemptSpan(of, attempt.no),
    from,
    to: Math.min(instance.readyAt ?? endedAt, endedAt),
    verdict: fault !== null ? { wrong: kindOf(fault) } : instance.readyAt === null ? null : "good",
    moments: [
      { name: "made", at: last?.madeAt ?? null },
      { name: "running", at: instance.runningAt },
      { name: "ready", at: instance.readyAt },
    ],
    attributes: {
      ...placeOf(account),
      "slipway.instance": name,
      "slipway.attempt": attempt.no,
      "slipway.machines": machines.map(({ id }) => id),
      ...(last === undefined ? {} : { "cloud.region": last.realm, "slipway.size": last.size }),
      ...(last?.externalId ? { "cloud.resource_id": last.externalId } : {}),
      ...(fault === null ? {} : { "error.type": fault.class, "slipway.fault.code": fault.code }),
    },
  };
}

function stepOf(of: Traced, { step, attempt, from, to, isStuck }: EndedStep): Telling {
  return {
    name: step,
    id: stepSpan(of, step, attempt),
    within: step === "rollback" ? attemptSpan(of, attempt) : deploymentSpan(of),
    from,
    to,
    verdict: isStuck ? { wrong: "a machine is not proven gone" } : null,
    attributes: { "slipway.attempt": attempt },
  };
}

function launchOf({ deployment }: Story, { outcome, at }: NonNullable<Story["launch"]>): Telling {
  const { id, name, pool, blueprint, createdBy, createdAt, attemptNo } = deployment;
  return {
    name: "deployment",
    id: deploymentSpan(deployment),
    within: null,
    from: createdAt,
    to: at,
    verdict: outcome === "running" ? "good" : outcome === "failed" ? { wrong: "failed" } : null,
    attributes: {
      "slipway.deployment.id": id,
      "slipway.deployment": name,
      "slipway.pool": pool,
      "slipway.blueprint": blueprint.name,
      "slipway.launched_by": createdBy,
      "slipway.launch.outcome": outcome,
      "slipway.attempts": attemptNo,
    },
  };
}

/** What it was answered stays in the rows, as other texts do. */
function checkOf(of: Traced, { claim, outcome, from, to }: Checked): Telling {
  const { instance, machine, probeNo, check, live } = claim;
  return {
    name: "check",
    id: checkSpan(machine.id, probeNo),
    within: instanceSpan(of, { attempt: machine.attemptNo, name: instance }),
    from,
    to,
    isCall: true,
    verdict: outcome === "passed" ? "good" : outcome === "failed" ? { wrong: `${check.kind} check failed` } : null,
    attributes: {
      "slipway.instance": instance,
      "slipway.machine": machine.id,
      "slipway.check": live === null ? "ready" : "live",
      "slipway.check.kind": check.kind,
      "slipway.check.number": probeNo,
      "slipway.check.outcome": outcome,
    },
  };
}

/** More are not told by one span. */
const LINKS_MOST = 128;

function pollOf(poll: PolledAccount): Telling {
  const { account, pollNo, from, to, machines, fault, news } = poll;
  return {
    name: "poll",
    id: pollSpan(poll),
    within: null,
    from,
    to,
    isCall: true,
    verdict: fault === null ? null : { wrong: kindOf(fault) },
    attributes: {
      ...placeOf(account),
      "slipway.poll.number": pollNo,
      "slipway.poll.news": news.length,
      ...(machines === null ? {} : { "slipway.poll.machines": machines }),
      ...(fault === null ? {} : { "error.type": fault.class, "slipway.fault.code": fault.code }),
    },
    links: news.slice(0, LINKS_MOST).map(({ of, instance, attempt }) => ({
      trace: traceOf(of),
      spanId: instanceSpan(of, { attempt, name: instance }),
    })),
  };
}
