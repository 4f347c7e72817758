import { describe, expect, test } from "vitest";
import { sampleBlock, sampleBlueprint, sampleResolvedInstance } from "../../ports/store.samples.ts";
import { DEFAULT_POLICY } from "../blueprint/model.ts";
import { blockOf } from "../market/blocks.ts";
import { decide } from "./decide.ts";
import { accountId, deploymentId } from "../ids.ts";
import { OWNER_LABELS } from "../machine.ts";
import { askCancel } from "../people/requests.ts";
import { ALONE, by, fails, launched, LOOSE, openMachines, PAIR, sight, World } from "../world/world.testsuite.ts";

describe("the request for a machine", () => {
  const blueprint = sampleBlueprint({
    parameters: { motd: "hello", key: null },
    instances: [
      sampleResolvedInstance({ name: "db" }),
      sampleResolvedInstance({
        name: "web",
        dependsOn: ["db"],
        ready: { kind: "http", port: 80, path: "/" },
        userData: [
          { kind: "parameter", name: "motd" },
          { kind: "text", text: " " },
          { kind: "instance", instances: ["db"], attribute: "privateAddress" },
          { kind: "text", text: " " },
          { kind: "self", attribute: "callbackUrl" },
          { kind: "text", text: " " },
          { kind: "deployment", attribute: "name" },
        ],
      }),
    ],
  });

  test("carries who owns it, what its check needs, and user data with all that is known by then", () => {
    const world = launched(blueprint);
    world.bringUp("db");
    const machine = world.machineOf("web");
    expect(world.requests.get(machine.id)).toMatchObject({
      name: machine.id,
      realm: "east-1",
      size: "s1",
      cpu: 1,
      ports: [80],
      userData: `hello 10.0.0.7 http://slipway/v1/callback/${machine.nonce} ${world.deployment.name}`,
      labels: {
        [OWNER_LABELS.installation]: "simulated0",
        [OWNER_LABELS.deployment]: world.deployment.id,
        [OWNER_LABELS.instance]: "web",
        [OWNER_LABELS.attempt]: "1",
      },
    });
    expect(world.requests.get(world.machineOf("db").id)?.ports).toEqual([]);
  });

  test("that cannot be written for want of an address fails before anybody is asked, and is tried elsewhere", () => {
    const world = launched(blueprint);
    const observed = { ...sight(world.machineOf("db"), "running"), privateAddress: null };
    world.answer("db", { kind: "created", observed });
    expect(world.attempts[0]).toMatchObject({
      reason: "web: user data needs db.privateAddress, which the account did not give",
      fault: { class: "config", scope: "account", effect: "none" },
    });
    expect([...world.machines.values()].map(({ instance }) => instance)).toEqual(["db"]);
    world.haulBack();
    expect(world.attempts.at(-1)?.accountName).toBe("west");
  });
});

describe("user data that turns out to be too long once it is filled in", () => {
  const text = "x".repeat(50);
  const blueprint = sampleBlueprint({
    instances: [
      sampleResolvedInstance({ name: "db" }),
      sampleResolvedInstance({
        name: "web",
        dependsOn: ["db"],
        userData: [
          { kind: "text", text },
          { kind: "instance", instances: ["db"], attribute: "privateAddress" },
        ],
        userDataBytesLeast: 51,
      }),
    ],
  });

  /** Two accounts, of which the first takes so many bytes. */
  function taking(userDataBytesMost: number): World {
    const world = new World({ blueprint });
    const [east, ...others] = world.accounts;
    if (east === undefined) throw new Error("no account");
    const { offers } = east;
    if (offers === null) throw new Error("no offers");
    world.accounts = [{ ...east, offers: { ...offers, userDataBytesMost } }, ...others];
    world.settle();
    world.bringUp("db");
    return world;
  }

  test("fails there before anybody is asked, with both numbers, and is tried elsewhere", () => {
    const world = taking(57);
    expect(world.attempts[0]).toMatchObject({
      reason: "web: user data has 58 bytes now that it is filled in, and 57 are taken there",
      fault: { class: "config", scope: "account", effect: "none", code: "user_data_too_long" },
    });
    expect([...world.machines.values()].map(({ instance }) => instance)).toEqual(["db"]);
    world.haulBack();
    expect(world.attempts.at(-1)?.accountName).toBe("west");
  });

  test("is asked for with the last byte that fits", () => {
    expect(taking(58).requests.get(taking(58).machineOf("web").id)?.userData).toBe(`${text}10.0.0.7`);
  });
});

describe("an offer whose block has run out", () => {
  const blocked = () => {
    const world = new World({ blueprint: ALONE, accounts: ["east"] });
    const block = sampleBlock({ account: accountId("east"), until: world.now, strikes: 3 });
    world.blocks = [block, { ...block, size: "*" }, { ...block, realm: "*", size: "*" }, { ...block, realm: "west-1" }];
    world.settle();
    return world;
  };

  test("is tried by one launch, however wide the block, while the others wait", () => {
    const world = blocked();
    expect(world.deployment.state).toBe("pending");
    expect(world.blocks.filter(({ probe }) => probe !== null)).toHaveLength(3);
    const offer = { account: accountId("east"), realm: "east-1", size: "s1", takes: {} };
    const bars = (deployment: string, now: number) =>
      blockOf(world.blocks, offer, { deployment: deploymentId(deployment), now });
    expect(bars("other", world.now)).toBeDefined();
    expect(bars(world.deployment.id, world.now)).toBeUndefined();
    expect(bars("other", world.now + 10 * 60_000)).toBeUndefined();
  });

  test("is good again, in every width, once the launch has succeeded", () => {
    const world = blocked();
    world.bringUp("db");
    expect(world.unblocks.map(({ realm, size }) => `${realm}/${size}`)).toEqual(["east-1/s1", "east-1/*", "*/*"]);
  });

  test.each<[how: string, end: (world: World) => void]>([
    ["is cancelled", (world) => void world.ask(askCancel(world.snapshot(), by(world)))],
    ["runs out of time", (world) => world.pass(world.deployment.blueprint.policy.deadlines.launchMs)],
    ["fails for another reason", (world) => void world.answer("db", fails({ class: "config", scope: "account" }))],
  ])("is free for the next launch at once when the one that tries it %s", (_, end) => {
    const world = blocked();
    const before = world.blocks;
    end(world);
    expect(world.blocks).toEqual(before.map((block) => ({ ...block, probe: null })));
  });

  test("is free again when what a launch kept of it has settled in part", () => {
    const world = new World({ blueprint: LOOSE, accounts: ["east"], deployment: { partial: true } });
    world.blocks = [sampleBlock({ account: accountId("east"), until: world.now, realm: "*", size: "*" })];
    world.settle();
    world.bringUp("db");
    expect(world.blocks[0]?.probe?.deployment).toBe(world.deployment.id);
    world.answer("web", fails({ class: "config", scope: "account" }));
    expect([world.deployment.state, world.blocks[0]?.probe]).toEqual(["incomplete", null]);
  });

  test("is left alone twice as long when it is refused again", () => {
    const world = blocked();
    world.answer("db", fails());
    const block = world.blocks.find(({ realm, size }) => realm === "east-1" && size === "s1");
    expect(block).toMatchObject({ strikes: 4, until: world.now + 24 * 60_000, probe: null });
  });
});

describe("what is given up", () => {
  test("is not asked of the cloud any more, though the rest of a partial launch goes on", () => {
    const world = launched(LOOSE, { deployment: { partial: true } });
    world.answer("db", fails({ class: "throttle", retryAfterMs: DEFAULT_POLICY.deadlines.createMs }));
    world.bringUp("web");
    world.pass(DEFAULT_POLICY.deadlines.createMs);
    expect(world.deployment.state).toBe("incomplete");
    expect(world.instance("db")).toMatchObject({
      state: "error",
      fault: { code: "create_deadline", effect: "unknown" },
    });
    expect(world.machineOf("db").state).toBe("absent");
    expect(openMachines(world)).toHaveLength(1);
  });
});

test("a cancel blames nobody, and needs no market", () => {
  const world = launched(PAIR);
  world.apply(
    decide(
      { ...world.snapshot(), deployment: { ...world.deployment, cancelAskedAt: world.now } },
      world.now,
      world.around(null),
    ),
  );
  expect(world.deployment).toMatchObject({ state: "rollback_complete", wakeAt: world.now });
  expect(world.blocks).toEqual([]);
});

test("the next match waits for a market", () => {
  const world = launched(ALONE);
  world.atOnce(() => {
    world.answer("db", fails());
    for (const market of [world.market(), null]) {
      world.apply(decide(world.snapshot(), world.now, world.around(market)));
      expect(world.deployment).toMatchObject({ state: "rollback_complete", wakeAt: world.now });
    }
  });
  expect(world.attempts).toHaveLength(2);
});
