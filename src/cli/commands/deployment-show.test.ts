import { describe, expect, test } from "vitest";
import { at, CAPACITY, sampleAttempt, sampleDeployment, sampleInstance, sampleMachine } from "../replies.samples.ts";
import { moved, problem, standWith, streaming } from "../stand.samples.ts";

const CONTAINER = "0123456789abcdef".repeat(4);
const ID = sampleDeployment().id;

describe("reading", () => {
  test("an empty list says what to do next", async () => {
    const empty = { "GET /v1/deployments?limit=50": { json: { deployments: [], next: null } } };
    await using stand = await standWith({ ...empty, "GET /v1/accounts": { json: { accounts: [] } } });
    expect((await stand.run(["ls"])).out).toContain("slipway account add --help");
  });

  test("show tells all, with commands to paste", async () => {
    const failedAt = { outcome: "failed", endedAt: at(42), reason: "db: no room for m.large" } as const;
    const deployment = sampleDeployment({
      state: "incomplete",
      since: at(90),
      failure: "app: no room for m.large",
      attempts: [sampleAttempt(failedAt)],
      instances: [
        sampleInstance({
          state: "running",
          ready: true,
          machine: "m",
          size: "small",
          hourlyCost: 0.04,
          externalId: CONTAINER,
        }),
        sampleInstance({ name: "app", state: "create_failed", fault: CAPACITY, retryable: true }),
      ],
      parameters: { count: 3, password: null },
      cost: { total: 0.5, perHour: 0.04, failedAttempts: 0.1, unpriced: 0, unpricedNow: 0 },
      debt: { count: 1, perHour: 0.02, total: 0.01, unpriced: 0, why: "db: it is locked" },
      actions: ["stop"],
    });
    await using stand = await standWith({ "GET /v1/deployments/shop": { json: deployment } });
    const { out } = await stand.run(["show", "shop"]);
    expect(out.split("\n")).toEqual([
      "◒ shop  incomplete after 1 min 30 s, $0.5000 so far",
      "  ✗ attempt 1 at east (east-1) failed after 42 s: db: no room for m.large",
      "  ● db   running, ready",
      "  ✗ app  create_failed, no room for m.large",
      "Reason: app: no room for m.large. 1 machine is not proven gone, at $0.0200 per hour (db: it is locked); Slipway goes on trying",
      "",
      "INSTANCE  SIZE   IMAGE      PRIVATE  PUBLIC  PER HOUR  AT THE CLOUD",
      "db        small  debian-13  -        -        $0.0400  0123456789ab",
      "app       -      debian-13  -        -              -  no machine",
      "",
      "Parameters:",
      "  count = 3",
      "  password = (secret)",
      "",
      expect.stringMatching(/^Launched by ada .* from shop in pool default; id 0123456789ab$/),
      expect.stringMatching(/^Revision 1, launch by ada: begun .* ago$/),
      "Cost: $0.5000 so far, of that $0.1000 for attempts that did not come up; $0.0400 per hour now",
      "Debt: 1 machine is not proven gone, $0.0100 so far, $0.0200 per hour: slipway debt ls",
      "Possible now:",
      "  slipway stop shop       # undo all machines",
      "  slipway retry shop app  # try app again",
      "",
    ]);
  });

  test("show marks a revision that failed, and tells when before why, and what it changed", async () => {
    const times = { begunAt: at(0), endedAt: at(60) };
    const changes = [{ name: "db", change: "replace" as const, reasons: ["image changed"] }];
    const deployment = sampleDeployment({
      revisions: [
        { no: 1, why: "launch", by: "ada", ...times, outcome: "succeeded", reason: null, changes: [] },
        { no: 2, why: "update", by: "ada", ...times, outcome: "failed", reason: "db: kernel panic", changes },
      ],
    });
    await using stand = await standWith({ "GET /v1/deployments/shop": { json: deployment } });
    const { out } = await stand.run(["show", "shop"]);
    expect(out).toMatch(/^Revision 1, launch by ada: up .* ago$/m);
    expect(out).toMatch(
      /^✗ Revision 2, update by ada: failed .* ago: db: kernel panic\nChanges: replaces db \(image changed\)$/m,
    );
  });

  test("show says where no price is known", async () => {
    const deployment = sampleDeployment({
      state: "running",
      instances: [sampleInstance({ state: "running", machine: "m1" }), sampleInstance({ name: "app" })],
      machines: [sampleMachine({ id: "m1", hourlyCost: null, cost: null })],
      cost: { total: 0, perHour: 0, failedAttempts: 0, unpriced: 1, unpricedNow: 1 },
      debt: { count: 1, perHour: 0, total: 0, unpriced: 1, why: null },
    });
    const shown = async (cost: typeof deployment.cost) => {
      await using stand = await standWith({ "GET /v1/deployments/shop": { json: { ...deployment, cost } } });
      return (await stand.run(["show", "shop"])).out;
    };
    const none = await shown(deployment.cost);
    expect(none).toContain("Cost: not known, since the price of its machine is not\n");
    expect(none).toContain("Debt: 1 machine is not proven gone, price not known: slipway debt ls\n");
    expect(none).toMatch(/^db .* price not known {2}/m);
    expect(none).toMatch(/^app .* - {2}no machine$/m);
    expect(await shown({ total: 0.5, perHour: 0, failedAttempts: 0.1, unpriced: 2, unpricedNow: 1 })).toContain(
      "Cost: $0.5000 so far, of that $0.1000 for attempts that did not come up, not counting 2 machines whose price is not known; price not known now",
    );
  });

  test("show lists every instance, and says what stands for it at the cloud", async () => {
    const machines = [
      sampleMachine({ id: "m1", externalId: "i-1" }),
      sampleMachine({ id: "m2", externalId: null, state: "in_doubt" }),
      sampleMachine({ id: "m3", externalId: null, state: "refused", open: false }),
      sampleMachine({ id: "m4", externalId: "i-4", state: "gone", open: false }),
    ];
    const instances = machines.map(({ id, externalId, open, hourlyCost }) =>
      sampleInstance({ name: id, machine: id, externalId, hourlyCost: open ? hourlyCost : null }),
    );
    const json = sampleDeployment({ machines, instances: [...instances, sampleInstance({ name: "m5" })] });
    await using stand = await standWith({ "GET /v1/deployments/shop": { json } });
    const { out } = await stand.run(["show", "shop"]);
    expect(out.match(/(?<=^m\d .*(?:-|\d) {2})[^-\s].*$/gm)).toEqual([
      "i-1",
      "not known yet",
      "never made",
      "i-4, gone",
      "no machine",
    ]);
  });

  test("a name that means several is refused with the ids", async () => {
    const candidates = ["aaaaaaaaaaaa", "bbbbbbbbbbbb"];
    await using stand = await standWith({
      "GET /v1/deployments/shop": problem("ambiguous_name", "Two deployments are called shop.", { candidates }),
    });
    const { exitCode, err } = await stand.run(["show", "shop"]);
    expect({ exitCode, err }).toEqual({
      exitCode: 1,
      err: "slipway: Two deployments are called shop.\n  name it by its id: aaaaaaaaaaaa, bbbbbbbbbbbb\n",
    });
  });

  test("a launch that no account could host leads to the reasons", async () => {
    const failed = sampleDeployment({ state: "failed", failure: "no account of the pool can host it", attempts: [] });
    await using stand = await standWith({ "GET /v1/deployments/shop": { json: failed } });
    expect((await stand.run(["show", "shop"])).out).toContain(
      "Reason: no account of the pool can host it\nWhy each account was refused: slipway events shop\n",
    );
  });

  test("what a cancel does is told of a launch and of an update", async () => {
    for (const [state, meaning] of [
      ["pending", "give up the launch and roll it back"],
      ["updating", "give up the update: remove only what it has added, the rest stays as it is"],
    ] as const) {
      const shown = { json: sampleDeployment({ state, actions: ["cancel"] }) };
      await using stand = await standWith({ "GET /v1/deployments/shop": shown });
      expect((await stand.run(["show", "shop"])).out).toContain(`slipway cancel shop  # ${meaning}\n`);
    }
  });

  test("events come page by page", async () => {
    const base = `GET /v1/deployments/${ID}/events`;
    await using stand = await standWith({
      "GET /v1/deployments/shop": { json: sampleDeployment() },
      [`${base}?after=1&limit=5000`]: { json: { events: [moved(2, "pending")], last: 3, oldest: 1 } },
      [`${base}?after=2&limit=5000`]: { json: { events: [moved(3, "failed")], last: 3, oldest: 1 } },
    });
    const { exitCode, out } = await stand.run(["events", "shop", "--after", "1"]);
    expect({ exitCode, lines: out.trimEnd().split("\n").length }).toEqual({ exitCode: 0, lines: 2 });
  });

  test("events that are gone are told beside those that are kept", async () => {
    const base = `GET /v1/deployments/${ID}/events`;
    const page = { events: [moved(8, "failed")], last: 8, oldest: 8 };
    await using stand = await standWith({
      "GET /v1/deployments/shop": { json: sampleDeployment({ state: "failed" }) },
      [`${base}?after=1&limit=5000`]: { json: page },
    });
    const { exitCode, out, err } = await stand.run(["events", "shop", "--after", "1"]);
    expect({ exitCode, err }).toEqual({
      exitCode: 0,
      err: "Steps 2 to 7 are not kept any more (slipway pool ls says how long).\n",
    });
    expect(out).toContain("  8  ");
  });

  test("events -f ends with the deployment", async () => {
    await using stand = await standWith({
      "GET /v1/deployments/shop": { json: sampleDeployment() },
      [`GET /v1/deployments/${ID}/stream`]: streaming([moved(1, "pending"), moved(2, "failed")], "end"),
    });
    const { exitCode, out } = await stand.run(["events", "-f", "shop", "--json"]);
    expect({ exitCode, lines: out.trimEnd().split("\n").length }).toEqual({ exitCode: 0, lines: 2 });
  });
});
