// Faults that a real cloud cannot be made to show, at the wire. Everything else is in conformance.openstack.test.ts.

import { optional } from "../../cloud-http/replay.samples.ts";
import { closedPort, cloudThat } from "../../cloud-http/wire.samples.ts";
import { accountId } from "../../core/ids.ts";
import { type FaultHarness, faultSuite } from "../../ports/provider-suite/faults.testsuite.ts";
import { impostorSuite } from "../../ports/provider-suite/impostor.testsuite.ts";
import { scriptedStage, type Stage, stillStage } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  ACCOUNT,
  CREATED,
  type Exchange,
  failed,
  FLAVORS,
  IMAGE,
  login,
  missing,
  ON,
  openReplayed,
  refusal,
  server,
  UNAUTHORIZED,
} from "./cloud-replay.testsuite.ts";
import { openstackProvider } from "./index.ts";
import { NO_KEYS, noKey } from "./parts.testsuite.ts";

const placement = { realm: "az1", size: "lab.small", image: IMAGE };

const openStage = (script: (name: string) => readonly Exchange[]): Promise<Stage> =>
  scriptedStage(placement, (name) => openReplayed(script(name)));

const refused = (status: number, message: string) => (): Promise<Stage> =>
  openStage(() => [FLAVORS, refusal(ON.create, status, message)]);

const found = (name: string): Exchange => ({ on: ON.servers, body: { servers: [server(name)] } });
const NOBODY: Exchange = { on: ON.servers, body: { servers: [] } };
const NO_CELL_AWAY: Exchange = { on: ON.names, body: { servers: [] } };

async function openNowhere(): Promise<Stage> {
  const authUrl = `http://127.0.0.1:${await closedPort()}/v3`;
  const account = { id: accountId("acc-1"), name: "lab", settings: { authUrl, ...ACCOUNT } };
  return stillStage({ placement, cloud: openstackProvider.open(account, { password: "labpw-secret" }) });
}

const FAULTS: FaultHarness = {
  throttle: () =>
    openStage(() => [FLAVORS, { ...refusal(ON.create, 429, "Slow down"), headers: { "retry-after": "7" } }]),
  auth: () =>
    openStage(() => [
      { on: ON.login, status: 401, body: UNAUTHORIZED },
      { on: ON.login, status: 401, body: UNAUTHORIZED },
    ]),
  account: "Keystone says 401 to whatever is wrong with an account",
  capacity: refused(400, "The requested availability zone is not available"),
  quota: refused(403, "Quota exceeded for instances: Requested 1, but already used 3 of 3 instances"),
  missing_image: refused(400, "Can not find requested image"),
  name_taken: refused(409, "Instance sw-suite0000000-a1-web-1-t1 already exists."),
  unreachable: openNowhere,
  answer_lost: () => openStage((name) => [FLAVORS, { on: ON.create, end: "cut" }, optional(found(name))]),
  request_lost: () =>
    openStage((name) => [
      FLAVORS,
      { on: ON.create, end: "cut" },
      optional(NOBODY),
      optional(NO_CELL_AWAY),
      optional(noKey(name)),
    ]),
  silence: () => openStage(() => [FLAVORS, { on: ON.create, end: "hang" }]),
  unheard_state: () =>
    openStage((name) => [
      FLAVORS,
      CREATED,
      { on: ON.server, body: { server: server(name, { status: "HIBERNATED" }) } },
    ]),
  breakdown: () =>
    openStage((name) => [
      FLAVORS,
      CREATED,
      { on: ON.server, body: { server: server(name) } },
      { on: ON.server, body: { server: failed(name, "The host is gone") } },
    ]),
  late_failure: () =>
    openStage((name) => [
      FLAVORS,
      CREATED,
      { on: ON.server, body: { server: failed(name, "No valid host was found. ") } },
      missing(),
    ]),
  partial_list: () =>
    openStage(() => [
      // What Nova tells of a server in a cell that does not answer.
      {
        on: ON.servers,
        body: {
          servers: [{ id: "9d1f", status: "UNKNOWN", tenant_id: "f6fa", created: "2026-11-28T22:16:35Z", links: [] }],
        },
      },
      {
        on: ON.zones,
        body: { availabilityZoneInfo: [{ zoneName: "az1", zoneState: { available: true }, hosts: null }] },
      },
      NO_KEYS,
    ]),
};

faultSuite("openstack at the wire", FAULTS);

impostorSuite("openstack", async (body, status) => {
  const { answer: catalogue, headers: token } = login();
  const services = await cloudThat((request, response) => {
    const { headers, url = "" } = request;
    if (url.endsWith("/auth/tokens")) {
      const asked = { path: url, query: new URLSearchParams(), headers, body: null };
      return void response.writeHead(201, token).end(JSON.stringify(catalogue?.(asked)));
    }
    if (url.includes("/flavors/detail")) return void response.end(JSON.stringify(FLAVORS.body));
    response.writeHead(status).end(body);
  });
  const settings = { ...ACCOUNT, authUrl: `http://127.0.0.1:${services.port}/identity/v3` };
  return stillStage(
    {
      placement,
      cloud: openstackProvider.open({ id: accountId("acc-1"), name: "lab", settings }, { password: "labpw-secret" }),
    },
    services,
  );
});
