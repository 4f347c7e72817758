import { expect, test } from "vitest";
import type { Deployment } from "../contract/deployment.ts";
import type { Event } from "../contract/event.ts";
import type { Revision } from "../contract/revision.ts";
import { at, sampleDeployment, sampleInstance } from "./replies.samples.ts";
import { eventHead, moved, standWith, streaming } from "./stand.samples.ts";

const launched: Revision = {
  no: 1,
  why: "launch",
  by: "ada",
  begunAt: at(0),
  endedAt: at(9),
  outcome: "succeeded",
  reason: null,
  changes: [],
};
const update: Revision = { ...launched, no: 2, why: "update", begunAt: at(20), endedAt: null, outcome: null };
const failed: Revision = { ...update, endedAt: at(40), outcome: "failed", reason: "db: kernel panic" };
const members = (isUp: boolean) => [
  sampleInstance({ state: isUp ? "running" : "vanished", ready: isUp }),
  sampleInstance({ name: "web", state: "running", ready: true }),
];
const ready = members(true);
const missing = members(false);

const { id: ID } = sampleDeployment();
const begun = {
  json: sampleDeployment({ state: "updating", revisions: [launched, update], revision: 2, eventNo: 2 }),
};
const removedFirst = (revision: number): Event => ({
  ...eventHead(3),
  revision,
  kind: "removed_first",
  instance: "db",
  machine: "sw-1",
  text: "sw-1 goes before another is asked for as db",
});

const ended = (given: Partial<Deployment>) => ({
  json: sampleDeployment({ allRunningAt: at(9), revisions: [launched, failed], eventNo: 4, ...given }),
});

async function told(argv: readonly string[], after: ReturnType<typeof ended>, events: readonly Event[]) {
  await using stand = await standWith({
    "POST /v1/deployments/shop/update": begun,
    "GET /v1/deployments/shop": begun,
    [`GET /v1/deployments/${ID}`]: [begun, after],
    [`GET /v1/deployments/${ID}/stream`]: streaming([...events, moved(4, "running")]),
  });
  return await stand.run(argv, { columns: 100, env: { NO_COLOR: "1" } });
}

const UPDATE = ["update", "shop", "--set", "version=2", "--watch"];

test.each([
  ["update", UPDATE],
  ["scale", ["scale", "shop", "web=2", "--watch"]],
  ["watch", ["watch", "shop"]],
  ["update with steps above the tree", [...UPDATE, "--details"]],
])("%s: below the tree stands why the update came to nothing", async (_, argv) => {
  const { exitCode, out, err } = await told(argv, ended({ state: "running", instances: ready }), []);
  expect([exitCode, err]).toEqual([
    1,
    "slipway: the update of shop came to nothing: db: kernel panic\n" +
      "  shop is as before; shop is running\n" +
      "  see slipway show shop\n",
  ]);
  expect(out).toContain("All ready");
});

test("who made room is not what it was", async () => {
  const { err } = await told(UPDATE, ended({ state: "running", instances: ready }), [removedFirst(2)]);
  expect(err).toContain("  db was removed first and has been launched anew: what was on its disks is gone\n");
  expect(err).toContain("  all else of shop is as before; shop is running\n");
  const earlier = await told(["watch", "shop"], ended({ state: "running", instances: ready }), [removedFirst(1)]);
  expect(earlier.err).not.toContain("removed first");
});

test("where all made room, only what they are is as before", async () => {
  const [db] = ready;
  const { err } = await told(UPDATE, ended({ state: "running", instances: db === undefined ? [] : [db] }), [
    removedFirst(2),
  ]);
  expect(err).toContain("  blueprint and values of shop are as before; shop is running\n");
});

test("who made room and could not be launched anew is missing", async () => {
  const { exitCode, err } = await told(UPDATE, ended({ state: "incomplete", instances: missing }), [removedFirst(2)]);
  expect([exitCode, err]).toEqual([
    1,
    expect.stringContaining("db was removed first and is missing since: what was on"),
  ]);
  expect(err).toContain("all else of shop is as before; shop is incomplete");
});

test.each([
  ["launch", "failed"],
  ["repair", "incomplete"],
])("the tree of a %s tells itself why it is %s", async (command, state) => {
  const reply = sampleDeployment({ eventNo: 1 });
  const over = sampleDeployment({
    state: state === "failed" ? "failed" : "incomplete",
    failure: "db: kernel panic",
    instances: missing,
    eventNo: 2,
  });
  await using stand = await standWith({
    "POST /v1/plan": { json: {} },
    "POST /v1/plans/p1/apply": { status: 201, json: reply },
    "POST /v1/deployments/shop/repair": { json: reply },
    [`GET /v1/deployments/${ID}`]: [{ json: reply }, { json: over }],
    [`GET /v1/deployments/${ID}/stream`]: streaming([moved(2, "failed")]),
  });
  const argv = command === "launch" ? ["launch", "--plan", "p1", "--watch"] : ["repair", "shop", "--watch"];
  const { exitCode, out, err } = await stand.run(argv, { columns: 100, env: { NO_COLOR: "1" } });
  expect([exitCode, err]).toEqual([state === "failed" ? 1 : 4, ""]);
  expect(out.slice(out.lastIndexOf("\r"))).toContain("Reason: db: kernel panic");
});
