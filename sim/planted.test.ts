// For each checker the fault that it is for, planted by hand: a checker that cannot fail proves nothing.

import { expect, test } from "vitest";
import type { ResolvedBlueprint } from "../src/core/blueprint/model.ts";
import { machineId } from "../src/core/ids.ts";
import { ProviderFault } from "../src/ports/provider.ts";
import {
  sampleEvent,
  sampleFault,
  sampleMachine,
  sampleNewDeployment,
  samplePlacement,
} from "../src/ports/store.samples.ts";
import { commitAll, emptyTables, type Views, viewsOf } from "../src/store/memory/rows.ts";
import { CHECKERS } from "./checkers/all.ts";
import { boundedLaunch } from "./checkers/bounded-launch.ts";
import { dependenciesFirst } from "./checkers/dependencies-first.ts";
import { dueRows } from "./checkers/due-rows.ts";
import { endedRows } from "./checkers/ended-rows.ts";
import { foreignMachines } from "./checkers/foreign-machines.ts";
import { freshMatch } from "./checkers/fresh-match.ts";
import { keptRows } from "./checkers/kept-rows.ts";
import { knownMachines } from "./checkers/known-machines.ts";
import { provenGone } from "./checkers/proven-gone.ts";
import { provenParts } from "./checkers/proven-parts.ts";
import { reservations } from "./checkers/reservations.ts";
import { singleAccount } from "./checkers/single-account.ts";
import { singleCall } from "./checkers/single-call.ts";
import { singleMachine } from "./checkers/single-machine.ts";
import { toldStory } from "./checkers/told-story.ts";
import { findEach } from "../src/ports/look-each.ts";
import { openFacts } from "./facts.ts";
import { awake, found, inClouds, inTransactions, inWrites, named } from "./plants.samples.ts";
import { play } from "./run.ts";
import type { Mishap } from "./scenario.ts";
import { plainPlan, plainScenario } from "./scenario.samples.ts";

const NO_LIARS = { machines: new Set<string>(), parts: new Set<string>() };

/** The second machine is refused at the first account. */
const REFUSED: Mishap = {
  kind: "fault",
  atMs: 0,
  forMs: 60_000,
  cloud: "east",
  rule: { on: "create", when: { nth: 2 }, do: { kind: "refuse", code: "insufficient_capacity" } },
};

test("told story: an event is left out", async () => {
  const plant = inWrites((changes) => ({
    ...changes,
    events: changes.events.filter(({ body }) => body.kind !== "instance_ready"),
  }));
  expect(await found(toldStory, plant)).toContainEqual(expect.stringMatching(/^told story: .* event \d+ comes after/));
});

test("told story: a state is changed and not told", async () => {
  const plant = inWrites((changes) => ({
    ...changes,
    events: changes.events.map((event) =>
      event.body.kind === "machine_moved" ? { ...event, body: { kind: "deleted" } as const } : event,
    ),
  }));
  expect(await found(toldStory, plant)).toContainEqual(expect.stringMatching(/^told story: .* is stored as made/));
});

test("dependencies first: a decision that does not know who depends on whom", async () => {
  const whole = new Map<string, ResolvedBlueprint>();
  const plant = inTransactions((tx) => ({
    async snapshots(ids) {
      return (await tx.snapshots(ids)).map((snapshot) => {
        const { id, blueprint } = snapshot.deployment;
        whole.set(id, blueprint);
        const instances = blueprint.instances.map((one) => ({ ...one, dependsOn: [] }));
        return { ...snapshot, deployment: { ...snapshot.deployment, blueprint: { ...blueprint, instances } } };
      });
    },
    apply: (all) =>
      tx.apply(
        all.map((changes) => {
          const blueprint = whole.get(changes.deployment.id) ?? changes.deployment.blueprint;
          return { ...changes, deployment: { ...changes.deployment, blueprint } };
        }),
      ),
  }));
  expect(await found(dependenciesFirst, plant)).toContainEqual(
    expect.stringMatching(/^dependencies first: .*-i2-t1 is asked for before i1 is ready/),
  );
});

/** Answers get lost, and the search by name never finds anything. */
const FORGETFUL = inClouds((cloud) => ({
  async create(request, keep, signal) {
    await cloud.create(request, keep, signal);
    throw new ProviderFault(sampleFault({ class: "transient", effect: "unknown" }));
  },
  lookup: (_, machines) => findEach(machines, async () => []),
  list: async () => ({ machines: [], next: null, unlisted: [] }),
}));

test("single machine: a provider that forgets what it made", async () => {
  expect(await found(singleMachine, FORGETFUL)).toContainEqual(
    expect.stringMatching(/^single machine: .*-i1-t2 is born at east while .*-i1-t1 of the same instance lives/),
  );
});

test("proven gone: a provider that forgets what it made", async () => {
  expect(await found(provenGone, FORGETFUL)).toContainEqual(
    expect.stringMatching(/^proven gone: .*-i1-t1 is reported as absent, and east-0001 lives/),
  );
});

/** Everything seems to be gone as soon as it was asked to go. */
const RASH = inClouds(() => ({
  destroy: async () => {},
  look: async (machines) => new Map(machines.map(({ name }) => [name, { kind: "absent" }])),
}));

test("single account: a rollback that believes too much", async () => {
  const refusals = { sizes: 1, realms: 1 };
  const launches = plainScenario().launches.map(({ blueprint, ...launch }) => ({
    ...launch,
    blueprint: { ...blueprint, policy: { ...blueprint.policy, refusals } },
  }));
  expect(await found(singleAccount, RASH, { mishaps: [REFUSED], launches })).toContainEqual(
    expect.stringMatching(/^single account: .* is born at west while .* lives at east/),
  );
});

test("fresh match: decisions that are given the newest of what their launch has learnt", async () => {
  const panics = (cloud: string): Mishap => {
    const rule = {
      on: "create",
      times: "always",
      do: { kind: "boot_error", text: "kernel panic", code: "internal_error" },
    } as const;
    return { kind: "fault", atMs: 0, forMs: 240_000, cloud, rule };
  };
  const forgetful = inTransactions((tx) => ({
    async snapshots(ids) {
      const all = await tx.snapshots(ids);
      return all.map((one) => ({
        ...one,
        placements: one.placements.filter(({ attempt }) => attempt === one.deployment.attemptNo),
      }));
    },
  }));
  expect(await found(freshMatch, forgetful, { mishaps: [panics("east"), panics("west")] })).toContainEqual(
    expect.stringMatching(/^fresh match: .* and realm of it failed in attempt 1$/),
  );
});

test("proven gone: a rollback that believes too much", async () => {
  expect(await found(provenGone, RASH, { mishaps: [REFUSED] })).toContainEqual(
    expect.stringMatching(/^proven gone: .* is reported as gone, and east-0001 lives/),
  );
});

const OF_PARTS = { clouds: [plainPlan("east", 0, { parts: { needed: ["port"], publicByPart: true } })] };

test("proven parts: a rollback that sees machines only", async () => {
  const plant = inClouds((cloud) => ({
    async destroy({ externalId }, signal) {
      // By an id alone, nobody knows of parts.
      await cloud.destroy({ name: "nobody", realm: "east-1", externalId, handle: null, isLeaving: true }, signal);
    },
    look: async (machines) => new Map(machines.map(({ name }) => [name, { kind: "absent" }])),
    list: async () => ({ machines: [], next: null, unlisted: [] }),
  }));
  expect(await found(provenParts, plant, OF_PARTS)).toContainEqual(
    expect.stringMatching(/^proven parts: .* is reported as gone, and its part east-port-0001 lives/),
  );
});

test("known machines: something is asked for that is not in the ledger", async () => {
  const plant = inClouds((cloud) => ({
    create: (request, keep, signal) => cloud.create({ ...request, name: machineId(`${request.name}x`) }, keep, signal),
  }));
  expect(await found(knownMachines, plant)).toContainEqual(
    expect.stringMatching(/^known machines: .*-i1-t1x is born at east, and the ledger has no such row/),
  );
});

test("ended rows: a cloud that never lets go", async () => {
  const plant = inClouds(() => ({ destroy: async () => {} }));
  expect(await found(endedRows, plant)).toContainEqual(
    expect.stringMatching(/^ended rows: .* is still made after all was deleted/),
  );
});

test("ended rows, bounded launch: a call that is repeated for ever", async () => {
  // Whatever is recorded of a start, it is due again.
  const plant = inWrites((changes) => ({
    ...changes,
    machines: changes.machines.map((row) =>
      row.state === "made" && row.undoAskedAt === null ? { ...row, call: "start", callAt: row.intentAt } : row,
    ),
  }));
  const given = { restMostMs: 60_000 };
  expect(await found(endedRows, { ...plant, ...given })).toContainEqual(
    expect.stringMatching(/^ended rows: .* still asks for start/),
  );
  expect(await found(boundedLaunch, { ...inWrites(awake), ...given })).toContainEqual(
    expect.stringMatching(/^bounded launch: dep000000001 is running and does not come to rest/),
  );
});

test("reservations: a placement is given back too early", async () => {
  const plant = inWrites((changes) => ({
    ...changes,
    placements: changes.placements.map((placement) => ({ ...placement, releasedAt: placement.chosenAt })),
  }));
  expect(await found(reservations, plant)).toContainEqual(
    expect.stringMatching(/^reservations: placement .* was given back while .* is intent/),
  );
});

test("reservations: a placement is never given back", async () => {
  const plant = inWrites((changes) => ({
    ...changes,
    placements: changes.placements.map((placement) => ({ ...placement, releasedAt: null })),
  }));
  expect(await found(reservations, plant, { mishaps: [REFUSED] })).toContainEqual(
    expect.stringMatching(/^reservations: placement .* is held for nothing/),
  );
});

test("bounded launch: nobody looks at deadlines", async () => {
  const plant = inWrites((changes) => {
    const { wakeAt, since } = changes.deployment;
    const late = wakeAt !== null && wakeAt > since + 10_000 ? wakeAt + 86_400_000 : wakeAt;
    return { ...changes, deployment: { ...changes.deployment, wakeAt: late } };
  });
  const rule = { on: "create", do: { kind: "never_boot" } } as const;
  const stuck: Mishap = { kind: "fault", atMs: 0, forMs: 60_000, cloud: "east", rule };
  expect(await found(boundedLaunch, plant, { mishaps: [stuck] })).toContainEqual(
    expect.stringMatching(/^bounded launch: dep000000001 is still pending \d+ s after it was asked for/),
  );
});

test("due rows: the lost wake-up, when whoever records relies on the wake-up that is there", async () => {
  const plant = inTransactions((tx) => {
    let decides = false;
    return {
      lockDue(limit) {
        decides = true;
        return tx.lockDue(limit);
      },
      async apply(all) {
        if (decides) return tx.apply(all);
        for (const changes of all) {
          const wakeAt = (await tx.deployment(changes.deployment.id))?.wakeAt ?? null;
          await tx.apply([{ ...changes, deployment: { ...changes.deployment, wakeAt } }]);
        }
      },
    };
  });
  // What a choice follows from is recorded and no more.
  expect(await found(dueRows, plant, { mishaps: [REFUSED] })).toContainEqual(
    expect.stringMatching(/^due rows: dep000000001 is pending and sleeps, although there is something to do/),
  );
});

test("due rows: an undo that nobody is told to carry out", async () => {
  const plant = inWrites((changes) => ({
    ...changes,
    machines: changes.machines.map((row) => (row.call === "destroy" ? { ...row, call: null, callAt: null } : row)),
  }));
  expect(await found(dueRows, plant)).toContainEqual(
    expect.stringMatching(/^due rows: .* is made and nobody is to do anything about it/),
  );
});

test("single call: an answer that gives back a claim which is somebody else's by now", async () => {
  // Every claim is given back while its call is under way.
  const plant = inTransactions((tx) => ({
    async claimCalls(limit, claimMs) {
      const claims = await tx.claimCalls(limit, claimMs);
      await tx.endClaims(claims);
      return claims;
    },
  }));
  expect(await found(singleCall, plant)).toContainEqual(
    expect.stringMatching(/^single call: .* is sent while another call about it is under way/),
  );
});

test("foreign machines: a provider that takes more than it is told to", async () => {
  const plant = inClouds((cloud) => ({
    async destroy(machine, signal) {
      await cloud.destroy(machine, signal);
      await cloud.destroy({ ...machine, externalId: "east-0001" }, signal);
    },
  }));
  const mishaps: Mishap[] = [{ kind: "foreign", atMs: 0, cloud: "east", name: "sw-dep000000001-a1-i1-t9" }];
  expect(await found(foreignMachines, plant, { mishaps })).toContainEqual(
    expect.stringMatching(/^foreign machines: east-0001 .* was never ours/),
  );
});

test("kept rows: something is taken away of what is under way, and of what is not deleted", () => {
  const facts = openFacts({ now: () => 0 }, { database: { now: () => 0 }, liars: NO_LIARS, workers: 1 });
  const texts: string[] = [];
  const checker = keptRows(facts, (text) => texts.push(text));
  named.add(checker.name);
  const tables = emptyTables();
  const write = (change: (views: Views) => void): string[] => {
    const views = viewsOf(tables);
    change(views);
    checker.commit?.(facts.takeCommit(commitAll(views, [])));
    return texts.splice(0);
  };
  const { deployment: row } = sampleNewDeployment({ state: "pending" });
  const gone = { aside: null, consolesGoneAt: null, ledgerGoneAt: null, ledgerEmpty: false };
  const kept = { secrets: null, source: "", stepsFrom: 1, ...gone };
  const machine = sampleMachine({ deployment: row.id, state: "in_doubt" });
  write(({ deployments, machines, events, evidence, placements }) => {
    deployments.put(row.id, { ...kept, row });
    machines.put(machine.id, { row: machine, request: null });
    placements.put("p", samplePlacement({ deployment: row.id }));
    events.put("e", sampleEvent({ deployment: row.id, no: 1 }));
    evidence.put(machine.id, { machine: machine.id, at: 0, console: null, fault: null });
  });
  expect(write(({ events }) => events.delete("e"))).toEqual([
    `event e is taken away while ${row.id} is pending`,
    `event e is taken away while ${machine.id} is in_doubt`,
  ]);
  write(({ deployments, machines }) => {
    deployments.put(row.id, { ...kept, row: { ...row, state: "failed" } });
    machines.put(machine.id, { row: { ...machine, state: "absent" }, request: null });
  });
  expect(write(({ evidence }) => evidence.delete(machine.id))).toEqual([]);
  expect(write(({ machines }) => machines.delete(machine.id))).toEqual([
    `${machine.id} is taken away, and ${row.id} is not deleted`,
  ]);
  write(({ deployments }) => deployments.put(row.id, { ...kept, row: { ...row, state: "failed", deletedAt: 1 } }));
  expect(write(({ placements }) => placements.delete("p"))).toEqual(["placement p is taken away while it is held"]);
});

test("no bugs: a provider that throws what it should have translated", async () => {
  const plant = inClouds(() => ({ list: () => Promise.reject(new TypeError("x is not a function")) }));
  const { findings } = await play(plainScenario(), { ...plant, checkers: [] });
  expect(findings).toContainEqual(expect.objectContaining({ checker: "no bugs" }));
});

test("each checker has named a planted fault", async () => {
  const nothing = openFacts({ now: () => 0 }, { database: { now: () => 0 }, liars: NO_LIARS, workers: 1 });
  const names = CHECKERS.map((of) => of(nothing, () => {}).name);
  // Planted by themselves, in planted-*.test.ts; what is made from the table before anything else is.
  const apart = ["legal moves", "live checks", "quarantines", "quotas", "reboots", "removed first", "repairs"];
  expect([...named, ...apart, "studies", "true time", "updates"].toSorted()).toEqual(names.toSorted());
});
