// What is seen of machines: states, addresses, whose they are, and what proves nothing.

import { expect, test } from "vitest";
import { calm, faultOf, SUITE_INSTALLATION } from "../../ports/provider-suite/stage.testsuite.ts";
import type { KnownMachine } from "../../core/machine.ts";
import {
  ENDING,
  entry,
  instance,
  list,
  missing,
  MOCK_STATES,
  ON,
  one,
  openReplayed,
  REALMS,
  refusal,
  xml,
} from "./cloud-replay.testsuite.ts";

const machine: KnownMachine = {
  name: "web",
  realm: "us",
  externalId: "inst0",
  handle: { owner: "suite" },
  isLeaving: false,
};

test.each([
  ["START", "pending"],
  ["PENDING", "pending"],
  ["RUNNING", "running"],
  ["running", "running"],
  ["STOPPED", "stopped"],
  ["STOPPING", "stopping"],
  ["SHUTTING_DOWN", "stopping"],
  ["shutting_down", "stopping"],
  ["FINISH", "gone"],
  ["FINISHED", "gone"],
  ["ERROR", "error"],
  ["PAUSED", "unknown"],
  ["UNKNOWN", "unknown"],
  ["ACTIVE", "unknown"],
  ["", "unknown"],
])("%s is %s", async (state, expected) => {
  await using opened = await openReplayed([one({ state })]);
  const look = (await opened.cloud.look([machine], calm())).get("web");
  expect(look).toMatchObject({ kind: "seen", observed: { state: expected } });
  const fault = look?.kind === "seen" ? look.observed.fault : null;
  expect(fault).toEqual(state === "ERROR" ? expect.objectContaining({ class: "unknown", effect: "made" }) : null);
});

test("stopped without a start: where stopping is the end it is on its way out, else nobody knows", async () => {
  const stuck = one({ state: "STOPPED", actions: ["destroy"] });
  for (const [states, expected] of [
    [ENDING, "stopping"],
    [MOCK_STATES, "unknown"],
  ] as const) {
    await using opened = await openReplayed([stuck, states]);
    expect((await opened.cloud.look([machine], calm())).get("web")).toMatchObject({ observed: { state: expected } });
  }
});

const address = (type: string | null, text: string): string =>
  type === null ? `<address>${text}</address>` : `<address type='${type}'>${text}</address>`;

test.each<[what: string, addresses: readonly string[], expected: string | null]>([
  ["of this kind", [address("ipv4", " 10.0.0.7 ")], "10.0.0.7"],
  [
    "behind a hardware address and a console",
    [address("mac", "00:1a:4a:16:84:02"), address("vnc", "10.9.9.9"), address("ipv4", "10.0.0.7")],
    "10.0.0.7",
  ],
  ["of two kinds", [address("ipv6", "fd00::7"), address("ipv4", "10.0.0.7")], "10.0.0.7"],
  ["of the newer kind", [address("ipv6", "fd00::7")], "fd00::7"],
  ["as older servers tell it", [address(null, "10.0.0.7")], "10.0.0.7"],
  ["by name only", [address("hostname", "img1.inst0.public.com"), address(null, "img1.inst0.public.com")], null],
  ["not there yet", [address("unavailable", "")], null],
])("an address %s", async (_, addresses, expected) => {
  const more = `<public_addresses>${addresses.join("")}</public_addresses><private_addresses>${addresses.join("")}</private_addresses>`;
  await using opened = await openReplayed([one({ more })]);
  expect((await opened.cloud.look([machine], calm())).get("web")).toMatchObject({
    observed: { publicAddress: expected, privateAddress: expected },
  });
});

test("a list has what is ours, also what has ended, and names that break it break nothing", async () => {
  await using opened = await openReplayed([
    list(
      {},
      { id: "inst1", name: "a < b & c", owner: "" },
      { id: "inst2", name: "db", owner: "neighbour" },
      { id: "inst3", name: "db", state: "FINISH" },
      { id: "inst4", name: "web_suite_2", owner: "" },
      { id: "inst5", name: "", owner: "" },
    ),
  ]);
  const { machines, next, unlisted } = await opened.cloud.list(SUITE_INSTALLATION, null, calm());
  expect(
    machines.map(({ externalId, name, state, realm, handle }) => ({ externalId, name, state, realm, handle })),
  ).toEqual([
    { externalId: "inst0", name: "web", state: "running", realm: "us", handle: { owner: "suite" } },
    { externalId: "inst3", name: "db", state: "gone", realm: "us", handle: { owner: "suite" } },
  ]);
  expect({ next, unlisted }).toEqual({ next: null, unlisted: [] });
});

test("of an instance that does not tell its realm it is the only one, or default", async () => {
  const untold = xml(ON.list, `<instances>${instance({}).replace(/<realm .*?<\/realm>/, "")}</instances>`);
  const only = xml(ON.realms, "<realms><realm id='dc1'><name>one</name><state>AVAILABLE</state></realm></realms>");
  for (const [realms, expected] of [
    [only, "dc1"],
    [REALMS, "default"],
  ] as const) {
    await using opened = await openReplayed([untold, entry(), realms]);
    expect((await opened.cloud.list(SUITE_INSTALLATION, null, calm())).machines).toMatchObject([{ realm: expected }]);
  }
});

const db: KnownMachine = { ...machine, name: "db", externalId: "inst1" };

test("several are looked at in one list, and those that it lacks by themselves", async () => {
  await using opened = await openReplayed([list({}), missing("inst1")]);
  const looks = await opened.cloud.look([machine, db], calm());
  expect(looks.get("web")).toMatchObject({ kind: "seen" });
  expect(looks.get("db")).toEqual({ kind: "absent" });
});

test("one of which nothing can be told does not spoil the others", async () => {
  await using opened = await openReplayed([list({}), refusal(ON.one, 500, "Unhandled exception or status code (nil)")]);
  const looks = await opened.cloud.look([machine, db], calm());
  expect(looks.get("web")).toMatchObject({ kind: "seen" });
  expect(looks.get("db")).toMatchObject({ kind: "unknown", fault: { class: "transient", effect: "unknown" } });
});

test("a list that no mending makes readable is no reason to know nothing of ours, and proves no absence", async () => {
  const broken = xml(
    ON.list,
    `<instances>${instance({ name: "x</name><state>FINISH</state><name>", owner: "" })}</instances>`,
  );
  await using opened = await openReplayed([broken, one({}), missing("inst1")]);
  // Both are asked about at the same time, each at its own address.
  const looks = await opened.cloud.look([machine, db], calm());
  const kinds = [...looks.values()].map(({ kind }) => kind);
  expect(kinds).toContain("unknown");
  expect(kinds).not.toContain("absent");
  await using listed = await openReplayed([broken]);
  expect((await faultOf(listed.cloud.list(SUITE_INSTALLATION, null, calm()))).fault.code).toBe("unreadable_answer");
});

test("an answer about another one says nothing, a refused login is everybody's", async () => {
  await using placeholder = await openReplayed([one({ id: "being-cloned" })]);
  expect((await placeholder.cloud.look([machine], calm())).get("web")).toMatchObject({
    fault: { code: "another_instance" },
  });
  await using shut = await openReplayed([refusal(ON.one, 401, "Unauthorized")]);
  expect((await faultOf(shut.cloud.look([machine], calm()))).fault).toMatchObject({ class: "auth", scope: "account" });
});

test("an id that another machine of Slipway's has by now is no proof of life; one that was renamed is left alone", async () => {
  await using reused = await openReplayed([one({ name: "db", owner: "neighbour" })]);
  expect((await reused.cloud.look([machine], calm())).get("web")).toEqual({ kind: "absent" });
  await using renamed = await openReplayed([one({ name: "precious", owner: "" })]);
  expect((await renamed.cloud.look([machine], calm())).get("web")).toMatchObject({ fault: { code: "another_name" } });
  await using nameless = await openReplayed([one({ name: "", owner: "" })]);
  expect((await nameless.cloud.look([machine], calm())).get("web")).toMatchObject({ observed: { name: "web" } });
});

test("known by its id alone, a machine is what its name says", async () => {
  await using opened = await openReplayed([one({ name: "db" })]);
  const look = (await opened.cloud.look([{ ...machine, handle: null }], calm())).get("web");
  expect(look).toMatchObject({ observed: { name: "db", handle: { owner: "suite" } } });
});
