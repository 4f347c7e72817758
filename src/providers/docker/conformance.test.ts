// Faults that a real engine cannot be made to show, at the wire. Everything else is in conformance.docker.test.ts.

import { cloudThat } from "../../cloud-http/wire.samples.ts";
import { accountId } from "../../core/ids.ts";
import { type FaultHarness, faultSuite } from "../../ports/provider-suite/faults.testsuite.ts";
import { impostorSuite } from "../../ports/provider-suite/impostor.testsuite.ts";
import { type Stage, stillStage } from "../../ports/provider-suite/stage.testsuite.ts";
import { asCreated, type Exchange, openReplay, refusal, VERSION } from "./engine-replay.testsuite.ts";
import { dockerProvider } from "./index.ts";
import recorded from "./recorded.json" with { type: "json" };

const CREATE = "POST /containers/create";
const INSPECT = "GET /containers/*/json";
const CREATED: Exchange = { on: CREATE, status: 201, body: { Id: recorded.created.Id, Warnings: [] } };

const placement = { realm: "default", size: "custom", image: "busybox:test" };

const openAt = (endpoint: string) =>
  dockerProvider.open({ id: accountId("acc-1"), name: "engine", settings: { endpoint } }, {});

async function openStage(...script: readonly Exchange[]): Promise<Stage> {
  const replay = await openReplay([VERSION, ...script]);
  return { ...stillStage({ cloud: openAt(replay.endpoint), placement }, replay), underWay: replay.hanging };
}

const refused = (status: number, message: string) => (): Promise<Stage> => openStage(refusal(CREATE, status, message));

const ON_A_REAL_ENGINE = "shown by a real engine in conformance.docker.test.ts";
const NEVER = "Docker has no such thing";

const FAULTS: FaultHarness = {
  throttle: () =>
    openStage({ on: CREATE, status: 429, headers: { "retry-after": "7" }, body: { message: "slow down" } }),
  auth: refused(403, "authorization denied by plugin opa: not allowed"),
  account: "a socket that may not be opened answers nothing: see faults.test.ts",
  capacity: refused(500, "mkdir /var/lib/docker/overlay2/1-init: no space left on device"),
  quota: NEVER,
  missing_image: refused(404, "No such image: busybox:test"),
  name_taken: refused(
    409,
    'Conflict. The container name "/a1" is already in use by container "726a04db1fcc3f49ea8580910281049d194c27971fbbc8c00c390181b3ab1161". You have to remove (or rename) that container to be able to reuse that name.',
  ),
  unreachable: ON_A_REAL_ENGINE,
  answer_lost: () =>
    openStage({ on: CREATE, end: "cut" }, { on: INSPECT, answer: asCreated(recorded.created), optional: true }),
  request_lost: () =>
    openStage({ on: CREATE, end: "cut" }, { ...refusal(INSPECT, 404, "No such container: a1"), optional: true }),
  silence: () => openStage({ on: CREATE, end: "hang" }),
  unheard_state: () =>
    openStage(CREATED, {
      on: INSPECT,
      answer: asCreated({ ...recorded.created, State: { ...recorded.created.State, Status: "hibernating" } }),
    }),
  breakdown: () =>
    openStage(
      CREATED,
      { on: INSPECT, answer: asCreated(recorded.created) },
      { on: "POST /containers/*/start", status: 204 },
      { on: INSPECT, answer: asCreated(recorded.exited) },
    ),
  late_failure: "what is created is there at once",
  partial_list: NEVER,
};

faultSuite("docker at the wire", FAULTS);

impostorSuite("docker", async (body, status) => {
  const engine = await cloudThat((request, response) => {
    if (request.url === "/version") return void response.end(JSON.stringify(recorded.version));
    response.writeHead(status).end(body);
  });
  return stillStage({ cloud: openAt(`tcp://127.0.0.1:${engine.port}`), placement }, engine);
});
