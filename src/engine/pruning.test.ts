import { expect, test } from "vitest";
import { type Store, StoreAway, type Tx } from "../ports/store.ts";
import { begin, change, launch, nthId, times } from "../ports/store-suite/stage.testsuite.ts";
import { DAY_MS } from "../core/people/retention.ts";
import { keepPruning, SWEEP_MS } from "./pruning.ts";
import { createWorld } from "./world.testsuite.ts";

const TOLD = "what is kept no longer was taken away";

test("a sweep goes on until nothing is over, batch by batch, and tells once what it took", async () => {
  const world = await createWorld();
  const east = await world.account("east");
  const endedAt = (await world.store.read((tx) => tx.now())) - 91 * DAY_MS;
  for (const n of times(25)) {
    const { id } = await launch(world.store, { id: nthId(n) });
    await begin(world.store, id, { account: east.id });
    await change(world.store, id, () => ({ deployment: { state: "failed", endedAt, wakeAt: null } }));
  }
  await world.engine().start();
  await world.clock.advance(SWEEP_MS / 2);
  expect(world.logged(TOLD)).toMatchObject([{ steps: 25, consoles: 0, machines: 0, secrets: 0, plans: 0 }]);
  for (const n of times(25)) expect(await world.store.read((tx) => tx.events(nthId(n), 0, 9))).toEqual([]);
});

test("a database that is away is asked again, and a sweep that was cut short tells what it took", async () => {
  const world = await createWorld();
  let asked = 0;
  const batch = { steps: 3, consoles: 1, machines: 0, secrets: 2, plans: 1, isMore: true };
  const prune: Tx["prune"] = async () => {
    asked += 1;
    if (asked === 3) throw new StoreAway("unreachable");
    return asked < 6 ? batch : { ...batch, steps: 0, consoles: 0, secrets: 0, plans: 0, isMore: false };
  };
  const store: Store = {
    ...world.store,
    write: (act) => world.store.write((tx) => act({ ...tx, prune })),
  };
  const over = new AbortController();
  const done = keepPruning({ ...world.deps, store }, over.signal);
  await world.clock.advance(SWEEP_MS);
  expect(world.logged(TOLD)).toMatchObject([
    { steps: 6, consoles: 2, secrets: 4, plans: 2 },
    { steps: 6, consoles: 2, secrets: 4, plans: 2 },
  ]);
  await world.clock.advance(DAY_MS / 24);
  expect(world.logged(TOLD)).toHaveLength(2);
  over.abort();
  await done;
});
