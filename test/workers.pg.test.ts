// Several processes on one PostgreSQL: a server and two workers share the launches, and one of them is killed, or paused for
// longer than its claims hold, in the middle. The datacentre lives in a process of its own; its bill is the judge.

import { afterEach, beforeEach, expect, test } from "vitest";
import { DeploymentPage } from "../src/contract/deployment.ts";
import { type OwnDatabase, ownDatabase } from "../src/store/postgres.samples.ts";
import { pause } from "./crash/client.ts";
import { CLAIM_MS } from "../src/engine/leases.ts";
import { findings } from "./crash/checks.ts";
import { gather } from "./crash/evidence.ts";
import { loadOn } from "./crash/load.ts";
import type { Member } from "./crash/member.ts";
import type { MemberName } from "./crash/plan.ts";
import { type Stack, startStack } from "./crash/stack.ts";
import { quickCloud } from "./stage/datacentre.ts";
import { until } from "./stage/poll.ts";

const PATIENCE_MS = 240_000;

// Answers take long enough that whoever is hit has calls under way.
const CLOUDS = ["east", "south", "west"].map((name) =>
  quickCloud(name, { latencyOf: { create: { kind: "uniform", minMs: 800, maxMs: 1_500 } } }),
);

const SHOP = `
slipway: 1
name: shop
instances:
  db: { image: postgres-16, profile: small }
  app: { count: 2, image: debian-12, profile: small, dependsOn: [db] }
`;

let database: OwnDatabase;
let stack: Stack;

beforeEach(async () => {
  database = await ownDatabase();
  stack = await startStack({ database: "postgres", seed: "1", clouds: CLOUDS, databaseUrl: database.url });
}, PATIENCE_MS);

afterEach(async () => {
  await stack?.dispose();
  await database?.drop();
}, PATIENCE_MS);

function member(name: MemberName): Member {
  const found = stack.crew.get(name);
  if (found === undefined) throw new Error(`nobody is called ${name}`);
  return found;
}

/** Launches so many shops; `judge` waits until all of them run, and compares ledger and bill. */
function launchShops(prefix: string, count: number): { judge(): Promise<string[]> } {
  const since = Date.now();
  const load = loadOn(stack, prefix);
  for (let no = 1; no <= count; no += 1) {
    load.begin({ name: `shop-${no}`, inMs: 0, source: SHOP, partial: false, wishes: [] });
  }
  return {
    async judge() {
      const confirmed = await load.over();
      await until(async () => ((await runningOf(prefix)) === count ? true : null), {
        deadlineMs: PATIENCE_MS,
        everyMs: 500,
        otherwise: () => `not all of the ${count} run`,
      });
      const evidence = await gather(stack, { confirmed, prefix, since });
      expect(evidence.lives.filter(({ to }) => to === null)).toHaveLength(count * 3);
      return findings(evidence);
    },
  };
}

async function runningOf(prefix: string): Promise<number> {
  const route = `GET /v1/deployments?limit=500&q=${prefix}-` as const;
  const { deployments } = await stack.client.read(DeploymentPage, route);
  return deployments.filter(({ state }) => state === "running").length;
}

const callsOf = (name: MemberName): number => member(name).output().split('"call answered"').length - 1;

test(
  "50 launches are shared by three processes, and end as they would have when one of them is killed",
  async () => {
    const shops = launchShops("kill", 50);
    await until(async () => (callsOf("work-1") >= 8 ? true : null), { deadlineMs: PATIENCE_MS });
    await member("work-1").kill();
    expect(await runningOf("kill")).toBeLessThan(50);
    expect(await shops.judge()).toEqual([]);
    expect(callsOf("serve")).toBeGreaterThan(0);
    expect(callsOf("work-2")).toBeGreaterThan(0);
  },
  2 * PATIENCE_MS,
);

test(
  "a worker that wakes after its claims have run out doubles nothing",
  async () => {
    const woken = /answer came too late|call not sent/;
    // Whether it has calls under way when it is paused is chance: tried until it has.
    for (let attempt = 1; !woken.test(member("work-1").output()) && attempt <= 5; attempt += 1) {
      const before = callsOf("work-1");
      const shops = launchShops(`pause${attempt}`, 12);
      await until(async () => (callsOf("work-1") > before ? true : null), { deadlineMs: PATIENCE_MS });
      member("work-1").stand();
      await pause(CLAIM_MS + 3_000);
      member("work-1").go();
      expect(await shops.judge()).toEqual([]);
    }
    expect(member("work-1").output()).toMatch(woken);
  },
  4 * PATIENCE_MS,
);
