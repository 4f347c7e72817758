// Faults as Deltacloud shows them, at the wire, and what is in its place. What it is like as a whole is in face.test.ts.

import { optional } from "../../cloud-http/replay.samples.ts";
import { closedPort, cloudThat } from "../../cloud-http/wire.samples.ts";
import { accountId } from "../../core/ids.ts";
import { type FaultHarness, faultSuite } from "../../ports/provider-suite/faults.testsuite.ts";
import { impostorSuite } from "../../ports/provider-suite/impostor.testsuite.ts";
import { scriptedStage, type Stage, stillStage } from "../../ports/provider-suite/stage.testsuite.ts";
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

const openStage = (script: (name: string) => readonly Exchange[]): Promise<Stage> =>
  scriptedStage(placement, (name) => openReplayed([entry(), PROFILES, ...script(name)]));

const refused = (status: number, message: string) => (): Promise<Stage> =>
  openStage(() => [refusal(ON.create, status, message)]);

function openAt(port: number) {
  const settings = { url: `http://127.0.0.1:${port}/api`, user: "mockuser" };
  const account = { id: accountId("acc-1"), name: "lab", settings };
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
  unreachable: async () => stillStage({ placement, cloud: openAt(await closedPort()) }),
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

/** `answer`: what it says beside its status. */
async function openImpostor(answer: string | Uint8Array, status: number): Promise<Stage> {
  const known = new Map([entry(), PROFILES].map(({ on, bytes }) => [on, bytes]));
  const server = await cloudThat(({ method, url }, response) => {
    const told = known.get(`${method} ${url}`);
    if (told !== undefined) return void response.end(told);
    response.writeHead(status).end(answer);
  });
  return stillStage({ placement, cloud: openAt(server.port) }, server);
}

impostorSuite("deltacloud", openImpostor);

impostorSuite("deltacloud, by a page of its own program", (body, status) => {
  const message = body.replaceAll(/[<&]/g, "");
  const page = xml("", `<error url='/elsewhere' status='${status}'><message>${message}</message></error>`);
  return openImpostor(page.bytes ?? "", status);
});
