// The simulator on a PostgreSQL sees what it sees in memory: the same story, commits before anybody acts on them, planted faults,
// and processes that die with what they had not committed.

import { afterAll, beforeAll, expect, test } from "vitest";
import { toldStory } from "../checkers/told-story.ts";
import { memoryDatabase } from "../database.ts";
import { inWrites } from "../plants.samples.ts";
import { play, type PlayOptions } from "../run.ts";
import { plainScenario } from "../scenario.samples.ts";
import type { Mishap, Scenario } from "../scenario.ts";
import { openPostgresKind, type PostgresKind } from "./database.ts";

let postgres: PostgresKind;

beforeAll(async () => {
  postgres = await openPostgresKind();
});
afterAll(() => postgres.close());

async function storyOf(scenario: Scenario, options: PlayOptions) {
  const born: string[] = [];
  const { findings, ends } = await play(scenario, { ...options, onBirth: ({ name }) => born.push(name) });
  return { findings, ends, born };
}

const STOPS: Mishap = { kind: "act", atMs: 8_000, launch: 0, ask: "stop", inState: null, pick: 0 };
const FULL: Mishap = {
  kind: "fault",
  atMs: 0,
  forMs: 60_000,
  cloud: "east",
  rule: { on: "create", when: { nth: 2 }, do: { kind: "refuse", code: "insufficient_capacity" } },
};
const DIES: Mishap = { kind: "crash", atMs: 2_000, forMs: 3_000, worker: 0, point: "statement", skip: 40 };
const STANDS: Mishap = { kind: "pause", atMs: 2_000, forMs: 30_000, worker: 0, point: "statement", skip: 40 };
const CLOCK: Mishap = { kind: "clock", atMs: 3_000, byMs: -3 * 3_600_000, hit: null };

test.each<[string, Partial<Scenario>]>([
  ["a launch and its end", { mishaps: [STOPS] }],
  ["a launch that is hauled back and comes up elsewhere", { mishaps: [FULL] }],
  ["a process that dies within a transaction", { mishaps: [DIES] }],
  [
    "one that stands still in it for longer than its locks are kept, with another beside it",
    { mishaps: [STANDS], workers: 2 },
  ],
  ["a clock that is set back", { mishaps: [CLOCK] }],
])("%s: the same as in memory", async (_, given) => {
  const scenario = plainScenario(given);
  const story = await storyOf(scenario, { database: postgres });
  expect(story).toEqual(await storyOf(scenario, { database: memoryDatabase }));
  expect(story.findings).toEqual([]);
});

test("what is committed is seen: an event that is left out is found", async () => {
  const plant = inWrites((changes) => ({
    ...changes,
    events: changes.events.filter(({ body }) => body.kind !== "instance_ready"),
  }));
  const { findings } = await play(plainScenario(), { ...plant, database: postgres, checkers: [toldStory] });
  expect(findings).toContainEqual(expect.objectContaining({ checker: "told story" }));
});
