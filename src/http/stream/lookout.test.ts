import { expect, test } from "vitest";
import { Deployment } from "../../contract/deployment.ts";
import { deploymentId } from "../../core/ids.ts";
import type { Store } from "../../ports/store.ts";
import { passOf } from "../auth.ts";
import { createLookout, FLOOR_MS } from "./lookout.ts";
import { createStand, SHOP } from "../stand.testsuite.ts";

/** A lookout that hears no bell, over a store whose reads are counted. */
async function deafLookout() {
  const stand = await createStand();
  let reads = 0;
  const read: Store["read"] = (act) => {
    reads += 1;
    return stand.store.read(act);
  };
  const closing = new AbortController();
  const wakes = { on: () => () => undefined, close: async () => undefined };
  const lookout = createLookout({
    store: { ...stand.store, read },
    wakes,
    clock: stand.deps.clock,
    closing: closing.signal,
  });
  const launch = async () => {
    const body = { blueprint: { source: SHOP } };
    return deploymentId((await stand.reply(Deployment, 201, { method: "POST", path: "/v1/deployments", body })).id);
  };
  return { ...stand, lookout, launch, reads: () => reads };
}

const pass = passOf("viewer");

test("however many wait, the floor is one read per second, and it ends with the last of them", async () => {
  const { lookout, launch, clock, reads } = await deafLookout();
  const ids = [await launch(), await launch(), await launch()];
  const ends = Array.from({ length: 30 }, (_, no) =>
    lookout.watch({
      deployment: ids[no % 3] ?? deploymentId("none"),
      pool: "default",
      pass,
      cursor: () => 1,
      wake: () => expect.unreachable("nothing has happened"),
    }),
  );
  await clock.advance(5 * FLOOR_MS);
  expect(reads()).toBe(5);
  for (const end of ends) end();
  await clock.advance(5 * FLOOR_MS);
  expect(reads()).toBe(5);
});

test("a look wakes who has missed events, or has lost the token, and nobody else", async () => {
  const { lookout, launch, clock, ...stand } = await deafLookout();
  const [changed, quiet] = [await launch(), await launch()];
  const woken = new Set<string>();
  const watch = (name: string, deployment: typeof changed, whose = pass) =>
    lookout.watch({ deployment, pool: "default", pass: whose, cursor: () => 1, wake: () => woken.add(name) });
  watch("of the changed one", changed);
  watch("of the quiet one", quiet);
  watch("operator", quiet, passOf("operator"));
  await stand.ask({ method: "POST", path: `/v1/deployments/${changed}/cancel` });
  await stand.ask({ method: "DELETE", path: "/v1/tokens/the-operator" });
  await clock.advance(FLOOR_MS);
  expect([...woken].toSorted((a, b) => (a < b ? -1 : 1))).toEqual(["of the changed one", "operator"]);
});

test("who asks for the same at the same moment shares one read; who asks later gets a later one", async () => {
  const { lookout, launch, reads, ...stand } = await deafLookout();
  const id = await launch();
  const first = await Promise.all(Array.from({ length: 30 }, () => lookout.read(id, 0)));
  expect([reads(), new Set(first).size]).toEqual([1, 1]);
  const early = lookout.read(id, 0);
  await early;
  await stand.ask({ method: "POST", path: `/v1/deployments/${id}/cancel` });
  const late = await lookout.read(id, 0);
  expect(late.events.length).toBeGreaterThan((await early).events.length);
});
