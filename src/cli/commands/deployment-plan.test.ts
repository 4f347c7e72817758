import { describe, expect, test } from "vitest";
import type { Plan } from "../../contract/plan.ts";
import { at, sampleInstance, samplePlan } from "../replies.samples.ts";
import { standWith } from "../stand.samples.ts";

const { name } = sampleInstance();
const planning = (given: Partial<Plan>) => standWith({ "POST /v1/plan": { json: samplePlan(given) } });

describe("plan", () => {
  const open = (parameter: string, detail: string) => ({
    pointer: `/parameters/${parameter}`,
    parameter,
    line: 2,
    column: 3,
    detail: `parameters.${parameter} ${detail}`,
  });

  test("is made without secrets, and says that a launch needs them", async () => {
    await using stand = await planning({
      mistakes: [open("key", "has no value: give one for the launch.")],
      id: null,
      expiresAt: null,
    });
    const { exitCode, out, err } = await stand.run(["plan", "shop"]);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    expect(out).toContain("east");
    expect(out.endsWith("a launch needs them, this plan did not: key\n")).toBe(true);
  });

  test("says for how long what fails is held, and at what price", async () => {
    await using stand = await planning({ holdMs: 1_800_000 });
    const { out } = await stand.run(["plan", "shop", "--hold", "30m"]);
    expect(out).toContain("What fails is held for study for 30 min before it is undone: at most $0.005");
    expect(stand.requests.at(-1)?.body).toMatchObject({ holdMs: 1_800_000 });
  });

  test("shows what it can, and ends as a launch would with what was given wrong", async () => {
    await using stand = await planning({ mistakes: [open("key", "must be text."), open("pin", "has no value.")] });
    const { exitCode, out, err } = await stand.run(["plan", "shop", "--set", "key="]);
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: "slipway: --set key must be text.\n" });
    expect(out).toContain("east");
  });

  test("says what no account offers, as a launch does", async () => {
    const detail =
      "instances.db.profile asks for 64 cpu, which no account of pool prod offers at present (at most 4 cpu).";
    const refused = [{ account: "east", realm: "r1", code: "no_size" as const, text: "no size fits db" }];
    const notOffered = [{ pointer: "/instances/db/profile", line: 4, column: 9, detail }];
    await using stand = await planning({ notOffered, matches: [], refused });
    const { exitCode, out, err } = await stand.run(["plan", "shop"]);
    expect(exitCode).toBe(2);
    expect(out).toContain("no size fits db");
    expect(err.split("\n")).toEqual([
      "slipway: shop has a mistake",
      `  at 4:9  ${detail}`,
      "  an image that is there by now is found after a minute at most",
      "  a size that is there by now, after an hour at most, and at once with: slipway account check NAME",
      "  to launch it all the same: slipway launch --anyway",
      "",
    ]);
  });

  test("tells what it would cost, had no size to be avoided", async () => {
    const [match] = samplePlan().matches;
    const placement = match?.placements[name];
    if (match === undefined || placement === undefined) throw new Error("the sample has a match");
    const dearWith = (usually: { realm: string; size: string }) => ({
      ...match,
      hourlyCost: 0.04,
      placements: { [name]: { ...placement, size: "s4", hourlyCost: 0.04, usually } },
    });
    const text = "no host has room";
    const block = {
      account: "east",
      realm: "r1",
      size: "s1",
      reason: "capacity",
      text,
      until: at(60),
      strikes: 1,
    } as const;
    const planned = async (usually: { realm: string; size: string }, usualHourlyCost: number | null) => {
      const matches = [{ ...dearWith(usually), usualHourlyCost }];
      await using stand = await planning({ matches, blocks: [{ ...block, triedBy: null }] });
      return (await stand.run(["plan", "shop"])).out;
    };
    const out = await planned({ realm: "r1", size: "s1" }, 0.01);
    expect(out).toMatch(/PER HOUR +WITHOUT AVOIDING\n.*\$0\.0400 +\$0\.0100\nWITHOUT AVOIDING: per hour, /);
    expect(out).toMatch(/SIZE +INSTEAD OF.*\n.* s4 +s1 +img-7/);
    const elsewhere = await planned({ realm: "r2", size: "s4" }, null);
    expect(elsewhere).toMatch(/WITHOUT AVOIDING\n.*\$0\.0400 +unknown\n/);
    expect(elsewhere).toMatch(/SIZE +INSTEAD OF.*\n.* s4 +s4 \(r2\) +img-7/);
  });

  test("says which alternative is taken, and why not an earlier one", async () => {
    const [match] = samplePlan().matches;
    if (match === undefined) throw new Error("the sample has a match");
    const { group, profile } = sampleInstance();
    await using stand = await planning({
      matches: [{ ...match, passedOver: [{ group, because: "no size fits db" }] }],
    });
    const { out } = await stand.run(["plan", "shop"]);
    expect(out).toContain(`\n${group} takes ${profile.name}, img-7: no size fits db\n`);
  });
});

test("a plan that can be launched says how, and one that cannot does not", async () => {
  await using kept = await planning({});
  const { out } = await kept.run(["plan", "-", "--max-hourly", "2.5", "--name", "blue"], { stdin: "name: shop\n" });
  expect(out).toMatch(/To launch exactly this within .*: slipway launch --plan plan1\n$/);
  expect(kept.requests.at(-1)?.body).toMatchObject({ maxHourly: 2.5, name: "blue" });
  await using unkept = await planning({ id: null, expiresAt: null });
  expect((await unkept.run(["plan", "-"], { stdin: "name: shop\n" })).out).not.toContain("--plan");
});
