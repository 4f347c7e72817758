// Events as sentences for people: the one place that words them; CLI, page and exports show the same. What a cloud said at length is
// told whole by the failed call alone; whatever follows from it has the beginning.

import { brief } from "./brief.ts";
import type { EventBody, Refusal } from "./event.ts";
import { DELETE_IGNORED } from "../fault.ts";
import type { Fault } from "../fault.ts";
import { spanText, timeText } from "./times.ts";

/** One line, no secrets (events carry none). */
export function describe(body: EventBody): string {
  switch (body.kind) {
    case "deployment_moved":
      return `Deployment: ${body.from} → ${body.to}${because(body.reason)}`;
    case "instance_moved":
      return `${body.instance}: ${body.from} → ${body.to}${because(body.reason)}`;
    case "machine_moved":
      return machineText(body);
    case "launch_asked":
      return `Launch asked by ${body.by}${body.partial ? " (what fails may stay out)" : ""}`;
    case "account_selected":
      return `Selecting provider account… ${body.account} (${body.realms.join(", ")}, ${costText(body)})${instead(body.passedOver)}${notThese(body.refused)}`;
    case "instance_replaced":
      return `${body.instance}: ${offer(body.from)} was refused at ${body.account} (${short(body.reason)}); taking ${offer(body.to)} there`;
    case "no_account":
      return `Selecting provider account… none can host it${notThese(body.refused)}`;
    case "machine_asked":
      return `Making launch request for instance… ${body.instance} (${body.size}, ${body.image}, at ${body.account})`;
    case "instance_ready":
      return `${body.instance} is ready`;
    case "start_asked":
      return `Starting instance… ${body.instance}`;
    case "undo_asked":
      return `Hauling back instance… ${body.instance}`;
    case "fault_met":
      return metText(body);
    case "evidence_kept":
      return keptText(body);
    case "debt_opened":
      return `${body.instance}: machine ${body.machine} is not proven gone, ${mayCost(body.hourlyMicros)}; trying on`;
    case "debt_cleared":
      return `${body.instance}: machine ${body.machine} is gone after all, nothing is owed`;
    case "attempt_ended":
      return `Attempt ${body.attempt} at ${body.account}: ${outcomeText(body)}`;
    case "offer_blocked":
      return `Leaving ${body.account} ${offer(body)} alone for a while: ${short(body.text)}`;
    case "account_suspended":
      return `Account ${body.account} is suspended: ${short(body.text)}`;
    case "cancel_asked":
      return `Cancel asked by ${body.by}`;
    case "stop_asked":
      return `Stop asked by ${body.by}`;
    case "lease_begun":
    case "lease_extended":
    case "lease_ending":
    case "lease_ended":
      return leaseText(body);
    case "delete_asked":
      return `Delete asked by ${body.by}${body.abandonDebt ? ", leaving debt to be cleared later" : ""}`;
    case "rollback_retry_asked":
      return `Another try of the rollback asked by ${body.by}`;
    case "relaunch_asked":
      return `Launched once more as ${body.successor}, asked by ${body.by}: its name belongs to that one now`;
    case "instance_retry_asked":
      return `Another try of ${body.instance} asked by ${body.by}`;
    case "repair_begun":
      return `${body.instance} is being replaced${repairText(body)}`;
    case "repair_ended":
      return repairedText(body);
    case "seeking_ended":
      return `No other account is looked for any more${because(body.reason)}`;
    case "parked":
      return `Slipway cannot go on with it: ${body.text}; it tries again by itself${body.tries === 1 ? "" : `, ${body.tries} times so far`}`;
    case "deleted":
      return "Deleted; its name is free again";
    case "clock_moved":
      return `The database's clock was set ${body.byMs < 0 ? "back" : "forward"} by ${spanText(Math.abs(body.byMs))}; time goes on here as if it had not been`;
  }
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
  }
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
