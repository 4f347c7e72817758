// What a cancel, the end of a study, or another try of a rollback, comes to here and now.

import { moneyText } from "../../../../src/contract/amounts.ts";
import type { Deployment } from "../../../../src/contract/deployment.ts";
import { keptNextOf, studiedOf } from "./quarantined.ts";

export function cancelHere({ state, machines, revisions }: Deployment): string {
  const isUpdate = state === "updating";
  const begunAt = revisions.find(({ outcome }) => outcome === null)?.begunAt;
  const since = isUpdate && begunAt !== undefined ? Date.parse(begunAt) : -Infinity;
  // Until it is settled nothing else asks for machines: what was there before the update stays.
  const goes = machines.filter(({ open, askedAt }) => open && Date.parse(askedAt) >= since);
  const which = isUpdate ? " that the update has added" : "";
  if (isUpdate && begunAt === undefined) return `Machines${which} will be removed.`;
  if (goes.length === 0) return `No machine${which} is held at a cloud now.`;
  return goes.length === 1
    ? `1 machine${which} will be removed, even while it boots.`
    : `${goes.length} machines${which} will be removed, those that just boot too.`;
}

/** What the end of a study takes. */
export function releaseHere(deployment: Deployment): string {
  const stays = keptNextOf(deployment);
  const goes = studiedOf(deployment).filter((one) => one !== stays);
  const kept = stays === null ? "" : `, and that of ${stays.instance} is kept in quarantine`;
  return `${goes.length === 0 ? "No machine" : machinesText(goes.length)} will be removed${kept}.`;
}

/** What the rollback of the present attempt has not proven gone, but for what it passes by. */
export const leftOf = ({ machines, attempt }: Pick<Deployment, "machines" | "attempt">) =>
  machines.filter((one) => one.open && one.attempt === attempt && one.quarantinedUntil === null);

/** `skip`: ids of those that it shall not wait for. */
export function retryHere(deployment: Deployment, skip: readonly string[]): string {
  const left = leftOf(deployment);
  const skipped = left.filter(({ id }) => skip.includes(id));
  const asked = left.length - skipped.length;
  const then = deployment.cancelAskedAt === null ? "at the next account, if one is left." : "to its end as Cancelled.";
  return [
    asked === 0 ? "The rollback waits for no machine any more." : `${machinesText(asked)} will be asked to go at once.`,
    ...(skipped.length === 0 ? [] : [owedText(skipped)]),
    `Then the launch goes on ${then}`,
  ].join(" ");
}

const machinesText = (count: number): string => (count === 1 ? "1 machine" : `${count} machines`);

function owedText(skipped: Deployment["machines"]): string {
  const known = skipped.flatMap(({ hourlyCost }) => hourlyCost ?? []);
  const sum = known.reduce((total, one) => total + one, 0);
  const price = known.length < skipped.length ? "the price is not known of all" : `${moneyText(sum)}/h`;
  const stays = skipped.length === 1 ? "stays as debt and may go on costing" : "stay as debt and may go on costing";
  return `${machinesText(skipped.length)} ${stays}: ${price}.`;
}
