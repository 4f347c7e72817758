// What checks and polls tell of themselves: what they changed, and nothing of what goes on as it was.

import { expect, test } from "vitest";
import type { Checked, PolledAccount } from "../ports/spans.ts";
import { sampleResolvedInstance } from "../ports/store.samples.ts";
import { createWorld, type WorldOptions } from "./world.testsuite.ts";

async function listening(options: WorldOptions) {
  const world = await createWorld(options);
  const [checks, polls]: [Checked[], PolledAccount[]] = [[], []];
  const events = {
    ...world.deps.events,
    checked: (check: Checked) => void checks.push(check),
    polled: (poll: PolledAccount) => void polls.push(poll),
  };
  await world.engine({ events }).start();
  await world.clock.advance(1_000);
  return { world, checks, polls };
}

test("of readiness checks the first answer, each other one, and the one that passes are told", async () => {
  const { world, checks } = await listening({ clouds: [{ name: "east" }] });
  world.operator("east").addFaults([
    { on: "probe", do: { kind: "not_listening" }, times: 3 },
    { on: "probe", do: { kind: "answers", status: 503 }, times: 2 },
    { on: "probe", do: { kind: "refuse", code: "unavailable" }, times: 2 },
  ]);
  const db = sampleResolvedInstance({ images: ["debian-12"], ready: { kind: "http", port: 80, path: "/up" } });
  const id = await world.launch({ instances: [db] });
  await world.clock.advance(60_000);
  expect((await world.deployment(id)).state).toBe("running");
  expect(checks.map(({ outcome }) => outcome)).toEqual(["untried", "failed", "failed", "passed"]);
  expect(checks.map(({ claim }) => claim.probeNo)).toEqual([1, 3, 4, 6]);
  expect(checks.every(({ claim, from, to }) => claim.deployment === id && from <= to)).toBe(true);
});

test("of live checks those after which a member counts as dead, or answers otherwise, are told", async () => {
  const { world, checks } = await listening({ clouds: [{ name: "east" }] });
  const live = { check: { kind: "tcp", port: 80 }, periodMs: 1_000, failures: 3 } as const;
  await world.launch({ instances: [sampleResolvedInstance({ images: ["debian-12"], live })] });
  await world.clock.advance(30_000);
  expect(checks).toEqual([]);
  world.operator("east").addFaults([{ on: "probe", do: { kind: "not_listening" }, times: 5 }]);
  await world.clock.advance(30_000);
  const told = checks.map(({ outcome, claim }) => [outcome, claim.missed]);
  expect(told.slice(0, 2)).toEqual([
    ["failed", 0],
    ["failed", 2],
  ]);
  expect(told.at(-1)).toEqual(["passed", 3]);
});

test("a poll is told when it brings news of somebody's machines, and when it fails anew, and then says of whose", async () => {
  const { world, polls } = await listening({ clouds: [{ name: "east" }] });
  await world.clock.advance(120_000);
  expect(polls).toEqual([]);
  const id = await world.launch();
  await world.clock.advance(60_000);
  expect((await world.deployment(id)).state).toBe("running");
  const news = polls.flatMap((poll) => poll.news.map(({ of, instance, attempt }) => [of.id, instance, attempt]));
  expect(news).toEqual(expect.arrayContaining([[id, "db", 1]]));
  expect(polls.every(({ account, fault }) => account.account === "east" && fault === null)).toBe(true);
  const before = polls.length;
  await world.clock.advance(120_000);
  expect(polls).toHaveLength(before);
  world.operator("east").addFaults([{ on: "list", do: { kind: "refuse", code: "unavailable" }, times: "always" }]);
  await world.clock.advance(600_000);
  expect(polls.slice(before).map(({ fault, news: of }) => [fault?.class, of.length])).toEqual([["transient", 0]]);
  expect(new Set(polls.map(({ pollNo }) => pollNo)).size).toBe(polls.length);
});
