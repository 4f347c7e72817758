// The steps of a deployment, as list and as stream.

import { z } from "zod";
import { ATTEMPT_OUTCOMES } from "../core/deployment.ts";
import { HOLDER_KINDS, QUARANTINE_ENDS, REBOOT_OUTCOMES } from "../core/story/event.ts";
import { DEPLOYMENT_MOVES, INSTANCE_MOVES, MACHINE_MOVES } from "../core/states.ts";
import { DeploymentState, InstanceState, MachineState } from "./deployment.ts";
import { Refusal } from "./plan.ts";
import { Dollars, Fault, orNull, quotaFields, Time } from "./terms.ts";

/** One kind of event: what all have, then its own fields. */
function kindOf<K extends string, F extends z.ZodRawShape>(kind: K, fields: F) {
  return z.object({
    no: z.number().int().meta({ description: "1, 2, … without gaps in its deployment" }),
    revision: z.number().int().meta({
      description: "Number of the revision that its deployment had, or was on its way to",
    }),
    at: Time,
    text: z.string().meta({ description: "The event as a sentence" }),
    kind: z.literal(kind),
    ...fields,
  });
}

const reason = z.string().nullable();
const asked = { by: z.string() };
const PlacedAt = z.object({ realm: z.string(), size: z.string() });
const machine = { instance: z.string(), machine: z.string() };

export const Event = z
  .discriminatedUnion("kind", [
    kindOf("deployment_moved", { from: DeploymentState, to: DeploymentState, move: z.enum(DEPLOYMENT_MOVES), reason }),
    kindOf("instance_moved", {
      instance: z.string(),
      from: InstanceState,
      to: InstanceState,
      move: z.enum(INSTANCE_MOVES),
      reason,
    }),
    kindOf("machine_moved", {
      ...machine,
      from: MachineState,
      to: MachineState,
      move: z.enum(MACHINE_MOVES),
      externalId: z.string().nullable(),
    }),
    kindOf("launch_asked", { ...asked, partial: z.boolean() }),
    kindOf("account_selected", {
      attempt: z.number().int(),
      account: z.string(),
      realms: z.array(z.string()),
      hourlyCost: Dollars.meta({ description: "Of those whose price is known" }),
      unpriced: z.number().int().meta({ description: "Instances whose price is not known" }),
      passedOver: z.record(z.string(), z.string()).meta({ description: "Groups that take an alternative, and why" }),
      refused: z.array(Refusal),
    }),
    kindOf("instance_replaced", {
      instance: z.string(),
      account: z.string(),
      from: PlacedAt,
      to: PlacedAt,
      reason: z.string(),
    }),
    kindOf("no_account", { refused: z.array(Refusal) }),
    kindOf("machine_asked", {
      ...machine,
      attempt: z.number().int(),
      account: z.string(),
      realm: z.string(),
      size: z.string(),
      image: z.string(),
    }),
    kindOf("instance_ready", { instance: z.string() }),
    kindOf("live_lost", { instance: z.string(), reason: z.string() }).meta({
      description: "It runs, and has failed its live check so often in a row that it counts as dead",
    }),
    kindOf("live_back", { instance: z.string() }),
    kindOf("start_asked", machine),
    kindOf("reboot_asked", { ...machine, by: z.string() }),
    kindOf("reboot_answered", { ...machine, outcome: z.enum(REBOOT_OUTCOMES), reason }).meta({
      description: "Lost: nobody knows whether its cloud reboots it, and it is not asked again",
    }),
    kindOf("reboot_over", { ...machine, reason }).meta({
      description: "Nothing waits for the reboot any more. Reason: null, its machine runs; else what it is instead",
    }),
    kindOf("undo_asked", machine),
    kindOf("fault_met", {
      instance: z.string().nullable(),
      machine: z.string().nullable(),
      call: z.string(),
      fault: Fault,
      retryAt: Time.nullable(),
    }),
    kindOf("evidence_kept", { ...machine, bytes: z.number().int() }),
    kindOf("debt_opened", { ...machine, hourlyCost: orNull(Dollars) }),
    kindOf("debt_cleared", machine),
    kindOf("attempt_ended", {
      attempt: z.number().int(),
      account: z.string(),
      outcome: z.enum(ATTEMPT_OUTCOMES),
      instance: z.string().nullable(),
      reason,
      fault: orNull(Fault),
    }),
    kindOf("offer_blocked", {
      account: z.string(),
      realm: z.string(),
      size: z.string(),
      until: Time,
      because: z.string(),
    }),
    kindOf("account_suspended", { account: z.string(), because: z.string() }),
    kindOf("quota_near", { of: z.enum(HOLDER_KINDS), name: z.string(), ...quotaFields }).meta({
      description:
        "A warning: the launch has brought its pool, or who launched it, to 70 % of what they may hold in all pools (`user`) or in this one (`pool_user`)",
    }),
    kindOf("study_begun", {
      endsAt: Time,
      reason,
      hourlyCost: Dollars.meta({ description: "Of what stays and has a known price" }),
      unpriced: z.number().int().meta({ description: "Machines that stay and whose price is not known" }),
    }).meta({ description: "The attempt has failed, and stays as it is until then" }),
    kindOf("quarantine_begun", {
      ...machine,
      endsAt: Time,
      reason,
      hourlyCost: orNull(Dollars).meta({ description: "Null: nobody knows the price" }),
    }).meta({ description: "The attempt has failed for this machine, which is kept alone until then" }),
    kindOf("quarantine_ended", {
      ...machine,
      why: z.enum(QUARANTINE_ENDS).meta({ description: "Gone: it went by itself; else it is removed now" }),
      by: z.string().nullable().meta({ description: "Who released it; else null" }),
    }),
    kindOf("release_asked", asked).meta({ description: "What was held is rolled back now" }),
    kindOf("cancel_asked", asked),
    kindOf("stop_asked", asked),
    kindOf("lease_begun", { endsAt: Time }),
    kindOf("lease_extended", { ...asked, endsAt: Time }),
    kindOf("lease_ending", { endsAt: Time }).meta({ description: "A warning" }),
    kindOf("lease_ended", {}),
    kindOf("lease_lifted", {}).meta({ description: "What it was updated to has none" }),
    kindOf("delete_asked", { ...asked, abandonDebt: z.boolean() }),
    kindOf("rollback_retry_asked", asked),
    kindOf("machine_skipped", { ...machine, ...asked }).meta({
      description: "Given up as debt: its rollback goes on without it, and its removal is tried on",
    }),
    kindOf("relaunch_asked", { ...asked, successor: z.string() }).meta({
      description: "Launched once more, as this deployment, which has its name from then on",
    }),
    kindOf("instance_retry_asked", { ...asked, instance: z.string() }),
    kindOf("repair_begun", {
      instance: z.string(),
      by: z.string().nullable().meta({ description: "Who asked; null: by itself" }),
      reason,
      nth: z.number().int().nullable().meta({ description: "Which of the window's; null: it does not count" }),
      most: z.number().int().nullable().meta({ description: "How many the window has" }),
    }),
    kindOf("repair_ended", {
      instance: z.string(),
      isUp: z.boolean(),
      reason,
      outdated: z.array(z.string()).meta({ description: "Members whose user data tells about its former machine" }),
    }),
    kindOf("update_begun", {
      ...asked,
      replaced: z.array(z.string()),
      added: z.array(z.string()),
      removed: z.array(z.string()),
    }),
    kindOf("removed_first", machine),
    kindOf("removal_begun", {}),
    kindOf("instance_revised", {
      instance: z.string(),
      from: InstanceState.nullable().meta({ description: "Null: there was none of that name" }),
      to: InstanceState.nullable().meta({ description: "Null: there is none any more" }),
    }),
    kindOf("seeking_ended", { reason }),
    kindOf("parked", { because: z.string(), tries: z.number().int() }),
    kindOf("deleted", {}),
    kindOf("clock_moved", {
      byMs: z.number().meta({ description: "By how much the database's clock was set; negative: back" }),
    }),
  ])
  .meta({ id: "Event" });
export type Event = z.infer<typeof Event>;

export const EventPage = z
  .object({
    events: z.array(Event),
    last: z
      .number()
      .int()
      .meta({ description: "The deployment's last event; more are to be had while it is above yours" }),
    oldest: z.number().int().meta({
      description: "The oldest event that is kept, or, with none kept, the next one: what was before is gone",
    }),
  })
  .meta({ id: "EventPage" });
export type EventPage = z.infer<typeof EventPage>;

/**
 * Names in the stream (server-sent events). `step`: one {@link Event}, with its number as the stream's id, so that a reader
 * that comes back with Last-Event-ID goes on after it. `gone`: {@link StreamGone}, in place of steps that are not kept any more. `end`: a {@link StreamEnd}; the server closes after it.
 */
export const STREAM_EVENTS = { step: "step", gone: "gone", end: "end" } as const;

export const StreamGone = z
  .object({
    oldest: z.number().int().meta({ description: "The oldest event that is kept, or, with none kept, the next one" }),
  })
  .meta({ id: "StreamGone", description: "Events before this one are not kept any more" });
export type StreamGone = z.infer<typeof StreamGone>;

export const StreamEnd = z
  .object({
    state: DeploymentState,
    last: z.number().int().meta({ description: "Number of the last event" }),
    deleted: z.boolean(),
  })
  .meta({ id: "StreamEnd", description: "The deployment is in a final state and every event has been sent" });
export type StreamEnd = z.infer<typeof StreamEnd>;

/** A comment is sent when nothing else was for this long; a reader may take twice this silence for a broken line. */
export const HEARTBEAT_MS = 15_000;
