// Three launches during which a disk is full for a while, and what must have become of them when it is not any more. The datacentre's
// billing log is the judge.

import { expect } from "vitest";
import { Deployment } from "../../src/contract/deployment.ts";
import { Problem } from "../../src/contract/problem.ts";
import { type DatacentreStage, quickCloud, startDatacentre } from "./datacentre.ts";
import { until } from "./poll.ts";
import type { ServerStage } from "./server.ts";

const SHOP = `
slipway: 1
name: shop
instances:
  db: { image: postgres-16, profile: small }
  app: { count: 2, image: debian-12, profile: small, userData: "DB=\${{ db.privateAddress }}" }
  web: { image: nginx-1, profile: small, dependsOn: [app] }
`;
const MACHINES = 4;
const LATE_MOST = 50;

/** The database takes 40 of them. */
export const DISK_MB = 75;
/** Within the launches, whose machines take some seconds. */
export const FULL_AFTER_MS = 1_000;
export const FULL_MS = 14_000;

/** With the account "roomy". */
export const startRoomy = (): Promise<DatacentreStage> =>
  startDatacentre([
    quickCloud("roomy", {
      latency: { kind: "uniform", minMs: 60, maxMs: 200 },
      boot: { kind: "uniform", minMs: 1_000, maxMs: 3_000 },
    }),
  ]);

export const launchThree = (server: ServerStage): Promise<Deployment[]> =>
  Promise.all([1, 2, 3].map((no) => server.launch(SHOP, { name: `shop-${no}` })));

export async function expectAllUp(
  { server, datacentre }: { readonly server: ServerStage; readonly datacentre: DatacentreStage },
  launched: readonly Deployment[],
): Promise<void> {
  await until(async () => ((await server.ask("GET /v1/deployments")).ok ? true : null));
  const aliveOf = async (id: string) =>
    (await datacentre.alive()).filter(({ labels }) => labels["slipway-deployment"] === id);
  for (const { id } of launched) {
    const { state, failure, parked, machines } = await server.reaches(id, ["running", "failed"], 120_000);
    expect({ state, failure, parked }).toEqual({ state: "running", failure: null, parked: null });
    const alive = await aliveOf(id);
    const open = machines.filter((machine) => machine.open).map(({ externalId }) => externalId ?? "");
    expect(alive.map(({ machineId }) => machineId).toSorted()).toEqual(open.toSorted());
    expect(alive).toHaveLength(MACHINES);
  }
  await Promise.all(launched.map(({ id }) => server.ask(`POST /v1/deployments/${id}/stop`)));
  for (const { id } of launched) {
    await server.reaches(id, ["stopped"], 60_000);
    expect(await aliveOf(id)).toEqual([]);
  }
  await until(async () => ((await server.ask("GET /readyz")).ok ? true : null));
}

/**
 * Launches until one is refused as `expectRefusal` says, and returns the others: a full disk takes what finds room in its files, and that
 * is as good as any other launch.
 */
export async function launchLate(server: ServerStage): Promise<Deployment[]> {
  const taken: Deployment[] = [];
  for (;;) {
    const name = `late-${taken.length + 1}`;
    const reply = await server.ask("POST /v1/deployments", { blueprint: { source: SHOP }, name });
    if (!reply.ok) {
      await expectRefusal(reply);
      return taken;
    }
    taken.push(Deployment.parse(await reply.json()));
    if (taken.length > LATE_MOST) throw new Error(`a full disk has taken ${taken.length} launches`);
  }
}

/** What a server on a full disk says when it is asked to change something, or whether it is ready. */
export async function expectRefusal(reply: Response): Promise<void> {
  expect([reply.status, reply.headers.get("content-type")]).toEqual([503, "application/problem+json"]);
  expect(reply.headers.get("retry-after")).toBe("5");
  const { code, detail } = Problem.parse(await reply.json());
  expect(code).toBe("unavailable");
  expect(detail).toMatch(/^The database (has no room left on its disk|is starting or stopping|does not answer); /);
  expect(detail).not.toMatch(/\/|\.ts/);
}

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
