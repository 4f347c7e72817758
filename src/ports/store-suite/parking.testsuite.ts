import { expect, test } from "vitest";
import { SAMPLE_TIME } from "../store.samples.ts";
import { change, launch, nthId, type Stage } from "./stage.testsuite.ts";

/** Not due while the tests run. */
const NEVER = Date.UTC(2200, 0);
const at = (minutes: number) => SAMPLE_TIME + minutes * 60_000 + 7;

export function parkingSuite(stage: Stage): void {
  test("what is parked is due at its next try, or as soon as all that are parked are woken", async () => {
    const { id } = await launch(stage.store);
    const other = (await launch(stage.store, { id: nthId(9), name: "other" })).id;
    const parked = { since: at(1), tries: 2, text: "a mistake" };
    for (const one of [id, other]) await change(stage.store, one, () => ({ deployment: { wakeAt: NEVER } }));
    await change(stage.store, id, () => ({ deployment: { parked } }));
    expect(await stage.store.read((tx) => tx.deployment(id))).toMatchObject({ parked, wakeAt: NEVER });
    expect((await stage.store.write((tx) => tx.lockDue(10))).ids).toEqual([]);
    expect(await stage.store.write((tx) => tx.wakeParked())).toBe(1);
    expect((await stage.store.write((tx) => tx.lockDue(10))).ids).toEqual([id]);
    expect(await stage.store.read((tx) => tx.deployment(id))).toMatchObject({ parked });
    const { rows } = await stage.store.read((tx) => tx.deployments({ limit: 10 }));
    expect(rows.map(({ deployment }) => deployment.parked)).toEqual(expect.arrayContaining([parked, null]));
    await change(stage.store, id, () => ({ deployment: { parked: null } }));
    expect(await stage.store.write((tx) => tx.wakeParked())).toBe(0);
  });

  test("nothing that is parked is without a next try, whatever its state", async () => {
    const { id } = await launch(stage.store);
    const parked = { since: at(1), tries: 1, text: "a mistake" };
    await change(stage.store, id, () => ({ deployment: { state: "pending" } }));
    await change(stage.store, id, () => ({ deployment: { state: "failed", endedAt: at(2), wakeAt: null } }));
    await expect(change(stage.store, id, () => ({ deployment: { parked } }))).rejects.toThrow();
    await change(stage.store, id, () => ({ deployment: { parked, wakeAt: at(3) } }));
  });
}
