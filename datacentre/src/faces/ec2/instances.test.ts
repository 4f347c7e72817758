// Instances that are there: lists, looks, changes of state, consoles, and how they end.

import { describe, expect, test } from "vitest";
import { type Answer, ec2Stages, type Node, nodeAt, subnetIn } from "./ec2.testsuite.ts";

const opened = ec2Stages();

const named = (name: string) => ({
  "TagSpecification.1.ResourceType": "instance",
  "TagSpecification.1.Tag.1.Key": "Name",
  "TagSpecification.1.Tag.1.Value": name,
});

const filter = (name: string, ...values: readonly string[]) => ({
  "Filter.1.Name": name,
  ...Object.fromEntries(values.map((value, index) => [`Filter.1.Value.${index + 1}`, value])),
});

function idsIn(answer: Answer): readonly (Node | undefined)[] {
  return answer.list("reservationSet").map((reservation) => nodeAt(reservation, "instancesSet.0.instanceId"));
}

describe("lists", () => {
  test("come in pages, oldest first, and a token goes on after what has been told", async () => {
    const { call, launch, refusal } = await opened();
    const made: string[] = [];
    for (let nth = 0; nth < 12; nth++) made.push(...(await launch()));
    const first = await call("DescribeInstances", { MaxResults: 5 });
    expect(idsIn(first)).toEqual(made.slice(0, 5));
    const second = await call("DescribeInstances", { MaxResults: 5, NextToken: first.text("nextToken") });
    const last = await call("DescribeInstances", { MaxResults: 5, NextToken: second.text("nextToken") });
    expect([...idsIn(second), ...idsIn(last)]).toEqual(made.slice(5));
    expect(last.at("nextToken")).toBeUndefined();
    expect(await refusal("DescribeInstances", { NextToken: "x" })).toMatch(/^400 InvalidPaginationToken: /);
    const elsewhere = { NextToken: first.text("nextToken") };
    expect(await refusal("DescribeVolumes", elsewhere)).toMatch(/^400 InvalidPaginationToken: /);
    expect(await refusal("DescribeInstances", { MaxResults: 4 })).toMatch(/^400 InvalidParameterValue: /);
    const both = { MaxResults: 5, "InstanceId.1": made[0] ?? "" };
    expect(await refusal("DescribeInstances", both)).toMatch(/^400 InvalidParameterCombination: /);
  });

  test("by filters: any of a filter's values, all of the filters", async () => {
    const { call, launch, refusal } = await opened();
    const [web] = await launch({ ...named("web-1"), ClientToken: "w" });
    const [db] = await launch({ ...named("db"), InstanceType: "t3.medium", SubnetId: subnetIn("us-east-1b") });
    const found = async (...parameters: readonly object[]) =>
      idsIn(await call("DescribeInstances", Object.assign({}, ...parameters)));
    expect(await found(filter("tag:Name", "web-*"))).toEqual([web]);
    expect(await found(filter("tag:Name", "web-?", "db"))).toEqual([web, db]);
    expect(await found(filter("tag:Name", String.raw`web\*`))).toEqual([]);
    expect(await found(filter("tag-key", "Name"))).toEqual([web, db]);
    expect(await found(filter("tag:constructor", "*"))).toEqual([]);
    expect(await found(filter("client-token", "w"))).toEqual([web]);
    expect(await found(filter("instance-type", "t3.medium"))).toEqual([db]);
    expect(await found(filter("availability-zone", "us-east-1b"))).toEqual([db]);
    expect(await found(filter("subnet-id", subnetIn("us-east-1a")))).toEqual([web]);
    const two = { "Filter.2.Name": "instance-id", "Filter.2.Value.1": String(web) };
    expect(await found(filter("instance-state-name", "running"), two)).toEqual([web]);
    for (const name of ["colour", "constructor"]) {
      expect(await refusal("DescribeInstances", filter(name, "red"))).toBe(
        `400 InvalidParameterValue: The filter '${name}' is invalid`,
      );
    }
  });

  test("lag behind, and so do looks", async () => {
    const { call, launch, refusal, clock } = await opened({ visibilityMs: 2000, idVisibilityMs: 1000 });
    const [id = ""] = await launch();
    const look = { "InstanceId.1": id };
    const missing = `400 InvalidInstanceID.NotFound: The instance ID '${id}' does not exist`;
    expect(idsIn(await call("DescribeInstances"))).toEqual([]);
    expect(await refusal("DescribeInstances", look)).toBe(missing);
    expect(await refusal("TerminateInstances", look)).toBe(missing);
    await clock.advance(1000);
    expect(idsIn(await call("DescribeInstances", look))).toEqual([id]);
    await clock.advance(1000);
    expect(idsIn(await call("DescribeInstances"))).toEqual([id]);
  });

  test("what can't be listed whole is refused, unless nothing of it is asked for", async () => {
    const { call, launch, refusal, operator } = await opened();
    const [id] = await launch();
    operator.addFaults([{ on: "list", do: { kind: "list_partial", realms: ["us-east-1a"] } }]);
    expect(await refusal("DescribeInstances")).toMatch(/^503 Unavailable: What is in us-east-1a can't be listed/);
    expect(idsIn(await call("DescribeInstances"))).toEqual([id]);
    operator.setRealmDown("us-east-1a", true);
    expect(await refusal("DescribeInstances")).toMatch(/^503 Unavailable: /);
    expect(await refusal("DescribeInstances", { "InstanceId.1": String(id) })).toMatch(/^503 Unavailable: /);
    expect(await refusal("DescribeVolumes")).toMatch(/^503 Unavailable: /);
    expect(await refusal("DescribeTags")).toMatch(/^503 Unavailable: /);
    const elsewhere = filter("availability-zone", "us-east-1b");
    expect((await call("DescribeInstances", elsewhere)).status).toBe(200);
    const zones = await call("DescribeAvailabilityZones", filter("state", "impaired"));
    expect(zones.at("availabilityZoneInfo.0.zoneName")).toBe("us-east-1a");
  });
});

describe("looks by id", () => {
  test("fail whole where one is missing, and name all that are", async () => {
    const { call, launch, refusal } = await opened();
    const [id = ""] = await launch();
    const [gone, never] = ["i-0000000000000000a", "i-0000000000000000b"];
    expect(idsIn(await call("DescribeInstances", { "InstanceId.1": id }))).toEqual([id]);
    const ids = { "InstanceId.1": gone ?? "", "InstanceId.2": id, "InstanceId.3": never ?? "" };
    expect(await refusal("DescribeInstances", ids)).toBe(
      `400 InvalidInstanceID.NotFound: The instance IDs '${gone}, ${never}' do not exist`,
    );
    expect(await refusal("DescribeInstances", { "InstanceId.1": "web" })).toBe(
      '400 InvalidInstanceID.Malformed: Invalid id: "web" (expecting "i-...")',
    );
  });
});

describe("changes of state", () => {
  const SLOW = { kind: "fixed", ms: 1000 } as const;

  test("are told with the state before; each has its own states on the way", async () => {
    const { call, launch, states, clock } = await opened({ boot: SLOW, stopping: SLOW, removal: SLOW });
    const [id = ""] = await launch();
    await clock.advance(1000);
    const told = async (action: string) => (await call(action, { "InstanceId.1": id })).at("instancesSet.0");
    expect(await told("StopInstances")).toEqual({
      instanceId: id,
      currentState: { code: "64", name: "stopping" },
      previousState: { code: "16", name: "running" },
    });
    await clock.advance(1000);
    expect(await states()).toEqual({ [id]: "stopped" });
    expect(await told("StartInstances")).toMatchObject({ currentState: { code: "0" }, previousState: { code: "80" } });
    await clock.advance(1000);
    expect((await call("RebootInstances", { "InstanceId.1": id })).at("return")).toBe("true");
    expect(await told("TerminateInstances")).toMatchObject({ currentState: { code: "32", name: "shutting-down" } });
    expect(await states()).toEqual({ [id]: "shutting-down" });
    await clock.advance(1000);
    expect(await told("TerminateInstances")).toMatchObject({
      currentState: { code: "48" },
      previousState: { code: "48" },
    });
  });

  test("of several, all or none", async () => {
    const { call, launch, refusal, states } = await opened();
    const [first = "", second = ""] = [...(await launch()), ...(await launch())];
    const both = { "InstanceId.1": first, "InstanceId.2": second };
    await call("StopInstances", { "InstanceId.1": second });
    expect(await refusal("RebootInstances", both)).toBe(
      `400 IncorrectInstanceState: The instance '${second}' is not in a state from which it can be rebooted.`,
    );
    const more = { ...both, "InstanceId.3": "i-0000000000000000a" };
    expect(await refusal("TerminateInstances", more)).toMatch(/^400 InvalidInstanceID.NotFound: /);
    expect(await states()).toEqual({ [first]: "running", [second]: "stopped" });
    expect((await call("TerminateInstances", both)).list("instancesSet")).toHaveLength(2);
    expect(await refusal("StartInstances", both)).toMatch(/^400 IncorrectInstanceState: /);
  });

  test("a dry run says whether it could be done, and does nothing", async () => {
    const { launch, refusal, states } = await opened();
    const [id = ""] = await launch();
    const asked = { "InstanceId.1": id, DryRun: true };
    expect(await refusal("TerminateInstances", asked)).toMatch(/^412 DryRunOperation: /);
    expect(await refusal("StartInstances", { ...asked, "InstanceId.1": "i-0000000000000000a" })).toMatch(/NotFound/);
    expect(await states()).toEqual({ [id]: "running" });
    expect(await refusal("StopInstances")).toBe(
      "400 MissingParameter: The request must contain the parameter InstanceId",
    );
  });
});

describe("the end", () => {
  test("is shown for an hour, with its reason and without what hung on it", async () => {
    const { call, launch, refusal, states, clock } = await opened();
    const [id = ""] = await launch({ ...named("web"), ClientToken: "t" });
    await call("TerminateInstances", { "InstanceId.1": id });
    const shown = (await call("DescribeInstances", { "InstanceId.1": id })).at("reservationSet.0.instancesSet.0");
    expect(shown).toMatchObject({
      instanceState: { code: "48", name: "terminated" },
      stateReason: {
        code: "Client.UserInitiatedShutdown",
        message: "Client.UserInitiatedShutdown: User initiated shutdown",
      },
      tagSet: [{ key: "Name", value: "web" }],
      clientToken: "t",
    });
    expect(shown).not.toHaveProperty("privateIpAddress");
    await clock.advance(59 * 60_000);
    expect(await states()).toEqual({ [id]: "terminated" });
    await clock.advance(60_000);
    expect(await states()).toEqual({});
    expect(await refusal("DescribeInstances", { "InstanceId.1": id })).toMatch(/^400 InvalidInstanceID.NotFound/);
  });

  test.each([
    [{ kind: "boot_error" } as const, "Server.InsufficientInstanceCapacity"],
    [{ kind: "boot_error", code: "internal_error", text: "oops" } as const, "Server.InternalError"],
    [{ kind: "boot_error", code: "quota_exceeded", text: "too many volumes" } as const, "Client.VolumeLimitExceeded"],
    [{ kind: "boot_error", text: "Client.InvalidSnapshot.NotFound: gone" } as const, "Client.InvalidSnapshot.NotFound"],
    [{ kind: "part_fails", part: "volume", code: "invalid_request" } as const, "Client.InternalError"],
    [{ kind: "die", afterMs: 0, to: "terminated", text: "bang" } as const, "Server.InternalError"],
  ])("may come late, from pending, with a reason: %o", async (turn, reason) => {
    const { call, launch, operator, clock } = await opened({ boot: { kind: "fixed", ms: 1000 } });
    operator.addFaults([{ on: "create", do: turn }]);
    const [id = ""] = await launch();
    await clock.advance(2000);
    const shown = (await call("DescribeInstances", { "InstanceId.1": id })).at("reservationSet.0.instancesSet.0");
    expect(nodeAt(shown, "instanceState.name")).toBe("terminated");
    expect(nodeAt(shown, "stateReason.code")).toBe(reason);
    expect(nodeAt(shown, "stateReason.message")).toMatch(new RegExp(`^${reason.replaceAll(".", "\\.")}: `));
  });

  test("of spot, when its price rises", async () => {
    const { call, launch, operator } = await opened();
    const market = "InstanceMarketOptions";
    await launch({ [`${market}.MarketType`]: "spot", [`${market}.SpotOptions.MaxPrice`]: "0.01" });
    await call("DescribeInstances");
    operator.setOffer({ size: "t3.small" }, { spotPrice: 0.02 });
    const shown = (await call("DescribeInstances")).at("reservationSet.0.instancesSet.0");
    expect(nodeAt(shown, "stateReason.code")).toBe("Server.SpotInstanceTermination");
  });

  test("what breaks down is stopped, since EC2 has no state for it", async () => {
    const { call, launch, operator } = await opened();
    const [id = ""] = await launch();
    operator.kill(id, { to: "error", text: "the host failed" });
    const shown = (await call("DescribeInstances")).at("reservationSet.0.instancesSet.0");
    expect(shown).toMatchObject({ instanceState: { code: "80" }, stateReason: { code: "Server.InternalError" } });
  });
});

describe("evidence", () => {
  test("the console comes in base64, some time after it was written", async () => {
    const { call, launch, operator, clock } = await opened({ consoleDelayMs: 1000 });
    const [id = ""] = await launch();
    const text = async () => {
      const output = (await call("GetConsoleOutput", { InstanceId: id })).text("output");
      return Buffer.from(output, "base64").toString("utf8");
    };
    expect(await text()).toBe("");
    await clock.advance(1000);
    expect(await text()).toContain("Linux version");
    operator.addFaults([{ on: "console", do: { kind: "console_text", text: "\u0000\u001b[31mpanik ü" } }]);
    expect(await text()).toBe("\u0000\u001b[31mpanik ü");
  });

  test("the status is that of running ones, or of all", async () => {
    const { call, launch, clock } = await opened({ serviceDelay: { kind: "fixed", ms: 1000 } });
    const [first = "", second = ""] = [...(await launch()), ...(await launch())];
    await call("StopInstances", { "InstanceId.1": second });
    const told = async (parameters: Readonly<Record<string, boolean>>) =>
      (await call("DescribeInstanceStatus", parameters))
        .list("instanceStatusSet")
        .map((each) => [nodeAt(each, "instanceId"), nodeAt(each, "instanceStatus.status")]);
    expect(await told({})).toEqual([[first, "initializing"]]);
    await clock.advance(1000);
    expect(await told({ IncludeAllInstances: true })).toEqual([
      [first, "ok"],
      [second, "not-applicable"],
    ]);
  });
});
