// What every provider must make of refusals, breakdowns and things in the engine's place, at the wire.

import { optional } from "../../cloud-http/replay.samples.ts";
import { closedPort, cloudThat } from "../../cloud-http/wire.samples.ts";
import { type FaultHarness, faultSuite } from "../../ports/provider-suite/faults.testsuite.ts";
import { impostorSuite } from "../../ports/provider-suite/impostor.testsuite.ts";
import { scriptedStage, type Stage, stillStage } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  actionRefusal,
  BEFORE,
  cut,
  done,
  event,
  type Exchange,
  listed,
  login,
  made,
  ON,
  openAt,
  openReplayed,
  refusal,
  seen,
  TEMPLATE,
  told,
  vm,
} from "./cloud-replay.testsuite.ts";

const placement = { realm: "Default", size: "Small", image: TEMPLATE };

const openStage = (script: (name: string) => readonly Exchange[]): Promise<Stage> =>
  scriptedStage(placement, (name) => openReplayed(script(name)));

const refused = (status: number, detail: string) => (): Promise<Stage> =>
  openStage(() => [...BEFORE, refusal(ON.create, status, detail)]);

/** Made, copied, and then its start is refused. */
const refusedAtStart = (status: number, detail: string) => (): Promise<Stage> =>
  openStage((name) => [...BEFORE, made(name), seen(vm(name, "down")), told(), actionRefusal(ON.start, status, detail)]);

async function openNowhere(): Promise<Stage> {
  return stillStage({ placement, cloud: openAt(`http://127.0.0.1:${await closedPort()}`) });
}

const NO_MEMORY =
  "Cannot run VM. There is no host that satisfies current scheduling constraints. See below for details:, The host node1 did not satisfy internal filter Memory because its available memory is too low (388 MB) to run the VM.";

const FAULTS: FaultHarness = {
  throttle: "an engine has no limit of requests",
  auth: () =>
    openStage(() => [
      {
        on: ON.login,
        status: 400,
        body: { error_code: "access_denied", error: "Cannot authenticate user 'slipway@internal'." },
      },
    ]),
  account: "an engine has users, and no accounts that could be suspended",
  capacity: refusedAtStart(409, NO_MEMORY),
  quota: refusedAtStart(409, "Cannot run VM. Quota has insufficient cluster resources."),
  missing_image: () =>
    openStage(() => [
      ...BEFORE,
      { on: ON.create, status: 404, body: { detail: `Entity not found: ${TEMPLATE}`, reason: "Operation Failed" } },
    ]),
  name_taken: refused(409, "Cannot add VM. The VM name is already in use, please choose a unique name and try again."),
  unreachable: openNowhere,
  answer_lost: () => openStage((name) => [...BEFORE, cut(ON.create), optional(listed(vm(name, "image_locked")))]),
  request_lost: () => openStage(() => [...BEFORE, cut(ON.create), optional(listed())]),
  silence: () => openStage(() => [...BEFORE, { on: ON.create, end: "hang" }]),
  unheard_state: () => openStage((name) => [...BEFORE, made(name), seen(vm(name, "dreaming"))]),
  breakdown: () =>
    openStage((name) => [
      ...BEFORE,
      made(name),
      seen(vm(name, "down")),
      told(),
      done(ON.start),
      seen(vm(name, "down")),
      told(event(119, `VM ${name} is down with error. Exit message: Lost connection with qemu process.`)),
    ]),
  late_failure: "room for a machine is asked for at its start; that its disks could not be made has a test of its own",
  partial_list: "an engine lists all clusters or none",
};

faultSuite("ovirt at the wire", FAULTS);

impostorSuite("ovirt", async (body, status) => {
  const impostor = await cloudThat((request, response) => {
    const { url = "" } = request;
    if (url.endsWith("/sso/oauth/token")) return void response.end(JSON.stringify(login().body));
    const known = BEFORE.find(({ on }) => {
      const pattern = on.replace("GET ", "").replaceAll("*", "[^/]+");
      return new RegExp(`^${pattern}(?:\\?|$)`).test(url);
    });
    if (known !== undefined && request.method === "GET") return void response.end(JSON.stringify(known.body));
    response.writeHead(status).end(body);
  });
  return stillStage({ placement, cloud: openAt(`http://127.0.0.1:${impostor.port}`) }, impostor);
});
