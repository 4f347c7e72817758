// Plans are kept until they are carried out, by one alone, or over.

import { expect, test } from "vitest";
import { PLAN_KNOWN_MS, type PlanRow, PLANS_MOST } from "../plans.ts";
import { samplePlanRow } from "../store.samples.ts";
import { nthId, type Stage } from "./stage.testsuite.ts";

export function planSuite(stage: Stage): void {
  const put = (...rows: readonly PlanRow[]) =>
    stage.store.write(async (tx) => {
      for (const row of rows) await tx.insertPlan(row);
    });
  const plan = (id: string) => stage.store.read((tx) => tx.plan(id));
  const apply = (id: string, n: number) => stage.store.write((tx) => tx.applyPlan(id, nthId(n)));
  const now = () => stage.store.read((tx) => tx.now());

  test("a plan keeps every field, and another there is not", async () => {
    const row = samplePlanRow({ kind: "update", target: nthId(1), secrets: "sealed", shown: { deep: [1, null, "ö"] } });
    await put(row);
    expect(await plan("plan1")).toEqual(row);
    expect(await plan("plan2")).toBeNull();
  });

  test("a plan is carried out once, and tells by what and when", async () => {
    await put(samplePlanRow());
    const before = await now();
    expect([await apply("plan1", 1), await apply("plan1", 2), await apply("plan2", 2)]).toEqual([true, false, false]);
    const found = await plan("plan1");
    expect(found?.deployment).toBe(nthId(1));
    expect(found?.appliedAt).toBeGreaterThanOrEqual(before);
  });

  test("of two who carry it out at once one does", async () => {
    await put(samplePlanRow());
    const both = await Promise.all([1, 2].map((n) => apply("plan1", n)));
    expect(both.filter((done) => done)).toEqual([true]);
  });

  test("what failed after it has carried nothing out", async () => {
    await put(samplePlanRow());
    const failing = stage.store.write(async (tx) => {
      await tx.applyPlan("plan1", nthId(1));
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await plan("plan1")).toEqual(samplePlanRow());
  });

  test("the oldest that nobody has carried out go when somebody makes too many", async () => {
    const made = (n: number, createdBy: string) =>
      samplePlanRow({ id: `${createdBy}-${n}`, createdBy, createdAt: samplePlanRow().createdAt + n });
    await put(made(0, "bert"), made(0, "anna"), made(1, "anna"));
    await apply("anna-0", 1);
    await put(...Array.from({ length: PLANS_MOST }, (_, n) => made(n + 2, "anna")));
    const kept = await Promise.all(["anna-0", "anna-1", "anna-2", "bert-0"].map(plan));
    expect(kept.map((row) => row !== null)).toEqual([true, false, true, true]);
  });

  test("what became of a plan is known for a day after its time", async () => {
    const at = await now();
    await put(
      samplePlanRow({ id: "over", expiresAt: at - PLAN_KNOWN_MS - 60_000 }),
      samplePlanRow({ id: "known", expiresAt: at - PLAN_KNOWN_MS + 60_000 }),
    );
    const limits = { deployments: 10, rows: 100 };
    const prune = () => stage.store.write((tx) => tx.prune(limits));
    expect(await prune()).toMatchObject({ plans: 1, isMore: true });
    expect(await prune()).toMatchObject({ plans: 0, isMore: false });
    expect([await plan("over"), (await plan("known"))?.id]).toEqual([null, "known"]);
  });
}
