import { describe, expect, test } from "vitest";
import { Event } from "../../contract/event.ts";
import { sampleFault, sampleMachine } from "../../ports/store.samples.ts";
import { deploymentId } from "../ids.ts";
import { describe as sentenceOf, faultText } from "./describe.ts";
import type { EventBody, EventKind } from "./event.ts";
import { MACHINE_MOVES } from "../states.ts";

const LEASED_UNTIL = Date.UTC(2026, 10, 22, 10);
const instance = "db";
const machine = sampleMachine().id;
const selected = {
  kind: "account_selected",
  attempt: 1,
  account: "east",
  realms: ["east-1", "east-2"],
  hourlyMicros: 12_300,
  unpriced: 0,
} as const;
const refused = [
  { account: "west", realm: null, code: "disabled", text: "the account is disabled" },
  { account: "north", realm: "n1", code: "no_size", text: "no size fits" },
] as const;
const blocked = { kind: "offer_blocked", account: "east", until: 5, text: "no host has room" } as const;

/** Each kind in its fullest and its barest form. */
const CHANGE = { replaced: ["web-1"], added: ["web-3", "web-4"], removed: [] } as const;

const SENTENCES: readonly [EventBody, string][] = [
  [{ kind: "update_begun", by: "ada", ...CHANGE }, "Update asked by ada: it replaces web-1; adds web-3, web-4"],
  [
    { kind: "update_begun", by: "ada", replaced: [], added: [], removed: [] },
    "Update asked by ada: no machine changes",
  ],
  [{ kind: "removed_first", instance, machine }, `${machine} goes before another is asked for as db`],
  [{ kind: "removal_begun" }, "All that is new is ready: what was before goes now, as far as it is still there"],
  [{ kind: "instance_revised", instance, from: null, to: "new" }, "db is a new member"],
  [{ kind: "instance_revised", instance, from: null, to: "running" }, "db is a member again, running"],
  [{ kind: "instance_revised", instance, from: "running", to: null }, "db is no member any more"],
  [{ kind: "instance_revised", instance, from: "running", to: "new" }, "db begins anew: running → new"],
  [{ kind: "instance_revised", instance, from: "new", to: "running" }, "db is taken up as running in this revision"],
  [
    { kind: "clock_moved", byMs: -10_800_000 },
    "The database's clock was set back by 3 h; time goes on here as if it had not been",
  ],
  [
    { kind: "clock_moved", byMs: 90_061_000 },
    "The database's clock was set forward by 1 d 1 h; time goes on here as if it had not been",
  ],
  [
    { kind: "clock_moved", byMs: 125_400 },
    "The database's clock was set forward by 2 min 5 s; time goes on here as if it had not been",
  ],
  [
    { kind: "clock_moved", byMs: -12 },
    "The database's clock was set back by 1 s; time goes on here as if it had not been",
  ],
  [{ kind: "launch_asked", by: "ada", partial: false }, "Launch asked by ada"],
  [{ kind: "launch_asked", by: "ada", partial: true }, "Launch asked by ada (what fails may stay out)"],
  [
    { kind: "deployment_moved", from: "new", to: "pending", move: "launch_begun", reason: null },
    "Deployment: new → pending",
  ],
  [
    { kind: "deployment_moved", from: "pending", to: "failed", move: "gave_up", reason: "cancelled" },
    "Deployment: pending → failed, cancelled",
  ],
  [
    { kind: "instance_moved", instance, from: "new", to: "pending", move: "launch_asked", reason: null },
    "db: new → pending",
  ],
  [
    { kind: "instance_moved", instance, from: "pending", to: "error", move: "seen_error", reason: "kernel panic" },
    "db: pending → error, kernel panic",
  ],
  [{ ...selected, passedOver: {}, refused: [] }, "Selecting provider account… east (east-1, east-2, $0.0123 per hour)"],
  [
    { ...selected, hourlyMicros: 0, unpriced: 2, passedOver: {}, refused: [] },
    "Selecting provider account… east (east-1, east-2, at a price that nobody knows)",
  ],
  [
    { ...selected, unpriced: 2, passedOver: {}, refused: [] },
    "Selecting provider account… east (east-1, east-2, $0.0123 per hour, and 2 at a price that nobody knows)",
  ],
  [
    { ...selected, passedOver: { gpu: "needs 2 of a100, 1 of 1 are free" }, refused },
    "Selecting provider account… east (east-1, east-2, $0.0123 per hour); gpu takes an alternative, since needs 2 of a100, 1 of 1 are free; not west: the account is disabled; not north/n1: no size fits",
  ],
  [
    {
      kind: "instance_replaced",
      instance,
      account: "east",
      from: { realm: "east-1", size: "s1" },
      to: { realm: "east-2", size: "s4" },
      reason: "no host has room",
    },
    "db: east-1/s1 was refused at east (no host has room); taking east-2/s4 there",
  ],
  [
    { kind: "debt_opened", instance, machine, hourlyMicros: null },
    `db: machine ${machine} is not proven gone, at a price that nobody knows; trying on`,
  ],
  [
    { kind: "no_account", refused },
    "Selecting provider account… none can host it; not west: the account is disabled; not north/n1: no size fits",
  ],
  [
    {
      kind: "machine_asked",
      instance,
      machine,
      attempt: 1,
      account: "east",
      realm: "east-1",
      size: "s1",
      image: "debian-13",
    },
    "Making launch request for instance… db (s1, debian-13, at east)",
  ],
  [{ kind: "instance_ready", instance }, "db is ready"],
  [{ kind: "start_asked", instance, machine }, "Starting instance… db"],
  [{ kind: "reboot_asked", instance, machine, by: "ada" }, "Reboot of db asked by ada"],
  [
    { kind: "reboot_answered", instance, machine, outcome: "taken", reason: null },
    "db: its cloud has taken the reboot",
  ],
  [
    { kind: "reboot_answered", instance, machine, outcome: "refused", reason: "it is migrating" },
    "db is not rebooted, it is migrating",
  ],
  [
    { kind: "reboot_answered", instance, machine, outcome: "lost", reason: "no answer within 15 s" },
    "db: whether its cloud reboots it is not known, and it is not asked again, no answer within 15 s",
  ],
  [{ kind: "reboot_over", instance, machine, reason: null }, "db: its reboot is over"],
  [
    { kind: "reboot_over", instance, machine, reason: "its machine is gone" },
    "db: its reboot is over, its machine is gone",
  ],
  [{ kind: "undo_asked", instance, machine }, "Hauling back instance… db"],
  [
    { kind: "fault_met", instance, machine, call: "create", fault: sampleFault(), retryAt: null },
    "db: create failed, capacity: no host has room [InsufficientCapacity] (nothing was made)",
  ],
  [
    {
      kind: "fault_met",
      instance: null,
      machine: null,
      call: "look",
      fault: sampleFault({ effect: "made" }),
      retryAt: 9,
    },
    "A machine: look failed, capacity: no host has room [InsufficientCapacity]; trying again",
  ],
  [{ kind: "evidence_kept", instance, machine, bytes: 12 }, "Kept the console of db (12 characters)"],
  [{ kind: "evidence_kept", instance, machine, bytes: 0 }, "The console of db showed nothing to keep"],
  [
    { kind: "debt_opened", instance, machine, hourlyMicros: 10_000 },
    `db: machine ${machine} is not proven gone, it may cost $0.0100 per hour; trying on`,
  ],
  [
    { kind: "machine_skipped", instance, machine, by: "ada" },
    `db: machine ${machine} is given up as debt by ada; the rollback goes on without it`,
  ],
  [
    { kind: "live_lost", instance, reason: "its live check failed, last answer: 503" },
    "db is up no more: its live check failed, last answer: 503",
  ],
  [{ kind: "live_back", instance }, "db passes its live check again"],
  [
    { kind: "study_begun", endsAt: 0, reason: "db: no room", hourlyMicros: 20_000, unpriced: 0 },
    "Held for study until 1970-01-01 00:00:00 UTC, $0.0200 per hour, db: no room; then it is rolled back",
  ],
  [
    { kind: "quarantine_begun", instance, machine, endsAt: 0, reason: "db: no boot", hourlyMicros: 20_000 },
    `db: machine ${machine} is kept in quarantine until 1970-01-01 00:00:00 UTC, $0.0200 per hour, db: no boot; the rest goes`,
  ],
  [
    { kind: "quarantine_begun", instance, machine, endsAt: 0, reason: null, hourlyMicros: null },
    `db: machine ${machine} is kept in quarantine until 1970-01-01 00:00:00 UTC, at a price that nobody knows; the rest goes`,
  ],
  [
    { kind: "quarantine_ended", instance, machine, why: "gone", by: null },
    `db: machine ${machine} is out of quarantine: it is gone by itself`,
  ],
  [
    { kind: "quarantine_ended", instance, machine, why: "time", by: null },
    `db: machine ${machine} is out of quarantine, its time is up; it goes now`,
  ],
  [
    { kind: "quarantine_ended", instance, machine, why: "released", by: "ada" },
    `db: machine ${machine} is out of quarantine, released by ada; it goes now`,
  ],
  [{ kind: "release_asked", by: "ada" }, "Release of what was held asked by ada"],
  [{ kind: "debt_cleared", instance, machine }, `db: machine ${machine} is gone after all, nothing is owed`],
  [
    {
      kind: "attempt_ended",
      attempt: 1,
      account: "east",
      outcome: "succeeded",
      instance: null,
      reason: null,
      fault: null,
    },
    "Attempt 1 at east: succeeded",
  ],
  [
    {
      kind: "attempt_ended",
      attempt: 1,
      account: "east",
      outcome: "succeeded",
      instance: null,
      reason: "db: no room",
      fault: null,
    },
    "Attempt 1 at east: settled in part; db: no room",
  ],
  [
    {
      kind: "attempt_ended",
      attempt: 1,
      account: "east",
      outcome: "cancelled",
      instance: null,
      reason: "cancelled",
      fault: null,
    },
    "Attempt 1 at east: cancelled",
  ],
  [
    {
      kind: "attempt_ended",
      attempt: 2,
      account: "east",
      outcome: "failed",
      instance,
      reason: "db: refused",
      fault: null,
    },
    "Attempt 2 at east: failed, db: refused",
  ],
  [{ ...blocked, realm: "*", size: "*" }, "Leaving east (all of it) alone for a while: no host has room"],
  [
    { ...blocked, realm: "*", size: "* of cpu/standard" },
    "Leaving east (all of cpu/standard) alone for a while: no host has room",
  ],
  [{ ...blocked, realm: "r1", size: "*" }, "Leaving east r1 alone for a while: no host has room"],
  [{ ...blocked, realm: "r1", size: "s1" }, "Leaving east r1/s1 alone for a while: no host has room"],
  [{ kind: "account_suspended", account: "east", text: "bad key" }, "Account east is suspended: bad key"],
  [{ kind: "cancel_asked", by: "ada" }, "Cancel asked by ada"],
  [{ kind: "stop_asked", by: "ada" }, "Stop asked by ada"],
  [
    { kind: "lease_begun", endsAt: LEASED_UNTIL },
    "It is leased until 2026-11-22 10:00:00 UTC: then it stops by itself",
  ],
  [
    { kind: "lease_extended", by: "ada", endsAt: LEASED_UNTIL },
    "Lease extended by ada: it ends 2026-11-22 10:00:00 UTC",
  ],
  [
    { kind: "lease_ending", endsAt: LEASED_UNTIL },
    "Its lease ends soon, 2026-11-22 10:00:00 UTC: then it stops by itself",
  ],
  [
    { kind: "quota_near", of: "pool", name: "web", quota: "hourlyMicros", used: 7_500_000, most: 10_000_000 },
    "70 % of the quota of pool web is used: $7.5000 of $10.0000 per hour",
  ],
  [
    { kind: "quota_near", of: "user", name: "ada", quota: "accelerators/h100", used: 8, most: 8 },
    "The quota of user ada is used: 8 of 8 of accelerators/h100",
  ],
  [
    { kind: "quota_near", of: "pool_user", name: "ada", quota: "instances", used: 3, most: 4 },
    "70 % of the quota of user ada in this pool is used: 3 of 4 instances",
  ],
  [{ kind: "lease_ended" }, "Its lease has ended: it stops"],
  [{ kind: "lease_lifted" }, "It has no lease any more: it runs until it is stopped"],
  [
    { kind: "seeking_ended", reason: "db: no room; the launch's time is up" },
    "No other account is looked for any more, db: no room; the launch's time is up",
  ],
  [
    { kind: "parked", text: "a mistake of its own", tries: 1 },
    "Slipway cannot go on with it: a mistake of its own; it tries again by itself",
  ],
  [
    { kind: "parked", text: "the database is too busy", tries: 9 },
    "Slipway cannot go on with it: the database is too busy; it tries again by itself, 9 times so far",
  ],
  [{ kind: "delete_asked", by: "ada", abandonDebt: false }, "Delete asked by ada"],
  [{ kind: "delete_asked", by: "ada", abandonDebt: true }, "Delete asked by ada, leaving debt to be cleared later"],
  [{ kind: "rollback_retry_asked", by: "ada" }, "Another try of the rollback asked by ada"],
  [
    { kind: "relaunch_asked", by: "ada", successor: deploymentId("dep2") },
    "Launched once more as dep2, asked by ada: its name belongs to that one now",
  ],
  [{ kind: "instance_retry_asked", instance, by: "ada" }, "Another try of db asked by ada"],
  [
    { kind: "repair_begun", instance, by: "ada", reason: null, nth: null, most: null },
    "db is being replaced, asked by ada",
  ],
  [
    { kind: "repair_begun", instance, by: null, reason: "it broke", nth: 2, most: 3 },
    "db is being replaced, repair 2 of 3, it broke",
  ],
  [
    { kind: "repair_begun", instance, by: null, reason: "cascade", nth: null, most: null },
    "db is being replaced, cascade",
  ],
  [{ kind: "repair_ended", instance, isUp: true, reason: null, outdated: [] }, "db is repaired"],
  [
    { kind: "repair_ended", instance, isUp: true, reason: null, outdated: ["web"] },
    "db is repaired; web was told about its former machine",
  ],
  [
    { kind: "repair_ended", instance, isUp: true, reason: null, outdated: ["a", "b"] },
    "db is repaired; a, b were told about its former machine",
  ],
  [
    { kind: "repair_ended", instance, isUp: false, reason: "no room", outdated: [] },
    "The repair of db has come to nothing, no room",
  ],
  [{ kind: "deleted" }, "Deleted; its name is free again"],
];

test.each(SENTENCES)("$kind is told", (body, sentence) => {
  expect(sentenceOf(body)).toBe(sentence);
});

describe("the steps of a machine", () => {
  test.each(MACHINE_MOVES)("%s is told, with the machine's instance", (move) => {
    const said = sentenceOf({
      kind: "machine_moved",
      instance,
      machine,
      from: "intent",
      to: "made",
      move,
      externalId: null,
    });
    expect(said).toMatch(/^db: .{10}/);
    expect(said).not.toMatch(/undefined|null/);
  });
});

test("no kind of event is left without a sentence", () => {
  const told = new Set<EventKind>([...SENTENCES.map(([body]) => body.kind), "machine_moved"]);
  expect([...told].sort()).toEqual(Event.options.map((one) => one.shape.kind.value).sort());
});

test("a fault is told with its code, so that people can ask the cloud about it", () => {
  expect(faultText(sampleFault({ class: "quota", code: "Limit", text: "too many", effect: "unknown" }))).toBe(
    "quota: too many [Limit]",
  );
});

test("what a cloud said at length is told whole by the failed call alone", () => {
  const text = `Quota exceeded ${"x".repeat(2_000)}`;
  const fault = sampleFault({ class: "quota", text });
  expect(sentenceOf({ kind: "fault_met", instance, machine, call: "create", fault, retryAt: null })).toContain(text);
  const following: readonly EventBody[] = [
    { kind: "instance_moved", instance, from: "pending", to: "create_failed", move: "create_refused", reason: text },
    { kind: "attempt_ended", attempt: 1, account: "east", outcome: "failed", instance, reason: text, fault },
    { ...blocked, realm: "east-1", size: "s1", text },
    { kind: "account_suspended", account: "east", text },
    { kind: "no_account", refused: [{ account: "west", realm: null, code: "blocked", text }] },
  ];
  for (const body of following) expect(sentenceOf(body)).toMatch(/Quota exceeded x{497}… 1,503 more characters/);
});
