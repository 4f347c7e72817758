import { describe, expect, test } from "vitest";
import { sampleBlueprint, sampleFault, sampleResolvedInstance } from "../../ports/store.samples.ts";
import { DEFAULT_POLICY, type LiveCheck } from "../blueprint/model.ts";
import { replacing } from "../decision/repair.testsuite.ts";
import { askReboot } from "../people/reboot.ts";
import { askRepair, askStop } from "../people/requests.ts";
import { describe as tell } from "../story/describe.ts";
import { recordLive, recordMissing } from "./record.ts";
import { by, fails, launched, PAIR, sight, TRAITS, up, type World } from "./world.testsuite.ts";

const LIVE: LiveCheck = { check: { kind: "tcp", port: 80 }, periodMs: 10_000, failures: 3 };
const GRACE_MS = 2 * 60_000 + 4 * TRAITS.usualBootMs;

const reboot = (world: World, instance = "web"): string | null =>
  world.ask(askReboot(world.snapshot(), { ...by(world), instance }));

const rebooting = (blueprint = PAIR): World => {
  const world = up(blueprint);
  expect(reboot(world)).toBeNull();
  return world;
};

const taken = (blueprint = PAIR): World => {
  const world = rebooting(blueprint);
  expect(world.answer("web", { kind: "rebooted" })).toBe("reboot");
  return world;
};

const story = (world: World): string[] =>
  world.events.filter(({ body }) => body.kind.startsWith("reboot_")).map(({ body }) => tell(body));

const alive = (world: World) => [world.deployment.state, world.instance("web").state];

const ASKED = "Reboot of web asked by ada";
const TAKEN = "web: its cloud has taken the reboot";
const OVER = "web: its reboot is over";
const over = (reason: string): string => `web: its reboot is over, ${reason}`;
const idle = { rebootSentAt: null, rebootUntil: null };

describe("a reboot", () => {
  test("is asked of the cloud, and over when the machine has been down and runs again", () => {
    const world = rebooting();
    expect(world.machineOf("web")).toMatchObject({ call: "reboot", callAt: world.now, rebootSentAt: null });
    world.answer("web", { kind: "rebooted" });
    expect(world.machineOf("web")).toMatchObject({ call: "look", rebootUntil: world.now + GRACE_MS });
    world.pass(1_000);
    world.see("web", "stopped");
    expect([alive(world), world.machineOf("web").observed]).toEqual([["running", "running"], "pending"]);
    world.pass(1_000);
    world.see("web", "running");
    expect(world.machineOf("web")).toMatchObject({ ...idle, call: null, callAt: null, observed: "running" });
    expect([alive(world), story(world)]).toEqual([
      ["running", "running"],
      [ASKED, TAKEN, OVER],
    ]);
  });

  test("at a cloud that shows the machine running all the while is over when its time is", () => {
    const world = taken();
    world.pass(GRACE_MS - 1);
    world.see("web", "running");
    expect(world.machineOf("web").rebootUntil).not.toBeNull();
    world.pass(1);
    world.answer("web", { kind: "looked", observed: world.seen("web") });
    expect(world.machineOf("web")).toMatchObject({ ...idle, call: null });
    expect(story(world)).toEqual([ASKED, TAKEN, OVER]);
  });

  test.each(["stopped", "stopping"] as const)(
    "whose machine stays %s is found after its time, and not before",
    (state) => {
      const world = taken();
      world.see("web", state);
      world.pass(GRACE_MS - 1);
      world.see("web", state);
      expect(alive(world)).toEqual(["running", "running"]);
      world.pass(1);
      world.answer("web", { kind: "looked", observed: sight(world.machineOf("web"), "stopped") });
      expect(alive(world)).toEqual(["incomplete", "stopped"]);
      expect(world.machineOf("web")).toMatchObject({ ...idle, call: null, observed: "stopped" });
      expect(story(world)).toEqual([ASKED, TAKEN, over("its machine is stopped")]);
    },
  );

  test.each(["pending", "stopping"] as const)(
    "whose machine is still %s when its time is over has not come back",
    (state) => {
      const world = taken();
      world.see("web", state);
      world.pass(GRACE_MS);
      world.answer("web", { kind: "looked", observed: sight(world.machineOf("web"), state) });
      expect([alive(world), world.machineOf("web")]).toEqual([
        ["incomplete", "stopped"],
        expect.objectContaining({ ...idle, call: null, observed: state }),
      ]);
      expect(world.deployment.failure).toContain(`it has not come back from its reboot: its machine is ${state}`);
      expect(story(world)).toEqual([ASKED, TAKEN, over(`its machine is ${state}`)]);
      world.pass(60_000);
      world.see("web", "running");
      expect(alive(world)).toEqual(["running", "running"]);
    },
  );

  test("of whose machine its cloud says nothing when its time is over is told to be over, and concludes nothing", () => {
    const world = taken();
    world.pass(GRACE_MS);
    world.answer("web", { kind: "looked", observed: sight(world.machineOf("web"), "unknown") });
    expect([alive(world), world.machineOf("web")]).toEqual([["running", "running"], expect.objectContaining(idle)]);
    expect(story(world)).toEqual([ASKED, TAKEN, over("its machine is unknown")]);
  });

  test("is over for a look as well that was to say so, and was never sent", () => {
    const world = taken();
    const machine = world.machineOf("web");
    world.pass(GRACE_MS);
    world.claim(machine);
    world.see("web", "running");
    expect(story(world)).toContain(OVER);
    world.record(machine, "look", { kind: "not_sent" });
    expect(world.machineOf("web")).toMatchObject({ ...idle, call: null, callAt: null });
  });

  test("takes no longer than the blueprint lets a boot take", () => {
    const policy = { ...DEFAULT_POLICY, deadlines: { ...DEFAULT_POLICY.deadlines, bootMs: 30_000 } };
    const world = taken({ ...PAIR, policy });
    expect(world.machineOf("web").rebootUntil).toBe(world.now + 30_000);
  });

  test("hides no error, and no machine that is gone", () => {
    const broken = taken();
    broken.see("web", "error", sampleFault({ effect: "made" }));
    expect([alive(broken), broken.machineOf("web")]).toEqual([["incomplete", "error"], expect.objectContaining(idle)]);
    const gone = taken();
    gone.pass(TRAITS.visibilityMs);
    gone.record(gone.machineOf("web"), "look", { kind: "looked", observed: null });
    expect([alive(gone), gone.machineOf("web")]).toEqual([
      ["incomplete", "vanished"],
      expect.objectContaining({ ...idle, state: "gone" }),
    ]);
    expect(story(gone)).toEqual([ASKED, TAKEN, over("its machine is gone")]);
  });

  test("has an end in what is told where its machine goes before its cloud is asked, or has answered", () => {
    const [unsent, sent] = [rebooting(), rebooting()];
    sent.claim(sent.machineOf("web"));
    for (const world of [unsent, sent]) world.see("web", "gone");
    expect(story(unsent)).toEqual([ASKED, "web is not rebooted, its machine is gone"]);
    expect(story(sent)).toEqual([ASKED, expect.stringMatching(/is not known, .*, its machine is gone$/)]);
  });

  test("that cannot be sent is given up when its time is over, and its live check goes on", () => {
    const web = sampleResolvedInstance({ name: "web", live: LIVE });
    const world = rebooting(sampleBlueprint({ instances: [web] }));
    const until = Number(world.machineOf("web").rebootUntil);
    expect(world.deployment.wakeAt).toBe(until);
    world.pass(until - world.now - 1);
    expect([world.machineOf("web").call, world.instance("web").probeAt]).toEqual(["reboot", null]);
    world.pass(1);
    expect(world.machineOf("web")).toMatchObject({ ...idle, call: null, callAt: null });
    expect(world.instance("web").probeAt).toBe(world.now + LIVE.periodMs);
    expect(story(world)).toEqual([ASKED, "web is not rebooted, its cloud could not be asked in time: ask again"]);
  });

  test("that was claimed for sending is not given up by that", () => {
    const world = rebooting();
    const machine = world.machineOf("web");
    world.claim(machine);
    world.pass(Number(machine.rebootUntil) - world.now);
    expect(world.machineOf("web").call).toBe("reboot");
  });

  test("that is not sent yet is not sent any more when its deployment is to stop, in whatever order its members go", () => {
    const policy = { ...DEFAULT_POLICY, rollbackOrder: "reverse" as const };
    const world = up({ ...PAIR, policy });
    expect(reboot(world, "db")).toBeNull();
    world.ask(askStop(world.snapshot(), by(world)));
    expect([world.deployment.state, world.machineOf("db").undoAskedAt]).toEqual(["shutting_down", null]);
    expect(world.machineOf("db")).toMatchObject({ ...idle, call: null });
    expect(story(world)).toEqual(["Reboot of db asked by ada", "db is not rebooted, the deployment is to stop"]);
  });

  test("that is not sent yet is taken back by the decision that ends its deployment's lease", () => {
    const policy = { ...DEFAULT_POLICY, rollbackOrder: "reverse" as const, leaseMs: 60_000 };
    const world = up({ ...PAIR, policy });
    world.pass(Number(world.deployment.leaseEndsAt) - world.now - 1_000);
    expect(reboot(world, "db")).toBeNull();
    world.pass(1_000);
    expect([world.deployment.state, world.machineOf("db")]).toEqual(["shutting_down", expect.objectContaining(idle)]);
    expect(story(world)).toEqual(["Reboot of db asked by ada", "db is not rebooted, the deployment is to stop"]);
  });

  test("of a machine that lists lack is looked at for that, and goes on", () => {
    const world = taken();
    const { id, rebootUntil } = world.machineOf("web");
    world.pass(60_000);
    world.apply(recordMissing(world.snapshot(), [id], world.now));
    expect(world.machineOf("web").callAt).toBe(world.now);
    world.answer("web", { kind: "looked", observed: sight(world.machineOf("web"), "stopped") });
    expect(world.machineOf("web")).toMatchObject({ call: "look", callAt: rebootUntil, rebootUntil });
    expect(alive(world)).toEqual(["running", "running"]);
  });
});

describe("an answer to a reboot", () => {
  test("that is lost is told, and nobody asks again", () => {
    const world = rebooting();
    world.answer("web", fails({ class: "transient", effect: "unknown", text: "no answer within 20 s" }));
    expect(world.machineOf("web")).toMatchObject({ call: "look", rebootUntil: world.now + GRACE_MS });
    world.pass(1);
    world.see("web", "stopped");
    expect(alive(world)).toEqual(["running", "running"]);
    world.see("web", "running");
    expect(story(world)).toEqual([
      ASKED,
      "web: whether its cloud reboots it is not known, and it is not asked again, no answer within 20 s",
      OVER,
    ]);
  });

  test("that nobody has recorded, since who asked has died, is as good as lost", () => {
    const world = rebooting();
    const machine = world.machineOf("web");
    expect(world.claim(machine)).toBe("reboot");
    expect(world.claim(machine)).toBe("look");
    world.record(machine, "look", { kind: "not_sent" });
    expect(world.machineOf("web")).toMatchObject({ call: "reboot", rebootSentAt: world.now });
    expect(world.answer("web", { kind: "looked", observed: sight(machine, "stopped") })).toBe("look");
    expect(world.machineOf("web")).toMatchObject({ call: "look", callAt: world.now + GRACE_MS });
    expect([alive(world), story(world)]).toEqual([
      ["running", "running"],
      [
        ASKED,
        "web: whether its cloud reboots it is not known, and it is not asked again, whoever asked its cloud has not come back with an answer",
      ],
    ]);
  });

  test("that refuses ends it, and says why", () => {
    const world = rebooting();
    world.answer("web", fails({ class: "conflict", effect: "none", text: "web is migrating" }));
    expect(world.machineOf("web")).toMatchObject({ ...idle, call: null, callAt: null });
    expect(story(world)).toEqual([ASKED, "web is not rebooted, web is migrating"]);
    expect(reboot(world)).toBeNull();
  });

  test("that knows no such machine has it looked at", () => {
    const world = rebooting();
    world.pass(TRAITS.visibilityMs);
    world.answer("web", fails({ class: "not_found", effect: "none", text: "no server" }));
    expect(world.machineOf("web")).toMatchObject({ ...idle, call: "look", callAt: world.now });
    world.answer("web", { kind: "looked", observed: null });
    expect(alive(world)).toEqual(["incomplete", "vanished"]);
  });

  test("that was not sent is sent later", () => {
    const world = rebooting();
    world.answer("web", { kind: "not_sent" });
    expect(world.machineOf("web")).toMatchObject({ call: "reboot", callAt: world.now, rebootSentAt: null });
    expect(world.answer("web", { kind: "rebooted" })).toBe("reboot");
  });

  test("comes too late for a machine that is to go", () => {
    const world = rebooting();
    const machine = world.machineOf("web");
    world.claim(machine);
    world.ask(askStop(world.snapshot(), by(world)));
    expect(world.machineOf("web")).toMatchObject({ ...idle, call: "destroy" });
    world.record(machine, "reboot", { kind: "rebooted" });
    expect(world.machineOf("web")).toMatchObject({ ...idle, call: "destroy" });
    expect(story(world)).toEqual([ASKED, expect.stringMatching(/is not known, .*, its machine is to go$/)]);
  });

  test("of a start that comes after the machine was seen to run takes no reboot back", () => {
    const world = launched(PAIR);
    world.answer("db", { kind: "created", observed: sight(world.machineOf("db"), "stopped") });
    const machine = world.machineOf("db");
    world.claim(machine);
    world.see("db", "running");
    world.bringUp("web");
    expect(reboot(world, "db")).toBeNull();
    world.record(machine, "start", { kind: "started" });
    expect(world.machineOf("db")).toMatchObject({ call: "reboot", callAt: world.now });
  });

  test("is not waited for by sights: before it what is seen ends nothing", () => {
    const world = rebooting();
    const machine = world.machineOf("web");
    world.claim(machine);
    world.pass(1);
    world.see("web", "stopped");
    world.see("web", "running");
    expect(world.machineOf("web")).toMatchObject({ call: "reboot", rebootSentAt: expect.any(Number) });
    world.record(machine, "reboot", { kind: "rebooted" });
    expect(world.machineOf("web")).toMatchObject({ call: "look", rebootUntil: world.now + GRACE_MS });
  });

  test("is not asked for where the machine has stopped before", () => {
    const world = rebooting();
    world.see("web", "running");
    expect(world.machineOf("web").call).toBe("reboot");
    world.see("web", "stopped");
    expect([alive(world), world.machineOf("web")]).toEqual([
      ["incomplete", "stopped"],
      expect.objectContaining({ ...idle, call: null }),
    ]);
    expect(story(world)).toEqual([ASKED, "web is not rebooted, its machine is stopped"]);
  });
});

describe("while a member is rebooted", () => {
  const checked = (of: { readonly repair?: ReturnType<typeof replacing> } = {}) =>
    sampleBlueprint({
      instances: [sampleResolvedInstance({ name: "db" }), sampleResolvedInstance({ name: "web", live: LIVE, ...of })],
    });

  const missed = (world: World, times: number): void => {
    world.instances = world.instances.map((one) => (one.name === "web" ? { ...one, missed: times } : one));
    world.tell((draft) => recordLive(draft, world.machineOf("web").id));
    world.settle();
  };

  test("its live check waits, and begins anew afterwards", () => {
    const world = up(checked());
    missed(world, 2);
    reboot(world);
    world.answer("web", { kind: "rebooted" });
    expect(world.instance("web")).toMatchObject({ probeAt: null, missed: 0 });
    world.pass(1_000);
    expect(world.instance("web").probeAt).toBeNull();
    world.see("web", "stopped");
    world.see("web", "running");
    expect(world.instance("web").probeAt).toBe(world.now + LIVE.periodMs);
  });

  test("so it does where it is refused", () => {
    const world = rebooting(checked());
    world.answer("web", fails({ class: "conflict", effect: "none" }));
    expect(world.instance("web").probeAt).toBe(world.now + LIVE.periodMs);
  });

  test("one that counts as dead by it is not repaired by itself, and is up again when it passes", () => {
    const world = up(checked({ repair: replacing({ tries: 1 }) }));
    const { id } = world.machineOf("web");
    world.accounts = world.accounts.map((row) => ({ ...row, account: { ...row.account, enabled: false } }));
    missed(world, 3);
    expect([world.deployment.state, reboot(world)]).toEqual(["incomplete", null]);
    world.accounts = world.accounts.map((row) => ({ ...row, account: { ...row.account, enabled: true } }));
    world.answer("web", { kind: "rebooted" });
    world.pass(60_000);
    expect(world.deployment.failure).toContain("(not repaired now: it is being rebooted)");
    expect(world.machineOf("web")).toMatchObject({ id, undoAskedAt: null });
    world.see("web", "stopped");
    world.atOnce(() => {
      world.see("web", "running");
      missed(world, 0);
    });
    expect(world.deployment.state).toBe("running");
    expect(world.machineOf("web").id).toBe(id);
  });

  test("a repair by hand takes its machine all the same", () => {
    const world = taken();
    world.ask(askRepair(world.snapshot(), { ...by(world), instances: ["web"], allowReplace: [] }));
    expect(world.instance("web").state).toBe("shutting_down");
    expect(story(world)).toEqual([ASKED, TAKEN, over("its machine is to go")]);
    expect([...world.machines.values()].find(({ instance }) => instance === "web")).toMatchObject(idle);
  });

  test("a check that was under way says nothing of it", () => {
    const world = up(checked());
    reboot(world);
    world.answer("web", { kind: "rebooted" });
    missed(world, 3);
    expect(world.instance("web")).toMatchObject({ deadSince: null, state: "running" });
    expect(alive(world)).toEqual(["running", "running"]);
  });
});
