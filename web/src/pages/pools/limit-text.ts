import { moneyText } from "../../../../src/contract/amounts.ts";
import type { Pool } from "../../../../src/contract/account.ts";

/** As in "3 machines"; names are those of limits. */
function amountText(name: string, amount: number): string {
  const of = (word: string): string => `${amount} ${amount === 1 ? word : `${word}s`}`;
  switch (name) {
    case "instances":
      return of("machine");
    case "accelerators":
    case "deployments":
      return of(name.slice(0, -1));
    case "memoryMib":
      return `${Math.round(amount / 102.4) / 10} GiB`;
    case "storageGib":
      return `${amount} GiB of storage`;
    case "hourlyCost":
      return `${moneyText(amount)} per hour`;
    default:
      return `${amount} ${name}`;
  }
}

export const NO_LIMIT = "no limit";

/** "at most 1 machine, 2.5 GiB"; "no limit". */
export function limitText({ families, ...own }: Pool["limit"]): string {
  const parts = [...Object.entries(own), ...Object.entries(families)].flatMap(([name, most]) =>
    most === null ? [] : [amountText(name, most)],
  );
  return parts.length === 0 ? NO_LIMIT : `at most ${parts.join(", ")}`;
}

/** "9 of 10 machines", for each limit that is nearly used. */
export function nearText(near: Pool["near"]): string {
  return near.map(({ quota, used, most }) => `${usedText(quota, used)} of ${amountText(quota, most)}`).join(", ");
}

const usedText = (quota: string, used: number): string =>
  quota === "hourlyCost" ? moneyText(used) : quota === "memoryMib" ? amountText(quota, used) : String(used);
