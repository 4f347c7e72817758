// Why a step took too long is said with its failure: a deadline alone tells nobody where to look.

import { describe, expect, test } from "vitest";
import { DEFAULT_POLICY } from "../blueprint/model.ts";
import { ALONE, fails, launched, LOOSE, sight } from "../world/world.testsuite.ts";

const { createMs, startMs, bootMs, launchMs } = DEFAULT_POLICY.deadlines;
const NONE = "the cloud did not confirm the machine within 300 s";
const NOT_FOUND = "; the request had no clear answer, and nothing is found under its name";

describe("a create that ends with its deadline", () => {
  test.each(["throttle", "transient"] as const)(
    "and was refused for a %s until then says so, with its number",
    (kind) => {
      const world = launched(ALONE);
      const text = "quota is being raised, come again";
      world.answer("db", fails({ class: kind, text, requestId: "req-7", retryAfterMs: createMs }));
      world.pass(createMs);
      expect(world.attempts[0]).toMatchObject({
        reason: `db: ${NONE}; last failure: ${text}`,
        fault: { code: "create_deadline", text: `${NONE}; last failure: ${text}`, requestId: "req-7" },
      });
    },
  );

  test("and was never sent says that", () => {
    const world = launched(ALONE);
    world.pass(createMs);
    expect(world.attempts[0]?.reason).toBe(`db: ${NONE}; the request was not sent`);
  });

  test("and is in doubt says what it met, however often it was looked for since", () => {
    const world = launched(ALONE);
    world.answer("db", fails({ class: "unknown", effect: "unknown", text: "internal error 17" }));
    world.pass(30_000);
    world.answer("db", { kind: "found", observed: [] });
    expect(world.machineOf("db").state).toBe("in_doubt");
    world.pass(createMs);
    expect(world.attempts[0]?.reason).toBe(`db: ${NONE}; last failure: internal error 17`);
  });

  test("and whose answer was never heard says that nothing is found", () => {
    const world = launched(ALONE);
    world.claim(world.machineOf("db"));
    world.answer("db", { kind: "found", observed: [] });
    world.pass(createMs);
    expect(world.attempts[0]?.reason).toBe(`db: ${NONE}${NOT_FOUND}`);
  });

  test("and was asked three times in vain says what the last one met", () => {
    const world = launched(ALONE);
    for (let no = 1; no <= 3; no += 1) {
      world.answer("db", fails({ class: "unknown", effect: "unknown", text: `internal error ${no}` }));
      world.pass(95_000);
      world.answer("db", { kind: "found", observed: [] });
    }
    const text = "asked 3 times, the cloud never answered and shows no machine; last failure: internal error 3";
    expect(world.attempts[0]?.fault).toMatchObject({ code: "no_answer", text });
  });

  test("keeps no more of the cloud's words than any fault does", () => {
    const world = launched(ALONE);
    world.answer("db", fails({ class: "throttle", text: "x".repeat(100_000), retryAfterMs: createMs }));
    world.pass(createMs);
    expect(world.attempts[0]?.fault?.text.length).toBeLessThan(2_200);
  });
});

test("a start that is locked until its deadline says so", () => {
  const world = launched(ALONE);
  world.answer("db", { kind: "created", observed: sight(world.machineOf("db"), "stopped") });
  world.answer("db", fails({ class: "conflict", text: "its image is being copied", retryAfterMs: startMs }));
  world.pass(startMs);
  expect(world.attempts[0]?.reason).toBe(
    "db: the machine did not start within 300 s; last failure: its image is being copied",
  );
});

test("a boot of which nothing is known has no cause", () => {
  const world = launched(ALONE);
  world.answer("db", { kind: "created", observed: sight(world.machineOf("db"), "pending") });
  world.pass(bootMs);
  expect(world.attempts[0]?.reason).toBe("db: the machine did not come up within 600 s");
});

test("a launch whose time is up names the first that is on its way, and what it met", () => {
  const world = launched(LOOSE);
  world.answer("db", { kind: "created", observed: sight(world.machineOf("db"), "pending") });
  world.answer("web", fails({ class: "throttle", text: "too many requests", retryAfterMs: launchMs }));
  world.atOnce(() => {
    world.now += launchMs;
    world.deployment = { ...world.deployment, wakeAt: world.now };
  });
  expect(world.deployment.failure).toBe(
    "the launch took longer than 60 min; web is not up; last failure: too many requests",
  );
});

test("one of which nothing is known but that its machines boot has no cause", () => {
  const world = launched(ALONE);
  world.answer("db", { kind: "created", observed: sight(world.machineOf("db"), "pending") });
  world.atOnce(() => {
    world.now += launchMs;
    world.deployment = { ...world.deployment, wakeAt: world.now };
  });
  expect(world.deployment.failure).toBe("the launch took longer than 60 min");
});

test("a quota that the cloud itself refuses is told as that of the account, and who raises it", () => {
  const world = launched(ALONE);
  world.answer("db", fails({ class: "quota", scope: "account", text: "0 of 4 cores are left" }));
  const told = "db: quota of account east at its cloud: 0 of 4 cores are left (raised by its operator)";
  expect(world.attempts[0]?.reason).toBe(told);
  const left = world.events.flatMap(({ body }) => (body.kind === "offer_blocked" ? [body.text] : []));
  expect(left).toEqual(["quota at its cloud: 0 of 4 cores are left (raised by its operator)"]);
});
