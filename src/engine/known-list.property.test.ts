// A process that goes by what it knows of the last list, beside one that knows nothing and compares all: the ledger comes to the same.

import fc from "fast-check";
import { expect, test } from "vitest";
import { OWNER_LABELS } from "../core/machine.ts";
import { sampleChanges } from "../ports/store.samples.ts";
import type { Cloud } from "../ports/provider.ts";
import { flock } from "./flock.testsuite.ts";
import { clouded, type World } from "./world.testsuite.ts";

const COUNT = 7;

type Step =
  | { readonly do: "poll" | "poll elsewhere" | "break off" | "plant" }
  | {
      readonly do: "kill" | "hide" | "show" | "double" | "write" | "write within a list" | "undo";
      readonly at: number;
    };

const AT = ["kill", "hide", "show", "double", "write", "write within a list", "undo"] as const;
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>({ do: "poll" }) },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ do: "poll elsewhere" }, { do: "break off" }, { do: "plant" }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom(...AT), at: fc.nat(COUNT - 1) }) },
);

/** `keeps`: one engine makes all polls; else each is of one that has just begun. */
async function played(steps: readonly Step[], keeps: boolean): Promise<readonly unknown[]> {
  const hidden = new Set<string>();
  let ahead: ((page: number) => Promise<void>) | null = null;
  let page = 0;
  const listing = (given: Cloud): Partial<Cloud> => ({
    async list(installation, cursor, signal) {
      page = cursor === null ? 0 : page + 1;
      await ahead?.(page);
      const one = await given.list(installation, cursor, signal);
      return { ...one, machines: one.machines.filter(({ name }) => !hidden.has(name)) };
    },
  });
  const { world, id } = await flock(COUNT, { clouds: [{ name: "east", pageSize: 2 }], ...clouded(listing) });
  await world.engine1.stop();
  const names = (await world.machines(id)).map((row) => row.id);
  const account = (await world.account("east")).id;
  const [own, elsewhere] = [world.engine(), world.engine()];
  const labels = { [OWNER_LABELS.installation]: world.deps.installation };
  const planted = { realm: "east-1", size: "small", image: "debian-12", labels };
  const poll = async (engine: ReturnType<World["engine"]>): Promise<void> => {
    await world.clock.advance(5_000);
    await world.store.write(async (tx) => tx.pollBy(account, await tx.now()));
    await world.clock.until((keeps ? engine : world.engine()).round("poll"));
    ahead = null;
  };
  const write = (name: string, change: object): Promise<void> =>
    world.store.write(async (tx) => {
      const { ids } = await tx.lock([id]);
      for (const { deployment, machines } of await tx.snapshots(ids)) {
        const rows = machines
          .filter((row) => row.id === name && row.state === "made")
          .map((row) => ({ ...row, ...change }));
        await tx.apply([sampleChanges(deployment, { machines: rows })]);
      }
    });
  let plants = 0;
  const ledger: unknown[] = [];
  for (const one of [...steps, { do: "poll" } as const, { do: "poll" } as const]) {
    const name = "at" in one ? (names[one.at] ?? "") : "";
    switch (one.do) {
      case "poll":
        await poll(own);
        ledger.push(await rowsOf(world, account));
        break;
      case "poll elsewhere":
        await poll(elsewhere);
        break;
      case "break off":
        ahead = async (no) => {
          if (no === 2) throw new TypeError("broken off");
        };
        await poll(own);
        break;
      case "plant":
        world.operator("east").plant("east", { ...planted, name: `sw-lost${(plants += 1)}` });
        break;
      case "double":
        world.operator("east").plant("east", { ...planted, name });
        break;
      case "kill": {
        const shown = (await world.machines(id)).find((row) => row.id === name)?.externalId ?? "";
        if (world.datacentre.billing.aliveNow().some(({ machineId }) => machineId === shown)) {
          world.operator("east").kill(shown);
        }
        break;
      }
      case "hide":
        hidden.add(name);
        break;
      case "show":
        hidden.delete(name);
        break;
      case "write":
        await write(name, { observed: "stopped" });
        break;
      case "write within a list":
        ahead = async (no) => {
          if (no === 2) await write(name, { observed: "stopped" });
        };
        await poll(own);
        // That may count with the next one, which comes at once.
        await poll(own);
        break;
      case "undo":
        await write(name, { undoAskedAt: world.clock.now() });
        break;
    }
  }
  return ledger;
}

async function rowsOf(world: World, account: string): Promise<readonly unknown[]> {
  const debts = await world.store.read((tx) => tx.openMachines());
  const deployments = await world.store.read((tx) => tx.deployments({ limit: 10 }));
  const machines = await Promise.all(deployments.rows.map(({ deployment }) => world.machines(deployment.id)));
  const rows = machines.flat().map((row) => [row.id, row.state, row.observed, row.missing, row.externalId, row.call]);
  return [...rows, [...debts].filter(([id]) => id === account)];
}

test(
  "the ledger comes to the same whether lists are compared by what is known or whole",
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        const [known, whole] = [await played(steps, true), await played(steps, false)];
        expect(known).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  },
);
