// How long ten servers in three tiers take on a real OpenStack control plane, launched by Slipway and by a bare client in turns, and how many requests Nova gets for them:
// `scripts/ci/with-openstack.sh node bench/openstack.ts`. Then how long it takes until all is rolled back when no host takes one of them.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Event } from "../src/contract/event.ts";
import { CREDENTIALS, emptied, freshLab, LAB, SETTINGS } from "../src/providers/openstack/lab.testsuite.ts";
import { forgetBlocks } from "../test/stage/openstack.ts";
import { type ServerStage, startServer } from "../test/stage/server.ts";
import { stopWhole } from "../test/stage/shop.ts";
import { readStream } from "../test/stage/stream.ts";
import { bareClient, type Wanted } from "./openstack-bare.ts";

const ROUNDS = 5;
const ROLLBACKS = 3;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const GRAPH: ReadonlyMap<string, Wanted> = new Map<string, Wanted>([
  ["db", { flavor: "small", dependsOn: [] }],
  ...[1, 2, 3].map((no): [string, Wanted] => [`app-${no}`, { flavor: "small", dependsOn: ["db"] }]),
  ...[1, 2, 3, 4, 5, 6].map((no): [string, Wanted] => {
    return [`web-${no}`, { flavor: "tiny", dependsOn: [`app-${(no % 3) + 1}`] }];
  }),
]);

const PROFILES: Readonly<Record<string, string>> = {
  tiny: "{ cpu: 1, memory: 128MiB }",
  small: "{ cpu: 1, memory: 1GiB }",
  huge: "{ cpu: 64, memory: 512GiB }",
};

function blueprintOf(flavorOf: (name: string, flavor: string) => string): string {
  const instances = [...GRAPH].map(
    ([name, { flavor, dependsOn }]) =>
      `  ${name}: { image: debian-12, profile: ${PROFILES[flavorOf(name, flavor)]}, dependsOn: [${dependsOn.join(", ")}] }`,
  );
  return ["slipway: 1", "name: tiers", "instances:", ...instances, "launch: { maxAttempts: 1 }"].join("\n");
}

/** What Nova's API has written of requests so far. */
function requests(): readonly string[] {
  const log = readFileSync(join(LAB.pids, "../log/nova-api.log"), "utf8");
  return [...log.matchAll(/"(?<request>(?:GET|POST|PUT|DELETE) \S+) HTTP/g)].map(
    ({ groups }) => groups?.["request"] ?? "",
  );
}

interface Round {
  readonly seconds: number;
  /** From the first create on. */
  readonly requests: readonly string[];
}

async function measured(act: () => Promise<unknown>): Promise<Round> {
  const before = requests().length;
  const begun = performance.now();
  await act();
  const seconds = (performance.now() - begun) / 1_000;
  const all = requests().slice(before);
  const created = all.findIndex((one) => one.startsWith("POST"));
  return { seconds, requests: all.slice(Math.max(0, created)) };
}

async function openServer(): Promise<ServerStage> {
  const server = await startServer();
  await server.call(z.unknown(), "POST /v1/accounts", {
    name: "lab",
    provider: "openstack",
    settings: SETTINGS,
    credentials: CREDENTIALS,
    images: { "debian-12": LAB.imageName },
  });
  await server.call(z.unknown(), "POST /v1/accounts/lab/check");
  await server.call(z.unknown(), "PATCH /v1/pools/default", { members: [{ account: "lab", group: 0 }] });
  return server;
}

const isAt = (state: string) => (event: Event) => event.kind === "deployment_moved" && event.to === state;

/** Launches, and reads its steps until it has come to this state. */
async function launch(
  server: ServerStage,
  source: string,
  { name, state }: { name: string; state: "running" | "failed" },
): Promise<string> {
  const { id } = await server.launch(source, { name });
  const isOver = (steps: readonly Event[]): boolean =>
    steps.some((event) => isAt(state)(event) || isAt("failed")(event));
  const { steps } = await readStream(server, { deployment: id, lastId: null, enough: isOver });
  if (!steps.some(isAt(state))) throw new Error(`${name} is not ${state}: ${steps.map(({ text }) => text).join("\n")}`);
  return id;
}

const middle = (of: readonly number[]): number => of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)] ?? Number.NaN;

function told(who: string, { seconds, requests: all }: Round): string {
  const count = (method: string): number => all.filter((one) => one.startsWith(method)).length;
  return `${who} ${seconds.toFixed(2)} s, ${all.length} requests to Nova (${count("POST")} POST, ${count("GET")} GET)`;
}

/** The first of each is not counted: it finds caches empty, and Slipway has not yet seen how long boots take. */
async function compare(server: ServerStage): Promise<void> {
  const bare = await bareClient();
  const source = blueprintOf((_name, flavor) => flavor);
  const ours: Round[] = [];
  const theirs: Round[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const plain = await measured(() => bare.launch(GRAPH, `bare-${round}-`));
    await emptied();
    let id = "";
    const whole = await measured(async () => {
      id = await launch(server, source, { name: `tiers-${round}`, state: "running" });
    });
    await stopWhole(server, id);
    print(`${round === 0 ? "not counted" : `round ${round}`}: ${told("bare", plain)}; ${told("Slipway", whole)}`);
    if (round === 0) continue;
    ours.push(whole);
    theirs.push(plain);
  }
  const [slow, quick] = [ours, theirs].map((rounds) => middle(rounds.map(({ seconds }) => seconds)));
  const ratio = ((slow ?? Number.NaN) / (quick ?? Number.NaN)).toFixed(2);
  print(`median of ${ROUNDS}: Slipway ${slow?.toFixed(2)} s, bare ${quick?.toFixed(2)} s, ${ratio} times as long`);
}

/** No host takes one of the ten: how long until all is rolled back. With one attempt, for a stack has no more either. */
async function rollBack(server: ServerStage): Promise<void> {
  const source = blueprintOf((name, flavor) => (name === "web-4" ? "huge" : flavor));
  for (let round = 1; round <= ROLLBACKS; round += 1) {
    const name = `hopeless-${round}`;
    const failed = await measured(() => launch(server, source, { name, state: "failed" }));
    print(`web-4 fits no host: ${told("rolled back after", failed)}`);
    await server.call(z.unknown(), "POST /v1/accounts/lab/check");
    await forgetBlocks(server);
  }
}

await freshLab();
const server = await openServer();
try {
  await compare(server);
  await rollBack(server);
} finally {
  await server.child.end("SIGTERM");
  await freshLab();
}
