// A launch over two clouds behind one server of the datacentre's Deltacloud: RHEV-M's instances have to be started, and there the second finds
// no room; at the other an answer is lost. What is asserted is what the clouds themselves say is there.

import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { realClock } from "../datacentre/src/clock.ts";
import { createDatacentre, type Datacentre } from "../datacentre/src/datacentre.ts";
import { DELTACLOUD_CLOUDS } from "../datacentre/src/faces/deltacloud/clouds.ts";
import { deltacloudFace } from "../datacentre/src/faces/deltacloud/face.ts";
import { type ServedDatacentre, serveDatacentre } from "../datacentre/src/server.ts";
import { type ServerStage, startServer } from "./stage/server.ts";

const BLUEPRINT = `
slipway: 1
name: shop
instances:
  web:
    count: 2
    image: debian-12
    profile: { cpu: 2, memory: 1GiB }
launch: { refusals: { sizes: 1 } }
`;

const soon = { kind: "fixed", ms: 200 } as const;
const CLOUDS = DELTACLOUD_CLOUDS.map((cloud) => {
  return { ...cloud, boot: soon, imageCopy: soon, serviceDelay: soon, latency: { kind: "fixed", ms: 10 } as const };
});

let datacentre: Datacentre;
let served: ServedDatacentre;
let server: ServerStage;

beforeAll(async () => {
  datacentre = createDatacentre({ clouds: CLOUDS, clock: realClock });
  served = await serveDatacentre(datacentre, { port: 0, face: deltacloudFace, lostAnswers: "destroy" });
  server = await startServer();
  for (const { name: driver, tenants } of CLOUDS) {
    const [{ name: user, key: password } = { name: "", key: "" }] = tenants;
    await server.call(z.unknown(), "POST /v1/accounts", {
      name: driver,
      provider: "deltacloud",
      settings: { url: `${served.url}/api`, driver, user },
      credentials: { password },
      // Mock's other realm has no room for both either, and which is tried first is drawn.
      realms: driver === "rhevm" ? { small: "small" } : { us: "us" },
    });
    await server.call(z.unknown(), `POST /v1/accounts/${driver}/check`);
  }
  const members = ["rhevm", "mock"].map((account, group) => ({ account, group }));
  await server.call(z.unknown(), "PATCH /v1/pools/default", { members });
  datacentre.cloud("mock").addFaults([{ on: "create", do: { kind: "lose_answer" } }]);
});

afterAll(async () => {
  await server?.child.end("SIGTERM");
  await served?.close();
});

/** Names of instances, in the order of their making. */
const namesAt = (driver: string): readonly string[] =>
  datacentre
    .cloud(driver)
    .snapshot()
    .machines.filter(({ state }) => state !== "terminated")
    .map(({ name }) => name);

test("what finds no room at its start comes up behind the other driver, each once, and nothing is left in the end", async () => {
  const { id } = await server.launch(BLUEPRINT);
  const deployment = await server.reaches(id, ["running", "failed"], 240_000);
  expect(deployment.failure).toBeNull();
  expect(deployment.attempts.map(({ account, outcome, fault }) => [account, outcome, fault?.code ?? null])).toEqual([
    ["rhevm", expect.any(String), "no_capacity"],
    ["mock", "succeeded", null],
  ]);
  expect(namesAt("rhevm")).toEqual([]);
  const names = namesAt("mock").toSorted();
  expect(names).toEqual([1, 2].map((no) => expect.stringMatching(new RegExp(`^sw-.*-web-${no}-t\\d+_[a-z0-9]{10}$`))));
  await server.call(z.unknown(), `POST /v1/deployments/${id}/stop`);
  await server.reaches(id, ["stopped"], 60_000);
  expect(namesAt("mock")).toEqual([]);
}, 320_000);
