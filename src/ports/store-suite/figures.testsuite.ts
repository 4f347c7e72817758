// What metrics are made of.

import { expect, test } from "vitest";
import { accountId } from "../../core/ids.ts";
import { LATE_MS } from "../figures.ts";
import { SAMPLE_TIME, sampleAccount, sampleInstance, sampleMachine } from "../store.samples.ts";
import {
  change,
  launch,
  launchBegun,
  nthId,
  openAccounts,
  putInstance,
  putMachines,
  type Stage,
} from "./stage.testsuite.ts";

/** Not due while the tests run. */
const NEVER = Date.UTC(2200, 0);
const EAST = accountId("acc-east");

export function figureSuite(stage: Stage): void {
  const figures = () => stage.store.read((tx) => tx.figures());

  /** Nothing is due of it. */
  async function quiet(n: number): Promise<void> {
    await launchBegun(stage.store, { id: nthId(n), name: `shop-${n}` });
    await change(stage.store, nthId(n), () => ({ deployment: { wakeAt: NEVER } }));
  }

  async function quietAccount(): Promise<void> {
    await openAccounts(stage.store, [sampleAccount({ pollAt: NEVER, limiter: { parallel: 0.25, pausedUntil: null } })]);
  }

  test("an empty database has nothing to count", async () => {
    const none = { late: 0, since: null };
    const { now, ...rest } = await figures();
    expect(now).toBeGreaterThan(0);
    expect(rest).toEqual({
      deployments: new Map(),
      parked: { count: 0, since: null },
      due: { advance: none, call: none, probe: none, poll: none },
      machines: new Map(),
    });
  });

  test("deployments are counted by state, without those that have ended or are deleted", async () => {
    await quietAccount();
    for (const n of [1, 2, 3]) await launch(stage.store, { id: nthId(n), name: `shop-${n}` });
    await launchBegun(stage.store, { id: nthId(4), name: "shop-4" });
    for (const state of ["pending", "failed"] as const)
      await change(stage.store, nthId(3), () => ({ deployment: { state } }));
    await change(stage.store, nthId(2), () => ({ deployment: { deletedAt: SAMPLE_TIME } }));
    expect((await figures()).deployments).toEqual(
      new Map([
        ["new", 1],
        ["pending", 1],
      ]),
    );
  });

  test("what is parked is counted, with the time since when the first one is", async () => {
    await quietAccount();
    for (const n of [1, 2, 3]) await quiet(n);
    for (const n of [1, 2]) {
      const parked = { since: SAMPLE_TIME + n, tries: n, text: "a mistake" };
      await change(stage.store, nthId(n), () => ({ deployment: { parked } }));
    }
    expect((await figures()).parked).toEqual({ count: 2, since: SAMPLE_TIME + 1 });
  });

  test("what is due is late after a while, and what is due later is neither", async () => {
    await quietAccount();
    const { now } = await figures();
    for (const n of [1, 2, 3]) await quiet(n);
    await change(stage.store, nthId(1), () => ({ deployment: { wakeAt: now - LATE_MS - 2 } }));
    await change(stage.store, nthId(2), () => ({ deployment: { wakeAt: now } }));
    expect((await figures()).due.advance).toEqual({ late: 1, since: now - LATE_MS - 2 });
  });

  test("calls, probes and polls are due as their pumps take them: not under a claim, not behind the limiter", async () => {
    await quietAccount();
    await quiet(1);
    const deployment = nthId(1);
    const call = { deployment, call: "create", callAt: SAMPLE_TIME } as const;
    const [web, db] = [sampleMachine({ ...call, instance: "web" }), sampleMachine({ ...call, instance: "db" })];
    await putMachines(stage.store, deployment, [web, db]);
    expect((await figures()).due.call).toEqual({ late: 2, since: SAMPLE_TIME });
    // The account takes one call at a time: the other one is not held up by any pump.
    await stage.store.write((tx) => tx.claimCalls(1, 60_000));
    expect((await figures()).due.call).toEqual({ late: 0, since: null });
    const probed = { deployment, state: "pending", machine: web.id, probeAt: SAMPLE_TIME + 1 } as const;
    await putInstance(stage.store, sampleInstance({ ...probed, name: "db" }));
    expect((await figures()).due.probe).toEqual({ late: 1, since: SAMPLE_TIME + 1 });
    await stage.store.write((tx) => tx.pollBy(EAST, SAMPLE_TIME + 2));
    expect((await figures()).due.poll).toEqual({ late: 1, since: SAMPLE_TIME + 2 });
  });

  test("open machines are counted by account with what they cost, what is owed and what nobody asked for", async () => {
    await quietAccount();
    await quiet(1);
    const deployment = nthId(1);
    const made = { deployment, state: "made", madeAt: SAMPLE_TIME, sentAt: SAMPLE_TIME } as const;
    const machines = [
      sampleMachine({ ...made, instance: "a", hourlyMicros: 1_000 }),
      sampleMachine({ ...made, instance: "b", hourlyMicros: 200, debtSince: SAMPLE_TIME + 5 }),
      sampleMachine({ ...made, instance: "c", hourlyMicros: null, debtSince: SAMPLE_TIME + 3 }),
      sampleMachine({ ...made, instance: "d", state: "in_doubt", hourlyMicros: 30 }),
      sampleMachine({ deployment, instance: "e", state: "intent", hourlyMicros: 4, sentAt: null }),
      sampleMachine({ ...made, instance: "g", hourlyMicros: 7, quarantinedUntil: SAMPLE_TIME + 9 }),
      sampleMachine({ ...made, instance: "h", hourlyMicros: null, quarantinedUntil: SAMPLE_TIME + 9 }),
      sampleMachine({ ...made, instance: "f", state: "gone", closedAt: SAMPLE_TIME, debtSince: SAMPLE_TIME }),
    ];
    await putMachines(stage.store, deployment, machines);
    const stray = sampleMachine({ ...made, deployment: null, instance: null, hourlyMicros: null });
    await stage.store.write((tx) => tx.putStray(stray));
    expect((await figures()).machines).toEqual(
      new Map([
        [
          EAST,
          {
            open: 8,
            hourlyMicros: 1_237,
            unpriced: 3,
            debts: 2,
            debtHourlyMicros: 200,
            debtUnpriced: 1,
            debtSince: SAMPLE_TIME + 3,
            kept: 2,
            keptHourlyMicros: 7,
            keptUnpriced: 1,
            strays: 1,
          },
        ],
      ]),
    );
  });
}
