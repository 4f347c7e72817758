// One launch of two instances and its stop, on the store in SQL and a clock of its own, with a database that refuses once or for a while.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kysely } from "kysely";
import { createDatacentre, type Datacentre } from "../../datacentre/src/datacentre.ts";
import type { Life } from "../../datacentre/src/billing.ts";
import { VirtualClock } from "../../datacentre/src/virtual-clock.ts";
import type { Deployment } from "../../src/core/deployment.ts";
import type { DeploymentId } from "../../src/core/ids.ts";
import type { Machine } from "../../src/core/machine.ts";
import { isOpen } from "../../src/core/states.ts";
import type { EngineDeps } from "../../src/engine/engine-deps.ts";
import { createEngine } from "../../src/engine/engine.ts";
import { eventsTo } from "../../src/log.ts";
import type { Store } from "../../src/ports/store.ts";
import { SAMPLE_TIME, sampleNewDeployment } from "../../src/ports/store.samples.ts";
import { simProvider } from "../../src/providers/sim/index.ts";
import { emptyDatabase } from "../../src/store/emptying.samples.ts";
import { listenOnLite } from "../../src/store/listen.ts";
import { openLite } from "../../src/store/lite.ts";
import { liteDialect } from "../../src/store/lite-dialect.ts";
import { CHANNELS } from "../../src/store/notices.ts";
import { preparedFolder } from "../../src/store/pglite.samples.ts";
import { storeOn } from "../../src/store/repositories.ts";
import type { Tables } from "../../src/store/schema.ts";
import { TRAITS } from "../drawn-clouds.ts";
import { patient } from "../patience.ts";
import { ask, idOf } from "../people.ts";
import { LAUNCH_MS, plainBlueprint, plainPlan } from "../scenario.samples.ts";
import { INSTALLATION, openly, stock } from "../stage.ts";
import { type Refusal, RefusingServer } from "./server.ts";

const STEP_MS = 1_000;
/** Longer than all claims and deadlines of the story. */
const STORY_MOST_MS = 30 * 60_000;

export interface Told {
  /** From the launch to the end. */
  readonly writes: number;
  readonly hasStruck: boolean;
  readonly refusal: Refusal | null;
  readonly deployment: Deployment;
  /** The ledger. */
  readonly machines: readonly Machine[];
  /** All that ever lived, by the cloud's own account. */
  readonly lives: readonly Life[];
  /** From the launch to its end, in the story's own time. */
  readonly tookMs: number;
  /** What the log calls an error. */
  readonly errors: readonly string[];
}

export interface Teller extends AsyncDisposable {
  tell(refusal: Refusal | null): Promise<Told>;
}

/** A database that is there for one story after the other. */
export async function openTeller(): Promise<Teller> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-refusals-"));
  await preparedFolder(folder);
  const lite = await openLite(join(folder, "database"), CHANNELS);
  const clock = new VirtualClock(SAMPLE_TIME);
  const monotonic = (): number => clock.now();
  const server = new RefusingServer(monotonic);
  const db = new Kysely<Tables>({ dialect: server.dialect(liteDialect(lite)) });
  const store = storeOn(db, { listening: listenOnLite(lite), closing: async () => undefined, monotonic });
  return {
    async tell(refusal) {
      await server.aside(() => emptyDatabase(db));
      return tell({ clock, server, store }, refusal);
    },
    async [Symbol.asyncDispose]() {
      await db.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Stage {
  readonly clock: VirtualClock;
  readonly server: RefusingServer;
  readonly store: Store;
}

async function tell(stage: Stage, refusal: Refusal | null): Promise<Told> {
  const { clock, server, store } = stage;
  const clouds = [plainPlan("east", 0), plainPlan("west", 1)];
  const datacentre = createDatacentre({ clouds: clouds.map(({ settings }) => settings), clock, seed: "refusals" });
  const errors: string[] = [];
  const engine = createEngine(depsOf(stage, datacentre, (line) => void errors.push(line)));
  await server.aside(async () => {
    await stock(store, { clouds });
    await engine.start();
  });
  await pass(stage, LAUNCH_MS);
  server.begin(refusal);
  const begunAt = clock.now();
  const people = patient(store, clock);
  const id = idOf(0);
  void launch(people, id);
  await comes(stage, id, ({ deployment }) => deployment.state === "running");
  void ask(people, id, { ask: "stop", pick: 0 });
  const found = await comes(
    stage,
    id,
    ({ deployment, machines }) => deployment.state === "stopped" && !machines.some(isOpen),
  );
  const { writes, hasStruck } = server;
  const tookMs = clock.now() - begunAt;
  server.begin(null);
  let isOver = false;
  void engine.stop().then(() => (isOver = true));
  while (!isOver) await pass(stage, STEP_MS);
  return {
    ...found,
    writes,
    hasStruck,
    refusal,
    tookMs,
    lives: datacentre.billing.intervals(),
    errors,
  };
}

function depsOf({ clock, store }: Stage, datacentre: Datacentre, onError: (line: string) => void): EngineDeps {
  const sim = simProvider({
    connect: ({ tenant, key }) => datacentre.connect({ tenant, key, lostAnswers: "hang" }),
    traits: TRAITS,
    sleep: (ms, signal) => clock.sleep(ms, signal),
  });
  let nonces = 0;
  return {
    store,
    providers: new Map([["sim", sim]]),
    secrets: openly,
    clock: { monotonic: () => clock.now(), sleep: (ms, signal) => clock.sleep(ms, signal) },
    reach: { answers: async () => ({ passed: false, answer: "nothing is reached directly" }) },
    events: eventsTo("error", { write: onError }),
    installation: INSTALLATION,
    callbackBase: "http://127.0.0.1:1",
    random: () => 0.5,
    nonce: () => `nonce-${(nonces += 1)}`,
  };
}

/** Time goes on only while nobody waits for the database. */
async function pass({ clock, server }: Stage, ms: number): Promise<void> {
  const end = clock.now() + ms;
  await server.idle();
  for (let next = clock.nextAt(); next !== null && next <= end; next = clock.nextAt()) {
    await clock.advance(next - clock.now());
    await server.idle();
  }
  await clock.advance(end - clock.now());
}

type Found = Pick<Told, "deployment" | "machines">;

/** Until it has come so far, or for longer than anything may take. */
async function comes(stage: Stage, id: DeploymentId, over: (found: Found) => boolean): Promise<Found> {
  const { clock, server, store } = stage;
  const end = clock.now() + STORY_MOST_MS;
  for (;;) {
    await pass(stage, STEP_MS);
    const found = await server.aside(() =>
      store.read(async (tx) => ({ deployment: await tx.deployment(id), machines: await tx.machinesOf(id) })),
    );
    const { deployment, machines } = found;
    if (deployment === null) {
      if (clock.now() > end) throw new Error("the launch has never been written");
    } else if (over({ deployment, machines }) || clock.now() > end) return { deployment, machines };
  }
}

/** Whoever is told that the database is away asks again, under the same key: what was made already is not made twice. */
function launch(people: Store, id: DeploymentId): Promise<void> {
  return people.write(async (tx) => {
    if ((await tx.deployment(id)) !== null) return;
    const now = await tx.now();
    const row = { id, blueprint: plainBlueprint(), createdAt: now, since: now, wakeAt: now };
    await tx.insertDeployment(sampleNewDeployment(row));
  });
}
