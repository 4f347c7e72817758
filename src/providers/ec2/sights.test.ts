import { expect, test } from "vitest";
import { faultOf } from "../../cloud-http/wire.samples.ts";
import type { KnownMachine } from "../../core/machine.ts";
import { calm, lookedUp } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  answer,
  cut,
  INSTANCE,
  instance,
  instances,
  keyPairs,
  openReplayed,
  OTHER,
  refusal,
  ZONE,
} from "./cloud-replay.testsuite.ts";

const known = (name: string, externalId: string): KnownMachine => ({
  name,
  realm: ZONE,
  externalId,
  // Without a key.
  handle: {},
  isLeaving: false,
});
const WEB = known("sw-web", INSTANCE);
const DB = known("sw-db", OTHER);

const missing = (action: string, ...ids: readonly string[]) =>
  refusal(action, {
    status: 400,
    code: "InvalidInstanceID.NotFound",
    message:
      ids.length === 1
        ? `The instance ID '${ids[0]}' does not exist`
        : `The instance IDs '${ids.join(", ")}' do not exist`,
  });

test("several are looked at in one request", async () => {
  const both = [instance("sw-web"), instance("sw-db", { id: OTHER, state: "shutting-down" })];
  await using opened = await openReplayed([instances(both)]);
  const looks = await opened.cloud.look([WEB, DB], calm());
  expect(looks.get("sw-web")).toMatchObject({
    kind: "seen",
    observed: {
      externalId: INSTANCE,
      state: "running",
      privateAddress: "172.31.4.7",
      publicAddress: "3.120.4.7",
      realm: ZONE,
    },
  });
  expect(looks.get("sw-db")).toMatchObject({ kind: "seen", observed: { state: "stopping", fault: null } });
  const { body } = opened.asked[0] ?? {};
  expect([body?.get("InstanceId.1"), body?.get("InstanceId.2")]).toEqual([INSTANCE, OTHER]);
});

test("one that does not exist spoils nothing of the others: they are asked for again without it", async () => {
  await using opened = await openReplayed([missing("DescribeInstances", OTHER), instances([instance("sw-web")])]);
  const looks = await opened.cloud.look([WEB, DB], calm());
  expect(looks.get("sw-db")).toEqual({ kind: "absent" });
  expect(looks.get("sw-web")).toMatchObject({ kind: "seen" });
  expect(opened.asked[1]?.body.has("InstanceId.2")).toBe(false);
});

test("when none exists no more is asked", async () => {
  await using opened = await openReplayed([missing("DescribeInstances", INSTANCE, OTHER)]);
  const looks = await opened.cloud.look([WEB, DB], calm());
  expect([...looks.values()]).toEqual([{ kind: "absent" }, { kind: "absent" }]);
});

test("a refusal that names none of those that were asked for proves nothing", async () => {
  await using opened = await openReplayed([missing("DescribeInstances", "i-0000000000000dead")]);
  expect(await faultOf(opened.cloud.look([WEB], calm()))).toMatchObject({ code: "InvalidInstanceID.NotFound" });
});

test("one that is neither shown nor missing is unknown, and so is one whose id is none of EC2's", async () => {
  await using opened = await openReplayed([instances([])]);
  const looks = await opened.cloud.look([WEB, known("sw-odd", "4d6ef1b1")], calm());
  expect(looks.get("sw-web")).toMatchObject({ kind: "unknown", fault: { class: "transient" } });
  expect(looks.get("sw-odd")).toMatchObject({ kind: "unknown", fault: { code: "no_instance_id" } });
});

const NO_ROOM = { code: "Server.InsufficientInstanceCapacity", message: "Insufficient capacity." };
const BY_USER = { code: "Client.UserInitiatedShutdown", message: "User initiated shutdown" };

test.each([
  ["pending", undefined, "pending", null],
  ["stopping", BY_USER, "stopping", null],
  ["stopped", BY_USER, "stopped", null],
  ["terminated", BY_USER, "gone", null],
  ["terminated", NO_ROOM, "gone", "capacity"],
  ["shutting-down", NO_ROOM, "stopping", "capacity"],
  // Of its former stop.
  ["running", BY_USER, "running", null],
  ["dreaming", undefined, "unknown", null],
])("%s, for %o, is %s with %s", async (...row) => {
  const [state, reason, expected, fault] = row;
  const shown = instance("sw-web", reason === undefined ? { state } : { state, reason });
  await using opened = await openReplayed([instances([shown])]);
  const look = (await opened.cloud.look([WEB], calm())).get("sw-web");
  const observed = look?.kind === "seen" ? look.observed : null;
  expect([observed?.state, observed?.fault?.class ?? null]).toEqual([expected, fault]);
});

test("a list has pages of a thousand, of this installation's alone", async () => {
  const theirs = instance("sw-x", { id: "i-0c", owner: "neighbour" });
  const script = [
    instances([instance("sw-web"), theirs], "page2"),
    instances([instance("sw-db", { id: OTHER })]),
    keyPairs(),
  ];
  await using opened = await openReplayed(script);
  const first = await opened.cloud.list("suite", null, calm());
  expect(first).toMatchObject({ next: "page2", unlisted: [] });
  expect(first.machines.map(({ name }) => name)).toEqual(["sw-web"]);
  const second = await opened.cloud.list("suite", "page2", calm());
  expect(second).toMatchObject({ next: null, machines: [{ name: "sw-db" }] });
  expect(Object.fromEntries(opened.asked[1]?.body ?? [])).toMatchObject({
    MaxResults: "1000",
    NextToken: "page2",
    "Filter.1.Name": "tag:slipway-installation",
    "Filter.1.Value.1": "suite",
  });
});

test("5,000 machines are listed in six requests, and looked at in five", async () => {
  const idOf = (no: number): string => `i-${no.toString(16).padStart(17, "0")}`;
  const all = Array.from({ length: 5_000 }, (_, no) => known(`sw-${no}`, idOf(no)));
  const pagesOf = (tokens: readonly string[]) =>
    tokens.map((next, page) =>
      instances(
        all.slice(page * 1_000, (page + 1) * 1_000).map(({ name, externalId }) => instance(name, { id: externalId })),
        next,
      ),
    );
  const script = [...pagesOf(["2", "3", "4", "5", ""]), keyPairs(), ...pagesOf(["", "", "", "", ""])];
  await using opened = await openReplayed(script);
  let listed = 0;
  for (let cursor: string | null = null, pages = 0; pages === 0 || cursor !== null; pages += 1) {
    const { machines, next } = await opened.cloud.list("suite", cursor, calm());
    listed += machines.length;
    cursor = next;
  }
  expect([listed, opened.asked.length]).toEqual([5_000, 6]);
  const { lookMost } = opened.cloud.traits;
  let seen = 0;
  for (let from = 0; from < all.length; from += lookMost) {
    const looks = await opened.cloud.look(all.slice(from, from + lookMost), calm());
    seen += [...looks.values()].filter(({ kind }) => kind === "seen").length;
  }
  expect([seen, opened.asked.length]).toEqual([5_000, 11]);
});

test("an answer without a list in it, or with half of one, is no empty list", async () => {
  const broken = answer("DescribeInstances", "<reservationSet><item>");
  await using opened = await openReplayed([answer("DescribeInstances"), broken, instances([]), keyPairs()]);
  expect(await faultOf(opened.cloud.list("suite", null, calm()))).toMatchObject({ code: "unreadable_answer" });
  expect(await faultOf(opened.cloud.list("suite", null, calm()))).toMatchObject({ code: "unreadable_answer" });
  expect(await opened.cloud.list("suite", null, calm())).toEqual({ machines: [], next: null, unlisted: [] });
});

test("a lookup finds what has the name and has not ended, oldest first", async () => {
  const shown = [
    instance("sw-web", { id: OTHER, launched: "2026-11-28T22:16:36.000Z" }),
    instance("sw-web"),
    instance("sw-web", { id: "i-0c", state: "terminated" }),
    instance("sw-web", { id: "i-0d", owner: "neighbour" }),
  ];
  await using opened = await openReplayed([instances(shown)]);
  const found = await lookedUp(opened, WEB);
  expect(found.map(({ externalId }) => externalId)).toEqual([INSTANCE, OTHER]);
  const { body } = opened.asked[0] ?? {};
  expect([body?.get("Filter.2.Name"), body?.get("Filter.2.Value.1")]).toEqual(["tag:slipway-machine", "sw-web"]);
});

test("a lost answer to a lookup is no absence", async () => {
  await using opened = await openReplayed([cut("DescribeInstances")]);
  expect(await faultOf(lookedUp(opened, WEB))).toMatchObject({ class: "transient" });
});

test("a destroy is fine when nothing is there, and says what holds it up", async () => {
  const held = { status: 400, code: "OperationNotPermitted", message: "may not be terminated: disableApiTermination" };
  await using opened = await openReplayed([
    answer("TerminateInstances", "<instancesSet/>"),
    missing("TerminateInstances", INSTANCE),
    refusal("TerminateInstances", held),
  ]);
  await opened.cloud.destroy(WEB, calm());
  await opened.cloud.destroy(WEB, calm());
  expect(await faultOf(opened.cloud.destroy(WEB, calm()))).toMatchObject({ class: "config", scope: "account" });
});

test.each([
  ["a page", "<html><body>Welcome</body></html>"],
  ["nothing", ""],
  ["an answer to another question", "<StartInstancesResponse><instancesSet/></StartInstancesResponse>"],
  ["an answer that has no end", "<TerminateInstancesResponse><instancesSet/>"],
  ["a whole answer with more behind it", "<TerminateInstancesResponse></TerminateInstancesResponse><more/>"],
])("a destroy that %s answers with a 200 is not done", async (_, text) => {
  const body = { on: "POST /TerminateInstances", bytes: Buffer.from(text) };
  await using opened = await openReplayed([body]);
  expect(await faultOf(opened.cloud.destroy(WEB, calm()))).toMatchObject({ class: "transient", code: "not_ec2" });
});

test("a start is fine when it runs already, and waits while it stops", async () => {
  const stopping = refusal("StartInstances", { status: 400, code: "IncorrectInstanceState" });
  await using opened = await openReplayed([
    stopping,
    instances([instance("sw-web")]),
    stopping,
    instances([instance("sw-web", { state: "stopping" })]),
  ]);
  await opened.cloud.start(WEB, calm());
  expect(await faultOf(opened.cloud.start(WEB, calm()))).toMatchObject({ class: "conflict", effect: "none" });
});

const output = (text: string) =>
  answer(
    "GetConsoleOutput",
    `<instanceId>${INSTANCE}</instanceId><output>${Buffer.from(text).toString("base64")}</output>`,
  );

test("a console is its newest output, or what EC2 has kept where the type has no other", async () => {
  await using opened = await openReplayed([
    output("grüß Gott\n"),
    refusal("GetConsoleOutput", { status: 400, code: "UnsupportedOperation" }),
    output("older\n"),
    answer("GetConsoleOutput", `<instanceId>${INSTANCE}</instanceId>`),
    missing("GetConsoleOutput", INSTANCE),
  ]);
  expect(await opened.cloud.console(WEB, calm())).toBe("grüß Gott\n");
  expect(await opened.cloud.console(WEB, calm())).toBe("older\n");
  expect(await opened.cloud.console(WEB, calm())).toBeNull();
  expect(await opened.cloud.console(WEB, calm())).toBeNull();
  expect(opened.asked.map(({ body }) => body.get("Latest"))).toEqual(["true", "true", null, "true", "true"]);
});
