import { emptyResource } from "@opentelemetry/resources";
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
import { expect, test } from "vitest";
import { errandHeaders, noteAnswer } from "../cloud-http/errand.ts";
import type { Deployment } from "../core/deployment.ts";
import type { Changes } from "../core/snapshot.ts";
import type { CallOutcome } from "../core/world/record.ts";
import type { ClaimedCall } from "../ports/claims.ts";
import type { Checked, Traced } from "../ports/spans.ts";
import {
  SAMPLE_TIME,
  sampleAccount,
  sampleAttempt,
  sampleChanges,
  sampleDeployment,
  sampleFault,
  sampleInstance,
  sampleMachine,
} from "../ports/store.samples.ts";
import { SAMPLERS, type TracesConfig } from "../ports/traces-config.ts";
import { attemptSpan, deploymentSpan, instanceSpan, traceIdOf } from "./ids.ts";
import { samplerOf } from "./sampler.ts";
import { spansBy } from "./spans.ts";
import { createTeller } from "./teller.ts";

const OWN: Traced = { id: sampleDeployment().id, traceparent: null };
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const within = (flags: string): string => `00-${TRACE}-b7ad6b7169203331-${flags}`;
const ACCOUNT = { account: "east", provider: "sim" };

/** As one process tells it. */
function telling(config: Partial<TracesConfig> = {}) {
  const exporter = new InMemorySpanExporter();
  const sampler = samplerOf({ sampler: "parentbased_always_on", ratio: 1, ...config });
  const processor = new SimpleSpanProcessor({ exporter });
  const spans = spansBy(createTeller({ sampler, resource: emptyResource(), processor, version: "1" }));
  return { spans, told: () => exporter.getFinishedSpans() };
}

function claimOf(given: Partial<ClaimedCall> = {}): ClaimedCall {
  const usual = { callNo: 3, traceparent: null, request: null, parallel: 8, now: SAMPLE_TIME } as const;
  return { machine: sampleMachine(), call: "create", claimedUntil: SAMPLE_TIME + 15_000, ...usual, ...given };
}

const STARTED: readonly CallOutcome[] = [{ kind: "started" }];

test("a call is told with its own times, within its instance, and what it sends says so", async () => {
  const { spans, told } = telling();
  const ages = [20, 520];
  const sent: unknown[] = [];
  await spans.calls({ claims: [claimOf()], account: ACCOUNT, agedMs: () => ages.shift() ?? 0 }, async () => {
    sent.push(errandHeaders());
    noteAnswer({ "x-openstack-request-id": "req-1" });
    noteAnswer({ "x-openstack-request-id": "req-1" });
    noteAnswer({ "content-type": "text/plain" });
    return STARTED;
  });
  const [span] = told();
  expect(span?.name).toBe("create");
  expect(span?.spanContext().traceId).toBe(traceIdOf(OWN));
  expect(span?.parentSpanContext?.spanId).toBe(instanceSpan(OWN, { attempt: 1, name: "db" }));
  expect(span?.attributes).toMatchObject({ "slipway.account": "east", "slipway.cloud.request_id": ["req-1"] });
  expect(span?.startTime).toEqual([(SAMPLE_TIME + 20 - ((SAMPLE_TIME + 20) % 1000)) / 1000, 20_000_000]);
  expect(span?.duration).toEqual([0, 500_000_000]);
  expect(sent).toEqual([{ traceparent: `00-${traceIdOf(OWN)}-${span?.spanContext().spanId}-01` }]);
});

test("of looks at several machines each is told in its own trace; what was not sent, and of strays, nothing is", async () => {
  const { spans, told } = telling();
  const other = sampleDeployment({ traceparent: within("01") });
  const looks = [
    claimOf({ call: "look" }),
    claimOf({ call: "look", traceparent: other.traceparent, callNo: 4 }),
    claimOf({ call: "look", machine: sampleMachine({ deployment: null, instance: null }) }),
    claimOf({ call: "look", callNo: 5 }),
  ];
  const outcomes: readonly CallOutcome[] = [
    { kind: "looked", observed: null },
    {
      kind: "fault",
      fault: sampleFault({ class: "quota", code: "full", text: "secret", requestId: "r-9" }),
      externalId: null,
    },
    { kind: "looked", observed: null },
    { kind: "not_sent" },
  ];
  await spans.calls({ claims: looks, account: ACCOUNT, agedMs: () => 0 }, async () => outcomes);
  expect(told().map((span) => span.spanContext().traceId)).toEqual([traceIdOf(OWN), TRACE]);
  const [, refused] = told();
  expect(refused?.status).toEqual({ code: 2, message: "quota: full" });
  expect(refused?.attributes).toMatchObject({ "error.type": "quota", "slipway.cloud.request_id": ["r-9"] });
  expect(JSON.stringify(refused?.attributes)).not.toContain("secret");
  const strays = [claimOf({ machine: sampleMachine({ deployment: null, instance: null }) })];
  await spans.calls({ claims: strays, account: ACCOUNT, agedMs: () => 0 }, async () => {
    expect(errandHeaders()).toEqual({});
    return STARTED;
  });
  expect(told()).toHaveLength(2);
});

const moved = (
  deployment: Deployment,
  move: "all_ready" | "rolled_back" | "rollback_stuck" | "all_stopped" | "gave_up",
  at: number,
) =>
  ({
    deployment: deployment.id,
    no: 9,
    revision: 1,
    at,
    body: { kind: "deployment_moved", from: "pending", to: "running", move, reason: null },
  }) as const;

const ended = (deployment: Deployment, at: number) =>
  ({
    deployment: deployment.id,
    no: 8,
    revision: 1,
    at,
    body: {
      kind: "attempt_ended",
      attempt: 1,
      account: "east",
      outcome: "failed",
      instance: null,
      reason: null,
      fault: null,
    },
  }) as const;

const changesOf = (deployment: Deployment, given: Omit<Partial<Changes>, "newMachines">): Changes => ({
  ...sampleChanges(deployment, given),
  newMachines: [],
});

const at = (seconds: number): number => SAMPLE_TIME + seconds * 1000;

test("a launch that comes up is told from its rows: attempt, instances and the whole of it", () => {
  const { spans, told } = telling();
  const deployment = sampleDeployment({ attemptNo: 1, traceparent: within("01") });
  const ready = sampleInstance({ state: "running", machine: sampleMachine().id, runningAt: at(5), readyAt: at(8) });
  const before = {
    deployment,
    instances: [ready, sampleInstance({ name: "web" })],
    revisions: [],
    attempts: [sampleAttempt()],
    machines: [sampleMachine({ intentAt: at(1), madeAt: at(2) })],
    placements: [],
  };
  const attempt = sampleAttempt({ startedAt: at(1), endedAt: at(9), outcome: "succeeded" });
  const waves = [
    changesOf(deployment, {
      attempts: [attempt],
      events: [ended(deployment, at(9)), moved(deployment, "all_ready", at(9))],
    }),
  ];
  spans.decided({ before, waves }, () => "sim");
  const spanOf = (name: string) => told().find((span) => span.name === name);
  expect(told().map(({ name }) => name)).toEqual(["instance", "attempt", "deployment"]);
  expect(spanOf("deployment")?.parentSpanContext?.spanId).toBe("b7ad6b7169203331");
  expect(spanOf("attempt")?.parentSpanContext?.spanId).toBe(deploymentSpan(deployment));
  expect(spanOf("instance")?.parentSpanContext?.spanId).toBe(attemptSpan(deployment, 1));
  expect(spanOf("instance")?.duration).toEqual([7, 0]);
  expect(spanOf("instance")?.events.map(({ name }) => name)).toEqual(["made", "running", "ready"]);
  expect(told().map(({ status }) => status.code)).toEqual([1, 1, 1]);
});

test("one that fails says what kind of failure it was and repeats no text, and its rollback and its end are told as they are over", () => {
  const { spans, told } = telling();
  const deployment = sampleDeployment({ attemptNo: 1, failure: "nowhere", stopAskedAt: at(30) });
  const fault = sampleFault({ class: "capacity", text: "no host" });
  const before = {
    deployment,
    instances: [sampleInstance({ state: "create_failed", fault })],
    revisions: [],
    attempts: [sampleAttempt({ startedAt: at(1) })],
    machines: [sampleMachine()],
    placements: [],
  };
  const attempt = sampleAttempt({ startedAt: at(1), endedAt: at(9), outcome: "failed", fault, failedInstance: "db" });
  const waves = [
    changesOf(deployment, {
      attempts: [attempt],
      instances: [sampleInstance()],
      events: [
        ended(deployment, at(9)),
        moved(deployment, "rolled_back", at(12)),
        moved(deployment, "gave_up", at(12)),
      ],
    }),
  ];
  spans.decided({ before, waves }, () => "sim");
  expect(told().map(({ name, status }) => [name, status.message])).toEqual([
    ["instance", `capacity: ${fault.code}`],
    ["attempt", `capacity: ${fault.code}`],
    ["rollback", undefined],
    ["deployment", "failed"],
  ]);
  expect(told()[2]?.duration).toEqual([3, 0]);
  spans.decided(
    { before, waves: [changesOf(deployment, { events: [moved(deployment, "all_stopped", at(40))] })] },
    String,
  );
  spans.decided(
    { before, waves: [changesOf(deployment, { events: [moved(deployment, "rollback_stuck", at(41))] })] },
    String,
  );
  expect(
    told()
      .slice(4)
      .map(({ name, duration, status }) => [name, duration[0], status.code]),
  ).toEqual([
    ["stop", 10, 0],
    ["rollback", expect.any(Number), 2],
  ]);
});

const checkOf = (given: Partial<Checked> = {}): Checked => ({
  claim: {
    deployment: OWN.id,
    instance: "db",
    machine: sampleMachine(),
    probeNo: 7,
    dueAt: at(2),
    check: { kind: "tcp", port: 22 },
    live: null,
    missed: 0,
    answer: "connection refused",
    traceparent: within("01"),
  },
  outcome: "passed",
  from: at(3),
  to: at(4),
  ...given,
});

test("a check is told within its instance, without the words that it was answered", () => {
  const { spans, told } = telling();
  spans.checked(checkOf());
  spans.checked(checkOf({ outcome: "failed" }));
  spans.checked(checkOf({ outcome: "untried" }));
  const [span] = told();
  expect(span?.name).toBe("check");
  expect(span?.spanContext().traceId).toBe(TRACE);
  expect(span?.parentSpanContext?.spanId).toBe(instanceSpan(OWN, { attempt: 1, name: "db" }));
  expect(span?.attributes).toMatchObject({ "slipway.check": "ready", "slipway.check.kind": "tcp" });
  expect(told().map(({ status }) => status)).toEqual([
    { code: 1 },
    { code: 2, message: "tcp check failed" },
    { code: 0 },
  ]);
  expect(JSON.stringify(told().map(({ attributes }) => attributes))).not.toContain("refused");
});

test("a poll is a trace of its own, which leads to the instances that it brought news of", () => {
  const { spans, told } = telling();
  const news = [
    { of: { id: OWN.id, traceparent: within("01") }, instance: "db", attempt: 2 },
    { of: OWN, instance: "web", attempt: 1 },
  ];
  const poll = {
    account: ACCOUNT,
    id: sampleAccount().id,
    pollNo: 5,
    from: at(1),
    to: at(2),
    machines: 9,
    fault: null,
  };
  spans.polled({ ...poll, news });
  spans.polled({ ...poll, pollNo: 6, machines: null, news: [], fault: sampleFault({ class: "auth", code: "401" }) });
  const [first, failed] = told();
  expect(first?.parentSpanContext).toBeUndefined();
  expect(first?.links.map(({ context }) => [context.traceId, context.spanId])).toEqual([
    [TRACE, instanceSpan(OWN, { attempt: 2, name: "db" })],
    [traceIdOf(OWN), instanceSpan(OWN, { attempt: 1, name: "web" })],
  ]);
  expect(first?.attributes).toMatchObject({ "slipway.poll.news": 2, "slipway.poll.machines": 9 });
  expect(failed?.status).toEqual({ code: 2, message: "auth: 401" });
  expect(new Set(told().map((span) => span.spanContext().traceId)).size).toBe(2);
});

test("what other systems wrote into the trace is kept in all of it, and handed on", async () => {
  const { spans, told } = telling();
  const traceparent = `${within("01")} rojo=00f067aa,congo=t61`;
  const sent: unknown[] = [];
  await spans.calls({ claims: [claimOf({ traceparent })], account: ACCOUNT, agedMs: () => 0 }, async () => {
    sent.push(errandHeaders());
    return STARTED;
  });
  const deployment = sampleDeployment({ traceparent });
  const before = { deployment, instances: [], revisions: [], attempts: [], machines: [], placements: [] };
  spans.decided(
    { before, waves: [changesOf(deployment, { events: [moved(deployment, "all_ready", at(1))] })] },
    String,
  );
  expect(sent).toEqual([{ traceparent: expect.stringContaining(TRACE), tracestate: "rojo=00f067aa,congo=t61" }]);
  expect(told().map((span) => span.spanContext().traceState?.serialize())).toEqual([
    "rojo=00f067aa,congo=t61",
    "rojo=00f067aa,congo=t61",
  ]);
});

test.each(SAMPLERS)("%s: all that is told of a deployment is, or nothing is, as its sender says", async (sampler) => {
  for (const [flags, ratio] of [
    ["01", 1],
    ["00", 1],
    [null, 1],
    [null, 0],
  ] as const) {
    const { spans, told } = telling({ sampler, ratio });
    const traceparent = flags === null ? null : within(flags);
    const asked = { claims: [claimOf({ traceparent })], account: ACCOUNT, agedMs: () => 0 };
    const sent: object[] = [];
    await spans.calls(asked, async () => {
      sent.push(errandHeaders());
      return STARTED;
    });
    const deployment = sampleDeployment({ traceparent });
    const before = { deployment, instances: [], revisions: [], attempts: [], machines: [], placements: [] };
    spans.decided(
      { before, waves: [changesOf(deployment, { events: [moved(deployment, "all_ready", at(1))] })] },
      String,
    );
    const byRoot = sampler.endsWith("on") || (sampler.endsWith("ratio") && ratio === 1);
    const isTold = sampler.startsWith("parentbased") && flags !== null ? flags === "01" : byRoot;
    expect(told()).toHaveLength(isTold ? 2 : 0);
    expect(Object.keys(sent[0] ?? {})).toEqual(isTold ? ["traceparent"] : []);
  }
});
