// Faults as Deltacloud shows them, at the wire, and what is in its place. What it is like as a whole is in face.test.ts.

import { closedPort, cloudThat } from "../../cloud-http/wire.samples.ts";
import { accountId } from "../../core/ids.ts";
import { type FaultHarness, faultSuite } from "../../ports/provider-suite/faults.testsuite.ts";
import { impostorSuite } from "../../ports/provider-suite/impostor.testsuite.ts";
import { readyRequest, type Stage } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  created,
  entry,
  type Exchange,
  IMAGE,
  list,
  ON,
  one,
  openReplayed,
  PASSWORD,
  PROFILES,
  refusal,
  xml,
} from "./cloud-replay.testsuite.ts";
import { deltacloudProvider } from "./index.ts";

const placement = { realm: "us", size: "m1-small", image: IMAGE };

/** A stage on which one machine is asked for, under a name that its script knows. */
async function openStage(script: (name: string) => readonly Exchange[]): Promise<Stage> {
  const { name } = readyRequest({ placement });
  const opened = await openReplayed([entry(), PROFILES, ...script(name)]);
  return {
    cloud: opened.cloud,
    placement: { ...placement, name },
    settle: async () => undefined,
    underWay: opened.hanging,
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

const refused = (status: number, message: string) => (): Promise<Stage> =>
  openStage(() => [refusal(ON.create, status, message)]);

const optional = (exchange: Exchange): Exchange => ({ ...exchange, optional: true });

function openAt(url: string) {
  const account = { id: accountId("acc-1"), name: "lab", settings: { url, user: "mockuser" } };
  return deltacloudProvider.open(account, { password: PASSWORD });
}

const FAULTS: FaultHarness = {
  throttle: refused(502, "RequestLimitExceeded: Request limit exceeded."),
  auth: refused(401, "Unauthorized"),
  account: refused(502, "PendingVerification: Your account is currently being verified"),
  capacity: refused(502, "InsufficientInstanceCapacity: We currently do not have sufficient capacity"),
  quota: refused(500, "Unhandled exception or status code (Quota exceeded for instances: Requested 1)"),
  missing_image: refused(400, "ERROR: Image img1 not found"),
  name_taken: refused(409, "VM name already in use"),
  unreachable: async () => ({
    placement,
    settle: async () => undefined,
    cloud: openAt(`http://127.0.0.1:${await closedPort()}/api`),
    [Symbol.asyncDispose]: async () => undefined,
  }),
  answer_lost: () => openStage((name) => [{ on: ON.create, end: "cut" }, optional(list({ name }))]),
  request_lost: () => openStage(() => [{ on: ON.create, end: "cut" }, optional(list({ name: "other", owner: "" }))]),
  silence: () => openStage(() => [{ on: ON.create, end: "hang" }]),
  unheard_state: () => openStage((name) => [created({ name }), one({ name, state: "HIBERNATED" })]),
  breakdown: () =>
    openStage((name) => [created({ name, state: "PENDING" }), one({ name }), one({ name, state: "ERROR" })]),
  late_failure: "Deltacloud does not tell why an instance is in ERROR or has gone",
  partial_list: "Deltacloud lists all of an account or nothing",
};

faultSuite("deltacloud at the wire", FAULTS);

impostorSuite("deltacloud", async (body) => {
  const known = [entry(), PROFILES].map(({ on, bytes }) => [on, bytes] as const);
  const server = await cloudThat(({ method, url }, response) => {
    const answer = new Map(known).get(`${method} ${url}`);
    if (answer !== undefined) return void response.end(answer);
    response.writeHead(404).end(body);
  });
  return {
    placement,
    settle: async () => undefined,
    cloud: openAt(`http://127.0.0.1:${server.port}/api`),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});

impostorSuite("deltacloud, by a page of its own program", async (body) => {
  const known = [entry(), PROFILES].map(({ on, bytes }) => [on, bytes] as const);
  const page = xml(
    "",
    `<error url='/elsewhere' status='404'><message>${body.replaceAll(/[<&]/g, "")}</message></error>`,
  );
  const server = await cloudThat(({ method, url }, response) => {
    const answer = new Map(known).get(`${method} ${url}`);
    if (answer !== undefined) return void response.end(answer);
    response.writeHead(404).end(page.bytes);
  });
  return {
    placement,
    settle: async () => undefined,
    cloud: openAt(`http://127.0.0.1:${server.port}/api`),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});
