// What every provider must make of refusals, breakdowns and things in the cloud's place, at the wire.

import { optional } from "../../cloud-http/replay.samples.ts";
import { closedPort, cloudThat } from "../../cloud-http/wire.samples.ts";
import { type FaultHarness, faultSuite } from "../../ports/provider-suite/faults.testsuite.ts";
import { impostorSuite } from "../../ports/provider-suite/impostor.testsuite.ts";
import { scriptedStage, type Stage, stillStage } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  BEFORE,
  cut,
  type Exchange,
  IMAGE,
  instance,
  instances,
  keyPairs,
  made,
  openAt,
  openReplayed,
  refusal,
  ZONE,
} from "./cloud-replay.testsuite.ts";

const placement = { realm: ZONE, size: "m7i.large", image: IMAGE };

const openStage = (script: (name: string) => readonly Exchange[]): Promise<Stage> =>
  scriptedStage(placement, (name) => openReplayed([...BEFORE, ...script(name)]));

const refused = (status: number, code: string) => (): Promise<Stage> =>
  openStage(() => [refusal("RunInstances", { status, code })]);

async function openNowhere(): Promise<Stage> {
  return stillStage({ placement, cloud: openAt(`http://127.0.0.1:${await closedPort()}`) });
}

const NO_ROOM = { code: "Server.InsufficientInstanceCapacity", message: "There is no Spot or other capacity." };
const BY_ITSELF = { code: "Client.InstanceInitiatedShutdown", message: "Instance initiated shutdown" };

const FAULTS: FaultHarness = {
  throttle: refused(503, "RequestLimitExceeded"),
  auth: refused(401, "AuthFailure"),
  account: refused(401, "OptInRequired"),
  capacity: refused(500, "InsufficientInstanceCapacity"),
  quota: refused(400, "VcpuLimitExceeded"),
  missing_image: refused(400, "InvalidAMIID.NotFound"),
  name_taken: refused(400, "IdempotentParameterMismatch"),
  unreachable: openNowhere,
  answer_lost: () => openStage((name) => [cut("RunInstances"), optional(instances([instance(name)]))]),
  request_lost: () => openStage(() => [cut("RunInstances"), optional(instances([])), optional(keyPairs())]),
  silence: () => openStage(() => [{ on: "POST /RunInstances", end: "hang" }]),
  unheard_state: () => openStage((name) => [made(name), instances([instance(name, { state: "dreaming" })])]),
  breakdown: () =>
    openStage((name) => [
      made(name),
      instances([instance(name)]),
      instances([instance(name, { state: "stopped", reason: BY_ITSELF })]),
    ]),
  late_failure: () =>
    openStage((name) => {
      const ended = instances([instance(name, { state: "terminated", reason: NO_ROOM })]);
      return [made(name), ended, ended];
    }),
  partial_list: "EC2 lists all zones of a region or none",
};

faultSuite("ec2 at the wire", FAULTS);

impostorSuite("ec2", async (body, status) => {
  const impostor = await cloudThat((_, response) => void response.writeHead(status).end(body));
  return stillStage({ placement, cloud: openAt(`http://127.0.0.1:${impostor.port}`) }, impostor);
});
