// Starting and ending: what an instance's own actions say, and what 403, 405 and redirects mean.

import { expect, test } from "vitest";
import type { KnownMachine } from "../../core/machine.ts";
import { calm, faultOf } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  ENDING,
  type Exchange,
  list,
  missing,
  MOCK_STATES,
  ON,
  one,
  openReplayed,
  refusal,
} from "./cloud-replay.testsuite.ts";

const machine: KnownMachine = {
  name: "web",
  realm: "us",
  externalId: "inst0",
  handle: { owner: "suite" },
  isLeaving: true,
};

const elsewhere = (location: string, on: string = ON.start): Exchange => ({ on, status: 303, headers: { location } });
const GONE: Exchange = { on: ON.destroy, status: 204 };
const accepted = (on: string): Exchange => ({ ...one({ state: "RUNNING" }), on, status: 202 });

test.each<[what: string, script: readonly Exchange[]]>([
  ["that is offered", [one({ state: "STOPPED" }), accepted(ON.start)]],
  [
    "that is answered by the instance's address",
    [one({ state: "STOPPED" }), elsewhere("http://else/api/instances/inst0")],
  ],
  ["of what runs already", [one()]],
  [
    "that came too late, since it runs by now",
    [one({ state: "STOPPED" }), refusal(ON.start, 405, "Method Not Allowed"), one()],
  ],
])("a start %s is done", async (_, script) => {
  await using opened = await openReplayed(script);
  await opened.cloud.start(machine, calm());
});

test.each<[what: string, script: readonly Exchange[], expected: object]>([
  [
    "waits for what is pending",
    [one({ state: "PENDING" }), one({ state: "PENDING" })],
    { class: "conflict", effect: "none" },
  ],
  [
    "waits where its state forbids it",
    [one({ state: "STOPPED" }), refusal(ON.start, 405, "Method Not Allowed"), one({ state: "STOPPED" })],
    { class: "conflict", code: "not_in_this_state" },
  ],
  [
    "is about nothing where a 403 means absence",
    [one({ state: "STOPPED" }), refusal(ON.start, 403, "Forbidden"), missing()],
    { class: "not_found", effect: "none" },
  ],
  ["is about nothing where there is none", [missing()], { class: "not_found", effect: "none" }],
  ["is not sent to what has its id by now", [one({ name: "db" })], { class: "not_found" }],
  ["is not sent to what was renamed", [one({ name: "renamed by hand", owner: "" })], { code: "another_name" }],
  [
    "tells of a lack of room",
    [one({ state: "STOPPED" }), refusal(ON.start, 502, "no available running Hosts")],
    { class: "capacity" },
  ],
  [
    "is not done where it leads to a page for people",
    [one({ state: "STOPPED" }), elsewhere("https://login.example.org/")],
    { code: "redirected", effect: "unknown" },
  ],
])("a start %s", async (_, script, expected) => {
  await using opened = await openReplayed(script);
  expect((await faultOf(opened.cloud.start(machine, calm()))).fault).toMatchObject(expected);
});

const STOPPABLE = { state: "RUNNING" } as const;

test.each<[what: string, script: readonly Exchange[]]>([
  ["is deleted where that is offered", [one({ state: "STOPPED" }), GONE]],
  ["is stopped first where it runs", [one(STOPPABLE), accepted(ON.stop), one({ state: "STOPPED" }), GONE]],
  [
    "is deleted at once where that is offered while it runs",
    [one({ state: "RUNNING", actions: ["stop", "destroy"] }), GONE],
  ],
  [
    "is waited for while it stops",
    [
      one(STOPPABLE),
      elsewhere("/api/instances/inst0", ON.stop),
      one({ state: "STOPPING" }),
      MOCK_STATES,
      one({ state: "STOPPED" }),
      GONE,
    ],
  ],
  ["is gone already", [missing()]],
  ["has ended and is still shown", [one({ state: "FINISH" })]],
  ["went while it was asked about", [one({ state: "STOPPED" }), refusal(ON.destroy, 403, "Forbidden"), missing()]],
  [
    "came to be otherwise meanwhile",
    [one({ state: "STOPPED" }), refusal(ON.destroy, 405, "Not now"), one({ state: "STOPPED" }), GONE],
  ],
  ["ends by its stop", [one(STOPPABLE), accepted(ON.stop), one({ state: "STOPPED", actions: [] }), ENDING]],
  ["is gone right after its stop", [one(STOPPABLE), accepted(ON.stop), missing()]],
  ["has given its id to another of ours", [one({ name: "db" })]],
])("a machine that %s needs nothing more", async (_, script) => {
  await using opened = await openReplayed(script);
  await opened.cloud.destroy(machine, calm());
});

test.each<[what: string, state: string]>([
  ["is on its way", "PENDING"],
  ["has failed, with a driver that offers nothing then", "ERROR"],
  ["is in a state that nobody knows", "UNKNOWN"],
])("a machine that %s is asked for again later, and nothing is pretended", async (_, state) => {
  await using opened = await openReplayed([one({ state })]);
  const { fault } = await faultOf(opened.cloud.destroy(machine, calm()));
  expect(fault).toMatchObject({ class: "transient", effect: "none", code: "not_deleted_yet", retryAfterMs: 5_000 });
  expect(fault.text).toContain(`is ${state}, in which Deltacloud offers nothing`);
});

test("a machine that has got the id of one that was just stopped is stopped all the same; one that was asked is not asked again at once", async () => {
  const stopped = [accepted(ON.stop), one({ state: "STOPPED" }), GONE];
  const db = { name: "db" };
  await using opened = await openReplayed([
    one(STOPPABLE),
    ...stopped,
    one({ ...db, ...STOPPABLE }),
    accepted(ON.stop),
    one({ ...db, ...STOPPABLE }),
    one({ ...db, state: "STOPPED" }),
    GONE,
  ]);
  await opened.cloud.destroy(machine, calm());
  await opened.cloud.destroy({ ...machine, name: "db" }, calm());
});

test("what somebody has renamed is never deleted", async () => {
  await using opened = await openReplayed([one({ state: "STOPPED", name: "precious", owner: "" })]);
  expect((await faultOf(opened.cloud.destroy(machine, calm()))).fault).toMatchObject({ code: "another_name" });
});

test("a machine that is known by its id alone is looked at as it is", async () => {
  await using opened = await openReplayed([one({ state: "STOPPED", name: "precious", owner: "" }), GONE]);
  await opened.cloud.destroy({ ...machine, handle: null }, calm());
});

test("one that a 5xx leaves in doubt is told so", async () => {
  await using opened = await openReplayed([one({ state: "STOPPED" }), refusal(ON.destroy, 504, "execution expired")]);
  expect((await faultOf(opened.cloud.destroy(machine, calm()))).fault).toMatchObject({
    class: "transient",
    effect: "unknown",
  });
});

test("no console is kept", async () => {
  await using opened = await openReplayed([]);
  expect(await opened.cloud.console(machine, calm())).toBeNull();
});

test("absence needs both: Deltacloud's word about the instance, and its list", async () => {
  await using opened = await openReplayed([missing(), list({ id: "inst1", name: "db" })]);
  expect((await opened.cloud.look([machine], calm())).get("web")).toEqual({ kind: "absent" });
  await using odd = await openReplayed([missing(), list({})]);
  expect((await odd.cloud.look([machine], calm())).get("web")).toMatchObject({
    kind: "unknown",
    fault: { code: "at_odds" },
  });
});
