// Slipway, or the daemon of a real engine, is killed with SIGKILL at moments that are spread over the steps of a launch and of its end, and comes
// back: the deployment ends as it would have, each instance is one machine, and nothing is left but what is owed. KILL_MOMENTS says how many
// moments there are for each; a few when left out. Used by test/kill.lxd.test.ts and test/kill.libvirt.test.ts.

import { rmSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { BlockList } from "../../src/contract/block.ts";
import type { Deployment } from "../../src/contract/deployment.ts";
import type { Event } from "../../src/contract/event.ts";
import { About, DebtList } from "../../src/contract/operation.ts";
import { freePort } from "./child.ts";
import { until } from "./poll.ts";
import { freshHome, type ServerStage, startServer } from "./server.ts";
import { readStream } from "./stream.ts";

/** Two clouds of one kind: launches go to the east while it can have them, else to the west. */
export interface Engine {
  readonly title: string;
  readonly provider: string;
  /** Of its accounts. */
  readonly accounts: Readonly<Record<"east" | "west", { readonly settings: object; readonly credentials?: object }>>;
  readonly images: Readonly<Record<string, string>>;
  /** Instances, each depending on the one before. */
  readonly source: string;
  /** Brings both clouds into a state in which nothing is there. */
  empty(): Promise<void>;
  /** The east's daemon ends at once, and stays away; its machines run on. */
  kill(): Promise<void>;
  /** The east's daemon is there again. */
  revive(): Promise<void>;
  /** Names of machines at both clouds, in order. */
  machines(): Promise<readonly string[]>;
  /** Names of all there is at both clouds besides: disks, emulators. */
  parts(): Promise<readonly string[]>;
  /** What a create that was cut off has left in the east, made by nobody whom this ledger knows. Its machine's name begins all names of it. */
  leaveBehind(of: { readonly installation: string; readonly name: string }): Promise<void>;
}

const FEW = 2;
const MOMENTS = Number(process.env["KILL_MOMENTS"] ?? FEW);
const ROUND_MS = 280_000;
const LOST = { ours: "sw-lostlost0000-a1-one-t1", others: "sw-lostlost0000-a1-two-t1" } as const;

const VICTIMS = ["Slipway", "the daemon"] as const;
type Victim = (typeof VICTIMS)[number];

interface Rounds {
  readonly engine: Engine;
  readonly again: { readonly home: string; readonly port: number };
  server: ServerStage;
  /** Of a launch and its end that nobody disturbs. */
  readonly usual: Steps;
}

interface Moment {
  readonly victim: Victim;
  readonly moment: number;
}

export function killSuite(engine: Engine): void {
  let rounds: Rounds;

  beforeAll(async () => {
    rounds = await openRounds(engine);
  }, ROUND_MS);

  afterAll(async () => {
    await rounds?.server.child.end("SIGTERM");
    await engine.revive();
    await engine.empty();
    if (rounds !== undefined) rmSync(rounds.again.home, { recursive: true, force: true });
  }, ROUND_MS);

  const cases = Array.from({ length: MOMENTS }, (_, index) => index + 1).flatMap((moment) =>
    VICTIMS.map((victim) => ({ victim, moment })),
  );

  describe(`${engine.title}: killed`, () => {
    test.each(cases)(
      `$victim, at moment $moment of ${MOMENTS} of a launch and its end: it ends as it would have`,
      (at) => playRound(rounds, at),
      ROUND_MS,
    );

    test(
      "the daemon, and away beyond the deadline: what is owed is told, and clears when it is back",
      () => playDebt(rounds),
      ROUND_MS,
    );

    test(
      "what a crash has left behind is found by what it says of its owner, and removed; what is somebody else's is not",
      async () => {
        const all = async (): Promise<readonly string[]> => [...(await engine.machines()), ...(await engine.parts())];
        const isGone = async () => ((await all()).some((name) => name.startsWith(LOST.ours)) ? null : true);
        await until(isGone, { deadlineMs: 150_000, otherwise: () => "it is still there", everyMs: 500 });
        expect((await all()).filter((name) => name.startsWith(LOST.others))).not.toEqual([]);
      },
      ROUND_MS,
    );
  });
}

async function openRounds(engine: Engine): Promise<Rounds> {
  const again = { home: freshHome(), port: await freePort() };
  await engine.empty();
  const server = await openServer(engine, again);
  try {
    const { installation } = await server.call(About, "GET /v1/about");
    await engine.leaveBehind({ installation, name: LOST.ours });
    await engine.leaveBehind({ installation: "somebody", name: LOST.others });
    return { engine, again, server, usual: await undisturbed(server, engine) };
  } catch (error) {
    await server.child.end("SIGKILL");
    throw error;
  }
}

async function playRound(rounds: Rounds, { victim, moment }: Moment): Promise<void> {
  const { engine, usual } = rounds;
  const at = Math.ceil((moment * usual.all) / (MOMENTS + 1));
  const isEnding = at > usual.up;
  const name = `${victim === "Slipway" ? "us" : "them"}-${moment}`;
  const { id } = await launched(rounds.server, { engine, name });
  if (isEnding) {
    await rounds.server.reaches(id, ["running", "failed"], ROUND_MS);
    await stop(rounds.server, id);
  }
  await reachesStep(rounds.server, id, at);
  // Within a step another time for each, so that kills fall into calls as well as between them.
  await wait((moment * 37) % 150);
  await killAndRevive(rounds, { victim, moment });
  const { server } = rounds;
  if (!isEnding) {
    const deployment = await server.reaches(id, ["running", "failed"], ROUND_MS);
    expect(deployment.failure).toBeNull();
    expect(openOf(deployment).map(([instance]) => instance)).toEqual(usual.instances);
    expect(oursIn(await engine.machines())).toEqual(openOf(deployment).map(([, machine]) => machine));
    await stop(server, id);
  }
  await server.reaches(id, ["stopped"], ROUND_MS);
  expect(await leftAt(engine)).toEqual([]);
  expect(await owedBy(server)).toEqual([]);
}

async function killAndRevive(rounds: Rounds, { victim, moment }: Moment): Promise<void> {
  if (victim === "Slipway") {
    await rounds.server.child.end("SIGKILL");
    rounds.server = await startServer(rounds.again);
    return;
  }
  await rounds.engine.kill();
  await wait((moment * 311) % 2_500);
  await rounds.engine.revive();
}

async function playDebt({ engine, server }: Rounds): Promise<void> {
  const { id } = await launched(server, { engine, name: "owed", undo: "2s" });
  const machines = openOf(await server.reaches(id, ["running", "failed"], ROUND_MS)).map(([, machine]) => machine);
  await engine.kill();
  await stop(server, id);
  const owes = (count: number, otherwise: string) =>
    until(async () => ((await owedBy(server)).length === count ? true : null), {
      deadlineMs: 100_000,
      otherwise: () => otherwise,
      everyMs: 250,
    });
  await owes(machines.length, "not all of it is owed");
  expect(await owedBy(server)).toEqual(machines.map((machine) => `${machine} at east`));
  await server.reaches(id, ["stopped"], ROUND_MS);
  await engine.revive();
  await owes(0, "it is still owed");
  expect(openOf(await server.deployment(id))).toEqual([]);
  expect(await leftAt(engine)).toEqual([]);
}

async function owedBy(server: ServerStage): Promise<readonly string[]> {
  const { debts } = await server.call(DebtList, "GET /v1/debt");
  return debts.map(({ machine, account }) => `${machine} at ${account}`).toSorted();
}

const stop = (server: ServerStage, id: string): Promise<unknown> =>
  server.call(z.unknown(), `POST /v1/deployments/${id}/stop`);

async function openServer(engine: Engine, again: Rounds["again"]): Promise<ServerStage> {
  const server = await startServer(again);
  for (const [name, account] of Object.entries(engine.accounts)) {
    const { provider, images } = engine;
    await server.call(z.unknown(), "POST /v1/accounts", { name, provider, images, ...account });
    await server.call(z.unknown(), `POST /v1/accounts/${name}/check`);
  }
  const members = Object.keys(engine.accounts).map((account, group) => ({ account, group }));
  await server.call(z.unknown(), "PATCH /v1/pools/default", { members });
  return server;
}

interface Steps {
  /** Until all of it is up, and until it has ended. */
  readonly up: number;
  readonly all: number;
  readonly instances: readonly string[];
}

async function undisturbed(server: ServerStage, engine: Engine): Promise<Steps> {
  const { id } = await launched(server, { engine, name: "undisturbed" });
  const running = await server.reaches(id, ["running", "failed"], ROUND_MS);
  expect(running.failure).toBeNull();
  await stop(server, id);
  const { eventNo } = await server.reaches(id, ["stopped"], ROUND_MS);
  return { up: running.eventNo, all: eventNo, instances: openOf(running).map(([instance]) => instance) };
}

interface Launching {
  readonly engine: Engine;
  readonly name: string;
  /** Deadline of the removal. */
  readonly undo?: string;
}

/** With nothing remembered of what was refused before. */
async function launched(server: ServerStage, { engine, name, undo = "10m" }: Launching): Promise<Deployment> {
  const { blocks } = await server.call(BlockList, "GET /v1/blocks");
  for (const { account, realm, size, reason } of blocks) {
    const query = new URLSearchParams({ account, realm, size, reason });
    await server.call(z.unknown(), `DELETE /v1/blocks?${query.toString()}`);
  }
  await server.call(z.unknown(), "POST /v1/accounts/east/check");
  const source = `${engine.source}launch: { deadlines: { create: 2m, boot: 1m, start: 2m, ready: 2m, launch: 4m, undo: ${undo} } }\n`;
  return server.launch(source, { name });
}

/** Its step of this number is there, or it goes no further. */
async function reachesStep(server: ServerStage, deployment: string, no: number): Promise<void> {
  const isAtRest = (step: Event | undefined): boolean =>
    step?.kind === "deployment_moved" && ["stopped", "failed"].includes(step.to);
  const enough = (steps: readonly Event[]): boolean => (steps.at(-1)?.no ?? 0) >= no || isAtRest(steps.at(-1));
  await readStream(server, { deployment, lastId: null, enough, signal: AbortSignal.timeout(ROUND_MS) });
}

type Named = readonly [instance: string, machine: string];

/** What the ledger holds to be there. */
const openOf = ({ machines }: Deployment): readonly Named[] =>
  machines
    .filter(({ open }) => open)
    .map(({ instance, id }) => [instance ?? "", id] as const)
    .toSorted(([, one], [, other]) => (one < other ? -1 : 1));

const oursIn = (names: readonly string[]): readonly string[] =>
  names.filter((name) => !Object.values(LOST).some((lost) => name.startsWith(lost)));

const leftAt = async (engine: Engine): Promise<readonly string[]> =>
  oursIn([...(await engine.machines()), ...(await engine.parts())]);
