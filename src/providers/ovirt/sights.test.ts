import { expect, test } from "vitest";
import { faultOf } from "../../cloud-http/wire.samples.ts";
import type { KnownMachine } from "../../core/machine.ts";
import { calm, lookedUp } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  commentFor,
  DISK,
  done,
  event,
  type Exchange,
  listed,
  missing,
  ON,
  openReplayed,
  page,
  refusal,
  running,
  seen,
  told,
  vm,
  VM,
} from "./cloud-replay.testsuite.ts";
import { observe } from "./observe.ts";

const NAME = "sw-suite0000000-a1-web-t1";
const OTHER = "sw-suite0000000-a1-web-t2";
const known = (given: Partial<KnownMachine> = {}): KnownMachine => ({
  name: NAME,
  realm: "Default",
  externalId: VM,
  handle: null,
  isLeaving: false,
  ...given,
});

const lookAt = async (script: readonly Exchange[], machine = known()) => {
  await using opened = await openReplayed(script);
  return (await opened.cloud.look([machine], calm())).get(machine.name);
};

test.each([
  ["image_locked", "pending"],
  ["wait_for_launch", "pending"],
  ["powering_up", "pending"],
  ["restoring_state", "pending"],
  ["up", "running"],
  ["migrating", "running"],
  ["reboot_in_progress", "running"],
  ["powering_down", "stopping"],
  ["saving_state", "stopping"],
  ["paused", "unknown"],
  ["suspended", "unknown"],
  ["not_responding", "unknown"],
  ["unknown", "unknown"],
  ["unassigned", "unknown"],
])("%s is seen as %s", async (status, state) => {
  expect(await lookAt([seen(vm(NAME, status))])).toMatchObject({ kind: "seen", observed: { state, fault: null } });
});

test("a machine without a status has an illegal disk", async () => {
  const fault = { code: "illegal_image", effect: "made" };
  expect(await lookAt([seen(vm(NAME, undefined))])).toMatchObject({ observed: { state: "error", fault } });
});

test("a running one tells the address of its first interface, IPv4 first, and none that counts on its link alone", async () => {
  expect(await lookAt([seen(running(NAME))])).toMatchObject({
    observed: {
      state: "running",
      privateAddress: "10.1.0.7",
      publicAddress: null,
      handle: { owner: "suite", disks: [DISK] },
    },
  });
});

test("one that is up is waited for until its guest agent tells an address, as long as it may have an agent", async () => {
  const silent = running(NAME, { nics: { nic: [{ id: "1", name: "nic1" }] } });
  expect(await lookAt([seen(silent)])).toMatchObject({ observed: { state: "pending", privateAddress: null } });
  expect(await lookAt([seen(running(NAME, { nics: {} }))])).toMatchObject({ observed: { state: "running" } });
  const detail = { startedAt: 1, address: null, hasInterfaces: true, firstSeenMs: 0, disks: [], asked: 9, skipped: 0 };
  const later = (nowMs: number) => observe(silent, { realm: "Default", detail, ended: null, nowMs }).state;
  expect([later(89_999), later(90_000)]).toEqual(["pending", "running"]);
});

test.each<[string, readonly object[], string | null]>([
  ["never started", [event(53, "VM web creation has been completed.")], null],
  ["started a moment ago", [event(153, "VM web was started by x."), event(119, "an older end")], null],
  ["powered off by somebody", [event(33, "VM web powered off by x."), event(61, "an older end")], null],
  ["down with an error", [event(119, "VM web is down with error."), event(32, "started")], "VM_DOWN_ERROR"],
  ["shut down by its guest", [event(61, "VM web is down. Exit message: User shut down")], "VM_DOWN"],
  ["not run by any host", [event(54, "Failed to run VM web.")], "USER_FAILED_RUN_VM"],
  ["down, and another one with an error", [event(119, "down", { vm: { id: "another" } })], null],
])("a machine that stands still, %s", async (_, events, code) => {
  const look = await lookAt([seen(vm(NAME, "down")), told(...events)]);
  expect(look).toMatchObject({
    observed: { state: "stopped", fault: code === null ? null : { code, effect: "made" } },
  });
});

test("who may not read events sees that it stands still", async () => {
  const hidden = refusal(ON.events, 403, "User is not authorized to perform this action.");
  expect(await lookAt([seen(vm(NAME, "down")), hidden])).toMatchObject({ observed: { state: "stopped", fault: null } });
});

test("the engine's own empty 404 is an absence, and a page is none", async () => {
  expect(await lookAt([missing(ON.vm), told()])).toEqual({ kind: "absent" });
  expect(await lookAt([missing(ON.vm)], known({ isLeaving: true }))).toEqual({ kind: "absent" });
  expect(await faultOf(lookAt([page(ON.vm, 404, "Not Found")]))).toMatchObject({ class: "transient" });
});

test("a machine whose disks could not be copied is gone, and says so", async () => {
  const failed = event(60, "Failed to complete VM web creation.", { vm: { name: NAME } });
  expect(await lookAt([missing(ON.vm), told(failed)])).toMatchObject({
    kind: "seen",
    observed: {
      state: "gone",
      fault: { code: "USER_ADD_VM_FINISHED_FAILURE", class: "unknown", scope: "offer", effect: "made" },
    },
  });
});

test("a machine is gone when its disks are: one that is going is waited for, an illegal one removed, another left alone", async () => {
  const machine = known({ isLeaving: true, handle: { owner: "suite", disks: [DISK] } });
  const disk = (status: string): Exchange => ({ on: ON.disk, body: { id: DISK, status } });
  expect(await lookAt([missing(ON.vm), disk("locked")], machine)).toMatchObject({ observed: { state: "stopping" } });
  expect(await lookAt([missing(ON.vm), disk("illegal")], machine)).toMatchObject({
    observed: { state: "error", fault: { code: "disks_left", effect: "made" } },
  });
  expect(await lookAt([missing(ON.vm), disk("ok")], machine)).toEqual({ kind: "absent" });
  expect(await lookAt([missing(ON.vm), missing(ON.disk)], machine)).toEqual({ kind: "absent" });
  const script = [missing(ON.vm), disk("illegal"), done(ON.endDisk), missing(ON.vm), disk("locked")];
  await using opened = await openReplayed(script);
  await opened.cloud.destroy(machine, calm());
  await opened.cloud.destroy(machine, calm());
});

test("an end powers off, waits until it stands still, and removes; its disks are remembered from then on", async () => {
  const attached = { disk_attachments: { disk_attachment: [{ id: DISK }] } };
  await using opened = await openReplayed([
    seen(vm(NAME, "up", attached)),
    done(ON.stop),
    seen(vm(NAME, "powering_down", attached)),
    seen(vm(NAME, "down", attached)),
    done(ON.end),
    missing(ON.vm),
    { on: ON.disk, body: { id: DISK, status: "locked" } },
  ]);
  await opened.cloud.destroy(known({ isLeaving: true }), calm());
  const look = (await opened.cloud.look([known({ isLeaving: true })], calm())).get(NAME);
  expect(look).toMatchObject({ observed: { state: "stopping" } });
});

test("a search finds the exact name of this installation, whatever the engine takes for the same", async () => {
  const theirs = vm(NAME, "up", { id: "x", comment: commentFor(NAME).replace("=suite", "=neighbour") });
  const bare = vm(NAME, "up", { id: "y", comment: "" });
  await using opened = await openReplayed([
    listed(vm(NAME.toUpperCase(), "up", { id: "z" }), theirs, bare, vm(NAME, "image_locked")),
    listed(),
    page(ON.vms, 200, "Welcome"),
    { on: ON.vms, bytes: Buffer.from("{}"), headersFor: () => ({}) },
  ]);
  const found = await lookedUp(opened, known());
  expect(found.map(({ externalId }) => externalId)).toEqual([VM]);
  expect(opened.asked.at(-1)?.query.get("search")).toBe(`name=${NAME}`);
  expect(await lookedUp(opened, known())).toEqual([]);
  // Nothing is concluded from a page, or from an empty object that the engine has not said.
  for (let times = 0; times < 2; times += 1) {
    expect(await faultOf(lookedUp(opened, known()))).toMatchObject({ class: "transient" });
  }
});

test("a list comes in pages, each of which is full but the last", async () => {
  const many = Array.from({ length: 1_000 }, (_, no) => vm(`sw-other-${no}`, "up", { id: `${no}`, comment: "" }));
  await using opened = await openReplayed([listed(...many), listed(vm(NAME, "image_locked"))]);
  const first = await opened.cloud.list("suite", null, calm());
  expect(first).toEqual({ machines: [], next: "2", unlisted: [] });
  const second = await opened.cloud.list("suite", first.next, calm());
  expect(second.machines.map(({ name }) => name)).toEqual([NAME]);
  expect(second.next).toBeNull();
  const asked = opened.asked.filter(({ path }) => path.endsWith("/vms")).map(({ query }) => query.get("search"));
  expect(asked).toEqual(["name=sw-* sortby name asc page 1", "name=sw-* sortby name asc page 2"]);
});

test("5,000 machines are listed in six requests, the last of which says that there are no more", async () => {
  const pageAt = (no: number) =>
    listed(
      ...Array.from({ length: 1_000 }, (_, at) => vm(`sw-${no}-${at}`, "image_locked", { id: `${VM}-${no}-${at}` })),
    );
  await using opened = await openReplayed([0, 1, 2, 3, 4].map(pageAt).concat(listed()));
  const names = new Set<string>();
  for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
    const { machines, next } = await opened.cloud.list("suite", cursor, calm());
    for (const { name } of machines) names.add(name);
    cursor = next;
  }
  const lists = opened.asked.filter(({ path }) => path.endsWith("/vms"));
  expect([names.size, lists.length]).toEqual([5_000, 6]);
});

test("addresses are asked for once a run, for many machines at once, and not again", async () => {
  const bare = (name: string, id: string) => vm(name, "up", { id, start_time: 1_606_900_100_000 });
  const all = [bare(NAME, VM), bare(OTHER, "vm2")];
  await using opened = await openReplayed([
    listed(...all),
    listed(running(NAME), running(OTHER, { id: "vm2", nics: {} })),
    listed(...all),
    // The second has told none yet.
    listed(running(OTHER, { id: "vm2" })),
    listed(...all),
  ]);
  const addresses = async () =>
    (await opened.cloud.list("suite", null, calm())).machines.map((one) => one.privateAddress);
  expect(await addresses()).toEqual(["10.1.0.7", null]);
  expect(await addresses()).toEqual(["10.1.0.7", "10.1.0.7"]);
  expect(await addresses()).toEqual(["10.1.0.7", "10.1.0.7"]);
  expect(opened.asked.map(({ query }) => query.get("follow")).filter((text) => text !== null)).toEqual([
    "nics.reported_devices,disk_attachments",
    "nics.reported_devices,disk_attachments",
  ]);
});

test("several are looked at by one list, and those that it lacks directly", async () => {
  const two = known({ name: OTHER, externalId: "vm2", isLeaving: true });
  await using opened = await openReplayed([listed(vm(NAME, "image_locked")), missing(ON.vm)]);
  const looks = await opened.cloud.look([known(), two], calm());
  expect(looks.get(NAME)).toMatchObject({ kind: "seen", observed: { state: "pending" } });
  expect(looks.get(OTHER)).toEqual({ kind: "absent" });
  expect(opened.asked.at(1)?.query.get("search")).toBe(`name=${NAME} or name=${OTHER}`);
});

test("the evidence is what the engine tells of a machine, oldest first", async () => {
  await using opened = await openReplayed([
    told(event(119, "VM web is down with error."), event(32, "VM web started", { severity: "normal" })),
    told(),
  ]);
  expect(await opened.cloud.console(known(), calm())).toBe(
    [
      "oVirt keeps no console output; its events of this machine:",
      "2020-12-02T09:10:00.000Z normal 32 VM web started",
      "2020-12-02T09:10:00.000Z error 119 VM web is down with error.",
      "",
    ].join("\n"),
  );
  expect(await opened.cloud.console(known(), calm())).toBeNull();
});

test("of a machine that somebody has renamed its own name is told", async () => {
  expect(await lookAt([seen({ ...vm(NAME, "up"), name: "database" })])).toMatchObject({ observed: { name: NAME } });
});

test("who is not let in is told so, without the password", async () => {
  const refused = { on: ON.login, status: 400, body: { error_code: "access_denied", error: "Cannot authenticate" } };
  const fault = await faultOf(lookAt([refused]));
  expect(fault).toMatchObject({ class: "auth", scope: "account", effect: "none", code: "access_denied" });
});
