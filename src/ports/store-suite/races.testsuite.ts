// Races between decisions, launches and those who read. See raceOn.

import { expect } from "vitest";
import type { Deployment } from "../../core/deployment.ts";
import { StoreConflict } from "../store.ts";
import {
  SAMPLE_TIME,
  sampleAccount,
  sampleAttempt,
  samplePlacement,
  sampleBlock,
  sampleChanges,
  sampleMachine,
  sampleNewDeployment,
  samplePool,
  sampleStoredBlueprint,
  sampleToken,
} from "../store.samples.ts";
import {
  begin,
  change,
  changeIn,
  gate,
  HOUR_MS,
  launch,
  nthId,
  openAccounts,
  putMachines,
  raceOn,
  type Stage,
  times,
} from "./stage.testsuite.ts";

export function raceSuite(stage: Stage): void {
  const race = raceOn(stage);

  race("of those who want to make the first token one alone finds none", async (store) => {
    const makeFirst = (name: string) =>
      store.write(async (tx) => {
        if ((await tx.lockAccess()).tokens.length > 0) return false;
        await tx.putToken(sampleToken({ name, hash: name.repeat(64).slice(0, 64) }));
        return true;
      });
    const made = await Promise.all(["a", "b", "c"].map(makeFirst));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await store.read((tx) => tx.tokens())).toHaveLength(1);
  });

  race("a wake-up is not lost when its writer waits for a worker that has read the old state", async (store) => {
    const { id } = await launch(store);
    const later = (await store.read((tx) => tx.now())) + HOUR_MS;
    const read = gate();
    const waking = gate();
    const worker = store.write(async (tx) => {
      const { ids } = await tx.lockDue(10);
      const [snapshot] = await tx.snapshots(ids);
      if (snapshot === undefined) throw new Error("nothing was due");
      read.open();
      await waking.passed;
      await tx.apply([sampleChanges({ ...snapshot.deployment, state: "pending", wakeAt: later })]);
    });
    await Promise.race([read.passed, worker]);
    const seen: (Deployment | undefined)[] = [];
    const waker = store.write(async (tx) => {
      const locked = tx.lock([id]);
      waking.open();
      const { ids, now } = await locked;
      const [snapshot] = await tx.snapshots(ids);
      seen.push(snapshot?.deployment);
      if (snapshot !== undefined) {
        await tx.apply([sampleChanges({ ...snapshot.deployment, cancelAskedAt: now, wakeAt: now })]);
      }
    });
    await Promise.all([worker, waker]);
    expect(seen).toMatchObject([{ state: "pending", wakeAt: later }]);
    const again = await store.write(async (tx) => tx.snapshots((await tx.lockDue(10)).ids));
    expect(again).toMatchObject([{ deployment: { id, state: "pending" } }]);
    expect(again[0]?.deployment.cancelAskedAt).not.toBeNull();
  });

  race(
    "a worker leaves a row that a waker holds, and finds it with the change once that commits late",
    async (store) => {
      const { id } = await launch(store);
      const written = gate();
      const looked = gate();
      const waker = store.write(async (tx) => {
        await changeIn(tx, id, () => ({ deployment: { cancelAskedAt: SAMPLE_TIME, wakeAt: SAMPLE_TIME } }));
        written.open();
        await looked.passed;
      });
      await Promise.race([written.passed, waker]);
      expect((await store.write((tx) => tx.lockDue(10))).ids).toEqual([]);
      expect((await store.read((tx) => tx.deployment(id)))?.cancelAskedAt).toBeNull();
      looked.open();
      await waker;
      const found = await store.write(async (tx) => tx.snapshots((await tx.lockDue(10)).ids));
      expect(found).toMatchObject([{ deployment: { id, cancelAskedAt: SAMPLE_TIME } }]);
    },
  );

  race("what is due is one worker's at a time, and locks end with a rollback too", async (store) => {
    for (const n of times(6)) await launch(store, { id: nthId(n) });
    const locked = gate();
    const done = gate();
    const first = store.write(async (tx) => {
      const { ids } = await tx.lockDue(4);
      locked.open();
      await done.passed;
      if (ids.length > 0) throw new Error(ids.join());
    });
    const failed = first.catch((error: unknown) => String(error));
    await locked.passed;
    const second = await store.write((tx) => tx.lockDue(10));
    expect(second.ids).toEqual([]);
    done.open();
    await failed;
    expect((await store.write((tx) => tx.lockDue(10))).ids).toHaveLength(6);
  });

  race("who goes by what is at an account waits for the choice that is being made there", async (store) => {
    await openAccounts(store);
    const { id } = await launch(store);
    const chosen = gate();
    const asked = gate();
    const order: string[] = [];
    const choice = store.write(async (tx) => {
      const { ids } = await tx.lock([id]);
      await tx.markets([samplePool().name]);
      chosen.open();
      await asked.passed;
      await tx.snapshots(ids);
      order.push("chosen");
    });
    await Promise.race([chosen.passed, choice]);
    const change = store.write(async (tx) => {
      const locked = tx.lockChoice(sampleAccount().id);
      asked.open();
      await locked;
      order.push("changed");
    });
    await Promise.all([choice, change]);
    expect(order).toEqual(["chosen", "changed"]);
  });

  race("many workers decide every due deployment once", async (store) => {
    const ids = times(24).map(nthId);
    for (const id of ids) await launch(store, { id });
    const later = (await store.read((tx) => tx.now())) + HOUR_MS;
    const decided: string[] = [];
    const work = async () => {
      const mine = await store.write(async (tx) => {
        const due = await tx.lockDue(5);
        const snapshots = await tx.snapshots(due.ids);
        await tx.apply(
          snapshots.map(({ deployment }) => sampleChanges({ ...deployment, state: "pending", wakeAt: later })),
        );
        return due.ids;
      });
      decided.push(...mine);
    };
    for (let round = 0; round < 24 && decided.length < ids.length; round += 1) {
      await Promise.all(times(4).map(work));
    }
    expect(decided.toSorted()).toEqual(ids);
  });

  race("two decisions never reserve the same quota: the second sees what the first took", async (store) => {
    await openAccounts(store);
    for (const n of [1, 2]) await launch(store, { id: nthId(n) });
    const reserve = async (n: number) =>
      store.write(async (tx) => {
        const id = nthId(n);
        await tx.lock([id]);
        const [snapshot] = await tx.snapshots([id]);
        const market = (await tx.markets(["default"])).get("default");
        if (snapshot === undefined || market === undefined) throw new Error("nothing to decide");
        const { deployment } = snapshot;
        const attempts = [sampleAttempt({ deployment: id })];
        const placements = ["db", "web"].map((instance) => samplePlacement({ deployment: id, instance }));
        await tx.apply([sampleChanges({ ...deployment, state: "pending", attemptNo: 1 }, { attempts, placements })]);
        return `${market.accounts[0]?.held["instances"] ?? 0} of ${market.poolHeld["instances"] ?? 0}`;
      });
    const seen = await Promise.all([reserve(1), reserve(2)]);
    expect(seen.toSorted()).toEqual(["0 of 0", "2 of 2"]);
  });

  race("many deployments locked in any order end without a deadlock", async (store) => {
    const ids = times(8).map(nthId);
    for (const id of ids) await launch(store, { id });
    const orders = [ids, ids.toReversed(), [...ids.slice(4), ...ids.slice(0, 4)]];
    const rounds = times(9).map((n) =>
      store.write(async (tx) => {
        const locked = await tx.lock(orders[n % orders.length] ?? []);
        const snapshots = await tx.snapshots(locked.ids);
        await tx.apply(snapshots.map(({ deployment }) => sampleChanges({ ...deployment, seed: deployment.seed })));
        return locked.ids.length;
      }),
    );
    expect(await Promise.all(rounds)).toEqual(times(9).map(() => 8));
  });

  race(
    "blocks put, lifted and tried no more by several at once, in any order, end without a deadlock",
    async (store) => {
      await openAccounts(store);
      const ids = times(6).map(nthId);
      for (const id of ids) await launch(store, { id });
      const blocks = times(200).map((n) =>
        sampleBlock({ size: `s${n}`, probe: { deployment: nthId(n % ids.length), until: SAMPLE_TIME } }),
      );
      const orders = [{ blocks }, { blocks: blocks.toReversed() }, { unblocks: blocks }, {}];
      for (const round of times(8)) {
        const rounds = ids.map((id, n) => {
          const ended = round % 2 === 0 ? [] : [sampleAttempt({ deployment: id, endedAt: SAMPLE_TIME })];
          return change(store, id, () => ({ ...orders[(n + round) % orders.length], attempts: ended }));
        });
        await Promise.all(rounds);
      }
      await change(store, nthId(0), () => ({ blocks }));
      expect(await store.read((tx) => tx.blocks())).toHaveLength(blocks.length);
    },
  );

  race("changes of one deployment at the same time follow each other, and none is lost", async (store) => {
    const { id } = await launch(store);
    const append = () =>
      change(store, id, ({ deployment }) => {
        const no = deployment.eventNo + 1;
        return {
          deployment: { eventNo: no },
          events: [{ deployment: id, no, revision: 1, at: SAMPLE_TIME, body: { kind: "deleted" } }],
        };
      });
    await Promise.all(times(8).map(append));
    const events = await store.read((tx) => tx.events(id, 0, 100));
    expect(events.map(({ no }) => no)).toEqual(times(9).map((n) => n + 1));
    expect((await store.read((tx) => tx.deployment(id)))?.eventNo).toBe(9);
  });

  race("of two launches with one name, or one request key, one is refused", async (store) => {
    const attempt = (n: number, name: string, key: string | null) =>
      store
        .write((tx) =>
          tx.insertDeployment(
            sampleNewDeployment(
              { id: nthId(n), name },
              { requestKey: key === null ? null : { key, digest: "digest" } },
            ),
          ),
        )
        .then(
          () => "made",
          (error: unknown) => (error instanceof StoreConflict ? error.what : String(error)),
        );
    const named = await Promise.all([attempt(1, "shop", null), attempt(2, "shop", null)]);
    expect(named.toSorted()).toEqual(["deployment", "made"]);
    const keyed = await Promise.all([attempt(3, "blog", "key"), attempt(4, "blog", "key")]);
    expect(keyed.toSorted()).toEqual(["made", "request_key"]);
  });

  race("versions of a blueprint added at the same time follow each other", async (store) => {
    const add = (n: number) => store.write((tx) => tx.addBlueprint(sampleStoredBlueprint({ source: `# ${n}\n` })));
    const rows = await Promise.all(times(5).map(add));
    expect(rows.map(({ version }) => version).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
  });

  race("a reader sees all of a transaction or nothing", async (store) => {
    await openAccounts(store);
    const { id } = await launch(store);
    const written = gate();
    const looked = gate();
    const writer = store.write(async (tx) => {
      await changeIn(tx, id, () => ({
        deployment: { state: "pending", attemptNo: 1 },
        attempts: [sampleAttempt({ deployment: id })],
      }));
      written.open();
      await looked.passed;
    });
    await Promise.race([written.passed, writer]);
    expect(await store.read((tx) => tx.snapshot(id))).toMatchObject({ deployment: { state: "new" }, attempts: [] });
    looked.open();
    await writer;
    expect(await store.read((tx) => tx.snapshot(id))).toMatchObject({
      deployment: { state: "pending" },
      attempts: [{ no: 1 }],
    });
  });

  race("what reads sees one moment, whatever is added, changed or deleted meanwhile", async (store) => {
    await openAccounts(store);
    const { id } = await launch(store);
    await store.write((tx) => tx.setSetting("colour", "red"));
    await store.write((tx) => tx.putToken(sampleToken()));
    const began = gate();
    const changed = gate();
    const reader = store.read(async (tx) => {
      const look = async () => [await tx.snapshot(id), await tx.setting("colour"), await tx.tokens(), await tx.debts()];
      const before = await look();
      began.open();
      await changed.passed;
      return { before, after: await look() };
    });
    await Promise.race([began.passed, reader]);
    await begin(store, id);
    await putMachines(store, id, [sampleMachine({ deployment: id, state: "made", debtSince: SAMPLE_TIME })]);
    await store.write(async (tx) => {
      await tx.setSetting("colour", "blue");
      await tx.deleteToken("ada");
    });
    changed.open();
    const { before, after } = await reader;
    expect(after).toEqual(before);
    expect(before).toMatchObject([{ deployment: { state: "new" }, attempts: [] }, "red", [{ name: "ada" }], []]);
    expect(await store.read((tx) => tx.setting("colour"))).toBe("blue");
  });

  race("a deployment that is begun while others are read is never half read", async (store) => {
    await openAccounts(store);
    const { id } = await launch(store);
    const [, ...seen] = await Promise.all([
      begin(store, id),
      ...times(6).map(() => store.read((tx) => tx.snapshot(id))),
    ]);
    for (const snapshot of seen) expect(snapshot?.attempts).toHaveLength(snapshot?.deployment.attemptNo ?? -1);
  });
}
