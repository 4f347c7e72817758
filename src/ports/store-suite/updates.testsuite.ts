// What an update puts aside, and what there is again on its way back.

import { expect, test } from "vitest";
import type { DeploymentId } from "../../core/ids.ts";
import type { ResolvedBlueprint } from "../../core/blueprint/model.ts";
import { UNDER_WAY } from "../../core/people/new-deployment.ts";
import {
  SAMPLE_TIME,
  sampleBlueprint,
  sampleInstance,
  sampleResolvedInstance,
  sampleRevision,
} from "../store.samples.ts";
import { change, launchBegun, openAccounts, rejection, type Stage } from "./stage.testsuite.ts";

const named = (...names: string[]): ResolvedBlueprint => ({
  ...sampleBlueprint(),
  instances: names.map((name) => sampleResolvedInstance({ name })),
});
const DUE = { wakeAt: SAMPLE_TIME } as const;

const CHANGES = [
  { name: "db", change: "replace", reasons: ["its image is another", "a \u201Cquote\u201D"] },
  { name: "web", change: "remove", reasons: [] },
] as const;

export function updateSuite(stage: Stage): void {
  const namesOf = async (id: DeploymentId) =>
    (await stage.store.read((tx) => tx.snapshot(id)))?.instances.map(({ name, state }) => `${name} ${state}`);
  const kept = async (id: DeploymentId) =>
    stage.store.read(async (tx) => [await tx.launchSource(id), (await tx.secretsOf([id])).get(id) ?? null]);

  const sets = async (id: DeploymentId) =>
    (await stage.store.read((tx) => tx.secretSetsOf([id]))).get(id)?.toSorted() ?? [];
  const aside = async (id: DeploymentId) => stage.store.read((tx) => tx.asideSecrets(id));

  async function running(): Promise<{ id: DeploymentId; before: ResolvedBlueprint }> {
    await openAccounts(stage.store);
    const id = await launchBegun(stage.store);
    for (const state of ["pending", "running"] as const) {
      await change(stage.store, id, ({ instances }) => ({ instances: instances.map((row) => ({ ...row, state })) }));
    }
    await change(stage.store, id, () => ({ deployment: { state: "running", ...DUE } }));
    const snapshot = await stage.store.read((tx) => tx.snapshot(id));
    if (snapshot === null) throw new Error("no snapshot");
    return { id, before: snapshot.deployment.blueprint };
  }

  /** `db` is replaced, `web` goes, `app` comes and is first. */
  async function update(id: DeploymentId): Promise<void> {
    const after = named("app", "db");
    await change(stage.store, id, ({ deployment, instances }) => ({
      deployment: { state: "updating", blueprint: after, revisionNo: 2, ...DUE },
      blueprint: after,
      dropped: ["web"],
      born: [sampleInstance({ deployment: id, name: "app", revision: 2 })],
      instances: instances.filter(({ name }) => name === "db").map((row) => ({ ...row, state: "new", revision: 2 })),
      revisions: [
        sampleRevision({
          deployment: id,
          no: 2,
          why: "update",
          changes: CHANGES,
          aside: { revision: 1, blueprint: deployment.blueprint, instances },
        }),
      ],
    }));
    await stage.store.write((tx) =>
      tx.turnSource({ deployment: id, revision: 2, source: "name: other\n", secrets: "sealed" }),
    );
  }

  test("what an update changes is kept with its revision", async () => {
    const { id } = await running();
    await update(id);
    const snapshot = await stage.store.read((tx) => tx.snapshot(id));
    expect(snapshot?.revisions.map(({ changes }) => changes)).toEqual([[], CHANGES]);
  });

  test("members come, go and begin anew with another blueprint, in its order; source and secrets are its own", async () => {
    const { id } = await running();
    await update(id);
    expect(await namesOf(id)).toEqual(["app new", "db new"]);
    expect(await kept(id)).toEqual(["name: other\n", "sealed"]);
    expect([await aside(id), await sets(id)]).toEqual([null, ["sealed"]]);
    const again = { deployment: id, revision: 2, source: "name: other\n", secrets: "sealed anew" };
    await stage.store.write((tx) => tx.turnSource(again));
    expect([await aside(id), (await kept(id))[1]]).toEqual(["sealed", "sealed anew"]);
    expect(await sets(id)).toEqual(["sealed", "sealed anew"]);
    const snapshot = await stage.store.read((tx) => tx.snapshot(id));
    expect(snapshot?.deployment.blueprint).toEqual(named("app", "db"));
    expect(snapshot?.revisions.map(({ no, aside }) => [no, aside?.instances.length ?? null])).toEqual([
      [1, null],
      [2, 2],
    ]);
  });

  test("on its way back all is what it was, members in whatever state they were", async () => {
    const { id, before } = await running();
    await update(id);
    await change(stage.store, id, ({ revisions }) => {
      const former = revisions.flatMap(({ aside }) => aside?.instances ?? []);
      return {
        deployment: { state: "reverting", blueprint: before, revisionNo: 1, ...DUE },
        blueprint: before,
        dropped: ["app"],
        born: former.filter(({ name }) => name === "web"),
        instances: former.filter(({ name }) => name === "db"),
      };
    });
    expect(await namesOf(id)).toEqual(["db running", "web running"]);
    expect(await kept(id)).toEqual(["name: shop\n", null]);
    // Machines of the update repeat its secrets until they are gone.
    expect([await aside(id), await sets(id)]).toEqual(["sealed", ["sealed"]]);
    const ended = { ...UNDER_WAY, endedAt: SAMPLE_TIME, outcome: "failed", reason: "no room" } as const;
    await change(stage.store, id, () => ({
      deployment: { state: "running", ...DUE },
      revisions: [sampleRevision({ deployment: id, no: 2, why: "update", ...ended })],
    }));
    expect((await stage.store.read((tx) => tx.snapshot(id)))?.revisions[1]).toMatchObject(ended);
    expect(await kept(id)).toEqual(["name: shop\n", null]);
    expect([await aside(id), await sets(id)]).toEqual([null, []]);
  });

  test("what an update that is done has put aside is gone", async () => {
    const { id } = await running();
    await update(id);
    const ended = { ...UNDER_WAY, endedAt: SAMPLE_TIME, outcome: "succeeded" } as const;
    await change(stage.store, id, () => ({
      deployment: { state: "running", ...DUE },
      revisions: [sampleRevision({ deployment: id, no: 2, why: "update", ...ended })],
    }));
    expect(await kept(id)).toEqual(["name: other\n", "sealed"]);
    expect([await aside(id), await sets(id)]).toEqual([null, ["sealed"]]);
  });

  test("a member that is not on its way back is born new alone, and a row of the same revision keeps to the table", async () => {
    const { id } = await running();
    const born = sampleInstance({ deployment: id, name: "app", state: "running" });
    expect(await rejection(change(stage.store, id, () => ({ born: [born] })))).toBeInstanceOf(Error);
    const back = change(stage.store, id, ({ instances }) => ({
      instances: instances.map((row) => ({ ...row, state: "new" })),
    }));
    expect(await rejection(back)).toBeInstanceOf(Error);
  });
}
