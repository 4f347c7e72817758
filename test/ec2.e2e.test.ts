// A launch over two regions of the datacentre's EC2: the first has no room for all of it, the second has. What is asserted is what the
// regions themselves say is there.

import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { realClock } from "../datacentre/src/clock.ts";
import { createDatacentre, type Datacentre } from "../datacentre/src/datacentre.ts";
import { EC2_CLOUDS } from "../datacentre/src/faces/ec2/clouds.ts";
import { ec2Face } from "../datacentre/src/faces/ec2/face.ts";
import { type ServedDatacentre, serveDatacentre } from "../datacentre/src/server.ts";
import { type ServerStage, startServer } from "./stage/server.ts";

const PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJPTxf/LnJvRlzd+Usu1MLABQoMzVbBM0eYxNk1YiwID ops@example.org";

const BLUEPRINT = `
slipway: 1
name: shop
instances:
  web:
    count: 3
    image: debian-12
    profile: { cpu: 2, memory: 1GiB }
    placement: { publicKey: "${PUBLIC_KEY}" }
launch: { refusals: { sizes: 1 } }
`;

let datacentre: Datacentre;
let served: ServedDatacentre;
let server: ServerStage;

beforeAll(async () => {
  datacentre = createDatacentre({ clouds: EC2_CLOUDS, clock: realClock });
  served = await serveDatacentre(datacentre, { port: 0, face: ec2Face });
  server = await startServer();
  for (const { name: region, tenants } of EC2_CLOUDS) {
    const [{ name: accessKeyId, key: secretAccessKey } = { name: "", key: "" }] = tenants;
    await server.call(z.unknown(), "POST /v1/accounts", {
      name: region,
      provider: "ec2",
      settings: { region, accessKeyId, endpoint: served.url, types: "t3.small" },
      credentials: { secretAccessKey },
      images: { "debian-12": "tag:Name=debian-12" },
    });
    await server.call(z.unknown(), `POST /v1/accounts/${region}/check`);
  }
  const members = ["us-west-2", "us-east-1"].map((account, group) => ({ account, group }));
  await server.call(z.unknown(), "PATCH /v1/pools/default", { members });
});

afterAll(async () => {
  await server?.child.end("SIGTERM");
  await served?.close();
});

/** How many machines that have not ended, and how much else. */
async function whatIsIn(region: string) {
  const { machines, parts } = datacentre.cloud(region).snapshot();
  const [tenant] = EC2_CLOUDS.find(({ name }) => name === region)?.tenants ?? [];
  if (tenant === undefined) throw new Error(`${region} has a tenant`);
  const { sshKeys } = await datacentre.connect({ tenant: tenant.name, key: tenant.key }).things();
  const living = machines.filter(({ state }) => state !== "terminated");
  return { machines: living.length, parts: parts.length, keys: sshKeys.length };
}

test("what is full in one region comes up in the other, nothing is left in the first, and nothing in the end", async () => {
  const { id } = await server.launch(BLUEPRINT);
  const deployment = await server.reaches(id, ["running", "failed"], 90_000);
  expect(deployment.failure).toBeNull();
  expect(deployment.attempts.map(({ account, outcome, fault }) => [account, outcome, fault?.code ?? null])).toEqual([
    ["us-west-2", expect.any(String), "InsufficientInstanceCapacity"],
    ["us-east-1", "succeeded", null],
  ]);
  // Said with a 5xx, and asked no second time.
  const events = await server.events(id);
  const refused = events.filter((event) => event.kind === "fault_met" && event.fault.class === "capacity");
  expect(refused).toHaveLength(1);
  expect(await whatIsIn("us-west-2")).toEqual({ machines: 0, parts: 0, keys: 0 });
  expect(await whatIsIn("us-east-1")).toEqual({ machines: 3, parts: 6, keys: 3 });
  await server.call(z.unknown(), `POST /v1/deployments/${id}/stop`);
  await server.reaches(id, ["stopped"], 60_000);
  expect(await whatIsIn("us-east-1")).toEqual({ machines: 0, parts: 0, keys: 0 });
}, 150_000);
