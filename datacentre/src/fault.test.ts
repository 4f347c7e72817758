// Each kind of fault, in process; which faces carry them is cloud-api.testsuite.ts.

import { describe, expect, test } from "vitest";
import type { CreateRequest } from "./cloud-api.ts";
import { createDatacentre } from "./datacentre.ts";
import { type Fault, type FaultRule, readFaultRule } from "./fault.ts";
import { plainCloud } from "./presets.ts";
import type { CloudSettings } from "./settings.ts";
import { VirtualClock } from "./virtual-clock.ts";

const SMALL: CreateRequest = { name: "web", realm: "plain-a", size: "small", image: "nginx-1" };
const BOOT_MS = 1000;

function cloudWith(rules: readonly FaultRule[], changes: Partial<CloudSettings> = {}) {
  const clock = new VirtualClock();
  const settings = plainCloud({ boot: { kind: "fixed", ms: BOOT_MS }, ...changes });
  const datacentre = createDatacentre({ clouds: [settings], clock });
  const operator = datacentre.cloud("plain");
  operator.addFaults(rules);
  const connect = (lostAnswers: "hang" | "reject") =>
    datacentre.connect({ tenant: "plain", key: "plain-key", lostAnswers });
  return { clock, operator, billing: datacentre.billing, api: connect("reject"), patient: connect("hang") };
}

const onCreate = (fault: Fault): FaultRule[] => [{ on: "create", do: fault }];
const TEN_MS: Partial<CloudSettings> = { latency: { kind: "fixed", ms: 10 } };

describe("faults of the call", () => {
  test("refuse: nothing is made, and the wish to wait is passed on", async () => {
    const { api, billing } = cloudWith(onCreate({ kind: "refuse", code: "throttled", retryAfterMs: 750 }));
    await expect(api.create(SMALL)).rejects.toMatchObject({ code: "throttled", status: 429, retryAfterMs: 750 });
    expect(billing.entries()).toEqual([]);
  });

  test("a lost answer hangs until the caller gives up, and the machine is there", async () => {
    const { clock, patient, billing } = cloudWith(onCreate({ kind: "lose_answer" }), TEN_MS);
    const caller = new AbortController();
    const asked = patient.create(SMALL, caller.signal);
    let isSettled = false;
    asked.catch(() => (isSettled = true));
    await clock.advance(3_600_000);
    expect(isSettled).toBe(false);
    caller.abort(new Error("gave up"));
    await expect(asked).rejects.toThrow("gave up");
    expect(billing.entries()[0]).toMatchObject({ kind: "born", at: 5 });
  });

  test("an abort on the way takes nothing back", async () => {
    const { clock, api, billing } = cloudWith([], TEN_MS);
    const caller = new AbortController();
    const asked = api.create(SMALL, caller.signal);
    caller.abort(new Error("gave up"));
    await expect(asked).rejects.toThrow("gave up");
    expect(billing.aliveNow()).toHaveLength(0);
    await clock.advance(5);
    expect(billing.aliveNow()).toHaveLength(1);
  });

  test("delay: the answer is late, the effect only when told", async () => {
    for (const [effectToo, bornAt] of [
      [false, 5],
      [true, 305],
    ] as const) {
      const { clock, api, billing } = cloudWith(onCreate({ kind: "delay", ms: 300, effectToo }), TEN_MS);
      await clock.until(api.create(SMALL));
      expect(clock.now()).toBe(310);
      expect(billing.entries()[0]?.at).toBe(bornAt);
    }
  });

  test("late effect: the answer is lost, and the machine comes long after", async () => {
    const { clock, api, billing } = cloudWith(onCreate({ kind: "late_effect", ms: 60_000 }), TEN_MS);
    await expect(clock.until(api.create(SMALL))).rejects.toMatchObject({ name: "LostAnswer" });
    await clock.advance(59_994);
    expect(billing.aliveNow()).toHaveLength(0);
    await clock.advance(1);
    expect(billing.aliveNow()).toHaveLength(1);
  });

  test("duplicate: two machines, or one where a token or the name forbids a second", async () => {
    const duplicate = onCreate({ kind: "duplicate", gapMs: 50 });
    const free = cloudWith(duplicate);
    const made = await free.clock.until(free.api.create(SMALL));
    expect(free.billing.aliveNow()).toHaveLength(2);
    expect(made.createdAt).toBe(50);

    const tokens = cloudWith(duplicate);
    await tokens.clock.until(tokens.api.create({ ...SMALL, token: "t" }));
    expect(tokens.billing.aliveNow()).toHaveLength(1);

    const names = cloudWith(duplicate, { uniqueNames: true });
    await expect(names.clock.until(names.api.create(SMALL))).rejects.toMatchObject({ code: "name_taken" });
    expect(names.billing.aliveNow()).toHaveLength(1);
  });
});

describe("turns of fate", () => {
  test("never_boot: pending for ever", async () => {
    const { clock, api } = cloudWith(onCreate({ kind: "never_boot" }));
    const { id } = await api.create(SMALL);
    await clock.advance(86_400_000);
    expect((await api.get(id)).state).toBe("pending");
  });

  test("boot_error: ends in error with its text, and still holds room and quota", async () => {
    const { clock, api, operator } = cloudWith(onCreate({ kind: "boot_error" }));
    const { id } = await api.create(SMALL);
    await clock.advance(BOOT_MS);
    const fault = { code: "insufficient_capacity", text: "No valid host was found" };
    expect(await api.get(id)).toMatchObject({ state: "error", fault });
    expect(await api.console(id)).toContain("No valid host was found");
    expect((await api.describe()).quota.used.instances).toBe(1);
    expect(operator.snapshot().hosts[0]?.used.cpu).toBe(1);
  });

  test.each(["stopped", "error", "terminated"] as const)("die: runs, then is %s", async (to) => {
    const rules = onCreate({ kind: "die", afterMs: 500, to, text: "out of memory" });
    const { clock, api, billing } = cloudWith(rules, { lingerMs: 60_000 });
    const { id } = await api.create(SMALL);
    await clock.advance(BOOT_MS + 499);
    expect((await api.get(id)).state).toBe("running");
    await clock.advance(1);
    expect(await api.get(id)).toMatchObject({ state: to, fault: { text: "out of memory" } });
    expect(await api.console(id)).toMatch(/out of memory$/);
    expect(billing.aliveNow()).toHaveLength(to === "terminated" ? 0 : 1);
  });

  test("die on a two-step cloud waits for the start", async () => {
    const rules: FaultRule[] = [{ on: "start", do: { kind: "die", afterMs: 0, to: "stopped" } }];
    const { clock, api, operator } = cloudWith(rules, { twoStep: true });
    const { id } = await api.create(SMALL);
    await api.start(id);
    await clock.advance(BOOT_MS);
    expect(await api.get(id)).toMatchObject({ state: "stopped", fault: { code: "internal_error" } });
    expect(operator.snapshot().hosts[0]?.used.cpu).toBe(0);
  });

  test("vanish: not found, in no list even where the dead linger, billed as gone", async () => {
    const { clock, api, billing } = cloudWith(onCreate({ kind: "vanish", afterMs: 200 }), { lingerMs: 60_000 });
    const { id } = await api.create(SMALL);
    await clock.advance(200);
    await expect(api.get(id)).rejects.toMatchObject({ code: "not_found" });
    expect((await api.list({})).machines).toEqual([]);
    expect(billing.entries().map(({ at, kind }) => [at, kind])).toEqual([
      [0, "born"],
      [200, "gone"],
    ]);
  });

  test("not_listening: never on create, once on probe", async () => {
    const rules: FaultRule[] = [
      { on: "create", when: { nth: 1 }, do: { kind: "not_listening" } },
      { on: "probe", when: { name: "well" }, do: { kind: "not_listening" } },
    ];
    const { clock, api } = cloudWith(rules);
    const deaf = await api.create({ ...SMALL, name: "deaf" });
    const well = await api.create({ ...SMALL, name: "well" });
    await clock.advance(BOOT_MS);
    const answers = (id: string) => api.probe(id, { kind: "tcp", port: 80 });
    expect([await answers(deaf.id), await answers(deaf.id)]).toEqual(["closed", "closed"]);
    expect([await answers(well.id), await answers(well.id)]).toEqual(["closed", "open"]);
  });

  test("answers: with this status for ever on create, once on probe", async () => {
    const rules: FaultRule[] = [
      { on: "create", when: { nth: 1 }, do: { kind: "answers", status: 401 } },
      { on: "probe", when: { name: "well" }, do: { kind: "answers", status: 503 } },
    ];
    const { clock, api } = cloudWith(rules);
    const shut = await api.create({ ...SMALL, name: "shut" });
    const well = await api.create({ ...SMALL, name: "well" });
    await clock.advance(BOOT_MS);
    const answers = (id: string) => api.probe(id, { kind: "http", port: 80, path: "/" });
    expect([await answers(shut.id), await answers(shut.id)]).toEqual([401, 401]);
    expect([await answers(well.id), await answers(well.id)]).toEqual([503, 200]);
    expect(await api.probe(shut.id, { kind: "tcp", port: 80 })).toBe("open");
  });

  test("remove_ignored: accepted, and lives on", async () => {
    const { clock, api } = cloudWith([{ on: "remove", do: { kind: "remove_ignored" } }]);
    const { id } = await api.create(SMALL);
    await api.remove(id);
    await clock.advance(BOOT_MS);
    expect((await api.get(id)).state).toBe("running");
    await api.remove(id);
    await expect(api.get(id)).rejects.toMatchObject({ code: "not_found" });
  });

  test("remove_slow: stopping for as long", async () => {
    const { clock, api, billing } = cloudWith([{ on: "remove", do: { kind: "remove_slow", ms: 90_000 } }]);
    const { id } = await api.create(SMALL);
    await api.remove(id);
    await clock.advance(89_999);
    expect((await api.get(id)).state).toBe("stopping");
    await clock.advance(1);
    expect(billing.aliveNow()).toEqual([]);
  });

  test("list_empty lies for lists and names; list_stale shows the past", async () => {
    const { clock, api, operator } = cloudWith([
      { on: "list", do: { kind: "list_empty" } },
      { on: "findByName", do: { kind: "list_empty" } },
    ]);
    const { id } = await api.create(SMALL);
    expect(await api.list({})).toEqual({ machines: [], next: null, unreachableRealms: [] });
    expect(await api.findByName("web")).toEqual([]);
    expect((await api.list({})).machines).toHaveLength(1);

    await clock.advance(BOOT_MS + 100);
    await api.remove(id);
    operator.addFaults([200, 100, 2000].map((ms) => ({ on: "list", do: { kind: "list_stale", ms } })));
    expect((await api.list({})).machines).toMatchObject([{ id, state: "pending" }]);
    expect((await api.list({})).machines).toMatchObject([{ id, state: "running" }]);
    expect((await api.list({})).machines).toEqual([]);
    expect((await api.list({})).machines).toEqual([]);
  });
});

describe("rules", () => {
  const refuse: Fault = { kind: "refuse", code: "unavailable" };

  async function outcomes(rules: readonly FaultRule[], requests: readonly Partial<CreateRequest>[]) {
    const { api } = cloudWith(rules);
    const all = requests.map((request) => api.create({ ...SMALL, ...request }));
    return (await Promise.allSettled(all)).map(({ status }) => (status === "fulfilled" ? "made" : "refused"));
  }

  test.each<[string, Omit<FaultRule, "on" | "do">, string[]]>([
    ["once", {}, ["refused", "made", "made", "made"]],
    ["twice", { times: 2 }, ["refused", "refused", "made", "made"]],
    ["always", { times: "always" }, ["refused", "refused", "refused", "refused"]],
    ["for ever", { times: Number.POSITIVE_INFINITY }, ["refused", "refused", "refused", "refused"]],
    ["the third", { when: { nth: 3 } }, ["made", "made", "refused", "made"]],
    ["only the second", { when: { nth: 2 }, times: "always" }, ["made", "refused", "made", "made"]],
    ["by name", { when: { name: "b1" } }, ["made", "made", "refused", "made"]],
    ["by beginning", { when: { name: "b*" }, times: 9 }, ["made", "made", "refused", "refused"]],
    ["the second of a name", { when: { name: "a*", nth: 2 } }, ["made", "refused", "made", "made"]],
    ["by label", { when: { labels: { n: "2" } } }, ["made", "refused", "made", "made"]],
    ["elsewhere", { when: { realm: "nowhere" } }, ["made", "made", "made", "made"]],
    ["never", { probability: 0, times: "always" }, ["made", "made", "made", "made"]],
  ])("%s", async (_, conditions, expected) => {
    const requests = ["a1", "a2", "b1", "b2"].map((name, index) => ({ name, labels: { n: `${index + 1}` } }));
    expect(await outcomes([{ on: "create", do: refuse, ...conditions }], requests)).toEqual(expected);
    expect(await outcomes([{ on: "any", do: refuse, ...conditions }], requests)).toEqual(expected);
    expect(await outcomes([{ on: "remove", do: refuse, ...conditions }], requests)).not.toContain("refused");
  });

  test("afterMs counts from when the rule was added; a clear ends all rules", async () => {
    const { clock, api, operator } = cloudWith([]);
    await clock.advance(1000);
    operator.addFaults([{ on: "describe", when: { afterMs: 50 }, times: "always", do: refuse }]);
    await api.describe();
    await clock.advance(50);
    await expect(api.describe()).rejects.toMatchObject({ code: "unavailable" });
    operator.clearFaults();
    await api.describe();
  });

  test("one call can meet one fault of each group, and the first of its group", async () => {
    const { clock, api, billing } = cloudWith([
      ...onCreate({ kind: "lose_answer" }),
      ...onCreate({ kind: "refuse", code: "unavailable" }),
      ...onCreate({ kind: "boot_error", text: "first" }),
      ...onCreate({ kind: "never_boot" }),
    ]);
    await expect(api.create(SMALL)).rejects.toMatchObject({ name: "LostAnswer" });
    await clock.advance(BOOT_MS);
    const [left] = billing.aliveNow();
    expect(await api.get(left?.machineId ?? "")).toMatchObject({ state: "error", fault: { text: "first" } });
  });

  test("rules by name and label also find the machine behind an id", async () => {
    const { api } = cloudWith([{ on: "remove", when: { name: "web" }, do: { kind: "refuse", code: "protected" } }]);
    const { id } = await api.create(SMALL);
    await expect(api.remove(id)).rejects.toMatchObject({ code: "protected", status: 409 });
  });

  test.each([
    [{ on: "list", do: { kind: "die", afterMs: 1, to: "stopped" } }, "rule.on: die goes with create, start"],
    [{ on: "any", do: { kind: "list_empty" } }, "rule.on: list_empty goes with list, findByName"],
    [{ on: "create", do: { kind: "explode" } }, "rule.do.kind: must be one of refuse"],
    [{ on: "create", do: { kind: "delay" } }, "rule.do.ms: must be a number"],
    [{ on: "create", do: { kind: "refuse", code: "no" } }, "rule.do.code: must be one of"],
    [{ on: "create", do: { kind: "never_boot" }, time: 2 }, "rule.time: is not known here"],
    ["create", "rule: must be an object"],
  ])("a rule that makes no sense is refused with its place: %j", (rule, problem) => {
    expect(() => readFaultRule(rule, "rule")).toThrow(problem);
  });
});
