import { expect, test } from "vitest";
import { StoreAway } from "../store.ts";
import { SAMPLE_TIME, sampleAttempt, sampleMachine, sampleNewDeployment } from "../store.samples.ts";
import { change, changeIn, launch, nthId, openAccounts, rejection, type Stage } from "./stage.testsuite.ts";

export function transactionSuite(stage: Stage): void {
  test("a transaction sees its own writes, and gives back what it returns", async () => {
    const row = sampleNewDeployment();
    const seen = await stage.store.write(async (tx) => {
      await tx.insertDeployment(row);
      return tx.deployment(row.deployment.id);
    });
    expect(seen).toEqual(row.deployment);
  });

  test("a transaction sees its own changes in lists and groups too, and nothing in the wrong one", async () => {
    const { store } = stage;
    await openAccounts(store);
    await launch(store, { id: nthId(1) });
    await store.write(async (tx) => {
      await tx.insertDeployment(sampleNewDeployment({ id: nthId(2) }));
      for (const id of [nthId(1), nthId(2)]) {
        const machine = sampleMachine({ deployment: id });
        await changeIn(tx, id, ({ instances }) => ({
          deployment: { state: "pending", attemptNo: 1, wakeAt: (SAMPLE_TIME / 1000) * 2000 },
          instances: instances.map((row) => ({ ...row, state: "pending", machine: machine.id })),
          attempts: [sampleAttempt({ deployment: id })],
          newMachines: [{ machine, request: "sealed" }],
        }));
        await changeIn(tx, id, ({ machines }) => ({ machines: machines.map((row) => ({ ...row, state: "made" })) }));
        const snapshot = await tx.snapshot(id);
        expect(snapshot?.instances.map((row) => row.machine)).toEqual([machine.id, machine.id]);
        expect(snapshot?.attempts).toEqual([sampleAttempt({ deployment: id })]);
        expect(snapshot?.machines).toEqual([{ ...machine, state: "made" }]);
        expect(await tx.machinesOf(id)).toEqual(snapshot?.machines);
      }
      expect((await tx.lockDue(10)).ids).toEqual([]);
      const { rows } = await tx.deployments({ limit: 10, states: ["pending"] });
      expect(rows.map(({ attempt }) => attempt?.account)).toEqual(["east", "east"]);
    });
  });

  test("a throw rolls everything back and comes out as it was", async () => {
    const wrong = new Error("changed my mind");
    const row = sampleNewDeployment({}, { requestKey: { key: "k", digest: "d" } });
    const error = await rejection(
      stage.store.write(async (tx) => {
        await tx.setSetting("colour", "red");
        await tx.insertDeployment(row);
        throw wrong;
      }),
    );
    expect(error).toBe(wrong);
    const left = await stage.store.write(async (tx) => [
      await tx.setting("colour"),
      await tx.deployment(row.deployment.id),
      await tx.requestKey("k"),
      ...(await tx.events(row.deployment.id, 0, 10)),
    ]);
    expect(left).toEqual([null, null, null]);
    await expect(launch(stage.store)).resolves.toEqual(row.deployment);
  });

  test("a failed statement rolls everything back, even when its error is caught", async () => {
    const row = sampleNewDeployment();
    await launch(stage.store);
    await stage.store
      .write(async (tx) => {
        await tx.setSetting("colour", "red");
        await tx.insertDeployment(row).catch(() => undefined);
      })
      .catch(() => undefined);
    expect(await stage.store.read((tx) => tx.setting("colour"))).toBeNull();
  });

  test("neither write nor read may be called inside either", async () => {
    const { store } = stage;
    const write = () => store.write((tx) => tx.setSetting("colour", "red"));
    const read = () => store.read((tx) => tx.now());
    for (const inner of [write, read]) {
      await expect(store.write<unknown>(inner)).rejects.toThrow();
      await expect(store.read<unknown>(inner)).rejects.toThrow();
    }
    expect(await store.read((tx) => tx.setting("colour"))).toBeNull();
    const afterOther = store.write((tx) => tx.setSetting("colour", "blue"));
    await Promise.all([afterOther, store.write((tx) => tx.setSetting("shape", "round"))]);
    expect(await store.read((tx) => tx.setting("colour"))).toBe("blue");
  });

  test("a transaction is of no use once it is over", async () => {
    const { store } = stage;
    const kept = await store.write(async (tx) => tx);
    await expect(kept.setSetting("colour", "red")).rejects.toThrow();
    expect(await store.read((tx) => tx.setting("colour"))).toBeNull();
  });

  test("a transaction that takes too long is given up, with all it wrote and locked", async ({ skip }) => {
    const { store, giveUpMs } = stage;
    skip(giveUpMs === undefined, "would take the full 10 s");
    const { id } = await launch(store);
    const never = Promise.withResolvers<void>();
    const error = await rejection(
      store.write(async (tx) => {
        await tx.lock([id]);
        await tx.setSetting("colour", "red");
        await never.promise;
      }),
    );
    expect(error).toBeInstanceOf(StoreAway);
    expect(await store.read((tx) => tx.setting("colour"))).toBeNull();
    expect((await store.write((tx) => tx.lockDue(1))).ids).toEqual([id]);
  });

  test("a commit that makes rows due wakes the listeners, also those that came later, not those that ended", async () => {
    const { store } = stage;
    let heard = 0;
    const end = await store.onDue(() => void (heard += 1));
    await end();
    const woken = Promise.withResolvers<void>();
    const endOther = await store.onDue(() => woken.resolve());
    await launch(store);
    await woken.promise;
    await endOther();
    expect(heard).toBe(0);
  });

  test("a commit that adds events tells of which deployments, a rollback does not", async () => {
    const { store } = stage;
    const heard = new Set<string>();
    const second = Promise.withResolvers<void>();
    const end = await store.onEvents((id) => {
      heard.add(id);
      if (id === nthId(2)) second.resolve();
    });
    await rejection(
      store.write(async (tx) => {
        await tx.insertDeployment(sampleNewDeployment({ id: nthId(1) }));
        throw new Error("no");
      }),
    );
    await launch(store, { id: nthId(2) });
    await second.promise;
    expect([...heard]).toEqual([nthId(2)]);
    await end();
  });

  test("events that a decision adds are told of too", async () => {
    const { store } = stage;
    const { id } = await launch(store);
    const told = Promise.withResolvers<string>();
    const end = await store.onEvents((deployment) => told.resolve(deployment));
    await change(store, id, ({ deployment }) => ({
      deployment: { cancelAskedAt: deployment.createdAt, eventNo: 2 },
      events: [
        { deployment: id, no: 2, revision: 1, at: deployment.createdAt, body: { kind: "cancel_asked", by: "ada" } },
      ],
    }));
    expect(await told.promise).toBe(id);
    await end();
  });

  test("the clock is the database's: one for reads and writes", async () => {
    const before = await stage.store.read((tx) => tx.now());
    const within = await stage.store.write((tx) => tx.now());
    const after = await stage.store.read((tx) => tx.now());
    expect(Number.isInteger(before)).toBe(true);
    expect([before, within, after]).toEqual([before, within, after].toSorted((a, b) => a - b));
  });
}
