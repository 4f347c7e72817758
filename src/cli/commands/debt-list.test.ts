import { expect, test } from "vitest";
import { Debt } from "../../contract/operation.ts";
import { at, CAPACITY, SAMPLE_TIME } from "../replies.samples.ts";
import { standWith } from "../stand.samples.ts";

const owed = Debt.parse({
  machine: "sw-0123456789ab-a1-db-t1",
  externalId: "i-1",
  deployment: "0123456789ab",
  deploymentName: "shop",
  instance: "db",
  account: "east",
  realm: "east-1",
  size: "small",
  since: at(0),
  hourlyCost: 0.04,
  cost: 0.01,
  observed: "running",
  observedAt: at(590),
  call: "destroy",
  nextTryAt: at(720),
  failures: 3,
  fault: { ...CAPACITY, text: "the server is locked by another task" },
  reason: "the server is locked by another task",
});
const stray = Debt.parse({
  ...owed,
  machine: "sw-stray",
  deployment: null,
  deploymentName: null,
  instance: null,
  observedAt: null,
  call: "look",
  nextTryAt: at(0),
  failures: 0,
  fault: null,
  reason: "it has our labels, and no row of the ledger stands for it",
});
const script = { "GET /v1/debt": { json: { debts: [owed, stray], hourlyCost: 0.08, cost: 0.02, unpriced: 0 } } };
const now = () => SAMPLE_TIME + 600_000;

test("debt is listed with the reason and with what the cloud last showed", async () => {
  await using stand = await standWith(script, now);
  const { out } = await stand.run(["debt", "ls"]);
  expect(
    out
      .split("\n")
      .slice(0, 3)
      .map((line) => line.split(/ {2,}/)),
  ).toEqual([
    ["MACHINE", "OF", "ACCOUNT", "SINCE", "COST", "LAST STATE", "NEXT TRY", "WHY"],
    [
      "sw-0123456789ab-a1-db-t1",
      "shop/db",
      "east (east-1)",
      "10 min 00 s ago",
      "$0.0100",
      "running 10 s ago",
      "in 2 min 00 s (destroy), failed 3 times",
      "the server is locked by another task",
    ],
    [
      "sw-stray",
      "-",
      "east (east-1)",
      "10 min 00 s ago",
      "$0.0100",
      "never seen",
      "now (look)",
      "it has our labels, and no row of the ledger stands for it",
    ],
  ]);
});

test("on 80 columns nothing of it is broken or lost", async () => {
  await using stand = await standWith(script, now);
  const { out } = await stand.run(["debt", "ls"], { columns: 80, env: { NO_COLOR: "1" } });
  expect(out.split("\n")).toEqual([
    "MACHINE                   OF       ACCOUNT        SINCE               COST",
    "sw-0123456789ab-a1-db-t1  shop/db  east (east-1)  10 min 00 s ago  $0.0100",
    "  LAST STATE running 10 s ago   NEXT TRY in 2 min 00 s (destroy), failed 3 times",
    "  WHY the server is locked by another task",
    "sw-stray                  -        east (east-1)  10 min 00 s ago  $0.0100",
    "  LAST STATE never seen   NEXT TRY now (look)",
    "  WHY it has our labels, and no row of the ledger stands for it",
    "",
    "In all: $0.0200 so far, $0.0800 per hour. Try at once: slipway debt retry --all",
    "",
  ]);
});

test("where no price is known, none is said", async () => {
  const debts = [{ ...owed, hourlyCost: null, cost: null }];
  const list = { debts, hourlyCost: 0, cost: 0, unpriced: 1 };
  await using stand = await standWith({ "GET /v1/debt": { json: list } }, now);
  const { out } = await stand.run(["debt", "ls"]);
  expect(out).toContain("  price not known  ");
  expect(out).toContain("\nIn all: price not known. Try");
});

test("a reason of any length takes no more than a list has room for", async () => {
  const debts = [{ ...owed, reason: "x".repeat(2_048) }];
  await using stand = await standWith(
    { "GET /v1/debt": { json: { debts, hourlyCost: 0.04, cost: 0.01, unpriced: 0 } } },
    now,
  );
  const { out, err } = await stand.run(["debt", "ls"]);
  expect(out).toMatch(/ x{99}…$/m);
  expect(err).toBe("A text that ends with … is told whole by: slipway debt ls --json\n");
});
