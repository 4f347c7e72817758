// Events as sentences for people: the one place that words them; CLI, page and exports show the same. What a cloud said at length is
// told whole by the failed call alone; whatever follows from it has the beginning.

import { amountText, countText, dimensionOf } from "../market/amount.ts";
import { brief } from "./brief.ts";
import type { EventBody, QuarantineEnd, Refusal } from "./event.ts";
import { DELETE_IGNORED } from "../fault.ts";
import type { Fault } from "../fault.ts";
import { spanText, timeText } from "./times.ts";

/** One line, no secrets (events carry none). */
export function describe(body: EventBody): string {
  switch (body.kind) {
    case "deployment_moved":
    case "instance_moved":
    case "machine_moved":
      return movedText(body);
    case "account_selected":
    case "instance_replaced":
    case "machine_asked":
      return placedText(body);
    case "instance_ready":
    case "live_lost":
    case "live_back":
      return livedText(body);
    case "start_asked":
    case "undo_asked":
    case "reboot_answered":
    case "reboot_over":
    case "evidence_kept":
    case "fault_met":
      return memberText(body);
    case "debt_opened":
    case "debt_cleared":
      return debtText(body);
    case "attempt_ended":
      return `Attempt ${body.attempt} at ${body.account}: ${outcomeText(body)}`;
    case "study_begun":
      return `Held for study until ${timeText(body.endsAt)}, ${costText(body)}${because(body.reason)}; then it is rolled back`;
    case "quarantine_begun":
    case "quarantine_ended":
      return quarantineText(body);
    case "offer_blocked":
    case "account_suspended":
    case "quota_near":
      return marketText(body);
    case "launch_asked":
    case "release_asked":
    case "cancel_asked":
    case "stop_asked":
    case "delete_asked":
    case "rollback_retry_asked":
    case "machine_skipped":
    case "relaunch_asked":
    case "instance_retry_asked":
    case "reboot_asked":
      return askedText(body);
    case "lease_begun":
    case "lease_extended":
    case "lease_ending":
    case "lease_ended":
    case "lease_lifted":
      return leaseText(body);
    case "repair_begun":
    case "repair_ended":
    case "update_begun":
    case "removed_first":
    case "removal_begun":
    case "instance_revised":
      return changeText(body);
    case "no_account":
    case "seeking_ended":
    case "parked":
    case "deleted":
    case "clock_moved":
      return restText(body);
  }
}

function movedText(body: Extract<EventBody, { kind: `${"deployment" | "instance" | "machine"}_moved` }>): string {
  switch (body.kind) {
    case "deployment_moved":
      return `Deployment: ${body.from} → ${body.to}${because(body.reason)}`;
    case "instance_moved":
      return `${body.instance}: ${body.from} → ${body.to}${because(body.reason)}`;
    case "machine_moved":
      return machineText(body);
  }
}

type PlacedKind = "account_selected" | "instance_replaced" | "machine_asked";

/** Where the whole, or one of it, is asked for. */
function placedText(body: Extract<EventBody, { kind: PlacedKind }>): string {
  const { account } = body;
  switch (body.kind) {
    case "account_selected":
      return `Selecting provider account… ${account} (${body.realms.join(", ")}, ${costText(body)})${instead(body.passedOver)}${notThese(body.refused)}`;
    case "instance_replaced":
      return `${body.instance}: ${offer(body.from)} was refused at ${account} (${short(body.reason)}); taking ${offer(body.to)} there`;
    case "machine_asked":
      return `Making launch request for instance… ${body.instance} (${body.size}, ${body.image}, at ${account})`;
  }
}

type MarketKind = "offer_blocked" | "account_suspended" | "quota_near";

/** What others learn of accounts, offers and quotas by it. */
function marketText(body: Extract<EventBody, { kind: MarketKind }>): string {
  switch (body.kind) {
    case "offer_blocked":
      return `Leaving ${body.account} ${offer(body)} alone for a while: ${short(body.text)}`;
    case "account_suspended":
      return `Account ${body.account} is suspended: ${short(body.text)}`;
    case "quota_near":
      return nearText(body);
  }
}

/** What people ask of one that exists. */
function askedText(body: Extract<EventBody, { kind: `${string}_asked` | "machine_skipped"; by: string }>): string {
  switch (body.kind) {
    case "launch_asked":
      return `Launch asked by ${body.by}${body.partial ? " (what fails may stay out)" : ""}`;
    case "release_asked":
      return `Release of what was held asked by ${body.by}`;
    case "cancel_asked":
      return `Cancel asked by ${body.by}`;
    case "stop_asked":
      return `Stop asked by ${body.by}`;
    case "delete_asked":
      return `Delete asked by ${body.by}${body.abandonDebt ? ", leaving debt to be cleared later" : ""}`;
    case "rollback_retry_asked":
      return `Another try of the rollback asked by ${body.by}`;
    case "machine_skipped":
      return `${body.instance}: machine ${body.machine} is given up as debt by ${body.by}; the rollback goes on without it`;
    case "relaunch_asked":
      return `Launched once more as ${body.successor}, asked by ${body.by}: its name belongs to that one now`;
    case "instance_retry_asked":
      return `Another try of ${body.instance} asked by ${body.by}`;
    case "reboot_asked":
      return `Reboot of ${body.instance} asked by ${body.by}`;
  }
}

function livedText(body: Extract<EventBody, { kind: "instance_ready" | `live_${string}` }>): string {
  if (body.kind === "instance_ready") return `${body.instance} is ready`;
  if (body.kind === "live_back") return `${body.instance} passes its live check again`;
  return `${body.instance} is up no more: ${short(body.reason)}`;
}

type MemberKind = "start_asked" | "undo_asked" | "evidence_kept" | "fault_met" | `reboot_${"answered" | "over"}`;

/** What is done with the machine of one. */
function memberText(body: Extract<EventBody, { kind: MemberKind }>): string {
  switch (body.kind) {
    case "start_asked":
      return `Starting instance… ${body.instance}`;
    case "undo_asked":
      return `Hauling back instance… ${body.instance}`;
    case "reboot_answered":
      return rebootText(body);
    case "evidence_kept":
      return keptText(body);
    case "fault_met":
      return metText(body);
    case "reboot_over":
      return `${body.instance}: its reboot is over${because(body.reason)}`;
  }
}

function rebootText({ instance, ...body }: Extract<EventBody, { kind: "reboot_answered" }>): string {
  switch (body.outcome) {
    case "taken":
      return `${instance}: its cloud has taken the reboot`;
    case "refused":
      return `${instance} is not rebooted${because(body.reason)}`;
    case "lost":
      return `${instance}: whether its cloud reboots it is not known, and it is not asked again${because(body.reason)}`;
  }
}

function debtText(body: Extract<EventBody, { kind: `debt_${string}` }>): string {
  const { instance, machine } = body;
  if (body.kind === "debt_cleared") return `${instance}: machine ${machine} is gone after all, nothing is owed`;
  return `${instance}: machine ${machine} is not proven gone, ${mayCost(body.hourlyMicros)}; trying on`;
}

const ENDED_BY: Readonly<Record<Exclude<QuarantineEnd, "gone">, string>> = {
  time: "its time is up",
  released: "released",
  cancelled: "its launch is cancelled",
  stopped: "its deployment is stopped",
  deleted: "its deployment is deleted",
};

function quarantineText(body: Extract<EventBody, { kind: `quarantine_${string}` }>): string {
  const { instance, machine } = body;
  if (body.kind === "quarantine_begun") {
    const { endsAt, hourlyMicros } = body;
    const price = hourlyMicros === null ? "at a price that nobody knows" : `${money(hourlyMicros)} per hour`;
    return `${instance}: machine ${machine} is kept in quarantine until ${timeText(endsAt)}, ${price}${because(body.reason)}; the rest goes`;
  }
  if (body.why === "gone") return `${instance}: machine ${machine} is out of quarantine: it is gone by itself`;
  const by = body.by === null ? "" : ` by ${body.by}`;
  return `${instance}: machine ${machine} is out of quarantine, ${ENDED_BY[body.why]}${by}; it goes now`;
}

function leaseText(body: Extract<EventBody, { kind: `lease_${string}` }>): string {
  switch (body.kind) {
    case "lease_begun":
      return `It is leased until ${timeText(body.endsAt)}: then it stops by itself`;
    case "lease_extended":
      return `Lease extended by ${body.by}: it ends ${timeText(body.endsAt)}`;
    case "lease_ending":
      return `Its lease ends soon, ${timeText(body.endsAt)}: then it stops by itself`;
    case "lease_ended":
      return "Its lease has ended: it stops";
    case "lease_lifted":
      return "It has no lease any more: it runs until it is stopped";
  }
}

function nearText({ of, name, quota, used, most }: Extract<EventBody, { kind: "quota_near" }>): string {
  const dimension = dimensionOf(quota);
  const whose = { pool: `pool ${name}`, user: `user ${name}`, pool_user: `user ${name} in this pool` }[of];
  return `${used >= most ? "The quota" : "70 % of the quota"} of ${whose} is used: ${countText(used, dimension)} of ${amountText(most, dimension)}`;
}

function metText({ instance, call, fault, retryAt }: Extract<EventBody, { kind: "fault_met" }>): string {
  const who = instance ?? "A machine";
  // Nothing has failed in the cloud's own words.
  if (fault.code === DELETE_IGNORED.code) return `${who}: ${fault.text}`;
  return `${who}: ${call} failed, ${faultText(fault)}${retryAt === null ? "" : "; trying again"}`;
}

function keptText({ instance, bytes }: Extract<EventBody, { kind: "evidence_kept" }>): string {
  if (bytes === 0) return `The console of ${instance} showed nothing to keep`;
  return `Kept the console of ${instance} (${bytes} characters)`;
}

function repairText({ by, reason, nth, most }: Extract<EventBody, { kind: "repair_begun" }>): string {
  if (by !== null) return `, asked by ${by}`;
  return `${nth === null ? "" : `, repair ${nth} of ${most}`}${because(reason)}`;
}

function repairedText(body: Extract<EventBody, { kind: "repair_ended" }>): string {
  const { instance, isUp, reason, outdated } = body;
  if (!isUp) return `The repair of ${instance} has come to nothing${because(reason)}`;
  if (outdated.length === 0) return `${instance} is repaired`;
  const told = outdated.length === 1 ? "was told" : "were told";
  return `${instance} is repaired; ${outdated.join(", ")} ${told} about its former machine`;
}

function parkedText(body: Extract<EventBody, { kind: "parked" }>): string {
  return `Slipway cannot go on with it: ${body.text}; it tries again by itself${body.tries === 1 ? "" : `, ${body.tries} times so far`}`;
}

type RestKind = "no_account" | "seeking_ended" | "parked" | "deleted" | "clock_moved";

function restText(body: Extract<EventBody, { kind: RestKind }>): string {
  switch (body.kind) {
    case "no_account":
      return `Selecting provider account… none can host it${notThese(body.refused)}`;
    case "seeking_ended":
      return `No other account is looked for any more${because(body.reason)}`;
    case "parked":
      return parkedText(body);
    case "deleted":
      return "Deleted; its name is free again";
    case "clock_moved":
      return `The database's clock was set ${body.byMs < 0 ? "back" : "forward"} by ${spanText(Math.abs(body.byMs))}; time goes on here as if it had not been`;
  }
}

type ChangeKind =
  | `repair_${"begun" | "ended"}`
  | "update_begun"
  | "removed_first"
  | "removal_begun"
  | "instance_revised";

/** Of members that become others. */
function changeText(body: Extract<EventBody, { kind: ChangeKind }>): string {
  switch (body.kind) {
    case "repair_begun":
      return `${body.instance} is being replaced${repairText(body)}`;
    case "repair_ended":
      return repairedText(body);
    case "update_begun":
      return `Update asked by ${body.by}${changesText(body)}`;
    case "removed_first":
      return `${body.machine} goes before another is asked for as ${body.instance}`;
    case "removal_begun":
      return "All that is new is ready: what was before goes now, as far as it is still there";
    case "instance_revised":
      return revisedText(body);
  }
}

function changesText({ replaced, added, removed }: Extract<EventBody, { kind: "update_begun" }>): string {
  const one = (what: string, names: readonly string[]) => (names.length === 0 ? [] : [`${what} ${names.join(", ")}`]);
  const all = [...one("replaces", replaced), ...one("adds", added), ...one("removes", removed)];
  return all.length === 0 ? ": no machine changes" : `: it ${all.join("; ")}`;
}

function revisedText({ instance, from, to }: Extract<EventBody, { kind: "instance_revised" }>): string {
  if (from === null) return `${instance} is ${to === "new" ? "a new member" : `a member again, ${to}`}`;
  if (to === null) return `${instance} is no member any more`;
  // Of a way back too, and of one whose readiness is asked for anew.
  return to === "new" ? `${instance} begins anew: ${from} → new` : `${instance} is taken up as ${to} in this revision`;
}

function machineText(body: Extract<EventBody, { kind: "machine_moved" }>): string {
  const { instance, machine, move } = body;
  switch (move) {
    case "create_answered":
      return `${instance}: the cloud has made ${machine}`;
    case "create_refused":
      return `${instance}: refused, nothing was made`;
    case "answer_lost":
      return `${instance}: no clear answer; looking whether ${machine} was made`;
    case "withdrawn":
      return `${instance}: withdrawn before it was asked for`;
    case "found":
      return `${instance}: ${machine} was made after all, adopted`;
    case "proven_absent":
      return `${instance}: proven that ${machine} was never made`;
    case "proven_gone":
      return `${instance}: proven that ${machine} is gone`;
    case "found_late":
      return `${instance}: ${machine} has turned up late, removing it`;
  }
}

export function faultText(fault: Fault): string {
  const left = fault.effect === "none" ? " (nothing was made)" : "";
  return `${fault.class}: ${fault.text} [${fault.code}]${left}`;
}

/** What made a partial launch settle without some of its members is no success of theirs. */
function outcomeText({ outcome, reason }: Extract<EventBody, { kind: "attempt_ended" }>): string {
  if (outcome === "succeeded" && reason !== null) return `settled in part; ${short(reason)}`;
  return outcome + because(outcome === reason ? null : reason);
}

/** As much of a cause as is told of one. */
const SHORT_MOST = 512;

const short = (text: string): string => brief(text, SHORT_MOST);

function because(reason: string | null): string {
  return reason === null ? "" : `, ${short(reason)}`;
}

function money(micros: number): string {
  return `$${(micros / 1_000_000).toFixed(4)}`;
}

/** `hourlyMicros`: of those whose price is known. */
function costText({ hourlyMicros, unpriced }: { readonly hourlyMicros: number; readonly unpriced: number }): string {
  if (unpriced === 0) return `${money(hourlyMicros)} per hour`;
  if (hourlyMicros === 0) return "at a price that nobody knows";
  return `${money(hourlyMicros)} per hour, and ${unpriced} at a price that nobody knows`;
}

function mayCost(hourlyMicros: number | null): string {
  return hourlyMicros === null ? "at a price that nobody knows" : `it may cost ${money(hourlyMicros)} per hour`;
}

function instead(passedOver: Readonly<Record<string, string>>): string {
  const groups = Object.entries(passedOver).map(
    ([group, why]) => `; ${group} takes an alternative, since ${short(why)}`,
  );
  return groups.join("");
}

function offer(of: { realm: string; size: string }): string {
  if (of.realm === "*") return of.size === "*" ? "(all of it)" : `(${of.size.replace("*", "all")})`;
  return of.size === "*" ? of.realm : `${of.realm}/${of.size}`;
}

function notThese(refused: readonly Refusal[]): string {
  if (refused.length === 0) return "";
  const one = ({ account, realm, text }: Refusal) =>
    `${realm === null ? account : `${account}/${realm}`}: ${short(text)}`;
  return `; not ${refused.map(one).join("; not ")}`;
}
