// Faults that a real LXD cannot be made to show, at the wire. Everything else is in conformance.lxd.test.ts.

import { AUTHORITY, LOCAL } from "../../cloud-http/certificates.samples.ts";
import { cloudThat } from "../../cloud-http/wire.samples.ts";
import { accountId } from "../../core/ids.ts";
import { type FaultHarness, faultSuite } from "../../ports/provider-suite/faults.testsuite.ts";
import { impostorSuite } from "../../ports/provider-suite/impostor.testsuite.ts";
import { type Stage, stillStage } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  asCreated,
  begun,
  CREATE,
  ended,
  type Exchange,
  failed,
  goesOn,
  LIST,
  listedAsCreated,
  ONE,
  openReplay,
  PROJECT,
  refusal,
  RUNNING,
  sync,
} from "./cloud-replay.testsuite.ts";
import { lxdProvider } from "./index.ts";

const placement = { realm: "default", size: "custom", image: "busybox", storageGib: 0 };
const GONE = refusal(ONE, 404, "Instance not found");
const EMPTY: Exchange = { on: LIST, body: sync([]) };

async function openStage(...script: readonly Exchange[]): Promise<Stage> {
  const replay = await openReplay(script);
  return { ...stillStage({ cloud: replay.cloud, placement }, replay), underWay: replay.hanging };
}

const refused = (code: number, error: string) => (): Promise<Stage> => openStage(refusal(CREATE, code, error));

const ON_A_REAL_ONE = "shown by a real LXD in conformance.lxd.test.ts";
const FULL = "Failed creating instance from image: Unable to unpack image, run out of disk space";

const FAULTS: FaultHarness = {
  throttle: () => openStage({ on: CREATE, status: 429, headers: { "retry-after": "7" }, body: "slow down" }),
  auth: refused(403, "not authorized"),
  account: "a socket that may not be opened answers nothing: see faults.test.ts",
  capacity: () => openStage(begun(CREATE), failed(FULL), GONE),
  quota: refused(500, 'Reached maximum number of instances in project "slipway"'),
  missing_image: () => openStage(begun(CREATE), failed("Image not provided for instance creation"), GONE),
  name_taken: () =>
    openStage(
      begun(CREATE),
      failed(
        'Failed creating instance record: Add instance info to the database: This "instances" entry already exists',
      ),
      { on: ONE, answer: asCreated() },
    ),
  unreachable: ON_A_REAL_ONE,
  answer_lost: () =>
    openStage(
      { on: CREATE, end: "cut" },
      { on: LIST, answer: listedAsCreated(), optional: true },
      { on: "GET /1.0/operations", body: sync({}), optional: true },
    ),
  request_lost: () =>
    openStage(
      { on: CREATE, end: "cut" },
      { ...EMPTY, optional: true },
      { ...PROJECT, optional: true },
      { ...EMPTY, optional: true },
    ),
  silence: () => openStage({ on: CREATE, end: "hang" }),
  unheard_state: () =>
    openStage(
      begun(CREATE),
      ended,
      { on: ONE, answer: asCreated() },
      { on: LIST, answer: listedAsCreated({ status: "Hibernated", status_code: 120 }) },
    ),
  breakdown: () =>
    openStage(
      begun(CREATE),
      ended,
      { on: ONE, answer: asCreated() },
      { on: LIST, answer: listedAsCreated() },
      { on: LIST, answer: listedAsCreated() },
      begun("PUT /1.0/instances/*/state"),
      ended,
      { on: LIST, answer: listedAsCreated({ ...RUNNING, status: "Stopped", status_code: 102 }) },
    ),
  late_failure: () =>
    openStage(
      begun(CREATE),
      // It takes longer than a create waits for it.
      goesOn,
      { on: ONE, answer: asCreated() },
      EMPTY,
      GONE,
      PROJECT,
      failed(FULL),
      EMPTY,
      GONE,
      PROJECT,
    ),
  partial_list: "LXD lists whole, or not at all",
};

faultSuite("lxd at the wire", FAULTS);

impostorSuite("lxd", async (body, status) => {
  const cloud = await cloudThat((_, response) => response.writeHead(status).end(body), LOCAL);
  const settings = { endpoint: `https://127.0.0.1:${cloud.port}`, ca: AUTHORITY, cert: LOCAL.cert };
  const account = { id: accountId("acc-1"), name: "lxd", settings };
  return stillStage({ cloud: lxdProvider.open(account, { key: LOCAL.key }), placement }, cloud);
});
